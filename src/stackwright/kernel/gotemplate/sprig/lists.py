"""Lists. None of these changes its argument."""

from collections.abc import Mapping
from typing import Any

from stackwright.kernel.gotemplate.errors import CallError
from stackwright.kernel.gotemplate.functions import Callee
from stackwright.kernel.gotemplate.values import is_true, type_name


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise CallError(f"Cannot find {name} on type {type_name(value)}")
    return value


def _first(value: Any) -> Any:
    items = _list(value, "first")
    return items[0] if items else None


def _last(value: Any) -> Any:
    items = _list(value, "last")
    return items[-1] if items else None


def _chunks(size: int, value: Any) -> list[list[Any]]:
    items = _list(value, "chunk")
    if size < 1:
        raise CallError("cannot make chunks of that size")
    return [items[start : start + size] for start in range(0, len(items), size)] or [[]]


def _unique(value: Any) -> list[Any]:
    found: list[Any] = []
    for item in _list(value, "uniq"):
        if item not in found:
            found.append(item)
    return found


def _slice(value: Any, *bounds: Any) -> Any:
    items = _list(value, "slice")
    start = int(bounds[0]) if bounds else 0
    end = int(bounds[1]) if len(bounds) > 1 else len(items)
    if not 0 <= start <= end <= len(items):
        raise CallError(f"slice bounds out of range [{start}:{end}]")
    return items[start:end]


def _has(needle: Any, value: Any) -> bool:
    return False if value is None else any(_same(needle, item) for item in _list(value, "has"))


def _same(left: Any, right: Any) -> bool:
    return type(left) is type(right) and bool(left == right)


def _joined(*values: Any) -> list[Any]:
    return [item for value in values for item in _list(value, "concat")]


def _with_must(functions: Mapping[str, Callee]) -> dict[str, Callee]:
    """Each of them under its `must…` name as well: all of them tell errors."""
    named = {f"must{name[0].upper()}{name[1:]}": callee for name, callee in functions.items()}
    return {**functions, **named}


LISTS: Mapping[str, Callee] = {
    **_with_must(
        {
            "append": Callee("aa", lambda value, item: [*_list(value, "append"), item]),
            "chunk": Callee("ia", _chunks),
            "compact": Callee("a", lambda value: [item for item in _list(value, "compact") if is_true(item)]),
            "first": Callee("a", _first),
            "has": Callee("aa", _has),
            "initial": Callee("a", lambda value: _list(value, "initial")[:-1]),
            "last": Callee("a", _last),
            "prepend": Callee("aa", lambda value, item: [item, *_list(value, "prepend")]),
            "push": Callee("aa", lambda value, item: [*_list(value, "push"), item]),
            "rest": Callee("a", lambda value: _list(value, "rest")[1:]),
            "reverse": Callee("a", lambda value: _list(value, "reverse")[::-1]),
            "slice": Callee("aa*", _slice),
            "uniq": Callee("a", _unique),
            "without": Callee("aa*", lambda value, *gone: [item for item in _list(value, "without") if not _has(item, list(gone))]),
        }
    ),
    "concat": Callee("a*", _joined),
    "list": Callee("a*", lambda *values: list(values)),
    "tuple": Callee("a*", lambda *values: list(values)),
}
