"""Dates, in Go's layouts.

Source: sprig's date.go.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from stackwright.kernel import duration, gotime
from stackwright.kernel.errors import BadInput
from stackwright.kernel.gotemplate.errors import CallError
from stackwright.kernel.gotemplate.functions import Callee
from stackwright.kernel.gotemplate.values import Int64
from stackwright.kernel.gotime import Moment, Span, TimeError

_ISO = "2006-01-02"
_ZERO = Moment(datetime(1, 1, 1, tzinfo=UTC))


def _moment(value: Any) -> datetime:
    """A time, or whole seconds since 1970; anything else is now."""
    if isinstance(value, Moment):
        return value.at
    if isinstance(value, int) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    return datetime.now(UTC)


def _formatted(layout: str, value: Any, zone: str = "UTC") -> str:
    return gotime.formatted(layout, _moment(value).astimezone(gotime.zone_of(zone) or UTC))


def _parsed(layout: str, text: str) -> Moment:
    try:
        return Moment(gotime.parsed(layout, text))
    except TimeError as error:
        raise CallError(str(error)) from error


def _lenient(layout: str, text: str) -> Moment:
    try:
        return _parsed(layout, text)
    except CallError:
        return _ZERO


def _shifted(delta: str, moment: Moment) -> Moment:
    try:
        return _must_shifted(delta, moment)
    except CallError:
        return moment


def _must_shifted(delta: str, moment: Moment) -> Moment:
    try:
        return moment.moved(Span(duration.parse(delta)))
    except BadInput as error:
        raise CallError(f'time: invalid duration "{delta}"') from error
    except TimeError as error:
        raise CallError(str(error)) from error


def _spelt(value: Any) -> str:
    """Seconds as a text or an int64; anything else counts as none."""
    if isinstance(value, str):
        return duration.render(int(value) if value.lstrip("+-").isdigit() else 0)
    return duration.render(int(value) if isinstance(value, Int64) else 0)


def _rounded(value: Any) -> str:
    """In the largest unit that it holds more than one of."""
    seconds = 0.0
    if isinstance(value, str):
        try:
            seconds = abs(duration.parse(value))
        except BadInput:
            seconds = 0.0
    elif isinstance(value, Int64):
        seconds = abs(value / 1e9)
    elif isinstance(value, Moment):
        seconds = abs((datetime.now(UTC) - value.at).total_seconds())
    for size, unit in ((31_536_000, "y"), (2_592_000, "mo"), (86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")):
        if seconds > size:
            return f"{int(seconds // size)}{unit}"
    return "0s"


def _ago(value: Any) -> str:
    return duration.render(round((datetime.now(UTC) - _moment(value)).total_seconds()))


DATES: Mapping[str, Callee] = {
    "ago": Callee("a", _ago),
    "date": Callee("sa", _formatted),
    "dateInZone": Callee("sas", _formatted),
    "dateModify": Callee("st", _shifted),
    "date_in_zone": Callee("sas", _formatted),
    "date_modify": Callee("st", _shifted),
    "duration": Callee("a", _spelt),
    "durationRound": Callee("a", _rounded),
    "htmlDate": Callee("a", lambda value: _formatted(_ISO, value)),
    "htmlDateInZone": Callee("as", lambda value, zone: _formatted(_ISO, value, zone)),
    "mustDateModify": Callee("st", _must_shifted),
    "mustToDate": Callee("ss", _parsed),
    "must_date_modify": Callee("st", _must_shifted),
    "now": Callee("", lambda: Moment(datetime.now(UTC))),
    "toDate": Callee("ss", _lenient),
    "unixEpoch": Callee("t", lambda moment: str(int(moment.at.timestamp() // 1))),
}
