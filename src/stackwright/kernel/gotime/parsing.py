"""Reads a time that is written by a layout.

Source: Go's time.Parse.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from stackwright.kernel.gotime.layout import DAYS, ELEMENT, MONTHS, TimeError

_OFFSETS = {
    "-07": r"([+-]\d\d)", "-0700": r"([+-]\d\d)(\d\d)", "-07:00": r"([+-]\d\d):(\d\d)", "-070000": r"([+-]\d\d)(\d\d)(\d\d)",
    "-07:00:00": r"([+-]\d\d):(\d\d):(\d\d)",
}  # fmt: skip


@dataclass(slots=True)
class _Found:
    year: int = 0
    month: int = 0
    day: int = 0
    day_of_year: int = 0
    hour: int = 0
    minute: int = 0
    second: int = 0
    microsecond: int = 0
    pm: bool = False
    am: bool = False
    zone: tzinfo | None = None


class _Refused(Exception):
    """The text at hand is not what the layout has here."""


class _OutOfRange(Exception):
    pass


def parsed(layout: str, text: str) -> datetime:
    """Without a zone it is UTC. Raises TimeError."""
    found, rest, position = _Found(), text, 0
    for match in ELEMENT.finditer(layout):
        rest = _skipped(layout, text, rest, layout[position : match.start()])
        try:
            rest = _read(match[0], rest, found, layout[match.end() :])
        except _OutOfRange as error:
            raise TimeError(f'parsing time "{text}": {error} out of range') from error
        except (_Refused, ValueError) as error:
            raise TimeError(f'parsing time "{text}" as "{layout}": cannot parse "{rest}" as "{match[0]}"') from error
        position = match.end()
    rest = _skipped(layout, text, rest, layout[position:])
    if rest:
        raise TimeError(f'parsing time "{text}": extra text: "{rest}"')
    return _made(text, found)


def _skipped(layout: str, text: str, rest: str, prefix: str) -> str:
    """What stands between elements has to stand in the text; any spaces do for spaces."""
    for char in prefix:
        if char == " ":
            if rest and rest[0] != " ":
                raise TimeError(f'parsing time "{text}" as "{layout}": cannot parse "{rest}" as "{prefix}"')
            rest = rest.lstrip(" ")
        elif not rest.startswith(char):
            raise TimeError(f'parsing time "{text}" as "{layout}": cannot parse "{rest}" as "{prefix}"')
        else:
            rest = rest[1:]
    return rest


def _read(element: str, rest: str, found: _Found, following: str) -> str:
    """Takes an element off the text's beginning."""
    match element:
        case "2006":
            found.year, rest = _number(rest, 4, 4)
        case "06":
            short, rest = _number(rest, 2, 2)
            found.year = short + (1900 if short >= 69 else 2000)
        case "January" | "Jan":
            found.month, rest = _named([name[: 3 if element == "Jan" else None] for name in MONTHS], rest)
        case "Monday" | "Mon":
            _, rest = _named([name[: 3 if element == "Mon" else None] for name in DAYS], rest)
        case "01" | "1":
            found.month, rest = _within(rest, 2 if element == "01" else 1, "month", 1, 12)
        case "02" | "_2" | "2":
            found.day, rest = _number(rest.lstrip(" ") if element == "_2" else rest, 2 if element == "02" else 1, 2)
        case "002" | "__2":
            found.day_of_year, rest = _number(rest.lstrip(" ") if element == "__2" else rest, 3 if element == "002" else 1, 3)
        case "PM" | "pm":
            rest = _half(element, rest, found)
        case "MST":
            found.zone, rest = _abbreviated(rest)
        case _ if element[0] in "-Z":
            found.zone, rest = _offset(element, rest)
        case _ if element[0] in ".,":
            rest = _fraction(element, rest, found)
        case _:
            rest = _clock(element, rest, found, following)
    return rest


