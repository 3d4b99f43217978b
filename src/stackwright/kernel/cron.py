"""Five-field cron schedules: when does one fire next.

Source: robfig/cron's standard parser. Sunday is 0; 7 is refused.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

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
_HORIZON_DAYS = 366 * 5
_MOST_DIGITS = 18


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
        for offset in range(min(_HORIZON_DAYS, (date.max - start.date()).days + 1)):
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
    """Raises BadInput, in the words of the parser that the API server uses."""
    if not text:
        raise BadInput("empty spec string")
    fields = _DESCRIPTORS.get(text.strip(), text).split()
    if text.startswith("@") and text.strip() not in _DESCRIPTORS:
        raise BadInput(f"unrecognized descriptor: {text}")
    if len(fields) != 5:
        raise BadInput(f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]")
    values = [_field(field, index) for index, field in enumerate(fields)]
    either = not (_is_any(fields[2]) or _is_any(fields[4]))
    return Schedule(values[0], values[1], values[2], values[3], values[4], either)


def _is_any(field: str) -> bool:
    return field[0] in "*?"


def _field(field: str, index: int) -> frozenset[int]:
    return frozenset(value for part in field.split(",") for value in _part(part, index))


def _part(part: str, index: int) -> range:
    span, *steps = part.split("/")
    bounds = span.split("-")
    low, high = _BOUNDS[index]
    if bounds[0] in ("*", "?"):
        first, last = low, high
    else:
        first, last = _span(bounds, index, part)
    if len(steps) > 1:
        raise BadInput(f"too many slashes: {part}")
    step = _number(steps[0]) if steps else 1
    if steps and len(bounds) == 1:
        last = high
    _check_within(first, last, low, high, part)
    if step == 0:
        raise BadInput(f"step of range should be a positive number: {part}")
    return range(first, last + 1, step)


def _span(bounds: list[str], index: int, part: str) -> tuple[int, int]:
    if len(bounds) > 2:
        raise BadInput(f"too many hyphens: {part}")
    first = _named(bounds[0], index)
    return first, _named(bounds[1], index) if len(bounds) == 2 else first


def _check_within(first: int, last: int, low: int, high: int, part: str) -> None:
    if first < low:
        raise BadInput(f"beginning of range ({first}) below minimum ({low}): {part}")
    if last > high:
        raise BadInput(f"end of range ({last}) above maximum ({high}): {part}")
    if first > last:
        raise BadInput(f"beginning of range ({first}) beyond end of range ({last}): {part}")


def _named(word: str, index: int) -> int:
    named = _NAMES[index].get(word.lower())
    return _number(word) if named is None else named


def _number(word: str) -> int:
    if not (word.isascii() and word.isdigit()):
        raise BadInput(f'failed to parse int from {word}: strconv.Atoi: parsing "{word}": invalid syntax')
    if len(word) > _MOST_DIGITS:
        raise BadInput(f'failed to parse int from {word}: strconv.Atoi: parsing "{word}": value out of range')
    return int(word)
