"""Go's fmt verbs.

Source: Go's fmt package.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.kernel.goobject import GoObject
from stackwright.kernel.gotemplate.values import float_text, formatted, type_name

MAX_WIDTH = 10_000
_VERB = re.compile(r"%([-+# 0]*)(?:\[(\d+)\])?(\d+|\*)?(?:\.(\d+|\*)?)?(?:\[(\d+)\])?(.)|%", re.DOTALL)
_HAS_PRECISION = re.compile(r"\.")


def sprint(values: Sequence[Any]) -> str:
    """A space between two neighbours of which neither is a text."""
    found = ""
    for place, value in enumerate(values):
        if place and not isinstance(value, str) and not isinstance(values[place - 1], str):
            found += " "
        found += formatted(value)
    return found


def sprintln(values: Sequence[Any]) -> str:
    return " ".join(formatted(value) for value in values) + "\n"


def sprintf(pattern: str, values: Sequence[Any]) -> str:
    """Mistakes are told within the text, as Go does: `%!d(string=x)`, `%!s(MISSING)`, `%!(EXTRA …)`."""
    arguments = _Arguments(values)

    def one(match: re.Match[str]) -> str:
        flags, first, width_text, precision_text, second, verb = match.groups()
        if verb is None:
            return "%!(NOVERB)"
        if verb == "%":
            return "%"
        arguments.jump(first)
        width = _number(width_text, arguments)
        precision = _number(precision_text, arguments) if _HAS_PRECISION.search(match[0]) else None
        if _HAS_PRECISION.search(match[0]) and precision is None:
            precision = 0
        arguments.jump(second)
        if arguments.is_bad:
            return f"%!{verb}(BADINDEX)"
        if arguments.is_empty:
            return f"%!{verb}(MISSING)"
        return _padded(_shown(verb, flags, precision, arguments.take()), flags, width, verb)

    found = _VERB.sub(one, pattern)
    extra = arguments.unused
    if extra:
        found += "%!(EXTRA " + ", ".join(f"{type_name(value)}={formatted(value)}" for value in extra) + ")"
    return found


class _Arguments:
    """Taken one by one, or by their number in brackets."""

    def __init__(self, values: Sequence[Any]) -> None:
        self._values = values
        self._next = 0
        self._jumped = False
        self.is_bad = False

    def jump(self, number: str | None) -> None:
        if number is None:
            return
        self._jumped = True
        self.is_bad = not 1 <= int(number) <= len(self._values)
        if not self.is_bad:
            self._next = int(number) - 1

    @property
    def is_empty(self) -> bool:
        return self._next >= len(self._values)

    @property
    def unused(self) -> Sequence[Any]:
        return () if self._jumped else self._values[self._next :]

    def take(self) -> Any:
        self._next += 1
        return self._values[self._next - 1]


def _number(text: str | None, arguments: _Arguments) -> int | None:
    if text == "*":
        value = None if arguments.is_empty else arguments.take()
        return min(abs(value), MAX_WIDTH) if isinstance(value, int) else None
    return min(int(text), MAX_WIDTH) if text else None


def _padded(text: str, flags: str, width: int | None, verb: str) -> str:
    if width is None or len(text) >= width:
        return text
    if "-" in flags:
        return text.ljust(width)
    if "0" in flags and verb in "dfFgGeExXobvs":
        sign = text[:1] if text[:1] in ("-", "+") and verb not in "s" else ""
        return sign + text[len(sign) :].rjust(width - len(sign), "0")
    return text.rjust(width)


def _shown(verb: str, flags: str, precision: int | None, value: Any) -> str:
    match verb:
        case "v":
            return _sharp(value) if "#" in flags else _signed(formatted(value), flags, value)
        case "T":
            return type_name(value)
        case "s" if isinstance(value, str):
            return value if precision is None else value[:precision]
        case "q" if isinstance(value, str):
            return quoted(value)
        case "t" if isinstance(value, bool):
            return formatted(value)
        case "x" | "X" if isinstance(value, str):
            plain = value.encode().hex(" ") if " " in flags else value.encode().hex()
            return plain if verb == "x" else plain.upper()
        case "s" | "q" if isinstance(value, GoObject):
            return str(value) if verb == "s" else quoted(str(value))
        case _ if isinstance(value, list):
            return "[" + " ".join(_shown(verb, flags, precision, item) for item in value) + "]"
        case _ if isinstance(value, Mapping):
            pairs = (f"{_shown(verb, flags, precision, key)}:{_shown(verb, flags, precision, value[key])}" for key in sorted(value))
            return f"map[{' '.join(pairs)}]"
        case _:
            found = _numeric(verb, flags, precision, value)
            return f"%!{verb}({_described(value)})" if found is None else _signed(found, flags, value)


def _described(value: Any) -> str:
    return "<nil>" if value is None else f"{type_name(value)}={formatted(value)}"


def _numeric(verb: str, flags: str, precision: int | None, value: Any) -> str | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int) and verb in "dxXobcqU":
        return _whole(verb, flags, value)
    if isinstance(value, float) and verb in "fFeEgG":
        if verb in "gG" and precision is None:
            plain = float_text(value)
            return plain.upper() if verb == "G" else plain
        plain = format(value, f".{6 if precision is None else precision}{verb}")
        return re.sub(r"([eE][+-])(\d)$", r"\g<1>0\2", plain)
    return None


def _whole(verb: str, flags: str, value: int) -> str:
    match verb:
        case "c":
            return chr(value)
        case "q":
            return f"'{chr(value)}'"
        case "U":
            return f"U+{value:04X}"
        case _:
            return format(value, ("#" if "#" in flags and verb != "d" else "") + verb)


def _signed(text: str, flags: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or text.startswith(("-", "+")):
        return text
    return "+" + text if "+" in flags else " " + text if " " in flags else text


def _sharp(value: Any) -> str:
    """As Go source."""
    match value:
        case str():
            return quoted(value)
        case list():
            return f"{type_name(value)}{{{', '.join(map(_sharp, value))}}}"
        case Mapping():
            return f"{type_name(value)}{{{', '.join(f'{quoted(key)}:{_sharp(value[key])}' for key in sorted(value))}}}"
        case None:
            return "interface {}(nil)"
        case _:
            return formatted(value)


_ESCAPES = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\", '"': '\\"'}


def quoted(text: str) -> str:
    """As strconv.Quote writes it."""
    return '"' + "".join(_ESCAPES.get(char) or _escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char == " " or char.isprintable():
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
