"""Moments and spans as expressions see Go's: `time.Parse(…).Add(1 * time.Minute).Before(time.Now())`.

Source: Argo CD's util/notification/expression/time; expr-lang's builtins `date`, `duration` and `timezone`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from stackwright.kernel.expr.errors import ExprError
from stackwright.kernel.gotime import Moment, Span, TimeError, Zone, parsed, span_of, zone_of

_UNITS = {"Nanosecond": 1e-9, "Microsecond": 1e-6, "Millisecond": 1e-3, "Second": 1.0, "Minute": 60.0, "Hour": 3600.0}
LAYOUTS: Mapping[str, str] = {
    "Layout": "01/02 03:04:05PM '06 -0700",
    "ANSIC": "Mon Jan _2 15:04:05 2006",
    "UnixDate": "Mon Jan _2 15:04:05 MST 2006",
    "RubyDate": "Mon Jan 02 15:04:05 -0700 2006",
    "RFC822": "02 Jan 06 15:04 MST",
    "RFC822Z": "02 Jan 06 15:04 -0700",
    "RFC850": "Monday, 02-Jan-06 15:04:05 MST",
    "RFC1123": "Mon, 02 Jan 2006 15:04:05 MST",
    "RFC1123Z": "Mon, 02 Jan 2006 15:04:05 -0700",
    "RFC3339": "2006-01-02T15:04:05Z07:00",
    "RFC3339Nano": "2006-01-02T15:04:05.999999999Z07:00",
    "Kitchen": "3:04PM",
    "Stamp": "Jan _2 15:04:05",
    "StampMilli": "Jan _2 15:04:05.000",
    "StampMicro": "Jan _2 15:04:05.000000",
    "StampNano": "Jan _2 15:04:05.000000000",
}
_DATES = ("2006-01-02", "15:04:05", "2006-01-02 15:04:05", *(LAYOUTS[name] for name in ("RFC3339", "RFC822", "RFC850", "RFC1123")))
"""What `date` understands without being told a layout."""


def time_functions(now: Callable[[], datetime]) -> Mapping[str, Any]:
    """What stands under the name `time`."""
    spans = {name: Span(seconds) for name, seconds in _UNITS.items()}
    acts = {"Now": lambda: Moment(now()), "Parse": _parsed, "ParseDuration": span, "Unix": _from_unix}
    return {**spans, **LAYOUTS, **acts}


def _parsed(*given: Any) -> Moment:
    """An RFC 3339 text; or a layout and a text, as Go has it. Raises ExprError."""
    layout, text = given if len(given) == 2 else (LAYOUTS["RFC3339"], *given)
    return _read((str(layout),), str(text))


def dated(text: Any, layout: Any = None, zone_name: Any = None) -> Moment:
    """Raises ExprError."""
    if isinstance(layout, Zone):
        return dated(text, None, layout)
    found = _read((str(layout),) if layout else _DATES, str(text))
    if zone_name is None:
        return found
    chosen = zone_name if isinstance(zone_name, Zone) else zone(zone_name)
    return Moment(found.at.replace(tzinfo=chosen.zone)) if found.at.tzinfo is UTC else found


def _read(layouts: tuple[str, ...], text: str) -> Moment:
    for layout in layouts:
        try:
            return Moment(parsed(layout, text))
        except TimeError as error:
            problem = error
    raise ExprError(f"cannot parse {text!r} as a time: {problem}") from problem


def span(text: Any) -> Span:
    """Raises ExprError."""
    try:
        return span_of(text)
    except TimeError as error:
        raise ExprError(str(error)) from error


def zone(name: Any) -> Zone:
    """Raises ExprError."""
    found = zone_of(str(name))
    if found is None:
        raise ExprError(f"unknown time zone {name}")
    return Zone(str(name), found)


def _from_unix(seconds: Any, nanoseconds: Any = 0) -> Moment:
    try:
        return Moment(datetime.fromtimestamp(float(seconds) + float(nanoseconds) / 1e9, UTC))
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise ExprError(f"{seconds!r} is no time") from error
