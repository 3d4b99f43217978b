"""Five-field cron schedules: when does one fire next.

Source: robfig/cron's standard parser. Sunday is 0; 7 is refused.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from stackwright.kernel.errors import BadInput

_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NAMES: tuple[dict[str, int], ...] = (
    {},
    {},
    {},
    {name: i + 1 for i, name in enumerate(_MONTHS)},
    {name: i for i, name in enumerate(_DAYS)},
)
_DESCRIPTORS = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}  # fmt: skip
_PART = re.compile(r"(\*|\?|\w+)(?:-(\w+))?(?:/(\d+))?\Z")
_HORIZON_DAYS = 366 * 5


@dataclass(frozen=True, slots=True)
class Schedule:
    """The allowed values of each field; `either_day` says that day of month or day of week suffices."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    def after(self, moment: datetime) -> datetime | None:
        """The first firing later than `moment`, in the same (naive or not) frame; None when there is none in five years."""
        start = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
        for offset in range(_HORIZON_DAYS):
            day = (start + timedelta(days=offset)).replace(hour=0, minute=0)
            if self._fires_on(day):
                found = self._within(day, start)
                if found is not None:
                    return found
        return None

    def _fires_on(self, day: datetime) -> bool:
        by_month = day.day in self.days
        by_week = day.isoweekday() % 7 in self.weekdays
        return day.month in self.months and ((by_month or by_week) if self.either_day else (by_month and by_week))

    def _within(self, day: datetime, start: datetime) -> datetime | None:
        moments = (day.replace(hour=hour, minute=minute) for hour in sorted(self.hours) for minute in sorted(self.minutes))
        return next((moment for moment in moments if moment >= start), None)


def parse(text: str) -> Schedule:
    """Raises BadInput naming the schedule."""
    fields = _DESCRIPTORS.get(text.strip(), text).split()
    if len(fields) != 5:
        raise BadInput(f"expected exactly 5 fields, found {len(fields)}: {text!r}")
    values = [_field(field, index, text) for index, field in enumerate(fields)]
    either = not (_is_any(fields[2]) or _is_any(fields[4]))
    return Schedule(values[0], values[1], values[2], values[3], values[4], either)


def _is_any(field: str) -> bool:
    return field[0] in "*?"


def _field(field: str, index: int, text: str) -> frozenset[int]:
    return frozenset(value for part in field.split(",") for value in _part(part, index, text))


def _part(part: str, index: int, text: str) -> range:
    match = _PART.match(part)
    low, high = _BOUNDS[index]
    step = int(match[3] or 1) if match else 0
    if match is None or step == 0:
        raise BadInput(f"failed to parse {part!r} in schedule {text!r}")
    if match[1] in "*?":
        return range(low, high + 1, step)
    first = _number(match[1], index, text)
    last = _number(match[2], index, text) if match[2] else (high if match[3] else first)
    if not low <= first <= last <= high:
        raise BadInput(f"{part!r} is out of range [{low}, {high}] in schedule {text!r}")
    return range(first, last + 1, step)


def _number(word: str, index: int, text: str) -> int:
    named = _NAMES[index].get(word.lower())
    if named is not None:
        return named
    if not word.isdigit():
        raise BadInput(f"failed to parse {word!r} in schedule {text!r}")
    return int(word)
