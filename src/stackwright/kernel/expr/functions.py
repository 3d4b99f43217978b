"""Functions of the language. Each gets values and gives a value; those that look at elements get a predicate."""

import json as standard_json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stackwright.kernel.expr.errors import ExprError

MAX_ITEMS = 10_000
Test = Callable[[Any], Any]


def listed(value: Any) -> list[Any]:
    """Raises ExprError for what is no list."""
    if not isinstance(value, list | tuple):
        raise ExprError(f"expected a list, found {named(value)}")
    return list(value)


def texted(value: Any) -> str:
    if not isinstance(value, str):
        raise ExprError(f"expected a text, found {named(value)}")
    return value


def named(value: Any) -> str:
    """A value's type, as the language calls it."""
    match value:
        case None:
            return "nil"
        case bool():
            return "bool"
        case int():
            return "int"
        case float():
            return "float"
        case str():
            return "string"
        case Mapping():
            return "map"
        case list() | tuple():
            return "array"
        case _:
            return type(value).__name__.lower()


def is_true(value: Any) -> bool:
    """Raises ExprError: nothing but true and false is a condition."""
    if not isinstance(value, bool):
        raise ExprError(f"expected true or false, found {named(value)}")
    return value


def _length(value: Any) -> int:
    if not isinstance(value, str | Mapping | list | tuple):
        raise ExprError(f"invalid argument for len (type {named(value)})")
    return len(value)


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ExprError(f"{named(value)} is no number") from error


def _real(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise ExprError(f"{named(value)} is no number") from error


def shown(value: Any) -> str:
    match value:
        case str():
            return value
        case None:
            return "<nil>"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"{value:g}" if isinstance(value, float) else str(value)
        case _:
            return _encoded(value)


def _encoded(value: Any) -> str:
    try:
        return standard_json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise ExprError(f"{named(value)} has no JSON") from error


def _decoded(text: Any) -> Any:
    try:
        return standard_json.loads(texted(text))
    except ValueError as error:
        raise ExprError("fromJSON: not JSON") from error


def _split(text: Any, separator: Any, limit: Any = -1) -> list[str]:
    return texted(text).split(texted(separator), _whole(limit) - 1 if _whole(limit) > 0 else -1)


def _joined(items: Any, separator: Any = "") -> str:
    return texted(separator).join(texted(item) for item in listed(items))


def _extreme(choose: Callable[..., Any], *values: Any) -> Any:
    numbers = listed(values[0]) if len(values) == 1 and isinstance(values[0], list | tuple) else list(values)
    if not numbers or not all(isinstance(number, int | float) for number in numbers):
        raise ExprError("expected numbers")
    return choose(numbers)


def _map(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ExprError(f"expected a map, found {named(value)}")
    return value


PLAIN: Mapping[str, Callable[..., Any]] = {
    "len": _length,
    "int": _whole,
    "float": _real,
    "string": shown,
    "type": named,
    "abs": lambda number: abs(_real(number)) if isinstance(number, float) else abs(_whole(number)),
    "max": lambda *values: _extreme(max, *values),
    "min": lambda *values: _extreme(min, *values),
    "trim": lambda text, characters=None: texted(text).strip(characters),
    "trimPrefix": lambda text, prefix=" ": texted(text).removeprefix(texted(prefix)),
    "trimSuffix": lambda text, suffix=" ": texted(text).removesuffix(texted(suffix)),
    "upper": lambda text: texted(text).upper(),
    "lower": lambda text: texted(text).lower(),
    "split": _split,
    "join": _joined,
    "replace": lambda text, old, new: texted(text).replace(texted(old), texted(new)) if old else texted(text),
    "hasPrefix": lambda text, prefix: texted(text).startswith(texted(prefix)),
    "hasSuffix": lambda text, suffix: texted(text).endswith(texted(suffix)),
    "indexOf": lambda text, part: texted(text).find(texted(part)),
    "first": lambda items: next(iter(listed(items)), None),
    "last": lambda items: next(reversed(listed(items)), None),
    "reverse": lambda items: listed(items)[::-1],
    "keys": lambda value: list(_map(value)),
    "values": lambda value: list(_map(value).values()),
    "get": lambda value, key: value.get(key) if isinstance(value, Mapping) else None,
    "toJSON": _encoded,
    "fromJSON": _decoded,
}


def _one(items: Sequence[Any], test: Test) -> bool:
    return sum(is_true(test(item)) for item in items) == 1


LOOKING: Mapping[str, Callable[[Sequence[Any], Test], Any]] = {
    "all": lambda items, test: all(is_true(test(item)) for item in items),
    "any": lambda items, test: any(is_true(test(item)) for item in items),
    "none": lambda items, test: not any(is_true(test(item)) for item in items),
    "one": _one,
    "filter": lambda items, test: [item for item in items if is_true(test(item))],
    "map": lambda items, test: [test(item) for item in items],
    "count": lambda items, test: sum(is_true(test(item)) for item in items),
    "find": lambda items, test: next((item for item in items if is_true(test(item))), None),
    "findLast": lambda items, test: next((item for item in reversed(items) if is_true(test(item))), None),
    "findIndex": lambda items, test: next((place for place, item in enumerate(items) if is_true(test(item))), None),
    "sum": lambda items, test: sum(_real(test(item)) for item in items),
}
