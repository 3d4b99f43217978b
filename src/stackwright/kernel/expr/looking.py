"""Functions of the language that look at the elements of a list with a predicate."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.kernel.expr.errors import ExprError
from stackwright.kernel.expr.functions import in_order, is_true, shown


@dataclass(frozen=True, slots=True)
class Looked:
    """What a predicate sees: `#`, `#index` and `#acc`."""

    item: Any
    place: int
    accumulated: Any = None


Test = Callable[[Looked], Any]
_UNSET = object()


def _values(items: Sequence[Any], test: Test) -> Iterator[Any]:
    return (test(Looked(item, place)) for place, item in enumerate(items))


def _truths(items: Sequence[Any], test: Test) -> Iterator[bool]:
    return (is_true(found) for found in _values(items, test))


def _found(items: Sequence[Any], test: Test) -> int | None:
    return next((place for place, holds in enumerate(_truths(items, test)) if holds), None)


def _found_last(items: Sequence[Any], test: Test) -> int | None:
    return next((place for place in reversed(range(len(items))) if is_true(test(Looked(items[place], place)))), None)


def _at(items: Sequence[Any], place: int | None) -> Any:
    return None if place is None else items[place]


def _sum(items: Sequence[Any]) -> int | float:
    if not all(isinstance(item, int | float) and not isinstance(item, bool) for item in items):
        raise ExprError("sum takes numbers")
    total: int | float = sum(items)
    return total


def _reduced(items: Sequence[Any], test: Test, start: Any = _UNSET) -> Any:
    """Without a start the first element is it."""
    places = range(len(items))
    if start is _UNSET:
        if not items:
            raise ExprError("reduce of an empty list needs a value to start with")
        start, places = items[0], places[1:]
    for place in places:
        start = test(Looked(items[place], place, start))
    return start


def _grouped(items: Sequence[Any], test: Test) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for item, key in zip(items, _values(items, test), strict=True):
        found.setdefault(key if isinstance(key, str | int | float) else shown(key), []).append(item)
    return found


def _sorted(items: Sequence[Any], test: Test, order: Any = "asc") -> list[Any]:
    return in_order(list(items), list(_values(items, test)), order)


ALONE: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "count": lambda items: sum(is_true(item) for item in items),
    "sum": _sum,
}
"""Those that do without a predicate too."""
LOOKING: Mapping[str, Callable[..., Any]] = {
    "all": lambda items, test: all(_truths(items, test)),
    "any": lambda items, test: any(_truths(items, test)),
    "none": lambda items, test: not any(_truths(items, test)),
    "one": lambda items, test: sum(_truths(items, test)) == 1,
    "filter": lambda items, test: [item for item, holds in zip(items, _truths(items, test), strict=True) if holds],
    "map": lambda items, test: list(_values(items, test)),
    "count": lambda items, test: sum(_truths(items, test)),
    "find": lambda items, test: _at(items, _found(items, test)),
    "findIndex": _found,
    "findLast": lambda items, test: _at(items, _found_last(items, test)),
    "findLastIndex": _found_last,
    "sum": lambda items, test: _sum(list(_values(items, test))),
    "groupBy": _grouped,
    "sortBy": _sorted,
    "reduce": _reduced,
}
