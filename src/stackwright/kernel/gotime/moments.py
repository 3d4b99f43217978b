"""Go's Time and Duration with their methods."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from stackwright.kernel import duration
from stackwright.kernel.errors import BadInput
from stackwright.kernel.goobject import GoObject, UnknownMember
from stackwright.kernel.gotime.layout import DAYS, MONTHS, TimeError, formatted, zone_name

TEXT = "2006-01-02 15:04:05.999999999 -0700 MST"
RFC3339 = "2006-01-02T15:04:05.999999999Z07:00"


@dataclass(frozen=True, slots=True, order=True)
class Span(GoObject):
    """Go's Duration. Units: seconds."""

    type_name: ClassVar[str] = "time.Duration"
    kind: ClassVar[str] = "int64"
    seconds: float

    def __str__(self) -> str:
        return duration.render(self.seconds)

    def plain(self) -> Any:
        return round(self.seconds * 1e9)

    def member(self, name: str) -> Any:
        units = {"Seconds": 1.0, "Minutes": 60.0, "Hours": 3600.0}
        whole = {"Milliseconds": 1e3, "Microseconds": 1e6, "Nanoseconds": 1e9}
        if name in units:
            return lambda: self.seconds / units[name]
        if name in whole:
            return lambda: int(self.seconds * whole[name])
        found: dict[str, Callable[..., Any]] = {
            "Abs": lambda: Span(abs(self.seconds)),
            "Round": lambda unit: Span(_rounded(self.seconds, span_of(unit).seconds)),
            "String": lambda: str(self),
            "Truncate": lambda unit: Span(
                self.seconds - self.seconds % span_of(unit).seconds if span_of(unit).seconds > 0 else self.seconds
            ),
        }
        if name not in found:
            raise UnknownMember(name)
        return found[name]


@dataclass(frozen=True, slots=True)
class Named(GoObject):
    """A month or a day of the week: a number that prints its name."""

    name: str
    number: int

    def __str__(self) -> str:
        return self.name

    def plain(self) -> Any:
        return self.number

    def member(self, name: str) -> Any:
        if name != "String":
            raise UnknownMember(name)
        return lambda: self.name


@dataclass(frozen=True, slots=True)
class Zone(GoObject):
    """Go's Location."""

    type_name: ClassVar[str] = "*time.Location"
    name: str
    zone: tzinfo

    def __str__(self) -> str:
        return self.name

    def member(self, name: str) -> Any:
        if name != "String":
            raise UnknownMember(name)
        return lambda: self.name


@dataclass(frozen=True, slots=True, order=True)
class Moment(GoObject):
    """Go's Time."""

    type_name: ClassVar[str] = "time.Time"
    at: datetime

    def __str__(self) -> str:
        return formatted(TEXT, self.at)

    def plain(self) -> Any:
        return formatted(RFC3339, self.at)

    def member(self, name: str) -> Any:
        found = _READS.get(name)
        if found is not None:
            return lambda: found(self.at)
        acts: dict[str, Callable[..., Any]] = {
            "Add": lambda span: self.moved(span_of(span)),
            "AddDate": self._dated,
            "After": lambda other: self.at > _at(other),
            "Before": lambda other: self.at < _at(other),
            "Compare": lambda other: (self.at > _at(other)) - (self.at < _at(other)),
            "Equal": lambda other: self.at == _at(other),
            "Format": lambda layout: formatted(str(layout), self.at),
            "In": lambda zone: Moment(self.at.astimezone(_zone(zone))),
            "Local": lambda: Moment(self.at.astimezone(UTC)),
            "Round": lambda unit: self._rounded(span_of(unit).seconds, nearest=True),
            "String": lambda: str(self),
            "Sub": lambda other: Span((self.at - _at(other)).total_seconds()),
            "Truncate": lambda unit: self._rounded(span_of(unit).seconds, nearest=False),
            "UTC": lambda: Moment(self.at.astimezone(UTC)),
        }
        if name not in acts:
            raise UnknownMember(name)
        return acts[name]

    def moved(self, span: Span) -> "Moment":
        """Raises TimeError when that is out of what calendars hold."""
        try:
            return Moment(self.at + timedelta(seconds=span.seconds))
        except OverflowError as error:
            raise TimeError("a time out of range") from error

    def _dated(self, years: int, months: int, days: int) -> "Moment":
        """A day that the month does not have runs over into the next."""
        month = self.at.month - 1 + int(months)
        try:
            start = self.at.replace(year=self.at.year + int(years) + month // 12, month=month % 12 + 1, day=1)
            return Moment(start + timedelta(days=self.at.day - 1 + int(days)))
        except (ValueError, OverflowError) as error:
            raise TimeError("a time out of range") from error

    def _rounded(self, unit: float, *, nearest: bool) -> "Moment":
        if unit <= 0:
            return self
        since = (self.at - datetime(1, 1, 1, tzinfo=UTC)).total_seconds()
        target = _rounded(since, unit) if nearest else since - since % unit
        return self.moved(Span(target - since))


def _truncated(seconds: float, unit: float) -> float:
    return seconds - math.fmod(seconds, unit) if unit > 0 else seconds


def _rounded(seconds: float, unit: float) -> float:
    return seconds if unit <= 0 else int(seconds / unit + (0.5 if seconds >= 0 else -0.5)) * unit


_READS: dict[str, Callable[[datetime], Any]] = {
    "Day": lambda at: at.day,
    "Hour": lambda at: at.hour,
    "IsZero": lambda at: at.astimezone(UTC) == datetime(1, 1, 1, tzinfo=UTC),
    "Location": zone_name,
    "Minute": lambda at: at.minute,
    "Month": lambda at: Named(MONTHS[at.month - 1], at.month),
    "Nanosecond": lambda at: at.microsecond * 1000,
    "Second": lambda at: at.second,
    "Unix": lambda at: int(at.timestamp() // 1),
    "UnixMilli": lambda at: int(at.timestamp() * 1000),
    "UnixNano": lambda at: int(at.timestamp()) * 10**9 + at.microsecond * 1000,
    "Weekday": lambda at: Named(DAYS[at.weekday()], at.isoweekday() % 7),
    "Year": lambda at: at.year,
    "YearDay": lambda at: at.timetuple().tm_yday,
}


def _at(value: Any) -> datetime:
    if not isinstance(value, Moment):
        raise TimeError("expected a time")
    return value.at


def _zone(value: Any) -> tzinfo:
    if not isinstance(value, Zone):
        raise TimeError("expected a time zone")
    return value.zone


def span_of(value: Any) -> Span:
    """A span, or nanoseconds. Raises TimeError."""
    if isinstance(value, Span):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Span(value / 1e9)
    try:
        return Span(duration.parse(str(value)))
    except BadInput as error:
        raise TimeError(f'time: invalid duration "{value}"') from error


def zone_of(name: str) -> tzinfo | None:
    """By its name in the time zone database; None when there is none."""
    try:
        return UTC if name in ("", "UTC", "Local") else ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
