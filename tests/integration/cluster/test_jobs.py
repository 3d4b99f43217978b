"""Jobs: pods that run to their end, or fail to."""

from typing import Any

from stackwright.client.kinds import EVENTS, JOBS


def job(name: str = "once", annotations: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    pod = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "example/task:1"}]}
    marks = {f"simulate.stackwright.dev/{key}": value for key, value in ({"run-duration": "0"} | (annotations or {})).items()}
    body = {"template": {"metadata": {"annotations": marks}, "spec": pod}} | spec
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "namespace": "default"}, "spec": body}


def ended(type: str) -> Any:
    return lambda obj: any(each["type"] == type and each["status"] == "True" for each in (obj.get("status") or {}).get("conditions") or ())


async def test_a_job_completes_and_says_so(rig: Any) -> None:
    await rig.client.create(job())
    status = (await rig.becomes(JOBS, "once", ended("Complete")))["status"]
    assert [each["type"] for each in status["conditions"]] == ["SuccessCriteriaMet", "Complete"]
    assert {each["reason"] for each in status["conditions"]} == {"CompletionsReached"}
    assert (status["succeeded"], status["ready"], status["terminating"], status.get("active")) == (1, 0, 0, None)
    assert status["completionTime"]
    assert status["uncountedTerminatedPods"] == {}


async def test_many_completions_run_beside_each_other_as_parallelism_allows(rig: Any) -> None:
    await rig.client.create(job(completions=5, parallelism=3))
    assert (await rig.becomes(JOBS, "once", ended("Complete")))["status"]["succeeded"] == 5
    assert len(await rig.pods()) == 5


async def test_an_indexed_job_has_a_pod_for_each_index(rig: Any) -> None:
    await rig.client.create(job(completions=3, parallelism=3, completionMode="Indexed"))
    status = (await rig.becomes(JOBS, "once", ended("Complete")))["status"]
    assert status["completedIndexes"] == "0-2"
    assert sorted(pod["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"] for pod in await rig.pods()) == ["0", "1", "2"]


async def test_a_job_that_fails_beyond_its_limit_has_failed(rig: Any) -> None:
    await rig.client.create(job(annotations={"behavior": "fail"}, backoffLimit=0))
    status = (await rig.becomes(JOBS, "once", ended("Failed")))["status"]
    assert [(each["type"], each["reason"]) for each in status["conditions"]] == [
        ("FailureTarget", "BackoffLimitExceeded"),
        ("Failed", "BackoffLimitExceeded"),
    ]
    assert status["failed"] == 1
    assert "completionTime" not in status


async def test_a_hanging_job_is_ended_by_its_deadline(rig: Any) -> None:
    await rig.client.create(job(annotations={"behavior": "hang"}, activeDeadlineSeconds=1))
    status = (await rig.becomes(JOBS, "once", ended("Failed")))["status"]
    assert status["conditions"][-1]["reason"] == "DeadlineExceeded"


async def test_a_suspended_job_makes_no_pods_until_it_is_resumed(rig: Any) -> None:
    await rig.client.create(job(suspend=True))
    await rig.becomes(JOBS, "once", ended("Suspended"))
    assert await rig.pods() == []
    await rig.client.patch(JOBS, "once", "default", {"spec": {"suspend": False}})
    await rig.becomes(JOBS, "once", ended("Complete"))


async def test_a_finished_job_goes_when_its_time_to_live_is_over(rig: Any) -> None:
    await rig.client.create(job(ttlSecondsAfterFinished=0))
    await rig.gone(JOBS, "once")
    assert await rig.pods() == []


async def test_deleting_a_running_job_takes_its_pods_along(rig: Any) -> None:
    await rig.client.create(job(annotations={"behavior": "hang"}))
    await rig.becomes(JOBS, "once", lambda obj: (obj.get("status") or {}).get("active") == 1)
    await rig.client.delete(JOBS, "once", "default", propagation="Foreground")
    await rig.gone(JOBS, "once")
    assert await rig.pods() == []


async def test_a_job_tells_its_end_in_an_event(rig: Any) -> None:
    await rig.client.create(job())

    async def told() -> bool:
        return any(
            each["reason"] == "Completed" and each["message"] == "Job completed" for each in await rig.client.list(EVENTS, "default")
        )

    await rig.until(told)
