"""How the API's tables tell a duration: the two largest units that matter.

Source: k8s.io/apimachinery pkg/util/duration (HumanDuration).
"""

from datetime import datetime
from typing import Any

from stackwright.kernel.clock import parse_rfc3339

UNKNOWN, INVALID = "<unknown>", "<invalid>"


def age(since: Any, now: datetime) -> str:
    """The time from an RFC 3339 instant until now; `<unknown>` where there is none."""
    if not isinstance(since, str) or not since:
        return UNKNOWN
    return human((now - parse_rfc3339(since)).total_seconds())


def between(start: str, end: str) -> str:
    return human((parse_rfc3339(end) - parse_rfc3339(start)).total_seconds())


def human(duration_seconds: float) -> str:
    """Clocks may differ by a second; what lies further in the future is `<invalid>`."""
    if duration_seconds < -1:
        return INVALID
    seconds = max(0, int(duration_seconds))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return _two(minutes, "m", seconds % 60, "s")
    if hours < 3:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return _two(days, "d", hours % 24, "h")
    if days < 730:
        return f"{days}d"
    years, rest = divmod(days, 365)
    return _two(years, "y", rest, "d") if years < 8 else f"{years}y"


def _two(large: int, unit: str, small: int, small_unit: str) -> str:
    return f"{large}{unit}{small}{small_unit}" if small else f"{large}{unit}"
