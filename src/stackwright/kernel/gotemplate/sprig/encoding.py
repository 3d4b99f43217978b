"""Encodings and digests."""

import base64
import binascii
import hashlib
import json as standard_json
import uuid
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from stackwright.kernel import json
from stackwright.kernel.gotemplate.errors import CallError
from stackwright.kernel.gotemplate.functions import Callee


def plain(value: Any) -> Any:
    """Whole floats are written without a fraction."""
    match value:
        case float() if value == int(value) and abs(value) < 1e21:
            return int(value)
        case Mapping():
            return {key: plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
        case _:
            return value


def to_json(value: Any) -> str:
    """As Go writes it: sorted keys, and the characters of HTML escaped."""
    text = raw_json(value)
    for char, escape in (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e")):
        text = text.replace(char, escape)
    return text


def raw_json(value: Any) -> str:
    return json.canonical(plain(value)).decode()


def _pretty_json(value: Any) -> str:
    return standard_json.dumps(plain(value), indent=2, sort_keys=True, ensure_ascii=False)


def _from_json(text: str) -> Any:
    try:
        return _must_from_json(text)
    except CallError:
        return None


def _must_from_json(text: str) -> Any:
    try:
        return _floats(json.loads(text))
    except json.JSONDecodeError as error:
        raise CallError(str(error)) from error


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


def _decoded(decode: Callable[[bytes], bytes]) -> Callable[[str], str]:
    """sprig tells what is wrong in the text itself."""

    def call(value: str) -> str:
        try:
            return decode(value.encode()).decode(errors="replace")
        except (binascii.Error, ValueError):
            return "illegal base64 data at input byte 0"

    return call


def _digest(name: str) -> Callee:
    return Callee("s", lambda value: hashlib.new(name, value.encode(), usedforsecurity=False).hexdigest())


def _uuid() -> str:
    return str(uuid.uuid4())


ENCODING: Mapping[str, Callee] = {
    "adler32sum": Callee("s", lambda value: str(zlib.adler32(value.encode()))),
    "b32dec": Callee("s", _decoded(base64.b32decode)),
    "b32enc": Callee("s", lambda value: base64.b32encode(value.encode()).decode()),
    "b64dec": Callee("s", _decoded(lambda value: base64.b64decode(value, validate=True))),
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
