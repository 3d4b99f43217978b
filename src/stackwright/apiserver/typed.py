"""How the typed objects of a real server differ from plain JSON: what is there from the start, what cannot be read, what is not kept.

Source: the Go types of k8s.io/api and encoding/json, which leaves out empty lists and maps marked omitempty but never empty structs.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.schemas import definitions
from stackwright.store.schema import ANY, Schema

_STRUCTS = frozenset({"metadata", "spec", "status", "template", "strategy", "updateStrategy", "jobTemplate", "loadBalancer", "podSelector"})
_SCALARS: Mapping[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False}
_POINTERS = frozenset({("ReplicationController", "template")})
_MORE_STRUCTS = {"PersistentVolumeClaim": frozenset({"resources"}), "Node": frozenset({"daemonEndpoints", "nodeInfo"})}


def zero_of(schema: Schema, kind: str) -> Object:
    """The object that a write starts from when there is none: its structs, and the required fields within them, empty."""
    return _zero(schema, kind, frozenset({"apiVersion", "kind"}))


def _zero(schema: Schema, kind: str, but: frozenset[str] = frozenset()) -> dict[str, Any]:
    structs = _STRUCTS | _MORE_STRUCTS.get(kind, frozenset())
    required = _required(schema)
    found: dict[str, Any] = {}
    for key, child in schema.properties.items():
        if key in but or (kind, key) in _POINTERS:
            continue
        if key in structs and child.type == "object" and child.properties:
            found[key] = {} if child.map_type == "atomic" else _zero(child, kind)
        elif key in required:
            found[key] = _SCALARS.get(child.type)
    return found


def _required(schema: Schema) -> frozenset[str]:
    raw = schema.raw or {}
    package, _, name = str(raw.get("$ref", "")).rpartition(".")
    node = definitions(package).get(name, {}) if package else raw
    return frozenset(node.get("required") or ())


def settled(value: Any, schema: Schema) -> Any:
    """Without nulls, empty lists and empty free maps; a null in a map of texts is an empty text. Unchanged parts are shared."""
    if isinstance(value, Mapping):
        return _settled_map(value, schema)
    if isinstance(value, list) and value:
        kept = [settled(item, schema.items) for item in value]
        return value if all(a is b for a, b in zip(kept, value)) else kept
    return value


def _settled_map(value: Mapping[str, Any], schema: Schema) -> Mapping[str, Any]:
    if schema.type == "any":
        return value
    found: dict[str, Any] = {}
    changed = False
    for key, item in value.items():
        child = schema.child(key) or ANY
        kept = settled(item, child)
        if kept is None and schema.additional is not None and schema.additional.type == "string" and key not in schema.properties:
            kept = ""
        if kept is None or (child.type == "array" and kept == []) or (child.additional is not None and kept == {}):
            changed = True
            continue
        changed = changed or kept is not item
        found[key] = kept
    return found if changed else value


def fault_of(value: Any, schema: Schema, kind: str) -> str:
    """The first value of a type that the kind's field cannot hold, in the words of Go's decoder; empty when all can be read."""
    found = _fault(value, schema, ())
    if found is None:
        return ""
    path, was, wanted = found
    return f"json: cannot unmarshal {was} into Go struct field {kind}.{'.'.join(path)} of type {wanted}"


_Fault = tuple[tuple[str, ...], str, str]


def _fault(value: Any, schema: Schema, path: tuple[str, ...]) -> _Fault | None:
    if value is None or schema.type == "any" or schema.int_or_string or (schema.type == "string" and "format" in (schema.raw or ())):
        return None
    was = _json_type(value)
    wanted = {"object": "object", "array": "array", "string": "string", "integer": "number", "number": "number", "boolean": "bool"}[
        schema.type
    ]
    if was != wanted:
        return path, was, _go_type(schema)
    if isinstance(value, Mapping):
        return _fault_in_map(value, schema, path)
    if isinstance(value, list):
        return next((fault for item in value if (fault := _fault(item, schema.items, path))), None)
    return None


def _fault_in_map(value: Mapping[str, Any], schema: Schema, path: tuple[str, ...]) -> _Fault | None:
    for key, item in value.items():
        child = schema.child(key)
        if child is not None and (fault := _fault(item, child, (*path, key) if key in schema.properties else path)):
            return fault
    return None


def _json_type(value: Any) -> str:
    if isinstance(value, Mapping):
        return "object"
    if isinstance(value, bool):
        return "bool"
    return {str: "string", int: "number", float: "number", list: "array"}.get(type(value), "null")


def _go_type(schema: Schema) -> str:
    raw = schema.raw or {}
    match schema.type:
        case "object" if schema.additional is not None:
            return f"map[string]{_go_type(schema.additional)}"
        case "array":
            return f"[]{_go_type(schema.items)}"
        case "integer":
            return str(raw.get("format") or "int32")
        case "number":
            return "float64"
        case "boolean":
            return "bool"
        case "object":
            return _named(raw)
        case _:
            return "string"


def _named(raw: Mapping[str, Any]) -> str:
    parts = str(raw.get("$ref", "")).split(".")
    return f"{parts[-2]}.{parts[-1]}" if len(parts) > 2 else "struct"
