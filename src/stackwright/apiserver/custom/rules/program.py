"""The rules of one place in a schema, compiled.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/cel/compilation.go.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from stackwright.kernel.cel import DYN, CompileError, Environment, Program
from stackwright.kernel.cel.tree import idents
from stackwright.store.schema import Schema

_HAS_OLD, _OLD = "kubernetes__hasOld", "kubernetes__old"
_SCALARS = {"string": "string", "integer": "int", "number": "double", "boolean": "bool"}
_FORMATS = {"date-time": "timestamp", "duration": "duration", "byte": "bytes"}


@dataclass(frozen=True, slots=True)
class Rule:
    """Shape: `raw` is the entry of x-kubernetes-validations; `transition` when it compares with the old value."""

    raw: Mapping[str, Any]
    condition: Program
    message: Program | None
    transition: bool

    @property
    def optional_old(self) -> bool:
        return bool(self.raw.get("optionalOldSelf"))

    @property
    def text(self) -> str:
        return str(self.raw["rule"]).strip()


def compiled(raw: Mapping[str, Any], schema: Schema) -> Rule:
    """Raises CompileError."""
    condition = condition_of(raw, schema)
    told = str(raw.get("messageExpression") or "").strip()
    message = environment_of(schema).compile(told) if told else None
    return Rule(raw, condition, message, "oldSelf" in idents(environment_of(schema).compile(str(raw["rule"])).tree.root) or _optional(raw))


def condition_of(raw: Mapping[str, Any], schema: Schema) -> Program:
    """Raises CompileError."""
    text = str(raw.get("rule") or "")
    if not _optional(raw):
        return environment_of(schema).compile(text)
    wrapped = f"cel.bind(oldSelf, {_HAS_OLD} ? optional.of({_OLD}) : optional.none(), {text})"
    return _environment(type_of(schema)).compile(wrapped)


def values_of(rule: Rule, new: Any, old: Any, has_old: bool) -> dict[str, Any]:
    """The variables of an evaluation."""
    return {"self": new, "oldSelf": old, _OLD: old, _HAS_OLD: has_old}


def environment_of(schema: Schema) -> Environment:
    return _environment(type_of(schema))


def type_of(schema: Schema) -> str:
    """How the evaluator knows the type of a value; objects are `dyn`, their fields are checked by themselves."""
    raw = schema.raw or {}
    if schema.int_or_string or raw.get("nullable"):
        return DYN
    if schema.type == "string" and raw.get("format") in _FORMATS:
        return _FORMATS[raw["format"]]
    if schema.type == "array":
        return f"list<{type_of(schema.items)}>"
    if schema.type == "object" and schema.additional is not None and not schema.properties:
        return f"map<string, {type_of(schema.additional)}>"
    return _SCALARS.get(schema.type, DYN)


@lru_cache(maxsize=128)
def _environment(type: str) -> Environment:
    return Environment({"self": type, "oldSelf": type, _OLD: type, _HAS_OLD: "bool"})


def _optional(raw: Mapping[str, Any]) -> bool:
    return bool(raw.get("optionalOldSelf"))


__all__ = ["CompileError", "Rule", "compiled", "condition_of", "environment_of", "type_of", "values_of"]
