"""Messages in their envelope, read into the objects that JSON would give."""

import struct
from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from stackwright.api.meta import GroupVersionKind
from stackwright.apiserver import gotypes
from stackwright.apiserver.gotypes import GoField, by_number, flattened, struct_of
from stackwright.kernel import duration, json

MAGIC = b"k8s\0"
_MAX_DEPTH = 64
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TYPE_META, _RAW = 1, 2


class BadProtobuf(ValueError):
    """The bytes are no message of that type."""


def decoded(body: bytes) -> dict[str, Any]:
    """The object in an envelope. Raises BadProtobuf."""
    if not body.startswith(MAGIC):
        raise BadProtobuf("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
    envelope = dict(_pairs(body[len(MAGIC) :]))
    type_meta = {number: _text(value) for number, value in _pairs(_bytes(envelope.get(_TYPE_META, b"")))}
    api_version, kind = type_meta.get(1, ""), type_meta.get(2, "")
    group, _, version = api_version.rpartition("/")
    name = struct_of(GroupVersionKind(group, version, kind))
    if not name:
        raise BadProtobuf(f'no kind "{kind}" is registered for version "{api_version}"')
    head = {"apiVersion": api_version, "kind": kind}
    return head | _message(_bytes(envelope.get(_RAW, b"")), name, 0)


def _pairs(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field numbers with varints as numbers, everything else as bytes."""
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        number, wire = tag >> 3, tag & 7
        value: int | bytes
        if wire == _VARINT:
            value, position = _varint(data, position)
        else:
            size, position = _size(data, position, wire)
            value = data[position : position + size]
            position += size
            if len(value) != size:
                raise BadProtobuf("unexpected EOF")
        yield number, value


def _size(data: bytes, position: int, wire: int) -> tuple[int, int]:
    if wire == _BYTES:
        return _varint(data, position)
    if wire in (_FIXED64, _FIXED32):
        return (8 if wire == _FIXED64 else 4), position
    raise BadProtobuf(f"illegal wire type {wire}")


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if position >= len(data):
            raise BadProtobuf("unexpected EOF")
        byte = data[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & (1 << 64) - 1, position
        shift += 7
        if shift >= 64:
            raise BadProtobuf("integer overflow")


def _message(data: bytes, name: str, depth: int) -> dict[str, Any]:
    if depth > _MAX_DEPTH:
        raise BadProtobuf("the message is too deeply nested")
    fields, found = by_number(name), dict[str, Any]()
    for number, value in _pairs(data):
        field = fields.get(number)
        if field is None:
            continue
        if field.inline:
            found |= _message(_bytes(value), field.kind, depth + 1)
        elif field.kind.startswith("[]"):
            found.setdefault(field.name, []).extend(_items(value, field.kind[2:], depth))
        elif field.kind.startswith("{}"):
            found.setdefault(field.name, {}).update(_entry(_bytes(value), field.kind[2:], depth))
        else:
            found[field.name] = _value(value, field.kind, depth)
    return {key: value for key, value in found.items() if not _left_out(value, flattened(name), key)}


def _left_out(value: Any, fields: Iterable[GoField], key: str) -> bool:
    """A zero that JSON would not show. A pointer to a zero is one that somebody set."""
    if value is None:
        return True
    field = next(each for each in fields if each.name == key)
    return not isinstance(value, dict | list) and not value and not field.pointer and (field.omit_empty or field.omit_zero)


def _items(value: int | bytes, kind: str, depth: int) -> list[Any]:
    """One item, or the packed numbers of several."""
    if kind in ("int", "bool") and isinstance(value, bytes):
        numbers, position = [], 0
        while position < len(value):
            number, position = _varint(value, position)
            numbers.append(_value(number, kind, depth))
        return numbers
    return [_value(value, kind, depth)]


def _entry(data: bytes, kind: str, depth: int) -> dict[str, Any]:
    pair = dict(_pairs(data))
    key, value = _text(pair.get(1, b"")), pair.get(2)
    if kind.startswith("[]"):
        return {key: [_value(item, kind[2:], depth) for number, item in _pairs(_bytes(value or b"")) if number == 1]}
    return {key: _value(b"" if value is None and kind not in ("int", "bool") else value or 0, kind, depth)}


def _value(value: int | bytes, kind: str, depth: int) -> Any:
    match kind:
        case "string":
            return _text(value)
        case "bytes":
            return b64encode(_bytes(value)).decode()
        case "bool":
            return bool(value)
        case "int":
            return _signed(value)
        case "double":
            return struct.unpack("<d", _bytes(value))[0]
        case _ if kind in gotypes.SPOKEN:
            return _spoken(_bytes(value), kind)
        case _:
            return _message(_bytes(value), kind, depth + 1)


def _spoken(data: bytes, kind: str) -> Any:
    fields = dict(_pairs(data))
    match kind:
        case gotypes.QUANTITY:
            return _text(fields.get(1, b"")) or "0"
        case gotypes.INT_OR_STRING:
            return _text(fields.get(3, b"")) if fields.get(1) else _signed(fields.get(2, 0))
        case gotypes.DURATION:
            return duration.render(_signed(fields.get(1, 0)) / 1e9)
        case gotypes.TIME | gotypes.MICRO_TIME:
            return _moment(fields, micro=kind == gotypes.MICRO_TIME)
        case _:
            return _embedded(_bytes(fields.get(1, b"")))


def _moment(fields: dict[int, Any], *, micro: bool) -> str | None:
    if not fields:
        return None
    try:
        moment = _EPOCH + timedelta(seconds=_signed(fields.get(1, 0)), microseconds=_signed(fields.get(2, 0)) // 1000)
    except OverflowError as error:
        raise BadProtobuf("the time is out of range") from error
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if micro else "%Y-%m-%dT%H:%M:%SZ")


def _embedded(data: bytes) -> Any:
    if not data:
        return None
    if data.startswith(MAGIC):
        return decoded(data)
    try:
        return json.loads(data)
    except json.JSONDecodeError as error:
        raise BadProtobuf(f"an embedded object is no JSON: {error}") from error


def _text(value: int | bytes) -> str:
    try:
        return _bytes(value).decode()
    except UnicodeDecodeError as error:
        raise BadProtobuf("a text is no UTF-8") from error


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise BadProtobuf("found a number, expected bytes")
    return value


def _signed(value: Any) -> int:
    if not isinstance(value, int):
        raise BadProtobuf("found bytes, expected a number")
    return value - (1 << 64) if value >= 1 << 63 else value
