"""What is asked of the schemas in definitions: every node by itself, the structural rules, their defaults.

Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation (specStandardValidatorV3) and pkg/apiserver/schema/validation.go.
"""

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any

from stackwright.apiserver.custom.definition.problems import forbidden, invalid, required, unsupported
from stackwright.apiserver.custom.definition.rulechecks import Costs, rule_errors, total_errors
from stackwright.apiserver.custom.pruning import pruned_value
from stackwright.apiserver.custom.structural import read
from stackwright.apiserver.custom.validation import value_errors
from stackwright.apiserver.kind import FieldError
from stackwright.kernel.cel.patterns import is_pattern

MAX_ERRORS = 200
_MOST_DEEP = 100
_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_NOT_IN_BRANCHES = ("type", "default", "title", "description", "nullable", "additionalProperties")
_BRANCHES = ("allOf", "anyOf", "oneOf")
_REFUSED = ("$ref", "id", "definitions", "dependencies", "patternProperties", "additionalItems")


def schema_errors(node: Mapping[str, Any], field: str) -> Iterator[FieldError]:
    costs = Costs()
    found = chain(
        _node_errors(node, field, costs, 1, 0, whole=True),
        _total_errors(costs, field),
        _structural_errors(node, field, 0, place="root"),
        _default_errors(node, field, 0),
    )
    return islice(found, MAX_ERRORS)


def _total_errors(costs: Costs, field: str) -> Iterator[FieldError]:
    """Asked for after every rule was counted."""
    yield from total_errors(costs, field)


def _node_errors(node: Mapping[str, Any], field: str, costs: Costs, times: int, depth: int, *, whole: bool = False) -> Iterator[FieldError]:
    if depth > _MOST_DEEP:
        yield forbidden(field, "schema is nested too deeply")
        return
    yield from _keyword_errors(node, field)
    for at, child in _children(node, field):
        yield from _node_errors(child, at, costs, costs.within(node, times), depth + 1)
    yield from _list_errors(node, field)
    yield from rule_errors(node, field, costs, times, whole=whole)


def _children(node: Mapping[str, Any], field: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, child in sorted((node.get("properties") or {}).items()):
        if isinstance(child, Mapping):
            yield f"{field}.properties[{name}]", child
    for name in ("additionalProperties", "items"):
        if isinstance(node.get(name), Mapping):
            yield f"{field}.{name}", node[name]


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
    pattern = node.get("pattern")
    if isinstance(pattern, str) and not is_pattern(pattern):
        yield invalid(f"{field}.pattern", pattern, "must be a valid regular expression, but isn't")
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


def _structural_errors(node: Mapping[str, Any], field: str, depth: int, *, place: str) -> Iterator[FieldError]:
    if depth > _MOST_DEEP:
        return
    yield from _type_errors(node, field, place)
    if node.get("x-kubernetes-embedded-resource"):
        yield from _embedded_errors(node, field)
    if node.get("type") == "array" and node.get("items") is None:
        yield required(f"{field}.items", "must be specified")
    for at, child in _children(node, field):
        inner = "items" if at.endswith(".items") else "fields"
        yield from _structural_errors(child, at, depth + 1, place=inner)
    for name in _BRANCHES:
        for index, branch in enumerate(node.get(name) or ()):
            if isinstance(branch, Mapping):
                yield from _branch_errors(branch, f"{field}.{name}[{index}]", bool(node.get("x-kubernetes-int-or-string")), 0)
    if isinstance(node.get("not"), Mapping):
        yield from _branch_errors(node["not"], f"{field}.not", False, 0)
    metadata = (node.get("properties") or {}).get("metadata")
    if place == "root" and isinstance(metadata, Mapping):
        yield from _metadata_errors(metadata, f"{field}.properties[metadata]")


def _type_errors(node: Mapping[str, Any], field: str, place: str) -> Iterator[FieldError]:
    type, mixed = node.get("type"), node.get("x-kubernetes-int-or-string")
    if mixed and type:
        yield invalid(f"{field}.type", type, "must be empty if x-kubernetes-int-or-string is true")
    if place == "root":
        if not type:
            yield required(f"{field}.type", "must not be empty at the root")
        elif type != "object":
            yield invalid(f"{field}.type", type, "must be object at the root")
    elif not type and not mixed and not node.get("x-kubernetes-preserve-unknown-fields"):
        what = "array items" if place == "items" else "object fields"
        yield required(f"{field}.type", f"must not be empty for specified {what}")


def _embedded_errors(node: Mapping[str, Any], field: str) -> Iterator[FieldError]:
    if node.get("type") != "object":
        yield invalid(f"{field}.type", node.get("type") or "", "must be object if x-kubernetes-embedded-resource is true")
    if not node.get("properties") and not node.get("x-kubernetes-preserve-unknown-fields"):
        detail = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"
        yield required(f"{field}.properties", detail)


def _branch_errors(node: Mapping[str, Any], field: str, mixed: bool, depth: int) -> Iterator[FieldError]:
    """Junctors only judge values: they do not shape them."""
    if depth > _MOST_DEEP:
        return
    for name in _NOT_IN_BRANCHES:
        if node.get(name) and not (mixed and name == "type"):
            yield forbidden(f"{field}.{name}", "must be empty to be structural")
    for name in ("x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string"):
        if node.get(name):
            yield forbidden(f"{field}.{name}", "must be false to be structural")
    for at, child in _children(node, field):
        yield from _branch_errors(child, at, False, depth + 1)
    for name in _BRANCHES:
        for index, branch in enumerate(node.get(name) or ()):
            if isinstance(branch, Mapping):
                yield from _branch_errors(branch, f"{field}.{name}[{index}]", mixed, depth + 1)


def _metadata_errors(node: Mapping[str, Any], field: str) -> Iterator[FieldError]:
    plain = set(node) <= {"type", "properties", "description"} and node.get("type") in (None, "object")
    if not plain or set(node.get("properties") or {}) - {"name", "generateName"}:
        yield forbidden(field, "must not specify anything other than name and generateName, but metadata is implicitly specified")


def _default_errors(node: Mapping[str, Any], field: str, depth: int) -> Iterator[FieldError]:
    if depth > _MOST_DEEP:
        return
    for at, child in _children(node, field):
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
