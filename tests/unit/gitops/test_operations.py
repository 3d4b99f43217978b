"""The life of an operation, and when automation begins one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stackwright.api.meta import Object, ObjectKey
from stackwright.gitops import automation, operations
from stackwright.gitops.compare import AppState, ResourceState
from stackwright.gitops.health.types import Health
from stackwright.gitops.sync.plan import Pair

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
SOURCE = {"repoURL": "https://git.example.com/a", "path": "."}


def state(phase: str = "Running", retry: Any = None, **more: Any) -> dict[str, Any]:
    return {**operations.begun({"sync": {}, "retry": retry or {}}, NOW), "phase": phase, **more}


@pytest.mark.parametrize(
    ("retry", "count", "seconds"),
    [
        ({}, 0, 5.0),
        ({}, 1, 10.0),
        ({}, 20, 180.0),
        ({"backoff": {"duration": "1s", "factor": 3, "maxDuration": "10s"}}, 2, 9.0),
        ({"backoff": {"duration": "7"}}, 0, 7.0),
        ({"backoff": {"duration": "soon"}}, 0, 5.0),
    ],
)
def test_attempts_are_ever_further_apart_up_to_a_limit(retry: Any, count: int, seconds: float) -> None:
    assert operations.delay_seconds(retry, count) == seconds


@pytest.mark.parametrize(("limit", "count", "left"), [(0, 0, False), (2, 1, True), (2, 2, False), (-1, 99, True)])
def test_retries_are_limited(limit: int, count: int, left: bool) -> None:
    assert operations.retries_left(state(retry={"limit": limit}, retryCount=count)) is left


def test_a_failure_waits_for_its_retry_and_begins_anew() -> None:
    failed = operations.failed_once(state(retry={"limit": 1}, syncResult={"revision": "a"}), "Failed", "it broke", NOW)
    assert operations.is_waiting_to_retry(failed)
    assert failed["message"] == "it broke. Retrying attempt #1 at 12:00PM."
    assert operations.message_before_retry(failed) == "it broke"
    assert operations.retry_due(failed) == NOW + timedelta(seconds=5)
    again = operations.tried_again(failed)
    assert "syncResult" not in again
    assert "finishedAt" not in again
    assert again["message"] == "Retrying operation. Attempt #1"


def test_a_retry_with_refresh_forgets_the_revision() -> None:
    given = {**state(retry={"refresh": True}), "operation": {"sync": {"revision": "abc", "prune": True}, "retry": {"refresh": True}}}
    again = operations.tried_again(operations.failed_once(given, "Failed", "no", NOW))
    assert again["operation"]["sync"] == {"prune": True}
    assert again["message"].startswith("Retrying operation with latest revisions.")


def test_the_last_failure_tells_how_often_it_was_tried() -> None:
    assert operations.ended(state(retryCount=2), "Failed", "no", NOW)["message"] == "no (retried 2 times)."
    assert operations.ended(state(retryCount=2), "Succeeded", "yes", NOW)["message"] == "yes"


def test_history_keeps_the_newest_entries() -> None:
    app: Object = {"spec": {"revisionHistoryLimit": 2}, "status": {"history": [{"id": 4}, {"id": 5}]}}
    done = state("Succeeded", syncResult={"revision": "new", "source": SOURCE})
    assert [(entry["id"], entry.get("revision")) for entry in operations.with_history(app, done, NOW)] == [(5, None), (6, "new")]
    assert operations.with_history({**app, "spec": {"revisionHistoryLimit": 0}}, done, NOW) == []


@pytest.mark.parametrize(("sync", "whole"), [({}, True), ({"dryRun": True}, False), ({"resources": [{"kind": "A", "name": "b"}]}, False)])
def test_only_whole_syncs_are_remembered(sync: Any, whole: bool) -> None:
    assert operations.is_whole({"operation": {"sync": sync}}) is whole


# -- automation ----------------------------------------------------------------------------------------------------------


def resource(status: Any = "OutOfSync", *, prune: bool = False) -> ResourceState:
    key = ObjectKey("", "ConfigMap", "ns", "one")
    return ResourceState(Pair(key, None if prune else {}, {}), status, None, requires_pruning=prune)


def compared(*resources: ResourceState, status: Any = "OutOfSync") -> AppState:
    return AppState(resources, (), status, Health("Healthy"), ())


def application(automated: Any, last: Any = None, **more: Any) -> Object:
    found = {"spec": {"source": SOURCE, "syncPolicy": {"automated": automated}}, **more}
    return {**found, "status": {"operationState": last}} if last else found


def attempt(phase: str, revision: str = "abc", **more: Any) -> dict[str, Any]:
    return {"phase": phase, "message": "said so", "syncResult": {"revision": revision, "source": SOURCE}, "operation": {}, **more}


def test_automation_begins_with_the_revision_that_was_compared() -> None:
    decision = automation.decide(application({"prune": True}), compared(resource()), ("abc",), NOW)
    assert decision.operation == {
        "sync": {"revision": "abc", "source": SOURCE, "prune": True},
        "retry": {"limit": 5},
        "initiatedBy": {"automated": True},
    }


@pytest.mark.parametrize(
    "app",
    [
        application(None),
        application({"enabled": False}),
        application({}, operation={"sync": {}}),
        application({}, metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"}),
        application({}, attempt("Succeeded")),
    ],
)
def test_automation_keeps_still(app: Object) -> None:
    assert automation.decide(app, compared(resource()), ("abc",), NOW) == automation.NOTHING


def test_what_is_synced_is_left_alone() -> None:
    assert automation.decide(application({}), compared(status="Synced"), ("abc",), NOW) == automation.NOTHING


def test_without_pruning_nothing_begins_when_all_that_differs_is_extra() -> None:
    extra = compared(resource(prune=True), resource("Synced"))
    assert automation.decide(application({}), extra, ("abc",), NOW) == automation.NOTHING
    assert automation.decide(application({"prune": True}), extra, ("abc",), NOW).operation is not None


def test_a_failed_attempt_is_not_repeated_for_the_same_revision() -> None:
    decision = automation.decide(application({"selfHeal": True}, attempt("Failed")), compared(resource()), ("abc",), NOW)
    assert decision == automation.Decision(condition="Failed last sync attempt to [abc]: said so")
    newer = automation.decide(application({}, attempt("Failed")), compared(resource()), ("def",), NOW)
    assert newer.operation is not None


def test_everything_is_never_pruned_unless_that_is_allowed() -> None:
    nothing_wanted = compared(resource(prune=True))
    refused = automation.decide(application({"prune": True}), nothing_wanted, ("abc",), NOW)
    assert refused.condition == "Skipping sync attempt to [abc]: auto-sync will wipe out all resources"
    assert automation.decide(application({"prune": True, "allowEmpty": True}), nothing_wanted, ("abc",), NOW).operation is not None


def test_healing_is_selective_counts_and_waits() -> None:
    first = automation.decide(application({"selfHeal": True}, attempt("Succeeded")), compared(resource()), ("abc",), NOW)
    assert first.operation is not None
    assert first.operation["sync"]["autoHealAttemptsCount"] == 1
    assert first.operation["sync"]["resources"] == [{"kind": "ConfigMap", "name": "one", "namespace": "ns"}]
    healed = attempt("Succeeded", operation={"sync": {"autoHealAttemptsCount": 2}}, finishedAt="2026-01-01T11:59:58Z")
    second = automation.decide(application({"selfHeal": True}, healed), compared(resource()), ("abc",), NOW)
    assert second == automation.Decision(after_seconds=4.0)


@pytest.mark.parametrize(("limit", "passed", "out"), [(0.0, 9999, False), (60.0, 59, False), (60.0, 60, True)])
def test_an_operation_may_take_as_long_as_the_operator_says(limit: float, passed: int, out: bool) -> None:
    assert operations.has_timed_out(state(), NOW + timedelta(seconds=passed), limit) is out


def test_an_operation_that_is_terminating_does_not_time_out_again_and_its_end_names_the_cause() -> None:
    ended = operations.timed_out(state())
    assert (ended["phase"], ended["message"]) == ("Terminating", "operation is terminating due to timeout")
    assert not operations.has_timed_out(ended, NOW + timedelta(hours=1), 60.0)
    assert operations.with_cause(ended, "Operation terminated") == "Operation terminated, triggered by controller sync timeout"
    assert operations.with_cause(state("Terminating"), "Operation terminated") == "Operation terminated"
