"""What Go's encoder makes of an object of a known type: zeros left out where the type says so, and structs there even when empty.

How each field is shown is settled once for its type: an object costs the fields that it has, not all that it might have.

Source: Go encoding/json (omitempty, omitzero) over the types of k8s.io/api.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

from stackwright.apiserver.gotypes import DURATION, INT_OR_STRING, QUANTITY, RAW, SPOKEN, GoField, flattened, structs
from stackwright.kernel.errors import BadInput
from stackwright.kernel.quantity import canonical

_ZEROS: Mapping[str, Any] = {"string": "", "bool": False, "int": 0, "double": 0}
_ABSENT = object()
_SPOKEN_ZEROS: Mapping[str, Any] = {QUANTITY: "0", DURATION: "0s", INT_OR_STRING: _ABSENT}

Show = Callable[[Any], Any]
"""A value as it is written: the very same when nothing has to change, `_ABSENT` when it is left out."""


class _Plan(NamedTuple):
    """How objects of a type are written. Shape: `born` are the fields that are there even when nobody gave them."""

    fields: Mapping[str, Show]
    born: tuple[tuple[str, Show], ...]


def encoded(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object as its Go type would be written; what the type does not know stays as it is. Unchanged parts are shared."""
    plan, changed = _plan(name), dict[str, Any]()
    for key, item in value.items():
        show = plan.fields.get(key)
        if show is not None and (shown := show(item)) is not item:
            changed[key] = shown
    for key, show in plan.born:
        if key not in value:
            changed[key] = show(None)
    if not changed:
        return value
    return {key: item for key, item in {**value, **changed}.items() if item is not _ABSENT}


@cache
def _plan(name: str) -> _Plan:
    fields = {field.name: _shows(field) for field in flattened(name)}
    return _Plan(fields, tuple((key, show) for key, show in fields.items() if show(None) is not _ABSENT))


def _shows(field: GoField) -> Show:
    if field.kind.startswith(("[]", "{}")):
        return _collection(field.kind[2:], field.omit_empty)
    if field.kind == "bytes":
        return _unless(lambda value: not value) if field.omit_empty else _same
    if field.pointer:
        return _given(_whole(field.kind))
    if field.kind in _ZEROS:
        return _scalar(_ZEROS[field.kind], omitted=field.omit_empty or field.omit_zero)
    return _struct(field)


def _same(value: Any) -> Any:
    return value


def _unless(empty: Callable[[Any], bool]) -> Show:
    return lambda value: _ABSENT if empty(value) else value


def _given(show: Show) -> Show:
    return lambda value: _ABSENT if value is None else show(value)


def _scalar(zero: Any, *, omitted: bool) -> Show:
    if omitted:
        return lambda value: _ABSENT if value is None or value == zero else value
    return lambda value: zero if value is None else value


def _struct(field: GoField) -> Show:
    """A struct is never left out for being empty, only for being zero."""
    show, missing = _whole(field.kind), _missing(field)
    empty: tuple[Any, ...] = ("", {}) if field.kind in SPOKEN and field.kind != RAW else ()
    return lambda value: missing() if value is None or value in empty else show(value)


def _missing(field: GoField) -> Callable[[], Any]:
    if field.omit_zero:
        return lambda: _ABSENT
    if field.kind in SPOKEN:
        return lambda: _SPOKEN_ZEROS.get(field.kind)
    show = _whole(field.kind)
    return lambda: show({})


def _whole(kind: str) -> Show:
    """Of a value that is there."""
    if kind in structs() and kind not in SPOKEN:
        return lambda value: encoded(value, kind) if isinstance(value, Mapping) else value
    return _canonical if kind == QUANTITY else _same


def _canonical(value: Any) -> Any:
    """Amounts have one text each; what is no amount is refused elsewhere."""
    if not isinstance(value, str | int | float):
        return value
    try:
        found = canonical(value)
    except BadInput:
        return value
    return value if isinstance(value, str) and found == value else found


def _collection(kind: str, omit_empty: bool) -> Show:
    null, show = _ZEROS.get(kind), _whole(kind)

    def shown(value: Any) -> Any:
        if not value and omit_empty:
            return _ABSENT
        if isinstance(value, list):
            return value if show is _same else _shared(value, [show(item) for item in value])
        if isinstance(value, Mapping):
            return _map(value)
        return value

    def _map(value: Mapping[str, Any]) -> Mapping[str, Any]:
        if show is _same and None not in value.values():
            return value
        found = {key: null if item is None else show(item) for key, item in value.items()}
        return value if all(item is found[key] for key, item in value.items()) else found

    return shown


def _shared(given: list[Any], shown: list[Any]) -> list[Any]:
    return given if all(item is other for item, other in zip(given, shown)) else shown
