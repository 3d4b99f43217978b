"""Laying an applied configuration over the live object.

Source: structured-merge-diff typed.Merge (ruleKeepRHS).
"""

from collections.abc import Mapping
from typing import Any

from stackwright.store.ownership.shape import Shape, child_of, elements_of, shape_of
from stackwright.store.schema import ANY, Schema


def merged(live: Mapping[str, Any], applied: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """Of two whole objects; parts that the applied one does not touch are shared with the live one."""
    return _fields(live, applied, schema, root=True)


def _merged(live: Any, applied: Any, schema: Schema) -> Any:
    shape = shape_of(schema, live if applied is None else applied)
    if shape == "leaf" or (not live and not applied):
        return applied
    if shape == "fields":
        return _fields(live, applied or {}, schema) if isinstance(live, Mapping) else applied
    return _items(live, applied or [], schema, shape) if isinstance(live, list) else applied


def _fields(live: Mapping[str, Any], applied: Mapping[str, Any], schema: Schema, *, root: bool = False) -> dict[str, Any]:
    found = dict(live)
    for key, value in applied.items():
        found[key] = _merged(found[key], value, child_of(schema, key, root=root) or ANY) if key in found else value
    return found


def _items(live: list[Any], applied: list[Any], schema: Schema, shape: Shape) -> list[Any]:
    """The applied order where both lists have an item; items of the live list alone keep their place before what follows them."""
    left, right = elements_of(live, schema, shape), elements_of(applied, schema, shape)
    before = _first_by(left, live)
    wanted = dict(zip(right, applied))
    shared = [element for element in right if element in before]
    done: set[str] = set()
    found: list[Any] = []

    def take(element: str) -> None:
        done.add(element)
        found.append(_merged(before[element], wanted[element], schema.items) if element in before else wanted[element])
        if shared and shared[0] == element:
            shared.pop(0)

    at, to = 0, 0
    while at < len(left) or to < len(right):
        if at < len(left) and to < len(right):
            if left[at] == right[to]:
                take(right[to])
                at, to = at + 1, to + 1
                continue
            if left[at] in wanted and shared and shared[0] != left[at]:
                at += 1
                continue
        if at < len(left):
            if left[at] not in wanted:
                found.append(live[at])
                at += 1
                continue
            if left[at] in done:
                at += 1
        if to < len(right):
            take(right[to])
            to += 1
    return found


def _first_by(elements: list[str], items: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for element, item in zip(elements, items):
        found.setdefault(element, item)
    return found
