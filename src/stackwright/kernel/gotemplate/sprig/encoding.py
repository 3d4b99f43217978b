"""Encodings and digests."""

import base64
import hashlib
import json as standard_json
import re
import uuid
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.kernel import json
from stackwright.kernel.goobject import GoObject
from stackwright.kernel.gotemplate.errors import CallError
from stackwright.kernel.gotemplate.functions import Callee
from stackwright.kernel.gotemplate.sprig.json_problems import problem_of


def plain(value: Any) -> Any:
    """Whole floats are written without a fraction, objects as their own JSON."""
    match value:
        case GoObject():
            return plain(value.plain())
        case float() if value == int(value) and abs(value) < 1e21:
            return int(value)
        case Mapping():
            return {key: plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
        case int() if not isinstance(value, bool):
            return int(value)
        case _:
            return value


_HTML = (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e"))
_LINES = (("\u2028", "\\u2028"), ("\u2029", "\\u2029"))


def to_json(value: Any) -> str:
    """As Go writes it: sorted keys, and the characters of HTML escaped."""
    return _escaped(raw_json(value), _HTML)


def raw_json(value: Any) -> str:
    return _escaped(json.canonical(plain(value)).decode(), _LINES)


def _pretty_json(value: Any) -> str:
    text = standard_json.dumps(plain(value), indent=2, sort_keys=True, ensure_ascii=False)
    return _escaped(text, (*_HTML, *_LINES))


def _escaped(text: str, escapes: Sequence[tuple[str, str]]) -> str:
    for char, escape in escapes:
        text = text.replace(char, escape)
    return text


def _from_json(text: str) -> Any:
    try:
        return _must_from_json(text)
    except CallError:
        return None


def _must_from_json(text: str) -> Any:
    try:
        return _floats(json.loads(text))
    except json.JSONDecodeError as error:
        raise CallError(problem_of(text) or str(error)) from error


def _floats(value: Any) -> Any:
    match value:
        case bool():
            return value
        case int():
            return float(value)
        case Mapping():
            return {key: _floats(item) for key, item in value.items()}
        case list():
            return [_floats(item) for item in value]
        case _:
            return value


def _base64(value: str) -> str:
    """What is wrong is told in the text itself. New lines do not count."""
    raw = value.encode()
    place = wrong_base64_byte(raw)
    if place is not None:
        return f"illegal base64 data at input byte {place}"
    return base64.b64decode(re.sub(rb"[\r\n]", b"", raw)).decode(errors="replace")


def wrong_base64_byte(raw: bytes) -> int | None:
    """Where Go stops reading."""
    digits, padding = 0, 0
    for place, byte in enumerate(raw):
        if byte in b"\r\n":
            continue
        if padding and (byte != 0x3D or (digits + padding) % 4 == 0):
            return place
        if byte == 0x3D:
            if digits % 4 < 2:
                return place
            padding += 1
        elif byte in _BASE64:
            digits += 1
        else:
            return place
    if (digits + padding) % 4 == 0:
        return None
    return len(raw) if padding else len(raw) - digits % 4


_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_BASE32 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def _base32(value: str) -> str:
    raw = re.sub(rb"[\r\n]", b"", value.encode())
    for start in range(0, len(raw), 8):
        piece = raw[start : start + 8]
        body = piece.rstrip(b"=")
        wrong = next((place for place, byte in enumerate(body) if byte not in _BASE32), None)
        if wrong is not None:
            return f"illegal base32 data at input byte {start + wrong}"
        if len(piece) < 8:
            return f"illegal base32 data at input byte {start + len(piece) if len(body) < len(piece) else start}"
        if len(body) not in (2, 4, 5, 7, 8):
            return f"illegal base32 data at input byte {start + len(body)}"
    return base64.b32decode(raw).decode(errors="replace")


def _digest(name: str) -> Callee:
    return Callee("s", lambda value: hashlib.new(name, value.encode(), usedforsecurity=False).hexdigest())


def _uuid() -> str:
    return str(uuid.uuid4())


ENCODING: Mapping[str, Callee] = {
    "adler32sum": Callee("s", lambda value: str(zlib.adler32(value.encode()))),
    "b32dec": Callee("s", _base32),
    "b32enc": Callee("s", lambda value: base64.b32encode(value.encode()).decode()),
    "b64dec": Callee("s", _base64),
    "b64enc": Callee("s", lambda value: base64.b64encode(value.encode()).decode()),
    "fromJson": Callee("s", _from_json),
    "mustFromJson": Callee("s", _must_from_json),
    "mustToJson": Callee("a", to_json),
    "mustToPrettyJson": Callee("a", _pretty_json),
    "mustToRawJson": Callee("a", raw_json),
    "sha1sum": _digest("sha1"),
    "sha256sum": _digest("sha256"),
    "sha512sum": _digest("sha512"),
    "toJson": Callee("a", to_json),
    "toPrettyJson": Callee("a", _pretty_json),
    "toRawJson": Callee("a", raw_json),
    "uuidv4": Callee("", _uuid),
}
