"""The rules of one place in a schema, compiled.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/cel/compilation.go.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from stackwright.apiserver.custom.rules.fields import with_times
from stackwright.apiserver.custom.rules.types import declared_type_of
from stackwright.apiserver.expressions import format_functions
from stackwright.kernel.cel import DYN, Environment, Program
from stackwright.kernel.cel.tree import idents
from stackwright.store.schema import Schema

_HAS_OLD, _OLD = "kubernetes__hasOld", "kubernetes__old"


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
    message = program_of(told, schema) if told else None
    asks_old = "oldSelf" in idents(environment_of(schema).compile(str(raw.get("rule") or "")).tree.root) if not _optional(raw) else True
    return Rule(raw, condition, message, asks_old)


def condition_of(raw: Mapping[str, Any], schema: Schema) -> Program:
    """Raises CompileError."""
    text = str(raw.get("rule") or "")
    if not _optional(raw):
        return program_of(text, schema)
    wrapped = f"cel.bind(oldSelf, {_HAS_OLD} ? optional.of({_OLD}) : optional.none(), {text})"
    return _environment(DYN).compile(wrapped)


def program_of(text: str, schema: Schema) -> Program:
    """Points in time and spans are read from their texts. Raises CompileError."""
    environment = environment_of(schema)
    found = environment.compile(text)
    timed = with_times(found.text, found.tree, schema)
    return found if timed == found.text else environment.compile(timed)


def values_of(rule: Rule, new: Any, old: Any, has_old: bool) -> dict[str, Any]:
    """The variables of an evaluation."""
    return {"self": new, "oldSelf": old, _OLD: old, _HAS_OLD: has_old}


def environment_of(schema: Schema) -> Environment:
    return _environment(declared_type_of(schema))


@lru_cache(maxsize=128)
def _environment(type: str) -> Environment:
    return Environment({"self": type, "oldSelf": type, _OLD: type, _HAS_OLD: "bool"}, [*format_functions()])


def _optional(raw: Mapping[str, Any]) -> bool:
    return bool(raw.get("optionalOldSelf"))
