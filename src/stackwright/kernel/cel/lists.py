"""What lists can in expressions.

Source: k8s.io/apiserver pkg/cel/library/lists.go; github.com/google/cel-go ext (lists, sets).
"""

import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from stackwright.kernel.cel import quantities, versions
from stackwright.kernel.cel.marks import type_of

_MOST_ITEMS = 100_000


def total(values: Sequence[Any]) -> Any:
    """Nothing sums up to 0."""
    if values and isinstance(values[0], timedelta):
        return sum(values, timedelta())
    return sum(values)


def smallest(values: Sequence[Any]) -> Any:
    if not values:
        raise ValueError("min called on empty list")
    return min(values)


def largest(values: Sequence[Any]) -> Any:
    if not values:
        raise ValueError("max called on empty list")
    return max(values)


def is_sorted(values: Sequence[Any]) -> bool:
    return all(_ordered(one, other) for one, other in itertools.pairwise(values))


def index_of(values: Sequence[Any], item: Any) -> int:
    return next((index for index, each in enumerate(values) if _same(each, item)), -1)


def last_index_of(values: Sequence[Any], item: Any) -> int:
    return next((index for index in range(len(values) - 1, -1, -1) if _same(values[index], item)), -1)


def includes(values: Sequence[Any], wanted: Sequence[Any]) -> bool:
    return all(any(_same(each, item) for each in values) for item in wanted)


def intersects(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return any(_same(each, item) for each in one for item in other)


def slice_of(values: Sequence[Any], start: int, end: int) -> list[Any]:
    if not 0 <= start <= end <= len(values):
        raise ValueError(f"cannot slice({start}, {end}), list is length {len(values)}")
    return list(values[start:end])


def flattened(values: Sequence[Any], depth: int = 1) -> list[Any]:
    found: list[Any] = []
    for each in values:
        found.extend(flattened(each, depth - 1) if isinstance(each, list) and depth > 0 else [each])
    return found


def ordered(values: Sequence[Any]) -> list[Any]:
    return sorted(values)


def distinct(values: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for each in values:
        if not any(_same(each, item) for item in found):
            found.append(each)
    return found


def numbers(until: int) -> list[int]:
    if until > _MOST_ITEMS:
        raise ValueError(f"lists.range() exceeds limit of {_MOST_ITEMS}")
    return list(range(until))


def _ordered(one: Any, other: Any) -> bool:
    match type_of(one):
        case "quantity":
            return quantities.compared(one, other) <= 0
        case "semver":
            return versions.compared(one, other) <= 0
        case _:
            return bool(one <= other)


def _same(one: Any, other: Any) -> bool:
    """Truth is no number here."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
