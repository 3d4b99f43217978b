"""How Go sees values: their truth, their text, their type, their order.

Values are those of JSON: None, bool, int, float, str, list and dict. Numbers that come from JSON are floats there, as in Go.
"""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from stackwright.kernel.gotemplate.errors import CallError

NO_VALUE = "<no value>"


def is_true(value: Any) -> bool:
    return bool(value)


def text_of(value: Any) -> str:
    """What an action prints."""
    return NO_VALUE if value is None else formatted(value)


def formatted(value: Any) -> str:
    """`%v`."""
    match value:
        case None:
            return "<nil>"
        case bool():
            return "true" if value else "false"
        case float():
            return float_text(value)
        case Mapping():
            return "map[" + " ".join(f"{key}:{formatted(value[key])}" for key in sorted(value)) + "]"
        case list() | tuple():
            return "[" + " ".join(formatted(item) for item in value) + "]"
        case bytes():
            return value.decode(errors="replace")
        case _:
            return str(value)


def float_text(value: float) -> str:
    """The shortest form, with an exponent below 1e-4 and from 1e+06, where `%v` turns to it."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value and not 1e-4 <= abs(value) < _EXPONENT_FROM:
        return _scientific(value)
    text = f"{Decimal(repr(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_EXPONENT_FROM = 1e6


def _scientific(value: float) -> str:
    shortest = repr(value)
    for precision in range(17):
        candidate = f"{value:.{precision}e}"
        if float(candidate) == float(shortest):
            break
    mantissa, _, exponent = candidate.partition("e")
    return f"{mantissa}e{exponent[0]}{exponent[1:].zfill(2)}"


def type_name(value: Any) -> str:
    """`%T`."""
    match value:
        case None:
            return "<nil>"
        case bool():
            return "bool"
        case int():
            return "int"
        case float():
            return "float64"
        case str():
            return "string"
        case Mapping():
            return "map[string]interface {}"
        case list() | tuple():
            return "[]interface {}"
        case _:
            return type(value).__name__


def kind_name(value: Any) -> str:
    match value:
        case None:
            return "invalid"
        case Mapping():
            return "map"
        case list() | tuple():
            return "slice"
        case _:
            return type_name(value)


def _basic(value: Any) -> str:
    kind = kind_name(value)
    if kind not in ("bool", "int", "float64", "string"):
        raise CallError("invalid type for comparison" if value is None else f"non-comparable type {formatted(value)}: {type_name(value)}")
    return kind


def equal(left: Any, right: Any) -> bool:
    """`eq` of two values. Raises CallError when they cannot be compared."""
    if left is None or right is None:
        return left is right
    if _basic(left) != _basic(right):
        raise CallError("incompatible types for comparison")
    return bool(left == right)


def less(left: Any, right: Any) -> bool:
    """`lt` of two values. Raises CallError."""
    kind = _basic(left)
    if kind != _basic(right):
        raise CallError("incompatible types for comparison")
    if kind == "bool":
        raise CallError("invalid type for comparison")
    return bool(left < right)
