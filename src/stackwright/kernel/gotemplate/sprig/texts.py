"""Texts: cutting, joining, random ones."""

import random
import secrets
import string
from collections.abc import Mapping
from typing import Any

from stackwright.kernel.gotemplate.errors import CallError
from stackwright.kernel.gotemplate.functions import MAX_TEXT, Callee
from stackwright.kernel.gotemplate.printf import quoted
from stackwright.kernel.gotemplate.values import StringMap, Strings, formatted


def text(value: Any) -> str:
    """As sprig's toString."""
    return formatted(value)


def texts(value: Any) -> list[str]:
    """A list's items as texts, without nulls; anything else is a list of one."""
    if isinstance(value, list):
        return [text(item) for item in value if item is not None]
    return [] if value is None else [text(value)]


def _cut(value: bytes) -> str:
    """Go cuts bytes, and a letter with them."""
    return value.decode(errors="replace")


def _abbreviated(width: int, value: str) -> str:
    raw = value.encode()
    return value if width < 4 or len(raw) <= width else _cut(raw[: width - 3]) + "..."


def _abbreviated_both(left: int, right: int, value: str) -> str:
    size = len(value.encode())
    if right < 4 or (left > 0 and right < 7) or size <= right:
        return value
    offset = min(left, size)
    if size - offset < right - 3:
        offset = size - (right - 3)
    if offset <= 4:
        return _abbreviated(right, value)
    rest = _cut(value.encode()[offset:])
    if offset + right - 3 < size:
        return "..." + _abbreviated(right - 3, rest)
    return "..." + _cut(value.encode()[size - (right - 3) :])


def _truncated(length: int, value: str) -> str:
    raw = value.encode()
    if length < 0:
        return _cut(raw[length:]) if len(raw) + length > 0 else value
    return _cut(raw[:length])


def _part(start: int, end: int, value: str) -> str:
    raw = value.encode()
    if start < 0:
        return _cut(raw[:end])
    return _cut(raw[start:] if end < 0 or end > len(raw) else raw[start:end])


def _repeated(count: int, value: str) -> str:
    if count < 0 or count * len(value) > MAX_TEXT:
        raise CallError(f"a text of {count} × {len(value)} characters is not made")
    return value * count


def _random(alphabet: str) -> Callee:
    def make(count: int) -> str:
        if count > MAX_TEXT:
            raise CallError(f"a text of {count} characters is not made")
        return "".join(secrets.choice(alphabet) for _ in range(count))

    return Callee("i", make)


def _wrapped(width: int, separator: str, value: str, *, long_words: bool = True) -> str:
    """Source: goutils' WrapCustom: a line ends at its last space; long words are cut, or stick out."""
    raw, width, offset = value.encode(), max(width, 1), 0
    lines: list[bytes] = []
    while len(raw) - offset > width:
        if raw[offset : offset + 1] == b" ":
            offset += 1
            continue
        end = raw.rfind(b" ", offset, offset + width + 1)
        if end < 0 and long_words:
            lines.append(raw[offset : offset + width])
            offset += width
            continue
        end = raw.find(b" ", offset + width) if end < 0 else end
        if end < 0:
            break
        lines.append(raw[offset:end])
        offset = end + 1
    return (separator or "\n").join(_cut(line) for line in [*lines, raw[offset:]])


def _indented(spaces: int, value: str) -> str:
    pad = _repeated(spaces, " ")
    return pad + value.replace("\n", "\n" + pad)


def _shuffled(value: str) -> str:
    letters = list(value)
    random.shuffle(letters)
    return "".join(letters)


def _quote(*values: Any) -> str:
    return " ".join(quoted(text(value)) for value in values if value is not None)


def _single_quote(*values: Any) -> str:
    return " ".join(f"'{text(value)}'" for value in values if value is not None)


def _joined(separator: str, value: Any) -> str:
    return separator.join(texts(value))


def _numbered(parts: list[str]) -> Mapping[str, str]:
    return StringMap({f"_{place}": part for place, part in enumerate(parts)})


def _parts(separator: str, value: str, count: int = -1) -> list[str]:
    if count == 0:
        return Strings()
    if not separator:
        return Strings(value if count < 0 else [*value[: count - 1], value[count - 1 :]])
    return Strings(value.split(separator, count - 1 if count > 0 else -1))


def _without_prefix(prefix: str, value: str) -> str:
    return value.removeprefix(prefix)


def _without_suffix(suffix: str, value: str) -> str:
    return value.removesuffix(suffix)


TEXTS: Mapping[str, Callee] = {
    "abbrev": Callee("is", _abbreviated),
    "abbrevboth": Callee("iis", _abbreviated_both),
    "cat": Callee("a*", lambda *values: " ".join(text(value) for value in values if value is not None)),
    "contains": Callee("ss", lambda part, value: part in value),
    "hasPrefix": Callee("ss", lambda part, value: value.startswith(part)),
    "hasSuffix": Callee("ss", lambda part, value: value.endswith(part)),
    "hello": Callee("", lambda: "Hello!"),
    "indent": Callee("is", _indented),
    "join": Callee("sa", _joined),
    "nindent": Callee("is", lambda spaces, value: "\n" + _indented(spaces, value)),
    "nospace": Callee("s", lambda value: "".join(value.split())),
    "plural": Callee("ssi", lambda one, many, count: one if count == 1 else many),
    "quote": Callee("a*", _quote),
    "randAlpha": _random(string.ascii_letters),
    "randAlphaNum": _random(string.ascii_letters + string.digits),
    "randAscii": _random("".join(chr(code) for code in range(32, 127))),
    "randNumeric": _random(string.digits),
    "repeat": Callee("is", _repeated),
    "replace": Callee("sss", lambda old, new, value: value.replace(old, new)),
    "shuffle": Callee("s", _shuffled),
    "sortAlpha": Callee("a", lambda value: Strings(sorted(texts(value)))),
    "split": Callee("ss", lambda separator, value: _numbered(_parts(separator, value))),
    "splitList": Callee("ss", _parts),
    "splitn": Callee("sis", lambda separator, count, value: _numbered(_parts(separator, value, count))),
    "squote": Callee("a*", _single_quote),
    "substr": Callee("iis", _part),
    "toString": Callee("a", text),
    "toStrings": Callee("a", lambda value: Strings(texts(value))),
    "trim": Callee("s", str.strip),
    "trimAll": Callee("ss", lambda chars, value: value.strip(chars) if chars else value),
    "trimPrefix": Callee("ss", _without_prefix),
    "trimSuffix": Callee("ss", _without_suffix),
    "trimall": Callee("ss", lambda chars, value: value.strip(chars) if chars else value),
    "trunc": Callee("is", _truncated),
    "wrap": Callee("is", lambda width, value: _wrapped(width, "\n", value, long_words=False)),
    "wrapWith": Callee("iss", _wrapped),
}
