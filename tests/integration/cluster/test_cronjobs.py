"""CronJobs start what they missed, once."""

from datetime import UTC, datetime, timedelta
from typing import Any

from stackwright.client.kinds import CRON_JOBS, JOBS
from stackwright.kernel.clock import rfc3339


def cron_job(**spec: Any) -> dict[str, Any]:
    pod = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "example/task:1"}]}
    marks = {"simulate.stackwright.dev/run-duration": "0"}
    template = {"spec": {"template": {"metadata": {"annotations": marks}, "spec": pod}}}
    body = {"schedule": "* * * * *", "jobTemplate": template, "suspend": True} | spec
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "tick", "namespace": "default"}, "spec": body}


async def overdue(rig: Any, **spec: Any) -> None:
    """Made suspended, given a last start some minutes ago, then let go."""
    made = await rig.client.create(cron_job(**spec))
    last = rfc3339(datetime.now(UTC) - timedelta(minutes=3))
    await rig.client.update_status({**made, "status": {"lastScheduleTime": last}})
    await rig.client.patch(CRON_JOBS, "tick", "default", {"spec": {"suspend": False}})


async def test_a_missed_start_is_made_up_for_once(rig: Any) -> None:
    await overdue(rig)
    found = await rig.becomes(CRON_JOBS, "tick", lambda obj: (obj.get("status") or {}).get("lastSuccessfulTime"))
    assert not found["status"].get("active")
    [job] = await rig.client.list(JOBS, "default")
    assert job["metadata"]["name"].startswith("tick-")
    assert job["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"] == found["status"]["lastScheduleTime"]


async def test_a_start_beyond_its_deadline_is_skipped(rig: Any) -> None:
    await overdue(rig, schedule="0 0 29 2 *", startingDeadlineSeconds=10)
    assert await rig.client.list(JOBS, "default") == []


async def test_finished_jobs_beyond_the_history_go(rig: Any) -> None:
    await overdue(rig, successfulJobsHistoryLimit=0)
    await rig.becomes(CRON_JOBS, "tick", lambda obj: (obj.get("status") or {}).get("lastSuccessfulTime"))

    async def none_left() -> bool:
        return not await rig.client.list(JOBS, "default")

    await rig.until(none_left)
