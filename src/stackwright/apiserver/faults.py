"""The first value that a typed kind cannot hold, in the words of Go's decoder.

Source: Go encoding/json (UnmarshalTypeError) and the UnmarshalJSON of metav1.Time, metav1.MicroTime, Quantity, IntOrString.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stackwright.apiserver.gotypes import text_types
from stackwright.kernel import quantity
from stackwright.kernel.errors import BadInput
from stackwright.store.schema import Schema

_WANTED = {"object": "object", "array": "array", "string": "string", "integer": "number", "number": "number", "boolean": "bool"}
_INTEGERS = {"int32": 31, "int64": 63}
_QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
_SECONDS, _MICRO = "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05.000000Z07:00"
_LAYOUT = (
    ("2006", r"\d{4}"), ("-", "-"), ("01", r"\d\d"), ("-", "-"), ("02", r"\d\d"), ("T", "T"), ("15", r"\d\d?"), (":", ":"),
    ("04", r"\d\d"), (":", ":"), ("05", r"\d\d"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Place:
    """Shape: `struct` is the Go type that the last field of `path` belongs to."""

    struct: str
    path: tuple[str, ...] = ()

    def below(self, struct: str, field: str) -> "_Place":
        return _Place(struct, (*self.path, field))


def fault_of(value: Any, schema: Schema, kind: str) -> str:
    """Empty when everything can be read."""
    return _fault(value, schema, _Place(kind)) or ""


def _fault(value: Any, schema: Schema, place: _Place) -> str | None:
    if value is None:
        return None
    reference = str((schema.raw or {}).get("$ref", "")).rpartition(".")[2]
    if schema.int_or_string or reference == "IntOrString":
        return _int_or_string(value)
    if reference == "Quantity":
        return quantity_fault(value)
    format = (schema.raw or {}).get("format")
    if format == "date-time":
        return time_fault(value, micro=reference == "MicroTime")
    if schema.type == "any":
        return None
    return _mismatch(value, schema, place) or _inner(value, schema, place)


def _mismatch(value: Any, schema: Schema, place: _Place) -> str | None:
    was, wanted = json_type(value), _go_type(schema, place)
    if was != _WANTED[schema.type]:
        return _told(was, wanted, place)
    if schema.type == "integer" and not _fits(value, wanted):
        return _told(f"number {value}", wanted, place)
    if (schema.raw or {}).get("format") == "byte":
        return base64_fault(value)
    return None


def _told(was: str, wanted: str, place: _Place) -> str:
    return f"json: cannot unmarshal {was} into Go struct field {place.struct}.{'.'.join(place.path)} of type {wanted}"


def _fits(value: Any, wanted: str) -> bool:
    if isinstance(value, float):
        return False
    bits = _INTEGERS.get(wanted, 63)
    return -(1 << bits) <= int(value) < (1 << bits)


def _inner(value: Any, schema: Schema, place: _Place) -> str | None:
    if isinstance(value, list):
        return next((fault for item in value if (fault := _fault(item, schema.items, place))), None)
    if not isinstance(value, Mapping):
        return None
    struct = _struct(schema, place)
    for key, item in value.items():
        child = schema.child(key)
        if child is None:
            continue
        fault = _fault(item, child, place.below(struct, key) if key in schema.properties else place)
        if fault:
            return fault
    return None


def _struct(schema: Schema, place: _Place) -> str:
    """The name of the Go type that holds the fields of this object."""
    if not place.path:
        return place.struct
    return str((schema.raw or {}).get("$ref", "")).rpartition(".")[2] or place.struct


def json_type(value: Any) -> str:
    match value:
        case bool():
            return "bool"
        case str():
            return "string"
        case int() | float():
            return "number"
        case list():
            return "array"
        case None:
            return "null"
        case _:
            return "object"


def _go_type(schema: Schema, place: _Place) -> str:
    raw = schema.raw or {}
    match schema.type:
        case "object" if schema.additional is not None:
            return f"map[string]{_go_type(schema.additional, _Place(''))}"
        case "array":
            return f"[]{_go_type(schema.items, _Place(''))}"
        case "integer":
            return str(raw.get("format") or "int32")
        case "number":
            return "float64"
        case "boolean":
            return "bool"
        case "object":
            parts = str(raw.get("$ref", "")).split(".")
            return f"{parts[-2]}.{parts[-1]}" if len(parts) > 2 else "struct"
        case _ if raw.get("format") == "byte":
            return "[]uint8"
        case _:
            return text_types().get((place.struct, place.path[-1]), "string") if place.path else "string"


def _int_or_string(value: Any) -> str | None:
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool) and _fits(value, "int32")):
        return None
    was = f"number {value}" if isinstance(value, int | float) and not isinstance(value, bool) else json_type(value)
    return f"json: cannot unmarshal {was} into Go value of type int32"


def quantity_fault(value: Any) -> str | None:
    """None for an amount."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return _QUANTITY
    try:
        quantity.parse(value)
    except BadInput:
        return _QUANTITY
    return None


def base64_fault(text: str) -> str | None:
    """None for bytes that can be read."""
    clean = re.sub(r"[\r\n]", "", text)
    try:
        b64decode(clean, validate=True)
    except (binascii.Error, ValueError):
        bad = re.search(r"[^A-Za-z0-9+/]", clean)
        return f"illegal base64 data at input byte {bad.start() if bad else len(clean) - len(clean) % 4}"
    return None


def time_fault(value: Any, *, micro: bool) -> str | None:
    """None for a point in time."""
    if not isinstance(value, str):
        return f"json: cannot unmarshal {json_type(value)} into Go value of type string"
    rest = value
    for name, pattern in _LAYOUT:
        found = re.match(pattern, rest, re.ASCII)
        if found is None:
            return _unparsed(value, rest, name, micro)
        rest = rest[found.end() :]
    fraction = re.match(r"\.\d{6}" if micro else r"[.,]\d+", rest, re.ASCII)
    if micro and fraction is None:
        return _unparsed(value, rest, ".000000", micro)
    rest = rest[fraction.end() :] if fraction else rest
    zone = re.match(r"(Z|[+-]\d\d:\d\d)", rest, re.ASCII)
    if zone is None:
        return _unparsed(value, rest, "Z07:00", micro)
    rest = rest[zone.end() :]
    return f'parsing time "{value}": extra text: "{rest}"' if rest else _out_of_range(value)


def _unparsed(value: str, rest: str, element: str, micro: bool) -> str:
    return f'parsing time "{value}" as "{_MICRO if micro else _SECONDS}": cannot parse "{rest}" as "{element}"'


def _out_of_range(value: str) -> str | None:
    month, day, hour, minute, second = (int(part) for part in re.findall(r"\d+", value)[1:6])
    for what, number, most in (("month", month, 12), ("day", day, 31), ("hour", hour, 23), ("minute", minute, 59), ("second", second, 59)):
        if number > most or (what in ("month", "day") and not number):
            return f'parsing time "{value}": {what} out of range'
    return None
