"""Objects of built-in kinds as messages in their envelope, and watch events in frames."""

import struct
from base64 import b64decode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from stackwright.api.meta import GroupVersionKind, Object, gvk_of
from stackwright.apiserver import gotypes
from stackwright.apiserver.gotypes import GoField, struct_of, structs
from stackwright.apiserver.protobuf import wire
from stackwright.kernel import duration, json
from stackwright.kernel.clock import parse_rfc3339

MAGIC = b"k8s\0"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_known(gvk: GroupVersionKind) -> bool:
    """Whether objects of the kind have a protobuf form."""
    return bool(struct_of(gvk))


def encoded(obj: Object) -> bytes:
    """The object in its envelope. Its kind is known."""
    gvk = gvk_of(obj)
    type_meta = _text(1, gvk.api_version) + _text(2, gvk.kind)
    raw = b"".join(_struct(obj, struct_of(gvk)))
    return MAGIC + wire.block(1, type_meta) + wire.block(2, raw) + _text(3, "") + _text(4, "")


def framed_event(type: str, obj: Object) -> bytes:
    """One event of a watch, after its length in four bytes."""
    event = _text(1, type) + wire.block(2, wire.block(1, encoded(obj)))
    return struct.pack(">I", len(event)) + event


def _struct(value: Mapping[str, Any], name: str) -> Iterator[bytes]:
    for field in sorted(structs().get(name, ()), key=lambda each: each.number):
        if field.inline:
            yield wire.block(field.number, b"".join(_struct(value, field.kind)))
        else:
            yield from _field(value.get(field.name), field)


def _field(value: Any, field: GoField) -> Iterator[bytes]:
    """A list item by item, a map entry by entry. What no pointer may leave out is there even as a zero."""
    if field.kind.startswith("[]"):
        for item in value or ():
            yield _value(item, field.kind[2:], field.number)
    elif field.kind.startswith("{}"):
        for key, item in sorted((value or {}).items()):
            yield wire.block(field.number, _text(1, key) + _entry(item, field.kind[2:]))
    elif value is not None:
        yield _value(value, field.kind, field.number)
    elif not field.pointer and field.kind != "bytes":
        yield _value(_ZEROS.get(field.kind, {}), field.kind, field.number)


_ZEROS: Mapping[str, Any] = {"string": "", "bool": False, "int": 0, "double": 0.0}


def _entry(value: Any, kind: str) -> bytes:
    if kind.startswith("[]"):
        return wire.block(2, b"".join(_value(item, kind[2:], 1) for item in value or ()))
    return _value(value, kind, 2)


def _value(value: Any, kind: str, number: int) -> bytes:
    match kind:
        case "string":
            return _text(number, str(value))
        case "bytes":
            return wire.block(number, b64decode(value or ""))
        case "bool" | "int":
            return wire.number(number, int(value or 0))
        case "double":
            return wire.double(number, float(value or 0))
        case _ if kind in gotypes.SPOKEN:
            return wire.block(number, _spoken(value, kind))
        case _:
            return wire.block(number, b"".join(_struct(value or {}, kind)))


def _spoken(value: Any, kind: str) -> bytes:
    match kind:
        case gotypes.QUANTITY:
            return _text(1, "0" if value in (None, {}) else str(value))
        case gotypes.INT_OR_STRING:
            texts = isinstance(value, str)
            number = 0 if texts or not isinstance(value, int) else value
            return _value(texts, "int", 1) + _value(number, "int", 2) + _text(3, value if texts else "")
        case gotypes.DURATION:
            return _value(round(duration.parse(value) * 1e9) if value else 0, "int", 1)
        case gotypes.TIME | gotypes.MICRO_TIME:
            return _moment(value)
        case _:
            return b"" if value in (None, {}) and kind == gotypes.RAW else wire.block(1, json.dumps(value))


def _moment(value: Any) -> bytes:
    if not isinstance(value, str) or not value:
        return b""
    passed = parse_rfc3339(value) - _EPOCH
    seconds = passed.days * 86400 + passed.seconds
    return _value(seconds, "int", 1) + _value(passed.microseconds * 1000, "int", 2)


def _text(number: int, text: str) -> bytes:
    return wire.block(number, text.encode("utf-8", "replace"))
