"""Which fields of an object its kind has never heard of, and the object without them.

Source: sigs.k8s.io/json (UnmarshalStrict), whose paths these are.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.store.schema import ANY, Schema

MOST_TOLD = 100
"""A body full of mistakes is not answered with more of them than this."""


def known(value: Any, schema: Schema, *, path: str = "") -> tuple[Any, list[str]]:
    """The value without unknown fields, unchanged parts shared, and the paths of those that were left out."""
    found: list[str] = []
    return _known(value, schema, path, found), found[:MOST_TOLD]


def _known(value: Any, schema: Schema, path: str, found: list[str]) -> Any:
    if schema.type == "any" and not schema.properties:
        return value
    if isinstance(value, Mapping):
        return _known_map(value, schema, path, found)
    if isinstance(value, list) and value:
        items = [_known(item, schema.items, f"{path}[{index}]", found) for index, item in enumerate(value)]
        return value if all(a is b for a, b in zip(items, value)) else items
    return value


def _known_map(value: Mapping[str, Any], schema: Schema, path: str, found: list[str]) -> Any:
    kept: dict[str, Any] = {}
    changed = False
    for key, item in value.items():
        child = schema.child(key)
        if child is None and schema.embedded and key in ("apiVersion", "kind", "metadata"):
            child = ANY
        below = f"{path}.{key}" if path else key
        if child is None:
            found.append(below)
            changed = True
            continue
        kept[key] = item if child is ANY else _known(item, child, below, found)
        changed = changed or kept[key] is not item
    return kept if changed else value
