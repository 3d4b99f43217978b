"""Which fields differ between two objects.

Source: structured-merge-diff typed.Compare.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from stackwright.store.ownership.fieldset import MEMBER, NOTHING, SELF, Node
from stackwright.store.ownership.shape import Shape, child_of, elements_of, shape_of
from stackwright.store.schema import ANY, Schema


class Comparison(NamedTuple):
    """Shape: `changed` are paths whose value is new or another; `removed` are those that only the old object has."""

    changed: Node
    removed: Node


_Found = tuple[Node | None, Node | None]
_LEAF: _Found = (MEMBER, None)


def compare(old: Mapping[str, Any], new: Mapping[str, Any], schema: Schema) -> Comparison:
    """Of two whole objects."""
    changed, removed = _fields(old, new, schema, root=True)
    return Comparison(changed or NOTHING, removed or NOTHING)


def _compare(old: Any, new: Any, schema: Schema) -> _Found:
    """Of two values that are not equal."""
    shape = shape_of(schema, new if new is not None else old)
    if shape == "leaf" or (not old and not new):
        return _LEAF
    if shape == "fields":
        if isinstance(old, Mapping | None) and isinstance(new, Mapping | None):
            return _fields(old or {}, new or {}, schema)
        return _LEAF
    if isinstance(old, list | None) and isinstance(new, list | None):
        return _items(old or [], new or [], schema, shape)
    return _LEAF


def _fields(old: Mapping[str, Any], new: Mapping[str, Any], schema: Schema, *, root: bool = False) -> _Found:
    changed: dict[str, Node] = {}
    removed: dict[str, Node] = {}
    for key, value in new.items():
        if key not in old:
            changed["f:" + key] = tree(value, child_of(schema, key, root=root) or ANY)
            continue
        before = old[key]
        if before is value or before == value:
            continue
        _add("f:" + key, _compare(before, value, child_of(schema, key, root=root) or ANY), changed, removed)
    for key, value in old.items():
        if key not in new:
            removed["f:" + key] = tree(value, child_of(schema, key, root=root) or ANY)
    return changed or None, removed or None


def _add(element: str, found: _Found, changed: dict[str, Node], removed: dict[str, Node]) -> None:
    if found[0] is not None:
        changed[element] = found[0]
    if found[1] is not None:
        removed[element] = found[1]


def _items(old: list[Any], new: list[Any], schema: Schema, shape: Shape) -> _Found:
    changed: dict[str, Node] = {}
    removed: dict[str, Node] = {}
    before, after = _grouped(old, schema, shape), _grouped(new, schema, shape)
    for element, values in after.items():
        earlier = before.get(element)
        if earlier is None:
            changed[element] = tree(values[0], schema.items) if len(values) == 1 else MEMBER
        elif earlier != values:
            single = len(values) == len(earlier) == 1
            _add(element, _compare(earlier[0], values[0], schema.items) if single else _LEAF, changed, removed)
    for element, values in before.items():
        if element not in after:
            removed[element] = tree(values[0], schema.items) if len(values) == 1 else MEMBER
    return changed or None, removed or None


def _grouped(items: list[Any], schema: Schema, shape: Shape) -> dict[str, list[Any]]:
    """Live lists may hold duplicates, which are then compared as one value."""
    found: dict[str, list[Any]] = {}
    for element, item in zip(elements_of(items, schema, shape), items):
        found.setdefault(element, []).append(item)
    return found


def tree(value: Any, schema: Schema) -> Node:
    """Every path at and below a value."""
    shape = shape_of(schema, value)
    if not value or shape == "leaf":
        return MEMBER
    if shape == "fields":
        return {SELF: MEMBER} | {"f:" + key: tree(item, child_of(schema, key) or ANY) for key, item in value.items()}
    elements = elements_of(value, schema, shape)
    if len(set(elements)) == len(elements):
        return {SELF: MEMBER} | {element: tree(item, schema.items) for element, item in zip(elements, value)}
    found: dict[str, Node] = {SELF: MEMBER}
    for element, item in zip(elements, value):
        found[element] = MEMBER if element in found else tree(item, schema.items)
    return found
