"""How the typed objects of a real server differ from plain JSON: what is there from the start, and what is not kept.

Source: the Go types of k8s.io/api and encoding/json, which leaves out empty lists and maps marked omitempty but never empty structs.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import GroupVersionKind, Object
from stackwright.apiserver.builtin.schemas import definitions
from stackwright.apiserver.gotypes import struct_of
from stackwright.apiserver.gotypes.encoding import encoded
from stackwright.store.schema import ANY, Schema

_STRUCTS = frozenset({"metadata", "spec", "status", "template", "strategy", "updateStrategy", "jobTemplate", "loadBalancer", "podSelector"})
_SCALARS: Mapping[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False}
_POINTERS = frozenset({("ReplicationController", "template")})
_MORE_STRUCTS = {"PersistentVolumeClaim": frozenset({"resources"}), "Node": frozenset({"daemonEndpoints", "nodeInfo"})}


def zero_of(schema: Schema, gvk: GroupVersionKind) -> Object:
    """The object that a write starts from when there is none: its structs, and the required fields within them, empty."""
    name = struct_of(gvk)
    return encoded({}, name) if name else _zero(schema, gvk.kind, frozenset({"apiVersion", "kind"}))


def settled(obj: Object, schema: Schema, gvk: GroupVersionKind) -> Object:
    """The object as the server would write it: by its Go type, or by its schema where the type is not known."""
    name = struct_of(gvk)
    if name:
        return encoded(obj, name)
    found: Object = _settled(obj, schema)
    return found


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


def _settled(value: Any, schema: Schema) -> Any:
    """Without nulls, empty lists and empty free maps; a null in a map of texts is an empty text. Unchanged parts are shared."""
    if isinstance(value, Mapping):
        return _settled_map(value, schema)
    if isinstance(value, list) and value:
        kept = [_settled(item, schema.items) for item in value]
        return value if all(a is b for a, b in zip(kept, value)) else kept
    return value


def _settled_map(value: Mapping[str, Any], schema: Schema) -> Mapping[str, Any]:
    if schema.type == "any":
        return value
    found: dict[str, Any] = {}
    changed = False
    for key, item in value.items():
        child = schema.child(key) or ANY
        kept = _settled(item, child)
        if kept is None and schema.additional is not None and schema.additional.type == "string" and key not in schema.properties:
            kept = ""
        if kept is None or (child.type == "array" and kept == []) or (child.additional is not None and kept == {}):
            changed = True
            continue
        changed = changed or kept is not item
        found[key] = kept
    return found if changed else value
