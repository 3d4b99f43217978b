"""What is told of an Application."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stackwright.gitops.explain import SHOWN, Finding, explain

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
PROJECT: dict[str, Any] = {"metadata": {"name": "default"}, "spec": {}}


def app(sync: str = "Synced", health: str = "Healthy", *, automated: Any = None, **status: Any) -> dict[str, Any]:
    policy = {} if automated is None else {"syncPolicy": {"automated": automated}}
    source = {"repoURL": "https://git/x", "path": "web", "targetRevision": "main"}
    return {
        "metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {"source": source, "destination": {"namespace": "shop"}, **policy},
        "status": {"sync": {"status": sync, "revision": "0123456789"}, "health": {"status": health}, **status},
    }


def resource(name: str, status: str = "OutOfSync", **more: Any) -> dict[str, Any]:
    return {"kind": "Deployment", "namespace": "shop", "name": name, "status": status, **more}


def told(found: Any, project: Any = PROJECT) -> str:
    return "\n".join(" | ".join((one.text, one.hint, *one.items)) for one in explain(found, project, NOW))


def test_an_application_that_is_well_needs_two_sentences() -> None:
    assert explain(app(resources=[resource("a", "Synced")]), PROJECT, NOW) == (
        Finding("fine", "The cluster matches https://git/x web at main, revision 01234567."),
        Finding("fine", "All that it deployed is healthy."),
    )


def test_each_difference_is_named_and_how_it_differs() -> None:
    resources = [resource("a"), resource("b", health={"status": "Missing"}), resource("c", requiresPruning=True), resource("d", "Synced")]
    text = told(app("OutOfSync", resources=resources))
    assert "3 of 4 objects differ" in text
    assert "Deployment shop/a differs | Deployment shop/b is missing | Deployment shop/c is no longer wanted" in text


def test_many_differences_are_counted() -> None:
    text = told(app("OutOfSync", resources=[resource(str(number)) for number in range(SHOWN + 3)]))
    assert "and 3 more" in text


ATTEMPT = {"phase": "Succeeded", "syncResult": {"revision": "0123456789"}}


@pytest.mark.parametrize(
    ("automated", "status", "want"),
    [
        (None, {}, "automation is not asked for"),
        ({"enabled": False}, {}, "automation is switched off"),
        ({}, {}, "It syncs by itself within moments"),
        ({}, {"resources": [resource("a", requiresPruning=True)]}, "automation may not remove anything"),
        ({}, {"operationState": ATTEMPT}, "it may not heal that"),
        ({"selfHeal": True}, {"operationState": ATTEMPT}, "It syncs by itself within moments"),
        ({"selfHeal": True}, {"operationState": {**ATTEMPT, "phase": "Failed"}}, "does not try the same revision again"),
    ],
)
def test_why_it_syncs_by_itself_or_why_not(automated: Any, status: Any, want: str) -> None:
    assert want in told(app("OutOfSync", automated=automated, **status))


def test_a_closed_window_is_named() -> None:
    window = {"kind": "deny", "schedule": "0 11 * * *", "duration": "3h", "applications": ["*"], "manualSync": True}
    text = told(app("OutOfSync", automated={}), {**PROJECT, "spec": {"syncWindows": [window]}})
    assert "Sync windows of project default keep it from syncing now. | a sync by hand is allowed | deny 0 11 * * * for 3h" in text
    assert "within moments" not in text


def test_a_failed_sync_names_what_failed() -> None:
    results = [{"kind": "Job", "namespace": "shop", "name": "migrate", "status": "SyncFailed", "message": "denied"}]
    state = {"phase": "Failed", "message": "one or more tasks failed", "finishedAt": "then", "syncResult": {"resources": results}}
    assert "The last sync failed at then: one or more tasks failed |  | Job shop/migrate: denied" in told(app(operationState=state))


def test_a_running_sync_tells_what_it_waits_for() -> None:
    results = [{"kind": "Job", "namespace": "shop", "name": "migrate", "hookPhase": "Running"}]
    state = {"phase": "Running", "message": "waiting", "startedAt": "then", "retryCount": 1, "syncResult": {"resources": results}}
    text = told(app("OutOfSync", automated={}, operationState=state))
    assert "A sync is under way since then, attempt 2: waiting" in text
    assert "Job shop/migrate: not healthy yet" in text
    assert "by itself" not in text


def test_conditions_come_with_advice() -> None:
    found = explain(app("Unknown", "Unknown", conditions=[{"type": "ComparisonError", "message": "no such path"}]), PROJECT, NOW)
    assert (found[0].level, found[0].text) == ("problem", "ComparisonError: no such path")
    assert found[0].hint


def test_what_ails_is_named() -> None:
    text = told(app("Synced", "Degraded", resources=[resource("a", "Synced", health={"status": "Degraded", "message": "crash"})]))
    assert "does not work" in text
    assert "Deployment shop/a: crash" in text


def test_a_missing_project_deletion_and_the_skip_mark_are_told_first() -> None:
    found = app()
    found["metadata"] |= {
        "deletionTimestamp": "then",
        "finalizers": ["f"],
        "annotations": {"argocd.argoproj.io/skip-reconcile": "true"},
    }
    texts = [one.text for one in explain(found, None, NOW)]
    assert texts[0] == "It is being deleted since then."
    assert "skips it" in texts[1]
    assert texts[2] == "Its project default does not exist."
