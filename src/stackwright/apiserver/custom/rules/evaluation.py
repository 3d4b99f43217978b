"""The rules of a definition, asked of an object.

Rules about what changed are asked where the old value is known; what did not change is not judged again.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/cel/validation.go.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stackwright.apiserver.custom.rules.program import Rule, compiled, values_of
from stackwright.apiserver.custom.rules.values import value_of
from stackwright.apiserver.custom.structural import says
from stackwright.apiserver.kind import FieldError, Reason
from stackwright.kernel import json
from stackwright.kernel.cel import CompileError, EvaluationError
from stackwright.store.schema import Schema

MAX_ERRORS = 100
_ABSENT = object()
_SHOWN: Mapping[str, str] = {
    "FieldValueInvalid": "Invalid value",
    "FieldValueForbidden": "Forbidden",
    "FieldValueRequired": "Required value",
    "FieldValueDuplicate": "Duplicate value",
}


@dataclass(frozen=True, slots=True)
class Ruled:
    """A place in the schema with rules at it or below."""

    schema: Schema
    rules: tuple[Rule, ...]
    properties: Mapping[str, "Ruled"]
    below: "Ruled | None"
    """Of the items of a list or the values of a map."""


def ruled(schema: Schema) -> Ruled | None:
    """None when there are no rules here or below; a rule that does not compile is left out."""
    raw = schema.raw or {}
    rules = tuple(rule for each in raw.get("x-kubernetes-validations") or () if (rule := _compiled(each, schema)) is not None)
    properties = {
        name: found
        for name, node in (raw.get("properties") or {}).items()
        if name in schema.properties and _has_rules(node) and (found := ruled(schema.properties[name])) is not None
    }
    items, additional = raw.get("items"), raw.get("additionalProperties")
    below = None
    if isinstance(items, Mapping) and _has_rules(items):
        below = ruled(schema.items)
    elif isinstance(additional, Mapping) and schema.additional is not None and _has_rules(additional):
        below = ruled(schema.additional)
    return Ruled(schema, rules, properties, below) if rules or properties or below else None


def broken_rules(place: Ruled, new: Any, old: Any = None) -> list[FieldError]:
    """Of a whole object; `old` is None for a new one."""
    found: list[FieldError] = []
    try:
        for error in _broken(place, new, _ABSENT if old is None else old, "", whole=True):
            found.append(error)
            if len(found) >= MAX_ERRORS:
                break
    except _ExhaustedError as error:
        found.append(error.problem)
    return found


class _ExhaustedError(Exception):
    """No rule is asked after one that took too much."""

    def __init__(self, problem: FieldError) -> None:
        super().__init__(problem.message)
        self.problem = problem


def _compiled(raw: Mapping[str, Any], schema: Schema) -> Rule | None:
    try:
        return compiled(raw, schema)
    except CompileError:
        return None


def _has_rules(node: Any) -> bool:
    return says(node, "x-kubernetes-validations")


def _broken(place: Ruled, new: Any, old: Any, path: str, *, whole: bool = False) -> Iterator[FieldError]:
    if new is None:
        return
    unchanged = old is not _ABSENT and new == old
    yield from _broken_here(place, new, old, path, unchanged, whole)
    if isinstance(new, Mapping):
        before = old if isinstance(old, Mapping) else {}
        for name, item in new.items():
            inner = place.properties.get(name) or (place.below if name not in place.schema.properties else None)
            if inner is not None:
                below = (f"{path}.{name}" if path else name) if name in place.properties else f"{path}[{name}]"
                yield from _broken(inner, item, before.get(name, _ABSENT), below)
    elif isinstance(new, list) and place.below is not None:
        before_items = _correlated(place.schema, old)
        for index, item in enumerate(new):
            yield from _broken(place.below, item, before_items.get(_key(place.schema, item), _ABSENT), f"{path}[{index}]")


def _broken_here(place: Ruled, new: Any, old: Any, path: str, unchanged: bool, whole: bool) -> Iterator[FieldError]:
    if not place.rules:
        return
    seen = value_of(new, place.schema, whole=whole)
    before = None if old is _ABSENT else value_of(old, place.schema, whole=whole)
    for rule in place.rules:
        if rule.transition and old is _ABSENT and not rule.optional_old:
            continue
        if unchanged and not rule.transition:
            continue
        yield from _judged(rule, values_of(rule, seen, before, old is not _ABSENT), new, path)


def _judged(rule: Rule, variables: Mapping[str, Any], value: Any, path: str) -> Iterator[FieldError]:
    try:
        if rule.condition.evaluate(variables) is not True:
            yield _problem(rule, value, path, _message(rule, variables))
    except EvaluationError as error:
        if error.exhausted:
            text = f"no further validation rules will be run due to call cost exceeds limit for rule: {rule.text}"
            raise _ExhaustedError(FieldError("InternalError", path or "<nil>", f"Internal error: {text}")) from error
        if str(error) == "no such overload":
            text = (
                f"'no such overload': call arguments did not match a supported operator, function or macro signature for rule: {rule.text}"
            )
        else:
            text = f"{error} evaluating rule: {rule.text}"
        yield _problem(rule, value, path, text)


def _message(rule: Rule, variables: Mapping[str, Any]) -> str:
    """The expression's result where it is a line of text, else the text that was given, else the rule."""
    if rule.message is not None:
        try:
            told = rule.message.evaluate(variables)
        except EvaluationError:
            told = None
        if isinstance(told, str) and told.strip() and "\n" not in told:
            return told.strip()
    return str(rule.raw.get("message") or "").strip() or f"failed rule: {rule.text}"


def _problem(rule: Rule, value: Any, path: str, message: str) -> FieldError:
    reason: Reason = rule.raw.get("reason") or "FieldValueInvalid"
    field = path + str(rule.raw.get("fieldPath") or "").strip() if path else str(rule.raw.get("fieldPath") or "").strip().removeprefix(".")
    shows = reason in ("FieldValueInvalid", "FieldValueDuplicate") and not isinstance(value, Mapping | list)
    shown = f" {json.dumps(value).decode()}:" if shows else ""
    return FieldError(reason, field or "<nil>", f"{_SHOWN.get(reason, 'Invalid value')}:{shown} {message}")


def _correlated(schema: Schema, old: Any) -> Mapping[Any, Any]:
    """The old items by their keys; only those of lists that are maps are known again."""
    if not isinstance(old, list) or schema.list_type != "map":
        return {}
    return {key: item for item in old if (key := _key(schema, item)) is not None}


def _key(schema: Schema, item: Any) -> bytes | None:
    if schema.list_type != "map" or not isinstance(item, Mapping):
        return None
    defaults = {name: schema.items.properties[name].default for name in schema.list_map_keys if name in schema.items.properties}
    return json.canonical([item.get(name, defaults.get(name)) for name in schema.list_map_keys])
