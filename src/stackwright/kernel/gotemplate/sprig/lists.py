"""Lists. None of these changes its argument.

Source: sprig's list.go; what is wrong is told in its words.
"""

from collections.abc import Callable, Mapping
from typing import Any

from stackwright.kernel.gotemplate.errors import CallError
from stackwright.kernel.gotemplate.functions import Callee
from stackwright.kernel.gotemplate.sprig.numbers import whole
from stackwright.kernel.gotemplate.values import Lists, deep_equal, is_true, kind_name

_NIL = "runtime error: invalid memory address or nil pointer dereference"


def _list(value: Any, doing: str) -> list[Any]:
    if value is None:
        raise CallError(_NIL)
    if not isinstance(value, list):
        raise CallError(f"Cannot {doing} type {kind_name(value)}")
    return value


def _of(doing: str, call: Callable[..., Any]) -> Callable[..., Any]:
    return lambda value, *more: call(_list(value, doing), *more)


def _chunks(size: int, value: Any) -> list[list[Any]]:
    items = _list(value, "chunk")
    if size < 1:
        raise CallError("runtime error: makeslice: len out of range")
    return Lists(items[start : start + size] for start in range(0, len(items), size))


def _unique(items: list[Any]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if not _in(found, item):
            found.append(item)
    return found


def _slice(value: Any, *bounds: Any) -> Any:
    if value is None:
        raise CallError(_NIL)
    if not isinstance(value, list):
        raise CallError(f"list should be type of slice or array but {kind_name(value)}")
    start = whole(bounds[0]) if bounds else 0
    end = whole(bounds[1]) if len(bounds) > 1 else len(value)
    if not value:
        return None
    if not 0 <= start <= end <= len(value):
        raise CallError("reflect.Value.Slice: slice index out of bounds")
    return type(value)(value[start:end])


def _has(needle: Any, value: Any) -> bool:
    return False if value is None else _in(_list(value, "find has on"), needle)


def _in(items: list[Any], needle: Any) -> bool:
    return any(deep_equal(needle, item) for item in items)


def _joined(*values: Any) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if not isinstance(value, list):
            raise CallError(_NIL if value is None else f"Cannot concat type {kind_name(value)} as list")
        found += value
    return found


def _with_must(functions: Mapping[str, Callee]) -> dict[str, Callee]:
    """Each of them under its `must…` name as well: all of them tell errors."""
    named = {f"must{name[0].upper()}{name[1:]}": callee for name, callee in functions.items()}
    return {**functions, **named}


LISTS: Mapping[str, Callee] = {
    **_with_must(
        {
            "append": Callee("aa", _of("push on", lambda items, item: [*items, item])),
            "chunk": Callee("ia", _chunks),
            "compact": Callee("a", _of("compact on", lambda items: [item for item in items if is_true(item)])),
            "first": Callee("a", _of("find first on", lambda items: items[0] if items else None)),
            "has": Callee("aa", _has),
            "initial": Callee("a", _of("find initial on", lambda items: [*items[:-1]])),
            "last": Callee("a", _of("find last on", lambda items: items[-1] if items else None)),
            "prepend": Callee("aa", _of("prepend on", lambda items, item: [item, *items])),
            "push": Callee("aa", _of("push on", lambda items, item: [*items, item])),
            "rest": Callee("a", _of("find rest on", lambda items: [*items[1:]])),
            "reverse": Callee("a", _of("find reverse on", lambda items: [*items[::-1]])),
            "slice": Callee("aa*", _slice),
            "uniq": Callee("a", _of("find uniq on", _unique)),
            "without": Callee("aa*", _of("find without on", lambda items, *gone: [item for item in items if not _in([*gone], item)])),
        }
    ),
    "concat": Callee("a*", _joined),
    "list": Callee("a*", lambda *values: list(values)),
    "tuple": Callee("a*", lambda *values: list(values)),
}
