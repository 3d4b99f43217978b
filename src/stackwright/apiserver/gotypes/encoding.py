"""What Go's encoder makes of an object of a known type: zeros left out where the type says so, and structs there even when empty.

Source: Go encoding/json (omitempty, omitzero) over the types of k8s.io/api.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.apiserver.gotypes import DURATION, INT_OR_STRING, QUANTITY, RAW, SPOKEN, GoField, flattened, structs
from stackwright.kernel.errors import BadInput
from stackwright.kernel.quantity import canonical

_ZEROS: Mapping[str, Any] = {"string": "", "bool": False, "int": 0, "double": 0}
_ABSENT = object()
_SPOKEN_ZEROS: Mapping[str, Any] = {QUANTITY: "0", DURATION: "0s", INT_OR_STRING: _ABSENT}


def encoded(value: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object as its Go type would be written; what the type does not know stays as it is. The argument is not changed."""
    found = dict(value)
    for field in flattened(name):
        shown = _field(value.get(field.name), field)
        if shown is _ABSENT:
            found.pop(field.name, None)
        else:
            found[field.name] = shown
    return found


def _field(value: Any, field: GoField) -> Any:
    if field.kind.startswith(("[]", "{}")):
        return _collection(value, field)
    if field.kind == "bytes":
        return _ABSENT if not value and field.omit_empty else value
    if field.pointer:
        return _ABSENT if value is None else _whole(value, field.kind)
    if field.kind in _ZEROS:
        zero = _ZEROS[field.kind]
        value = zero if value is None else value
        return _ABSENT if (field.omit_empty or field.omit_zero) and value == zero else value
    if value is None or (field.kind in SPOKEN and field.kind != RAW and value in ("", {})):
        return _missing(field)
    return _whole(value, field.kind)


def _missing(field: GoField) -> Any:
    """A struct is never left out for being empty, only for being zero."""
    if field.omit_zero:
        return _ABSENT
    return _SPOKEN_ZEROS.get(field.kind) if field.kind in SPOKEN else _whole({}, field.kind)


def _whole(value: Any, kind: str) -> Any:
    if isinstance(value, Mapping) and kind in structs() and kind not in SPOKEN:
        return encoded(value, kind)
    return _canonical(value) if kind == QUANTITY and isinstance(value, str | int | float) else value


def _canonical(value: str | int | float) -> str | int | float:
    """Amounts have one text each; what is no amount is refused elsewhere."""
    try:
        return canonical(value)
    except BadInput:
        return value


def _collection(value: Any, field: GoField) -> Any:
    if not value and field.omit_empty:
        return _ABSENT
    if isinstance(value, list):
        return [_whole(item, field.kind[2:]) for item in value]
    if isinstance(value, Mapping):
        null = _ZEROS.get(field.kind[2:])
        return {key: null if item is None else _whole(item, field.kind[2:]) for key, item in value.items()}
    return value
