"""What Go's constants in quotes stand for.

Source: Go strconv.Unquote.
"""

import re

_NAMED = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, "'": 39, '"': 34}
_PART = re.compile(
    r"""(?P<plain>[^\\]+)|\\(?:(?P<named>[abfnrtv\\'"])|(?P<octal>[0-7]{3})|x(?P<hex>[0-9a-fA-F]{2})
    |u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8}))""",
    re.VERBOSE | re.DOTALL,
)


def unquoted(text: str) -> str | int:
    """A text; a character is its number. Raises ValueError for what Go does not know."""
    quote, inner = text[0], text[1:-1]
    if quote == "`":
        return inner.replace("\r", "")
    if "\n" in inner:
        raise ValueError(text)
    parts = _parts(inner, quote)
    if quote == '"':
        return b"".join(_encoded(part) for part in parts).decode("utf-8", "replace")
    found = "".join(part if isinstance(part, str) else chr(part[0]) for part in parts)
    if len(found) != 1:
        raise ValueError(text)
    return ord(found)


Part = str | tuple[int]
"""A text, or a byte that was written as a number."""


def _parts(text: str, quote: str) -> list[Part]:
    found, position = list[Part](), 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            raise ValueError(text)
        found.append(_part(match, quote))
        position = match.end()
    return found


def _part(match: re.Match[str], quote: str) -> Part:
    kind, value = match.lastgroup, match[match.lastgroup or 0]
    match kind:
        case "plain":
            return value
        case "named" if value in "'\"" and value != quote:
            raise ValueError(value)
        case "named":
            return chr(_NAMED[value])
        case "octal" | "hex":
            return (_byte(value, 8 if kind == "octal" else 16),)
        case _:
            return _character(int(value, 16))


def _byte(digits: str, base: int) -> int:
    number = int(digits, base)
    if number > 255:
        raise ValueError(digits)
    return number


def _character(number: int) -> str:
    if number > 0x10FFFF or 0xD800 <= number < 0xE000:
        raise ValueError(number)
    return chr(number)


def _encoded(part: Part) -> bytes:
    return part.encode("utf-8", "replace") if isinstance(part, str) else bytes(part)
