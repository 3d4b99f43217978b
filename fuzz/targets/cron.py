"""Cron schedules, and when they fire next."""

from datetime import UTC, datetime

from fuzz.target import Target
from stackwright.kernel import cron
from stackwright.kernel.errors import BadInput

_MOMENTS = (datetime(2026, 2, 28, 23, 59, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC))


def _tries(data: bytes) -> None:
    schedule = cron.parse(data.decode("utf-8", "replace"))
    for moment in _MOMENTS:
        schedule.after(moment)


TARGET = Target(
    _tries,
    (BadInput,),
    (b"*/5 * * * *", b"0 0 29 feb sun", b"@hourly", b"1-5,7/2 ? 1 * mon-fri", b"9" * 4500 + b" * * * *"),
    ("*", "?", "/", "-", ",", "@daily", "@every 1h", "TZ=UTC ", "CRON_TZ=", "jan", "sun", " "),
)
