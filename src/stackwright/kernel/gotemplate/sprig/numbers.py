"""Arithmetic and conversion: numbers are whole, unless the function's name ends in f."""

import functools
import math
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from stackwright.kernel.gotemplate.errors import CallError
from stackwright.kernel.gotemplate.functions import MAX_ITEMS, Callee

_RANGE = 1 << 64


def whole(value: Any) -> int:
    """As cast.ToInt64: 0 for what is no number; wraps around as int64 does."""
    match value:
        case bool():
            return int(value)
        case int():
            return _wrapped(value)
        case float():
            return _wrapped(int(value)) if math.isfinite(value) else 0
        case str():
            return _parsed(value)
        case _:
            return 0


def _parsed(value: str) -> int:
    text = value.strip()
    if re.fullmatch(r"[+-]?0[0-7]+", text):
        return int(text, 8)
    try:
        return _wrapped(int(text, 0))
    except ValueError:
        return 0


def _wrapped(value: int) -> int:
    return (value + (_RANGE >> 1)) % _RANGE - (_RANGE >> 1)


def real(value: Any) -> float:
    """As cast.ToFloat64: 0 for what is no number."""
    if isinstance(value, bool | int | float):
        return float(value)
    try:
        return float(value) if isinstance(value, str) else 0.0
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
        return float(functools.reduce(step, (_decimal(value) for value in values)))

    return fold


def _quotient(left: Decimal, right: Decimal) -> Decimal:
    if not right:
        raise CallError("decimal division by 0")
    return left / right


def _rounded(value: Any, places: int, *threshold: Any) -> float:
    number = Decimal(str(real(value)))
    if threshold and real(threshold[0]) != 0.5:
        scaled = number.scaleb(places)
        low = math.floor(scaled)
        return float(Decimal(low + (float(scaled) - low >= real(threshold[0]))).scaleb(-places))
    return float(number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def _until(count: Any) -> list[int]:
    number = whole(count)
    return steps(0, number, 1 if number >= 0 else -1)


def steps(start: int, stop: int, step: int) -> list[int]:
    """Raises CallError for a list that no template needs."""
    if step == 0 or (stop - start) * step <= 0:
        return []
    found = range(start, stop, step)
    if len(found) > MAX_ITEMS:
        raise CallError(f"a list of {len(found)} numbers is not made")
    return list(found)


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


NUMBERS: Mapping[str, Callee] = {
    "add": Callee("n*", lambda *values: _sum(values)),
    "add1": Callee("n", lambda value: whole(value) + 1),
    "add1f": Callee("n", lambda value: float(_decimal(value) + 1)),
    "addf": Callee("nn*", _folded(lambda left, right: left + right)),
    "atoi": Callee("s", lambda value: int(value) if re.fullmatch(r"[+-]?\d+", value) else 0),
    "biggest": Callee("nn*", lambda *values: max(whole(value) for value in values)),
    "ceil": Callee("n", lambda value: float(math.ceil(real(value)))),
    "div": Callee("nn", _divided),
    "divf": Callee("nn*", _folded(_quotient)),
    "float64": Callee("a", real),
    "floor": Callee("n", lambda value: float(math.floor(real(value)))),
    "int": Callee("a", whole),
    "int64": Callee("a", whole),
    "max": Callee("nn*", lambda *values: max(whole(value) for value in values)),
    "maxf": Callee("nn*", lambda *values: max(real(value) for value in values)),
    "min": Callee("nn*", lambda *values: min(whole(value) for value in values)),
    "minf": Callee("nn*", lambda *values: min(real(value) for value in values)),
    "mod": Callee("nn", _rest),
    "mul": Callee("nn*", _product),
    "mulf": Callee("nn*", _folded(lambda left, right: left * right)),
    "randInt": Callee("ii", _random),
    "round": Callee("nia*", _rounded),
    "seq": Callee("n*", _sequence),
    "sub": Callee("nn", lambda left, right: _wrapped(whole(left) - whole(right))),
    "subf": Callee("nn*", _folded(lambda left, right: left - right)),
    "toDecimal": Callee("a", _octal),
    "until": Callee("n", _until),
    "untilStep": Callee("iii", steps),
}
