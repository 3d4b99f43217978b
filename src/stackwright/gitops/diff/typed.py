"""Values as the API server would write them back: quantities in their canonical form, nothing empty that Go's types leave out.

Source: the scheme round trip in Argo CD's gitops-engine (pkg/diff, `remarshal`) and the types of k8s.io/api.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.kernel import quantity
from stackwright.kernel.errors import BadInput
from stackwright.store.schema import ANY, Schema

_KEPT_TEXTS = frozenset(
    ("storageClassName", "ingressClassName", "runtimeClassName", "loadBalancerClass", "apiGroup", "volumeAttributesClassName", "name",
     "kind", "apiVersion")
)  # fmt: skip
"""Texts that are pointers in Go, so that an empty one is written: it means something else than none. Names are always written."""

_DROPPED_FALSE = frozenset(
    ("hostNetwork", "hostPID", "hostIPC", "stdin", "stdinOnce", "tty", "readOnly", "paused", "publishNotReadyAddresses", "unschedulable",
     "preserveUnknownFields", "nullable", "uniqueItems", "exclusiveMinimum", "exclusiveMaximum", "deprecated", "insecureSkipTLSVerify",
     "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string")
)  # fmt: skip
_DROPPED_ZEROS = frozenset(("minReadySeconds", "initialDelaySeconds", "hostPort", "nodePort", "healthCheckNodePort"))


def settled(value: Any, schema: Schema, *, typed: bool) -> Any:
    """Parts that stay the same are shared with the argument. `typed` kinds are those that the server reads into Go's types."""
    if isinstance(value, Mapping):
        return _map(value, schema, typed)
    if isinstance(value, list):
        items = [settled(item, schema.items, typed=typed) for item in value]
        return items if any(new is not old for new, old in zip(items, value)) else value
    if (schema.raw or {}).get("format") == "quantity" or _is_quantity(schema):
        return settled_quantity(value)
    return value


def _is_quantity(schema: Schema) -> bool:
    return str((schema.raw or {}).get("$ref", "")).endswith(".Quantity")


def settled_quantity(value: Any) -> Any:
    """The very argument when it is no quantity."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    try:
        text = quantity.canonical(value)
    except BadInput:
        return value
    return value if text == value else text


def _map(value: Mapping[str, Any], schema: Schema, typed: bool) -> Mapping[str, Any]:
    if schema.type == "any":
        return value
    result: dict[str, Any] = {}
    changed = False
    for key, item in value.items():
        new = settled(item, schema.child(key) or ANY, typed=typed)
        if new is None or (typed and key in schema.properties and _is_left_out(key, new, schema.properties[key])):
            changed = True
            continue
        changed = changed or new is not item
        result[key] = new
    return result if changed else value


def _is_left_out(key: str, value: Any, schema: Schema) -> bool:
    """What Go's encoder does not write of a declared field: empty lists, maps and texts, and the zeros that are no pointers."""
    match value:
        case bool():
            return not value and key in _DROPPED_FALSE
        case int():
            return value == 0 and key in _DROPPED_ZEROS
        case "":
            return schema.type == "string" and key not in _KEPT_TEXTS
        case []:
            return schema.type == "array"
        case Mapping():
            return not value and schema.additional is not None
        case _:
            return False
