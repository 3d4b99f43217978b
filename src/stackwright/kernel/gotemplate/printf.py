"""Go's fmt verbs.

Source: Go's fmt package.
"""

import re
from collections.abc import Sequence
from typing import Any

from stackwright.kernel import json
from stackwright.kernel.gotemplate.values import float_text, formatted, type_name

MAX_WIDTH = 10_000
_VERB = re.compile(r"%([-+# 0]*)(\d+|\*)?(?:\.(\d+|\*)?)?([a-zA-Z%])|%")
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
    rest = list(values)

    def one(match: re.Match[str]) -> str:
        if match[4] is None:
            return "%!(NOVERB)"
        if match[4] == "%":
            return "%"
        width = _number(match[2], rest)
        precision = _number(match[3], rest) if _HAS_PRECISION.search(match[0]) else None
        if _HAS_PRECISION.search(match[0]) and precision is None:
            precision = 0
        if not rest:
            return f"%!{match[4]}(MISSING)"
        return _padded(_shown(match[4], match[1], precision, rest.pop(0)), match[1], width, match[4])

    found = _VERB.sub(one, pattern)
    if rest:
        found += "%!(EXTRA " + ", ".join(f"{type_name(value)}={formatted(value)}" for value in rest) + ")"
    return found


def _number(text: str | None, rest: list[Any]) -> int | None:
    if text == "*":
        value = rest.pop(0) if rest else None
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
            return value.encode().hex() if verb == "x" else value.encode().hex().upper()
        case "s" | "q" if isinstance(value, list):
            return "[" + " ".join(_shown(verb, flags, precision, item) for item in value) + "]"
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
            return float_text(value)
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
    return quoted(value) if isinstance(value, str) else formatted(value)


def quoted(text: str) -> str:
    """As strconv.Quote writes it."""
    plain = json.dumps(text).decode()
    return plain.replace("\\b", "\\b").replace("\\u007f", "\\x7f")