def _clock(element: str, rest: str, found: _Found, following: str) -> str:
    least = 2 if element.startswith("0") else 1
    match element:
        case "15":
            found.hour, rest = _within(rest, 1, "hour", 0, 23)
        case "03" | "3":
            found.hour, rest = _within(rest, least, "hour", 0, 12)
        case "04" | "4":
            found.minute, rest = _within(rest, least, "minute", 0, 59)
        case _:
            found.second, rest = _within(rest, least, "second", 0, 59)
            following_element = ELEMENT.match(following)
            if re.match(r"[.,]\d", rest) and not (following_element and following_element[0][0] in ".,"):
                digits = re.match(r"[.,](\d+)", rest)
                assert digits is not None
                rest = _fraction("." + "0" * len(digits[1]), rest, found)
    return rest


def _number(rest: str, least: int, most: int) -> tuple[int, str]:
    match = re.match(rf"\d{{{least},{most}}}", rest)
    if match is None:
        raise _Refused
    return int(match[0]), rest[match.end() :]


def _within(rest: str, least: int, name: str, low: int, high: int) -> tuple[int, str]:
    number, rest = _number(rest, least, 2)
    if not low <= number <= high:
        raise _OutOfRange(name)
    return number, rest


def _named(names: list[str], rest: str) -> tuple[int, str]:
    for number, name in enumerate(names, 1):
        if rest[: len(name)].lower() == name.lower():
            return number, rest[len(name) :]
    raise _Refused


def _half(element: str, rest: str, found: _Found) -> str:
    word = rest[:2]
    if word not in (("AM", "PM") if element == "PM" else ("am", "pm")):
        raise _Refused
    found.pm, found.am = word.lower() == "pm", word.lower() == "am"
    return rest[2:]


def _fraction(element: str, rest: str, found: _Found) -> str:
    if element[1] == "9" and not re.match(r"[.,]\d", rest):
        return rest
    pattern = rf"[.,](\d{{{len(element) - 1}}})" if element[1] == "0" else r"[.,](\d{1,9})"
    match = re.match(pattern, rest)
    if match is None:
        raise _Refused
    found.microsecond = int(match[1].ljust(9, "0")[:6])
    return rest[match.end() :]


def _offset(element: str, rest: str) -> tuple[tzinfo, str]:
    if element[0] == "Z" and rest.startswith("Z"):
        return UTC, rest[1:]
    match = re.match(_OFFSETS["-" + element[1:]], rest)
    if match is None:
        raise _Refused
    hours, *smaller = (int(part) for part in match.groups())
    if abs(hours) > 24 or any(part > 60 for part in smaller):
        raise _OutOfRange("time zone offset hour")
    seconds = abs(hours) * 3600 + sum(part * size for part, size in zip(smaller, (60, 1)))
    delta = timedelta(seconds=-seconds if match[1][0] == "-" else seconds)
    return (UTC if not delta else timezone(delta, match[1] + "".join(match.groups()[1:]))), rest[match.end() :]


def _abbreviated(rest: str) -> tuple[tzinfo, str]:
    """Go knows no offset for an abbreviation that is not its own zone's: it is 0 then."""
    if rest.startswith("UTC"):
        return UTC, rest[3:]
    match = re.match(r"GMT([+-]\d{1,2})?|[A-Z]{3,5}", rest)
    if match is None:
        raise _Refused
    hours = int(match[1] or 0)
    return timezone(timedelta(hours=hours), match[0]), rest[match.end() :]


def _made(text: str, found: _Found) -> datetime:
    hour = found.hour
    if found.pm and hour < 12:
        hour += 12
    elif found.am and hour == 12:
        hour = 0
    year = found.year or 1
    month, day = found.month or 1, found.day if found.day or found.month else 1
    if found.day_of_year:
        last = 366 if calendar.isleap(year) else 365
        if not 1 <= found.day_of_year <= last:
            raise TimeError(f'parsing time "{text}": day-of-year out of range')
        whole = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=found.day_of_year - 1)
        month, day = whole.month, whole.day
    elif found.month and not found.day:
        day = 1
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise TimeError(f'parsing time "{text}": day out of range')
    zone = found.zone or UTC
    return datetime(year, month, day, hour, found.minute, found.second, found.microsecond, tzinfo=zone)
