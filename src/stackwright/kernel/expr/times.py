"""Moments and spans as expressions see Go's: `time.Parse(…).Add(1 * time.Minute).Before(time.Now())`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from stackwright.kernel import duration
from stackwright.kernel.clock import parse_rfc3339, rfc3339
from stackwright.kernel.errors import BadInput
from stackwright.kernel.expr.errors import ExprError

_UNITS = {"Nanosecond": 1e-9, "Microsecond": 1e-6, "Millisecond": 1e-3, "Second": 1.0, "Minute": 60.0, "Hour": 3600.0}


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Go's Duration. Units: seconds."""

    seconds: float

    def member(self, name: str) -> Any:
        """Raises ExprError."""
        units = {"Seconds": 1.0, "Minutes": 60.0, "Hours": 3600.0, "Milliseconds": 1e-3}
        if name == "String":
            return lambda: duration.render(self.seconds)
        if name not in units:
            raise ExprError(f"a duration has no {name}")
        return lambda: self.seconds / units[name]


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """Go's Time."""

    at: datetime

    def member(self, name: str) -> Any:
        """Raises ExprError."""
        found = {
            "Add": lambda span: self._moved(_span(span)),
            "Sub": self._since,
            "Before": lambda other: self.at < _moment(other).at,
            "After": lambda other: self.at > _moment(other).at,
            "Equal": lambda other: self.at == _moment(other).at,
            "Unix": lambda: int(self.at.timestamp()),
            "IsZero": lambda: self.at.year == 1,
            "Hour": lambda: self.at.hour,
            "Day": lambda: self.at.day,
            "Year": lambda: self.at.year,
            "Weekday": lambda: self.at.strftime("%A"),
            "String": lambda: rfc3339(self.at),
        }.get(name)
        if found is None:
            raise ExprError(f"a time has no {name}")
        return found

    def _since(self, other: Any) -> Span:
        return Span((self.at - _moment(other).at).total_seconds())

    def _moved(self, span: Span) -> "Moment":
        try:
            return Moment(self.at + timedelta(seconds=span.seconds))
        except OverflowError as error:
            raise ExprError("a time out of range") from error


def _moment(value: Any) -> Moment:
    if not isinstance(value, Moment):
        raise ExprError("expected a time")
    return value


def _span(value: Any) -> Span:
    if not isinstance(value, Span):
        raise ExprError("expected a duration")
    return value


def time_functions(now: Callable[[], datetime]) -> Mapping[str, Any]:
    """What stands under the name `time`."""
    spans = {name: Span(seconds) for name, seconds in _UNITS.items()}
    return {**spans, "Now": lambda: Moment(now()), "Parse": _parsed, "ParseDuration": _parsed_span, "Unix": _from_unix}


def _parsed(text: Any, *_layout: Any) -> Moment:
    """RFC 3339, whatever layout is asked for."""
    try:
        return Moment(parse_rfc3339(str(_layout[0] if _layout else text)))
    except ValueError as error:
        raise ExprError(f"cannot parse {text!r} as a time") from error


def _parsed_span(text: Any) -> Span:
    try:
        return Span(duration.parse(str(text)))
    except BadInput as error:
        raise ExprError(error.message) from error


def _from_unix(seconds: Any, *_nanoseconds: Any) -> Moment:
    try:
        return Moment(datetime.fromtimestamp(float(seconds), UTC))
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise ExprError(f"{seconds!r} is no time") from error
