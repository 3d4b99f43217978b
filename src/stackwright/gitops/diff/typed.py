"""Values as the API server would write them back: quantities in their canonical form, nothing empty that the types leave out.

Source: the scheme round trip in Argo CD's gitops-engine (pkg/diff, `remarshal`).
"""

from collections.abc import Mapping
from typing import Any

from stackwright.kernel import quantity
from stackwright.kernel.errors import BadInput
from stackwright.store.schema import ANY, Schema


def settled(value: Any, schema: Schema) -> Any:
    """Parts that stay the same are shared with the argument."""
    if isinstance(value, Mapping):
        return _map(value, schema)
    if isinstance(value, list):
        items = [settled(item, schema.items) for item in value]
        return items if any(new is not old for new, old in zip(items, value)) else value
    if (schema.raw or {}).get("format") == "quantity" and isinstance(value, str | int | float) and not isinstance(value, bool):
        return _quantity(value)
    if schema.type == "string" and not schema.int_or_string and isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return value


def _quantity(value: str | int | float) -> Any:
    try:
        text = quantity.canonical(value)
    except BadInput:
        return value
    return value if text == value else text


def _map(value: Mapping[str, Any], schema: Schema) -> Mapping[str, Any]:
    if schema.type == "any":
        return value
    result: dict[str, Any] = {}
    changed = False
    for key, item in value.items():
        child = schema.child(key) or ANY
        new = settled(item, child)
        if _is_left_out(new, child, free=key not in schema.properties):
            changed = True
            continue
        changed = changed or new is not item
        result[key] = new
    return result if changed else value


def _is_left_out(value: Any, schema: Schema, *, free: bool) -> bool:
    """What Go's encoder does not write: nulls, and empty lists, free maps and texts of declared fields."""
    if value is None:
        return True
    if free:
        return False
    return (isinstance(value, list) and not value and schema.type == "array") or (
        isinstance(value, Mapping) and not value and schema.additional is not None
    )
