"""When CronJobs start their Jobs."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stackwright.cluster.workloads.cronjob import plan
from stackwright.kernel.errors import BadInput

NOW = datetime(2026, 3, 29, 12, 30, 10, tzinfo=UTC)


def cron_job(schedule: str, last: str | None = "2026-03-29T12:27:00Z", **spec: Any) -> dict[str, Any]:
    meta = {"name": "tick", "namespace": "n", "uid": "c1", "creationTimestamp": "2026-03-29T12:00:00Z"}
    status = {"lastScheduleTime": last} if last else {}
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": meta, "spec": {"schedule": schedule, **spec}, "status": status}


def at(hour: int, minute: int) -> datetime:
    return NOW.replace(hour=hour, minute=minute, second=0)


@pytest.mark.parametrize(
    ("schedule", "due", "next", "missed"),
    [
        ("* * * * *", at(12, 30), at(12, 31), 3),
        ("0 13 * * *", None, at(13, 0), 0),
        ("@hourly", None, at(13, 0), 0),
        ("*/15 * * * *", at(12, 30), at(12, 45), 1),
    ],
)
def test_the_last_missed_start_and_the_next(schedule: str, due: datetime | None, next: datetime, missed: int) -> None:
    assert plan.timing(cron_job(schedule), NOW) == plan.Timing(due, next, missed)


def test_a_new_cron_job_counts_from_its_creation() -> None:
    assert plan.timing(cron_job("*/10 * * * *", last=None), NOW).missed == 3


def test_very_many_missed_starts_are_not_all_counted() -> None:
    found = plan.timing(cron_job("* * * * *", last="2020-01-01T00:00:00Z"), NOW)
    assert (found.due, found.missed) == (at(12, 30), 101)


def test_a_time_zone_moves_the_schedule_across_summer_time() -> None:
    berlin = cron_job("0 15 * * *", timeZone="Europe/Berlin")
    assert plan.timing(berlin, NOW).next == at(13, 0)
    with pytest.raises(BadInput):
        plan.timing(cron_job("0 15 * * *", timeZone="Nowhere/Land"), NOW)


def test_a_start_has_one_name_and_says_when_it_was_due() -> None:
    made = plan.new_job(cron_job("* * * * *", jobTemplate={"metadata": {"labels": {"a": "b"}}, "spec": {"x": 1}}), at(12, 30))
    assert made["metadata"]["name"] == f"tick-{int(at(12, 30).timestamp()) // 60}"
    assert made["metadata"]["annotations"] == {"batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-03-29T12:30:00Z"}
    assert (made["metadata"]["labels"], made["spec"]) == ({"a": "b"}, {"x": 1})


def test_a_start_beyond_its_deadline_is_too_late() -> None:
    assert plan.too_late(cron_job("* * * * *", startingDeadlineSeconds=5), at(12, 30), NOW)
    assert not plan.too_late(cron_job("* * * * *", startingDeadlineSeconds=15), at(12, 30), NOW)


def test_the_oldest_finished_jobs_go_first() -> None:
    def job(name: str, type: str, started: str) -> dict[str, Any]:
        return {"metadata": {"name": name}, "status": {"startTime": started, "conditions": [{"type": type, "status": "True"}]}}

    jobs = [
        job("b", "Complete", "2026-01-02T00:00:00Z"),
        job("a", "Complete", "2026-01-01T00:00:00Z"),
        job("f", "Failed", "2026-01-01T00:00:00Z"),
    ]
    found = plan.to_forget(cron_job("* * * * *", successfulJobsHistoryLimit=1, failedJobsHistoryLimit=1), jobs)
    assert [each["metadata"]["name"] for each in found] == ["a"]
