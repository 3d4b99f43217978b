"""Dates, in Go's layouts: the reference time `Mon Jan 2 15:04:05 MST 2006` spells what is wanted."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from stackwright.kernel import duration
from stackwright.kernel.errors import BadInput
from stackwright.kernel.gotemplate.errors import CallError
from stackwright.kernel.gotemplate.functions import Callee
from stackwright.kernel.gotemplate.sprig.numbers import whole

_LAYOUT = re.compile(r"2006|January|Jan|Monday|Mon|MST|Z07:00|-07:00|-0700|01|02|03|04|05|06|15|PM|pm|\.0+|\.9+|_2|1|2|3|4|5")
_STRFTIME = {
    "2006": "%Y", "06": "%y", "January": "%B", "Jan": "%b", "01": "%m", "Monday": "%A", "Mon": "%a", "02": "%d", "15": "%H", "03": "%I",
    "04": "%M", "05": "%S", "PM": "%p", "MST": "%Z", "-0700": "%z", "-07:00": "%:z", "Z07:00": "%:z",
}  # fmt: skip


def _formatted(layout: str, moment: datetime) -> str:
    return _LAYOUT.sub(lambda match: _part(match[0], moment), layout)


def _part(name: str, moment: datetime) -> str:
    match name:
        case "Z07:00" if moment.utcoffset() == timedelta(0):
            return "Z"
        case "-07:00" | "Z07:00":
            text = moment.strftime("%z")
            return f"{text[:3]}:{text[3:5]}"
        case "pm":
            return moment.strftime("%p").lower()
        case "1" | "2" | "3" | "4" | "5" | "_2":
            code = {"1": "%m", "2": "%d", "_2": "%d", "3": "%I", "4": "%M", "5": "%S"}[name]
            plain = moment.strftime(code).lstrip("0") or "0"
            return plain.rjust(2) if name == "_2" else plain
        case _ if name.startswith("."):
            return f".{moment.microsecond:06d}000"[: len(name)]
        case _:
            return moment.strftime(_STRFTIME[name])


def _moment(value: Any, zone: tzinfo = UTC) -> datetime:
    """A date, or seconds since 1970; anything else is now."""
    if isinstance(value, datetime):
        return value.astimezone(zone)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, zone)
    return datetime.now(zone)


def _zone(name: str) -> tzinfo:
    try:
        return UTC if name in ("", "UTC", "Local") else ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def _parsed(layout: str, text: str) -> datetime:
    pattern = _LAYOUT.sub(lambda match: _STRFTIME.get(match[0], "%f").replace("%:z", "%z"), layout)
    try:
        found = datetime.strptime(text, pattern)  # noqa: DTZ007 -- the zone is set below where the layout has none
    except ValueError as error:
        raise CallError(f'parsing time "{text}" as "{layout}": {error}') from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _lenient(layout: str, text: str) -> datetime:
    try:
        return _parsed(layout, text)
    except CallError:
        return datetime(1, 1, 1, tzinfo=UTC)


def _shifted(delta: str, value: Any) -> datetime:
    try:
        return _moment(value) + timedelta(seconds=duration.parse(delta))
    except BadInput:
        return _moment(value)


def _rounded(value: Any) -> str:
    seconds = abs(whole(value)) if not isinstance(value, str) else 0
    if isinstance(value, str):
        try:
            seconds = int(abs(duration.parse(value)))
        except BadInput:
            seconds = 0
    for size, unit in ((31_536_000, "y"), (2_592_000, "mo"), (86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds > size:
            return f"{round(seconds / size)}{unit}"
    return f"{seconds}s"


def _ago(value: Any) -> str:
    return duration.render(round((datetime.now(UTC) - _moment(value)).total_seconds()))


_ISO = "2006-01-02"

DATES: Mapping[str, Callee] = {
    "ago": Callee("a", _ago),
    "date": Callee("sa", lambda layout, value: _formatted(layout, _moment(value))),
    "dateInZone": Callee("sas", lambda layout, value, zone: _formatted(layout, _moment(value, _zone(zone)))),
    "dateModify": Callee("sa", _shifted),
    "date_in_zone": Callee("sas", lambda layout, value, zone: _formatted(layout, _moment(value, _zone(zone)))),
    "date_modify": Callee("sa", _shifted),
    "duration": Callee("a", lambda value: duration.render(whole(value))),
    "durationRound": Callee("a", _rounded),
    "htmlDate": Callee("a", lambda value: _formatted(_ISO, _moment(value))),
    "htmlDateInZone": Callee("as", lambda value, zone: _formatted(_ISO, _moment(value, _zone(zone)))),
    "mustDateModify": Callee("sa", _shifted),
    "mustToDate": Callee("ss", _parsed),
    "must_date_modify": Callee("sa", _shifted),
    "now": Callee("", lambda: datetime.now(UTC)),
    "toDate": Callee("ss", _lenient),
    "unixEpoch": Callee("a", lambda value: str(int(_moment(value).timestamp()))),
}
