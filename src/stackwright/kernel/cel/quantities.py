"""Quantities in expressions.

Source: k8s.io/apiserver pkg/cel/library/quantity.go.
"""

from decimal import Decimal
from typing import Any

from stackwright.kernel import quantity
from stackwright.kernel.cel.marks import marked, taken
from stackwright.kernel.errors import BadInput

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


def read(text: str) -> dict[str, Any]:
    """Raises ValueError."""
    try:
        return _made(quantity.parse(text))
    except BadInput as error:
        raise ValueError(str(error)) from error


def is_quantity(text: str) -> bool:
    try:
        quantity.parse(text)
    except BadInput:
        return False
    return True


def compared(left: Any, right: Any) -> int:
    one, other = number(left), number(right)
    return (one > other) - (one < other)


def number(value: Any) -> Decimal:
    return Decimal(taken(value, "quantity")["value"])


def added(left: Any, right: Any) -> dict[str, Any]:
    return _made(number(left) + _number_or_int(right))


def subtracted(left: Any, right: Any) -> dict[str, Any]:
    return _made(number(left) - _number_or_int(right))


def sign(value: Any) -> int:
    found = number(value)
    return (found > 0) - (found < 0)


def is_integer(value: Any) -> bool:
    found = number(value)
    return found == found.to_integral_value() and _SMALLEST <= found <= _LARGEST


def as_integer(value: Any) -> int:
    if not is_integer(value):
        raise ValueError("cannot convert value to integer")
    return int(number(value))


def as_float(value: Any) -> float:
    return float(number(value))


def _number_or_int(value: Any) -> Decimal:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else number(value)


def _made(value: Decimal) -> dict[str, Any]:
    return marked("quantity", value=format(value.normalize(), "f"))
