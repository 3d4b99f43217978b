"""Go's duration texts (`1h30m`, `250ms`) to seconds and back.

Source: Go time.ParseDuration and Duration.String.
"""

import re

from stackwright.kernel.errors import BadInput

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)")


def parse(text: str) -> float:
    """Units: seconds. Raises BadInput naming the text."""
    rest = text.strip()
    sign = -1.0 if rest.startswith("-") else 1.0
    rest = rest.lstrip("+-") if rest[:1] in "+-" else rest
    if rest == "0":
        return 0.0
    total, position = 0.0, 0
    for match in _PART.finditer(rest):
        if match.start() != position:
            break
        total += float(match[1]) * _UNITS[match[2]]
        position = match.end()
    if not rest or position != len(rest):
        raise BadInput(f"invalid duration {text!r}: expected a number with a unit, such as 30s, 5m or 1h30m")
    return sign * total


def render(seconds: float) -> str:
    """Go's form: `1h0m0s`, `5m0s`, `2.5s`, `250ms`, `0s`."""
    if seconds < 0:
        return "-" + render(-seconds)
    if seconds == 0:
        return "0s"
    if seconds < 1:
        milliseconds = seconds * 1000
        return f"{milliseconds:g}ms" if milliseconds >= 1 else f"{milliseconds * 1000:g}µs"
    whole_minutes, rest = divmod(round(seconds, 9), 60)
    hours, minutes = divmod(int(whole_minutes), 60)
    text = f"{round(rest, 9):.9f}".rstrip("0").rstrip(".") + "s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text
