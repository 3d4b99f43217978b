"""Functions of the language that get values and give a value."""

import base64
import json as standard_json
import math
from collections.abc import Callable, Mapping
from typing import Any

from stackwright.kernel.expr.errors import ExprError
from stackwright.kernel.expr.times import dated, span, zone
from stackwright.kernel.goobject import GoObject

MAX_ITEMS = 10_000
MAX_TEXT = 1_000_000


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
        case GoObject():
            return value.type_name
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
        case GoObject():
            return str(value)
        case _:
            return _encoded(value)


def _encoded(value: Any) -> str:
    try:
        return standard_json.dumps(value, ensure_ascii=False, default=_plain)
    except (TypeError, ValueError) as error:
        raise ExprError(f"{named(value)} has no JSON") from error


def _plain(value: Any) -> Any:
    if isinstance(value, GoObject):
        return value.plain()
    raise TypeError(named(value))


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


def _numbers(*values: Any) -> list[int | float]:
    found = [number for value in values for number in (value if isinstance(value, list | tuple) else [value])]
    if not all(isinstance(number, int | float) and not isinstance(number, bool) for number in found):
        raise ExprError("expected numbers")
    return found


def _mean(*values: Any) -> float:
    numbers = _numbers(*values)
    return sum(numbers) / len(numbers) if numbers else 0.0


def _median(*values: Any) -> float:
    numbers = sorted(_numbers(*values))
    if not numbers:
        return 0.0
    half = len(numbers) // 2
    return float(numbers[half]) if len(numbers) % 2 else (numbers[half - 1] + numbers[half]) / 2


def _rounded(number: Any) -> float:
    """Halves go away from zero."""
    value = _real(number)
    return math.copysign(math.floor(abs(value) + 0.5), value)


def _repeated(text: Any, times: Any) -> str:
    if _whole(times) < 0 or len(texted(text)) * _whole(times) > MAX_TEXT:
        raise ExprError(f"repeat gives at most {MAX_TEXT} characters")
    return texted(text) * _whole(times)


def _split_after(text: Any, separator: Any, limit: Any = -1) -> list[str]:
    pieces = _split(text, separator, limit)
    return [piece + texted(separator) for piece in pieces[:-1]] + pieces[-1:]


def _from_base64(text: Any) -> str:
    try:
        return base64.b64decode(texted(text), validate=True).decode()
    except ValueError as error:
        raise ExprError("fromBase64: not base64 of a text") from error


def _flat(items: Any) -> list[Any]:
    found = [inner for item in listed(items) for inner in (_flat(item) if isinstance(item, list | tuple) else [item])]
    return _bounded(found)


def _joined_lists(*lists: Any) -> list[Any]:
    return _bounded([item for items in lists for item in listed(items)])


def _bounded(items: list[Any]) -> list[Any]:
    if len(items) > MAX_ITEMS:
        raise ExprError(f"a list has at most {MAX_ITEMS} items")
    return items


def _distinct(items: Any) -> list[Any]:
    """The first of each."""
    found: dict[str, Any] = {}
    for item in listed(items):
        found.setdefault(f"{named(item)} {shown(item)}", item)
    return list(found.values())


def _from_pairs(pairs: Any) -> dict[str, Any]:
    found = {}
    for pair in listed(pairs):
        if len(listed(pair)) != 2:
            raise ExprError("fromPairs takes a list of pairs")
        found[shown(pair[0])] = pair[1]
    return found


def in_order(items: list[Any], keys: list[Any], order: Any = "asc") -> list[Any]:
    """Raises ExprError for keys that cannot be compared and for other orders than asc and desc."""
    if order not in ("asc", "desc"):
        raise ExprError(f"expected asc or desc, found {order!r}")
    try:
        places = sorted(range(len(items)), key=lambda place: keys[place], reverse=order == "desc")
    except TypeError as error:
        raise ExprError("items of different types have no order") from error
    return [items[place] for place in places]


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
    "ceil": lambda number: float(math.ceil(_real(number))),
    "floor": lambda number: float(math.floor(_real(number))),
    "round": _rounded,
    "mean": _mean,
    "median": _median,
    "lastIndexOf": lambda text, part: texted(text).rfind(texted(part)),
    "repeat": _repeated,
    "splitAfter": _split_after,
    "take": lambda items, number: listed(items)[: max(0, _whole(number))],
    "concat": _joined_lists,
    "flatten": _flat,
    "uniq": _distinct,
    "sort": lambda items, order="asc": in_order(listed(items), listed(items), order),
    "toPairs": lambda value: [[key, item] for key, item in _map(value).items()],
    "fromPairs": _from_pairs,
    "toBase64": lambda text: base64.b64encode(texted(text).encode()).decode(),
    "fromBase64": _from_base64,
    "date": dated,
    "duration": span,
    "timezone": zone,
    "toJSON": _encoded,
    "fromJSON": _decoded,
}
