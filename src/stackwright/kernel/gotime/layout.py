"""Layouts: the reference time `Mon Jan 2 15:04:05 MST 2006` spells what is wanted.

Source: Go's time package (format.go).
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

ELEMENT = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|01|02|03|04|05|06|15|1|2006|__2|(?<=_)2006|_2(?!006)|2|3|4|5|PM|pm"
    r"|-070000|-07:00:00|-0700|-07:00|-07|Z070000|Z07:00:00|Z0700|Z07:00|Z07|[.,](?:0+|9+)(?!\d)"
)
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class TimeError(Exception):
    """A text does not follow its layout. The message is Go's."""


def formatted(layout: str, moment: datetime) -> str:
    return ELEMENT.sub(lambda match: _part(match[0], moment), layout)


def _part(element: str, moment: datetime) -> str:
    make = _MAKERS.get(element)
    if make is not None:
        return make(moment)
    if element[0] in "-Z":
        return _offset(element, moment)
    return _fraction(element, moment)


def _twelve(moment: datetime) -> int:
    return moment.hour % 12 or 12


def zone_name(moment: datetime) -> str:
    """The abbreviation; where a zone has none, its offset."""
    name = moment.tzname() or "UTC"
    return _offset("-07" if not name or (name[0] in "+-" and len(name) == 3) else "-0700", moment) if name[:1] in "+-" else name


_MAKERS: Mapping[str, Callable[[datetime], str]] = {
    "January": lambda at: MONTHS[at.month - 1],
    "Jan": lambda at: MONTHS[at.month - 1][:3],
    "Monday": lambda at: DAYS[at.weekday()],
    "Mon": lambda at: DAYS[at.weekday()][:3],
    "MST": zone_name,
    "002": lambda at: f"{at.timetuple().tm_yday:03d}",
    "__2": lambda at: f"{at.timetuple().tm_yday:3d}",
    "01": lambda at: f"{at.month:02d}",
    "1": lambda at: str(at.month),
    "02": lambda at: f"{at.day:02d}",
    "_2": lambda at: f"{at.day:2d}",
    "2": lambda at: str(at.day),
    "15": lambda at: f"{at.hour:02d}",
    "03": lambda at: f"{_twelve(at):02d}",
    "3": lambda at: str(_twelve(at)),
    "04": lambda at: f"{at.minute:02d}",
    "4": lambda at: str(at.minute),
    "05": lambda at: f"{at.second:02d}",
    "5": lambda at: str(at.second),
    "06": lambda at: f"{at.year % 100:02d}",
    "2006": lambda at: f"{at.year:04d}",
    "PM": lambda at: "PM" if at.hour >= 12 else "AM",
    "pm": lambda at: "pm" if at.hour >= 12 else "am",
}


def _fraction(element: str, moment: datetime) -> str:
    digits = f"{moment.microsecond:06d}000"[: len(element) - 1].ljust(len(element) - 1, "0")
    if element[1] == "0":
        return element[0] + digits
    trimmed = digits.rstrip("0")
    return element[0] + trimmed if trimmed else ""


def _offset(element: str, moment: datetime) -> str:
    seconds = int((moment.utcoffset() or timedelta()).total_seconds())
    if element[0] == "Z" and seconds == 0:
        return "Z"
    sign, rest = ("-", -seconds) if seconds < 0 else ("+", seconds)
    parts = [f"{rest // 3600:02d}", f"{rest // 60 % 60:02d}", f"{rest % 60:02d}"]
    wanted = {"-07": 1, "Z07": 1, "-0700": 2, "-07:00": 2, "Z0700": 2, "Z07:00": 2}.get(element, 3)
    return sign + (":" if ":" in element else "").join(parts[:wanted])
