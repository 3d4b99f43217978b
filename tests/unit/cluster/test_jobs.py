"""What a Job does about its pods."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stackwright.cluster.workloads.job import indexes, plan
from stackwright.cluster.workloads.job.status import new_pod, new_status
from stackwright.cluster.workloads.job.tally import TRACKING, tally
from stackwright.kernel.clock import rfc3339

NOW = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)


def job(status: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    template = {"metadata": {}, "spec": {"containers": [{"name": "main"}], "restartPolicy": "Never"}}
    body = {"completions": 1, "parallelism": 1, "backoffLimit": 6, "template": template} | spec
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "j", "namespace": "n", "uid": "j1"},
        "spec": body,
        "status": status or {},
    }


def pod(uid: str, phase: str, *, index: int | None = None, code: int | None = None, ago: int = 0, gone: bool = False) -> dict[str, Any]:
    meta: dict[str, Any] = {"name": uid, "namespace": "n", "uid": uid, "finalizers": [TRACKING]}
    meta |= {"annotations": {indexes.INDEX: str(index)}} if index is not None else {}
    meta |= {"deletionTimestamp": rfc3339(NOW)} if gone else {}
    ended = {"terminated": {"exitCode": code or 0, "finishedAt": rfc3339(NOW - timedelta(seconds=ago))}}
    statuses = [{"name": "main", "state": ended}] if phase in ("Succeeded", "Failed") else []
    return {"metadata": meta, "spec": {"nodeName": "x"}, "status": {"phase": phase, "containerStatuses": statuses}}


@pytest.mark.parametrize(
    ("numbers", "text"),
    [((), ""), ((3,), "3"), ((1, 2), "1,2"), ((0, 1, 2, 5), "0-2,5"), ((0, 2, 3, 4, 7, 8), "0,2-4,7,8")],
)
def test_indexes_are_written_as_ranges_and_read_back(numbers: tuple[int, ...], text: str) -> None:
    assert indexes.render(numbers) == text
    assert indexes.parse(text, 100) == set(numbers)


def test_indexes_beyond_the_completions_are_not_read() -> None:
    assert indexes.parse("0-5,x,9", 3) == {0, 1, 2}


def step(subject: dict[str, Any], *pods: dict[str, Any]) -> plan.Step:
    return plan.step(subject, pods, tally(subject, pods), NOW)


@pytest.mark.parametrize(
    ("spec", "pods", "created"),
    [
        ({}, [], 1),
        ({"completions": 5, "parallelism": 3}, [], 3),
        ({"completions": 5, "parallelism": 3}, [pod("a", "Running")], 2),
        ({"completions": 2, "parallelism": 3}, [pod("a", "Succeeded")], 1),
        ({"completions": None, "parallelism": 2}, [pod("a", "Succeeded")], 0),
        ({"parallelism": 0}, [], 0),
        ({"suspend": True}, [], 0),
        ({"podReplacementPolicy": "Failed"}, [pod("a", "Running", gone=True)], 0),
        ({}, [pod("a", "Running", gone=True)], 1),
    ],
)
def test_so_many_pods_are_made(spec: dict[str, Any], pods: list[dict[str, Any]], created: int) -> None:
    assert len(step(job(**spec), *pods).create) == created


def test_the_lowest_free_indexes_come_first() -> None:
    subject = job(completions=5, parallelism=2, completionMode="Indexed")
    made = step(subject, pod("a", "Succeeded", index=0), pod("b", "Running", index=2))
    assert made.create == (1,)


def test_a_suspended_job_removes_what_runs() -> None:
    running = pod("a", "Running")
    assert step(job(suspend=True), running).delete == (running,)


@pytest.mark.parametrize(("failures", "left"), [(1, 7.0), (2, 17.0), (3, 37.0)])
def test_failed_pods_are_replaced_after_a_growing_delay(failures: int, left: float) -> None:
    pods = [pod(f"p{number}", "Failed", code=1, ago=3 + number) for number in range(failures)]
    assert step(job(), *pods).wait_seconds == left


@pytest.mark.parametrize(
    ("spec", "pods", "reason"),
    [
        ({}, [pod("a", "Succeeded")], "CompletionsReached"),
        ({"backoffLimit": 0}, [pod("a", "Failed", code=1)], "BackoffLimitExceeded"),
        ({"backoffLimit": 1}, [pod("a", "Failed", code=1)], None),
        ({}, [pod("a", "Running")], None),
        ({"completions": None}, [pod("a", "Succeeded"), pod("b", "Running")], None),
    ],
)
def test_how_a_job_ends(spec: dict[str, Any], pods: list[dict[str, Any]], reason: str | None) -> None:
    subject = job(**spec)
    end = plan.outcome(subject, tally(subject, pods), NOW)
    assert (end.reason if end else None) == reason


@pytest.mark.parametrize(("action", "failed", "reason"), [("FailJob", 1, "PodFailurePolicy"), ("Ignore", 0, None), ("Count", 1, None)])
def test_a_failure_policy_decides_what_an_exit_code_means(action: str, failed: int, reason: str | None) -> None:
    rule = {"action": action, "onExitCodes": {"operator": "In", "values": [42]}}
    subject, pods = job(podFailurePolicy={"rules": [rule]}), [pod("a", "Failed", code=42)]
    counted = tally(subject, pods)
    end = plan.outcome(subject, counted, NOW)
    assert (counted.failed, end.reason if end else None) == (failed, reason)


def test_a_pod_is_counted_once_however_often_it_is_looked_at() -> None:
    subject, ended = job(completions=2), pod("a", "Succeeded")
    first = new_status(subject, tally(subject, [ended]), None, NOW)
    assert first["uncountedTerminatedPods"] == {"succeeded": ["a"]}
    released = {**ended, "metadata": {**ended["metadata"], "finalizers": []}}
    second = new_status({**subject, "status": first}, tally({**subject, "status": first}, [released]), None, NOW)
    assert (second["succeeded"], second["uncountedTerminatedPods"]) == (1, {})
    third = new_status({**subject, "status": second}, tally({**subject, "status": second}, []), None, NOW)
    assert third["succeeded"] == 1


def test_the_pod_of_an_index_knows_it() -> None:
    made = new_pod(job(completionMode="Indexed"), 3)
    assert made["metadata"]["generateName"] == "j-3-"
    assert made["metadata"]["labels"][indexes.INDEX] == made["metadata"]["annotations"][indexes.INDEX] == "3"
    assert made["spec"]["hostname"] == "j-3"
    assert made["spec"]["containers"][0]["env"][0]["name"] == "JOB_COMPLETION_INDEX"
