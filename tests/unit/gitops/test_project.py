"""Globs, schedules and windows of a project: the corners."""

from datetime import datetime

import pytest

from stackwright.gitops.project import globs, windows
from stackwright.kernel import cron
from stackwright.kernel.errors import BadInput


@pytest.mark.parametrize(
    ("pattern", "value", "separators", "expected"),
    [
        ("a/*", "a/b", "/", True),
        ("a/*", "a/b/c", "/", False),
        ("a/**", "a/b/c", "/", True),
        ("a/*", "a/b/c", "", True),
        ("{dev,test}-?", "test-1", "", True),
        ("{dev,test}-?", "prod-1", "", False),
        ("[!a]b", "cb", "", True),
        ("[!a]b", "ab", "", False),
        ("a.b", "axb", "", False),
        ("{open", "open", "", False),
    ],
)
def test_a_glob_matches_whole_values(pattern: str, value: str, separators: str, expected: bool) -> None:
    assert globs.matches(pattern, value, separators) is expected


@pytest.mark.parametrize(
    ("schedule", "moment", "expected"),
    [
        ("0 11 * * *", "2026-06-17T11:00:00", "2026-06-18T11:00:00"),
        ("*/15 9-10 * * mon-fri", "2026-06-19T10:50:00", "2026-06-22T09:00:00"),
        ("0 0 13 * 5", "2026-06-17T00:00:00", "2026-06-19T00:00:00"),
        ("0 0 29 2 *", "2026-06-17T00:00:00", "2028-02-29T00:00:00"),
        ("@monthly", "2026-06-17T00:00:00", "2026-07-01T00:00:00"),
    ],
)
def test_a_schedule_fires_next_strictly_later(schedule: str, moment: str, expected: str) -> None:
    assert cron.parse(schedule).after(datetime.fromisoformat(moment)) == datetime.fromisoformat(expected)


def test_a_day_that_never_comes_never_fires() -> None:
    assert cron.parse("0 0 31 2 *").after(datetime.fromisoformat("2026-06-17T00:00:00")) is None


@pytest.mark.parametrize("schedule", ["", "* * * *", "60 * * * *", "* * * * 7", "*/0 * * * *", "5-1 * * * *", "x * * * *"])
def test_a_bad_schedule_is_refused(schedule: str) -> None:
    with pytest.raises(BadInput):
        cron.parse(schedule)


@pytest.mark.parametrize(("opens", "expected"), [("12:00:00", False), ("12:00:01", True), ("12:59:59", True), ("13:00:00", False)])
def test_a_window_is_open_strictly_between_its_start_and_its_end(opens: str, expected: bool) -> None:
    window = {"kind": "allow", "schedule": "0 12 * * *", "duration": "1h"}
    assert windows.is_active(window, datetime.fromisoformat(f"2026-06-17T{opens}Z")) is expected


def test_a_window_that_names_nothing_concerns_nothing() -> None:
    assert windows.matching([{"kind": "deny", "schedule": "* * * * *", "duration": "1h"}], {"metadata": {"name": "a"}}) == []
