"""How Go sees values: their truth, their text, their type, their order.

Values are those of JSON: None, bool, int, float, str, list and dict. Numbers that come from JSON are floats there, as in Go.
Functions give further types: numbers of a certain width, lists of one type, and objects with methods.
"""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from stackwright.kernel.goobject import GoObject
from stackwright.kernel.gotemplate.errors import CallError

NO_VALUE = "<no value>"


class Int64(int):
    """A whole number that is no `int` for Go."""


class Uint64(int):
    pass


class Strings(list[str]):
    """A list that can hold nothing but texts."""


class Ints(list[int]):
    pass


class Lists(list[list[Any]]):
    pass


class StringMap(dict[str, str]):
    pass


_NAMES: Mapping[type, str] = {
    type(None): "<nil>", bool: "bool", int: "int", Int64: "int64", Uint64: "uint64", float: "float64", str: "string",
    list: "[]interface {}", tuple: "[]interface {}", Strings: "[]string", Ints: "[]int", Lists: "[][]interface {}",
    dict: "map[string]interface {}", StringMap: "map[string]string",
}  # fmt: skip


def is_true(value: Any) -> bool:
    """An object with methods is always something."""
    return isinstance(value, GoObject) or bool(value)


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
    """The shortest form, with an exponent below 1e-4 and from 1e+06, where templates turn to it."""
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
    if isinstance(value, GoObject):
        return value.type_name
    if isinstance(value, Mapping):
        return _NAMES.get(type(value), "map[string]interface {}")
    return _NAMES.get(type(value), type(value).__name__)


def kind_name(value: Any) -> str:
    match value:
        case None:
            return "invalid"
        case GoObject():
            return value.kind
        case Mapping():
            return "map"
        case list() | tuple():
            return "slice"
        case _:
            return type_name(value)


def deep_equal(left: Any, right: Any) -> bool:
    """As reflect.DeepEqual: values of different types differ."""
    if type_name(left) != type_name(right):
        return False
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(deep_equal(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(deep_equal, left, right))
    return bool(left == right)


_COMPARED: Mapping[str, str] = {"int": "int", "int64": "int", "uint64": "int", "float64": "float", "string": "string", "bool": "bool"}


def _basic(value: Any) -> str:
    kind = _COMPARED.get(kind_name(value))
    if kind is None:
        raise CallError("invalid type for comparison" if value is None else f"non-comparable type {formatted(value)}: {type_name(value)}")
    return kind


def _check_compared(left: Any, right: Any) -> str:
    kind = _basic(left)
    if kind != _basic(right):
        raise CallError(f"incompatible types for comparison: {type_name(left)} and {type_name(right)}")
    return kind


def equal(left: Any, right: Any) -> bool:
    """`eq` of two values. Raises CallError when they cannot be compared."""
    if left is None or right is None:
        return left is right
    _check_compared(left, right)
    return bool(left == right)


def less(left: Any, right: Any) -> bool:
    """`lt` of two values. Raises CallError."""
    if _check_compared(left, right) == "bool":
        raise CallError("invalid type for comparison")
    return bool(left < right)
