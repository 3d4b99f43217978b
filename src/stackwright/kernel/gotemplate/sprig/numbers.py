"""Arithmetic and conversion: numbers are whole, unless the function's name ends in f."""

import functools
import math
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

from stackwright.kernel.gotemplate.errors import CallError
from stackwright.kernel.gotemplate.functions import MAX_ITEMS, Callee
from stackwright.kernel.gotemplate.values import Int64, Ints

_RANGE = 1 << 64
_DIVIDING = Context(prec=60)
_SIXTEEN = Decimal(1).scaleb(-16)
"""The library that sprig divides with keeps sixteen decimals."""


def whole(value: Any) -> int:
    """As cast.ToInt64: 0 for what is no number; wraps around as int64 does."""
    match value:
        case bool():
            return int(value)
        case int():
            return _wrapped(value)
        case float():
            return int(value) if math.isfinite(value) and abs(value) < _RANGE >> 1 else -(_RANGE >> 1)
        case str():
            return _parsed(value)
        case _:
            return 0


def _parsed(value: str) -> int:
    """As strconv.ParseInt with base 0, after a fraction of zeros was cut off."""
    text = re.sub(r"\.0*\Z", "", value) if "." in value else value
    if not re.fullmatch(r"[+-]?[0-9a-zA-Z_]+", text):
        return 0
    try:
        found = int(text, 8) if re.fullmatch(r"[+-]?0[0-7]+", text) else int(text, 0)
    except ValueError:
        return 0
    return found if -(_RANGE >> 1) <= found < _RANGE >> 1 else 0


def _wrapped(value: int) -> int:
    return (value + (_RANGE >> 1)) % _RANGE - (_RANGE >> 1)


def real(value: Any) -> float:
    """As cast.ToFloat64: 0 for what is no number."""
    if isinstance(value, bool | int | float):
        return float(value)
    try:
        return float(value) if isinstance(value, str) and value == value.strip() else 0.0
    except ValueError:
        return 0.0


def _decimal(value: Any) -> Decimal:
    try:
        return Decimal(str(real(value)))
    except InvalidOperation:
        return Decimal(0)


def _divided(left: Any, right: Any) -> int:
    dividend, divisor = whole(left), whole(right)
    if divisor == 0:
        raise CallError("runtime error: integer divide by zero")
    quotient = abs(dividend) // abs(divisor)
    return quotient if (dividend < 0) == (divisor < 0) else -quotient


def _rest(left: Any, right: Any) -> int:
    return whole(left) - whole(right) * _divided(left, right)


def _folded(step: Callable[[Decimal, Decimal], Decimal]) -> Callable[..., float]:
    def fold(*values: Any) -> float:
        return float(functools.reduce(step, (_decimal(value) for value in values))) if values else 0.0

    return fold


def _quotient(left: Decimal, right: Decimal) -> Decimal:
    if not right:
        raise CallError("decimal division by 0")
    return _DIVIDING.divide(left, right).quantize(_SIXTEEN, ROUND_HALF_UP, _DIVIDING)


def _rounded(value: Any, places: int, *threshold: Any) -> float:
    """As sprig does it: scaled, then up from the threshold on."""
    power = math.pow(10, places)
    scaled = power * real(value)
    up = math.modf(scaled)[0] >= (threshold[0] if threshold else 0.5)
    return (math.ceil(scaled) if up else math.floor(scaled)) / power


def _until(count: int) -> list[int]:
    return steps(0, count, 1 if count >= 0 else -1)


def steps(start: int, stop: int, step: int) -> list[int]:
    """Raises CallError for a list that no template needs."""
    if step == 0 or (stop - start) * step <= 0:
        return Ints()
    found = range(start, stop, step)
    if len(found) > MAX_ITEMS:
        raise CallError(f"a list of {len(found)} numbers is not made")
    return Ints(found)


def _sequence(*bounds: Any) -> str:
    """As the shell's seq: the last number belongs to it."""
    numbers = [whole(bound) for bound in bounds]
    match numbers:
        case [last]:
            start, step, stop = 1, 1 if last >= 1 else -1, last
        case [start, stop]:
            step = 1 if stop >= start else -1
        case [start, step, stop]:
            pass
        case _:
            return ""
    end = stop + (1 if step > 0 else -1)
    return " ".join(str(number) for number in steps(start, end, step))


def _random(low: int, high: int) -> int:
    if high <= low:
        raise CallError("invalid argument to Intn")
    return low + secrets.randbelow(high - low)


def _octal(value: Any) -> int:
    try:
        return int(str(value), 8)
    except ValueError:
        return 0


def _sum(values: Sequence[Any]) -> int:
    return _wrapped(sum(whole(value) for value in values))


def _product(*values: Any) -> int:
    return _wrapped(math.prod(whole(value) for value in values))


def _wide(call: Callable[..., int]) -> Callable[..., Int64]:
    return lambda *values: Int64(call(*values))


NUMBERS: Mapping[str, Callee] = {
    "add": Callee("a*", _wide(lambda *values: _sum(values))),
    "add1": Callee("a", _wide(lambda value: _wrapped(whole(value) + 1))),
    "add1f": Callee("a", lambda value: float(_decimal(value) + 1)),
    "addf": Callee("a*", _folded(lambda left, right: left + right)),
    "atoi": Callee("s", lambda value: int(value) if re.fullmatch(r"[+-]?\d+", value) else 0),
    "biggest": Callee("aa*", _wide(lambda *values: max(whole(value) for value in values))),
    "ceil": Callee("a", lambda value: float(math.ceil(real(value)))),
    "div": Callee("aa", _wide(_divided)),
    "divf": Callee("aa*", _folded(_quotient)),
    "float64": Callee("a", real),
    "floor": Callee("a", lambda value: float(math.floor(real(value)))),
    "int": Callee("a", lambda value: int(whole(value))),
    "int64": Callee("a", _wide(whole)),
    "max": Callee("aa*", _wide(lambda *values: max(whole(value) for value in values))),
    "maxf": Callee("aa*", lambda *values: max(real(value) for value in values)),
    "min": Callee("aa*", _wide(lambda *values: min(whole(value) for value in values))),
    "minf": Callee("aa*", lambda *values: min(real(value) for value in values)),
    "mod": Callee("aa", _wide(_rest)),
    "mul": Callee("aa*", _wide(_product)),
    "mulf": Callee("aa*", _folded(lambda left, right: left * right)),
    "randInt": Callee("ii", _random),
    "round": Callee("aif*", _rounded),
    "seq": Callee("i*", _sequence),
    "sub": Callee("aa", _wide(lambda left, right: _wrapped(whole(left) - whole(right)))),
    "subf": Callee("aa*", _folded(lambda left, right: left - right)),
    "toDecimal": Callee("a", _wide(_octal)),
    "until": Callee("i", _until),
    "untilStep": Callee("iii", steps),
}
