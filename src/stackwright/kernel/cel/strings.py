"""Texts in expressions: what the strings extension of cel-go gives them.

Source: github.com/google/cel-go ext/strings.go and ext/formatting.go.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from stackwright.kernel.cel.marks import type_of
from stackwright.kernel.clock import rfc3339

_CLAUSE = re.compile(r"%(?:\.(\d+))?(.)", re.DOTALL)
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_UPPER = {lower: lower - 32 for lower in range(ord("a"), ord("z") + 1)}


def char_at(text: str, index: int) -> str:
    _check_index(text, index)
    return text[index : index + 1]


def index_of(text: str, part: str, start: int = 0) -> int:
    _check_index(text, start)
    return text.find(part, start)


def last_index_of(text: str, part: str, start: int | None = None) -> int:
    if start is None:
        return text.rfind(part)
    _check_index(text, start)
    return text.rfind(part, 0, start + len(part))


def lower(text: str) -> str:
    return text.translate(_LOWER)


def upper(text: str) -> str:
    return text.translate(_UPPER)


def replaced(text: str, old: str, new: str, most: int = -1) -> str:
    return text.replace(old, new, most if most >= 0 else -1)


def parts_of(text: str, separator: str, most: int = -1) -> list[str]:
    if most == 0:
        return []
    if separator == "":
        letters = list(text)
        return letters if most < 0 or len(letters) <= most else [*letters[: most - 1], "".join(letters[most - 1 :])]
    return text.split(separator, most - 1 if most > 0 else -1)


def substring(text: str, start: int, end: int | None = None) -> str:
    last = len(text) if end is None else end
    _check_index(text, start)
    _check_index(text, last)
    if start > last:
        raise ValueError(f"invalid substring range. start: {start}, end: {last}")
    return text[start:last]


def joined(texts: Sequence[Any], separator: str = "") -> str:
    if not all(isinstance(each, str) for each in texts):
        raise ValueError("no such overload")
    return separator.join(texts)


def reversed_text(text: str) -> str:
    return text[::-1]


def quoted(text: str) -> str:
    escapes = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\", '"': '\\"'}
    return '"' + "".join(escapes.get(each, each) for each in text) + '"'


def formatted(pattern: str, values: Sequence[Any]) -> str:
    """printf with %s, %d, %f, %e, %b, %x, %X and %o."""
    waiting = iter(values)

    def clause(match: re.Match[str]) -> str:
        if match[2] == "%":
            return "%"
        try:
            value = next(waiting)
        except StopIteration:
            raise ValueError(f"index {len(values)} out of range") from None
        return _clause(match[2], int(match[1]) if match[1] else None, value)

    return _CLAUSE.sub(clause, pattern)


def _clause(verb: str, precision: int | None, value: Any) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match verb:
        case "s":
            return shown(value)
        case "d" if number:
            return shown(value)
        case "f" if number:
            return f"{value:.{6 if precision is None else precision}f}" if math.isfinite(value) else shown(value)
        case "e" if number:
            return f"{value:.{6 if precision is None else precision}e}"
        case "b" | "o" if isinstance(value, int):
            return format(int(value), verb)
        case "x" | "X" if isinstance(value, int):
            return format(int(value), verb)
        case "x" | "X" if isinstance(value, str):
            return value.encode().hex() if verb == "x" else value.encode().hex().upper()
        case _:
            raise ValueError(f'could not parse formatting clause: unrecognized formatting clause "{verb}"')


def spelled(value: Any) -> str:
    """As string() makes it. Raises ValueError."""
    if isinstance(value, list) or value is None or (isinstance(value, Mapping) and type_of(value) not in ("ip", "cidr")):
        raise ValueError("no such overload")
    return shown(value)


def shown(value: Any) -> str:
    """A value as %s prints it."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return value
        case float():
            return _float(value)
        case datetime():
            return rfc3339(value)
        case timedelta():
            return f"{value.total_seconds():g}s"
        case Mapping() if type_of(value):
            return str(value.get("text") or value.get("value") or "")
        case Mapping():
            return "{" + ", ".join(f"{shown(key)}: {shown(value[key])}" for key in sorted(value)) + "}"
        case list():
            return "[" + ", ".join(shown(each) for each in value) + "]"
        case bytes():
            return value.decode(errors="replace")
        case _:
            return str(value)


def _float(value: float) -> str:
    if math.isfinite(value):
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _check_index(text: str, index: int) -> None:
    if not 0 <= index <= len(text):
        raise ValueError(f"index out of range: {index}")
