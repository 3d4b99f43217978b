"""Kubernetes quantities (`500m`, `1Gi`, `1e3`): exact values, comparison and the canonical text.

Source: k8s.io/apimachinery pkg/api/resource.
"""

import re
from decimal import MAX_EMAX, MIN_EMIN, ROUND_UP, Context, Decimal
from functools import lru_cache

from stackwright.kernel.errors import BadInput

_PATTERN = re.compile(r"([+-]?)([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE])|[eE]([+-]?[0-9]+))?\Z")
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_SHORT = 32
_LARGEST = Decimal(2**63 - 1)


def _split(text: str) -> tuple[Decimal, str]:
    return _remembered(text) if len(text) <= _SHORT else _read(text)


@lru_cache(maxsize=4096)
def _remembered(text: str) -> tuple[Decimal, str]:
    """A cluster says the same few amounts over and over."""
    return _read(text)


def _read(text: str) -> tuple[Decimal, str]:
    match = _PATTERN.match(text)
    if match is None:
        raise BadInput("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'", found=text)
    sign, digits, suffix, exponent = match.groups()
    context = Context(prec=len(digits) + _SHORT, Emax=MAX_EMAX, Emin=MIN_EMIN)
    number = Decimal(digits)
    if suffix in _BINARY:
        return _within(context.multiply(number, Decimal(2 ** _BINARY[suffix])), sign, context), "binary"
    power = _DECIMAL[suffix or ""] if exponent is None else _power(exponent, context.prec)
    return _within(context.scaleb(number, power), sign, context), "decimal" if exponent is None else "exponent"


def _power(exponent: str, most: int) -> int:
    """Further than `most` makes no difference: the amount is the largest, or the smallest. Raises BadInput."""
    if len(exponent.lstrip("+-0")) > len(str(2**63)) or not -(2**63) <= int(exponent) < 2**63:
        raise BadInput("unable to parse quantity's suffix", found=exponent)
    return min(max(int(exponent), -most), most)


def _within(amount: Decimal, sign: str, context: Context) -> Decimal:
    """At most 2^63-1, in whole nanos, rounded away from zero."""
    amount = min(amount, _LARGEST)
    if amount.as_tuple().exponent < -9:  # type: ignore[operator]
        amount = amount.quantize(Decimal("1e-9"), rounding=ROUND_UP, context=context)
    return -amount if sign == "-" and amount else amount


def parse(text: str | int | float) -> Decimal:
    """The exact value, in units, rounded up to nano. Raises BadInput."""
    value, _ = _split(str(text))
    return value.quantize(Decimal("1e-9"), rounding=ROUND_UP) if value.as_tuple().exponent < -9 else value  # type: ignore[operator]


def canonical(text: str | int | float) -> str:
    """The text that the API server writes back: the largest suffix without a fraction."""
    return _rendered(*_split(str(text)))


def added(left: str | int | float, right: str | int | float) -> str:
    """The sum, in the form of the first that is not zero. Raises BadInput."""
    (one, form), (other, other_form) = _split(str(left)), _split(str(right))
    return _rendered(one + other, form if one else other_form)


def subtracted(left: str | int | float, right: str | int | float) -> str:
    """The difference, in the form of the first. Raises BadInput."""
    (one, form), (other, other_form) = _split(str(left)), _split(str(right))
    return _rendered(one - other, form if one else other_form)


def _rendered(value: Decimal, form: str) -> str:
    value = value.quantize(Decimal("1e-9"), rounding=ROUND_UP) if value.as_tuple().exponent < -9 else value  # type: ignore[operator]
    if abs(value) > _LARGEST:
        value = _LARGEST.copy_sign(value)
    if value == 0:
        return "0"
    if form == "binary" and abs(value) >= 1024 and value == value.to_integral_value():
        return _binary(int(value))
    return _exponent(value) if form == "exponent" else _decimal(value)


def _binary(value: int) -> str:
    suffix = ""
    for name, power in _BINARY.items():
        if value % (1 << power):
            break
        suffix = name
    return f"{value >> _BINARY[suffix]}{suffix}" if suffix else str(value)


def _thousands(value: Decimal) -> tuple[int, int]:
    """The integer and the power of ten, a multiple of three, whose product is `value`."""
    power = -9
    scaled = int(value.scaleb(9))
    while scaled % 1000 == 0 and power < 18:
        scaled //= 1000
        power += 3
    return scaled, power


def _decimal(value: Decimal) -> str:
    scaled, power = _thousands(value)
    suffix = next(name for name, known in _DECIMAL.items() if known == power)
    return f"{scaled}{suffix}"


def _exponent(value: Decimal) -> str:
    scaled, power = _thousands(value)
    return f"{scaled}e{power}" if power else str(scaled)
