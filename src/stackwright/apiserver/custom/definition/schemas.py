"""What is asked of the schemas in definitions: the structural rules, their defaults, every node by itself.

Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation (specStandardValidatorV3) and pkg/apiserver/schema/validation.go.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from stackwright.apiserver.custom.definition.problems import forbidden, invalid, required, unsupported
from stackwright.apiserver.custom.definition.rulechecks import Costs, form_errors, rule_errors, total_errors
from stackwright.apiserver.custom.definition.structure import MOST_DEEP, children, structural_errors
from stackwright.apiserver.custom.pruning import pruned_value
from stackwright.apiserver.custom.structural import read
from stackwright.apiserver.custom.validation import value_errors
from stackwright.apiserver.kind import FieldError

MAX_ERRORS = 200
_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_REFUSED = ("$ref", "id", "definitions", "dependencies", "patternProperties", "additionalItems")


def schema_errors(node: Mapping[str, Any], field: str) -> Iterator[FieldError]:
    return islice(_schema_errors(node, field), MAX_ERRORS)


def _schema_errors(node: Mapping[str, Any], field: str) -> Iterator[FieldError]:
    """Rules are only looked at when the schema is structural and its defaults hold."""
    if node.get("nullable"):
        yield forbidden(f"{field}.nullable", "nullable cannot be true at the root")
    shape = structural_errors(node, field) or list(_default_errors(node, field, 0))
    yield from shape
    costs, rules = Costs(), list[FieldError]()
    found = list(_node_errors(node, _Place(field), None if shape else _Rules(costs, rules), 0))
    yield from found
    yield from rules
    yield from total_errors(costs, field)


@dataclass(frozen=True, slots=True)
class _Rules:
    """Where problems of rules are collected, apart from those of schemas."""

    costs: Costs
    found: list[FieldError]


@dataclass(frozen=True, slots=True)
class _Place:
    """Shape: `times` says how often it may occur; `lost` is the place above that has no memory of its old items."""

    field: str
    times: int = 1
    lost: str = ""


def _node_errors(node: Mapping[str, Any], place: _Place, rules: _Rules | None, depth: int) -> list[FieldError]:
    if depth > MOST_DEEP:
        return [forbidden(place.field, "schema is nested too deeply")]
    field = place.field
    found = list(_keyword_errors(node, field))
    times = rules.costs.within(node, place.times) if rules else 1
    for at, child in children(node, field):
        forgets = (at.endswith(".items") and node.get("x-kubernetes-list-type") != "map") or (
            ".properties[" in at and node.get("x-kubernetes-map-type") == "atomic"
        )
        below = _Place(at, times, place.lost or (field if forgets else ""))
        found += _node_errors(child, below, rules, depth + 1)
    found += _list_errors(node, field)
    found += form_errors(node, field)
    if rules is not None and not found:
        rules.found.extend(rule_errors(node, field, rules.costs, place.times, lost=place.lost, whole=depth == 0))
    return found


def _keyword_errors(node: Mapping[str, Any], field: str) -> Iterator[FieldError]:
    if node.get("uniqueItems"):
        yield forbidden(f"{field}.uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic")
    if node.get("additionalProperties") is False:
        yield forbidden(f"{field}.additionalProperties", "additionalProperties cannot be set to false")
    if node.get("additionalProperties") not in (None, False) and node.get("properties"):
        yield forbidden(f"{field}.additionalProperties", "additionalProperties and properties are mutual exclusive")
    for name in _REFUSED:
        if node.get(name):
            yield forbidden(f"{field}.{name}", f"{name} is not supported")
    if isinstance(node.get("items"), list):
        yield forbidden(f"{field}.items", "items must be a schema object and not an array")
    if node.get("x-kubernetes-preserve-unknown-fields") is False:
        yield invalid(f"{field}.x-kubernetes-preserve-unknown-fields", False, "must be true or undefined")
    if node.get("type") == "null":
        yield forbidden(f"{field}.type", "type cannot be set to null")
    if node.get("type") and node["type"] not in _TYPES:
        yield unsupported(f"{field}.type", node["type"], _TYPES)


def _list_errors(node: Mapping[str, Any], field: str) -> Iterator[FieldError]:
    list_type, map_type = node.get("x-kubernetes-list-type"), node.get("x-kubernetes-map-type")
    keys = node.get("x-kubernetes-list-map-keys") or []
    if map_type is not None:
        yield from _typed(node, field, "object", "must be object if x-kubernetes-map-type is specified")
        if map_type not in ("atomic", "granular"):
            yield unsupported(f"{field}.x-kubernetes-map-type", map_type, ("atomic", "granular"))
    if list_type is not None:
        yield from _typed(node, field, "array", "must be array if x-kubernetes-list-type is specified")
        if list_type not in ("atomic", "map", "set"):
            yield unsupported(f"{field}.x-kubernetes-list-type", list_type, ("atomic", "map", "set"))
    if keys and list_type is None:
        yield required(f"{field}.x-kubernetes-list-type", "must be map if x-kubernetes-list-map-keys is non-empty")
    elif keys and list_type != "map":
        yield invalid(f"{field}.x-kubernetes-list-type", list_type, "must be map if x-kubernetes-list-map-keys is non-empty")
    if list_type == "map":
        yield from _map_list_errors(node, keys, field)
    if list_type == "set":
        yield from _set_errors(node, field)


def _typed(node: Mapping[str, Any], field: str, wanted: str, detail: str) -> Iterator[FieldError]:
    if not node.get("type"):
        yield required(f"{field}.type", detail)
    elif node["type"] != wanted:
        yield invalid(f"{field}.type", node["type"], detail)


def _map_list_errors(node: Mapping[str, Any], keys: list[str], field: str) -> Iterator[FieldError]:
    at, items = f"{field}.x-kubernetes-list-map-keys", node.get("items")
    if not keys:
        yield required(at, "must not be empty if x-kubernetes-list-type is map")
    if not isinstance(items, Mapping):
        yield required(f"{field}.items", "must have a schema if x-kubernetes-list-type is map")
        return
    if items.get("type") != "object":
        detail = "must be object if parent array's x-kubernetes-list-type is map"
        yield invalid(f"{field}.items.type", items.get("type") or "", detail)
    properties = items.get("properties") or {}
    if any(key not in properties for key in keys):
        yield invalid(at, keys, "entries must all be names of item properties")
    if len(set(keys)) != len(keys):
        yield invalid(at, keys, "must not contain duplicate entries")
    for key in keys:
        child = properties.get(key)
        if not isinstance(child, Mapping):
            continue
        if child.get("type") in ("array", "object"):
            detail = "must be a scalar type if parent array's x-kubernetes-list-type is map"
            yield invalid(f"{field}.items.properties[{key}].type", child["type"], detail)
        elif key not in (items.get("required") or ()) and child.get("default") is None:
            detail = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"
            yield required(f"{field}.items.properties[{key}].default", detail)


def _set_errors(node: Mapping[str, Any], field: str) -> Iterator[FieldError]:
    items = node.get("items")
    if not isinstance(items, Mapping):
        return
    if items.get("type") == "object" and items.get("x-kubernetes-map-type") != "atomic":
        detail = "must be atomic as item of a list with x-kubernetes-list-type=set"
        yield _missing_or(items.get("x-kubernetes-map-type"), f"{field}.items.x-kubernetes-map-type", detail)
    if items.get("type") == "array" and items.get("x-kubernetes-list-type") not in (None, "atomic"):
        detail = "must be atomic as item of a list with x-kubernetes-list-type=set"
        yield invalid(f"{field}.items.x-kubernetes-list-type", items["x-kubernetes-list-type"], detail)
    if items.get("nullable"):
        yield forbidden(f"{field}.items.nullable", "cannot be nullable when x-kubernetes-list-type is set")


def _missing_or(value: Any, field: str, detail: str) -> FieldError:
    return required(field, detail) if value is None else invalid(field, value, detail)


def _default_errors(node: Mapping[str, Any], field: str, depth: int) -> Iterator[FieldError]:
    if depth > MOST_DEEP:
        return
    for at, child in children(node, field):
        yield from _default_errors(child, at, depth + 1)
    value = node.get("default")
    if value is None:
        return
    schema = read(node)
    if pruned_value(value, schema) != value:
        yield invalid(f"{field}.default", value, "must not have unknown fields")
    for error in value_errors(value, schema):
        below = f"{field}.default{'.' if error.field and not error.field.startswith('[') else ''}{error.field}"
        yield FieldError(error.reason, below, error.message)
