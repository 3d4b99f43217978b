"""Taking away what a manager applied before and no longer does, unless somebody else still owns it.

Source: structured-merge-diff typed.RemoveItems and merge.Updater.prune.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from stackwright.store.ownership.applied import field_set
from stackwright.store.ownership.fieldset import MEMBER, NOTHING, SELF, Node, difference, has, intersection, union
from stackwright.store.ownership.shape import child_of, declared, elements_of, list_shape
from stackwright.store.schema import ANY, Schema


def pruned(merged: Mapping[str, Any], last: Node, owned: Iterable[Node], schema: Schema) -> Mapping[str, Any]:
    """`merged` without the items of `last` that none of `owned` has any more. Shape: `owned` includes the new set of the same manager."""
    kept: Node = NOTHING
    for fields in owned:
        kept = union(kept, fields)
    last, kept = named_members(last, schema), named_members(kept, schema)
    if not difference(last, kept):
        return merged
    whole = named_members(field_set(merged, schema), schema)
    first = named_members(field_set(removed(merged, last, schema), schema), schema)
    second = removed(merged, difference(whole, union(first, kept)), schema)
    gone = difference(whole, named_members(field_set(second, schema), schema))
    return removed(merged, intersection(gone, last), schema)


def named_members(node: Node, schema: Schema, *, root: bool = True) -> Node:
    """With every declared field that has something below it made a member itself."""
    found: dict[str, Any] = {}
    for element, child in node.items():
        if not child:
            found[element] = child
            continue
        below = _schema_at(schema, element, root=root)
        filled = named_members(child, below, root=False)
        if SELF not in filled and element.startswith("f:") and declared(schema, element[2:], root=root):
            filled = {SELF: MEMBER, **filled}
        found[element] = filled
    return found


def _schema_at(schema: Schema, element: str, *, root: bool) -> Schema:
    return (child_of(schema, element[2:], root=root) or ANY) if element.startswith("f:") else schema.items


def removed(obj: Mapping[str, Any], items: Node, schema: Schema) -> Mapping[str, Any]:
    """A whole object without the members of a set."""
    return _fields(obj, items, schema, root=True) if items else obj


def _removed(value: Any, items: Node, schema: Schema) -> Any:
    if isinstance(value, Mapping):
        return _fields(value, items, schema)
    return _list(value, items, schema) if isinstance(value, list) else value


def _fields(value: Mapping[str, Any], items: Node, schema: Schema, *, root: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in value.items():
        element = "f:" + key
        if has(items, element):
            continue
        below = items.get(element)
        found[key] = _removed(item, below, child_of(schema, key, root=root) or ANY) if below else item
    return found


def _list(value: list[Any], items: Node, schema: Schema) -> list[Any]:
    shape = list_shape(schema)
    found: list[Any] = []
    for element, item in zip(elements_of(value, schema, shape), value):
        if has(items, element):
            continue
        below = items.get(element)
        found.append(_removed(item, below, schema.items) if below else item)
    return found
