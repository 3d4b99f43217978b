"""What automation leaves to people, waits for, and tries again."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stackwright.api.meta import Object, ObjectKey
from stackwright.gitops import guards
from stackwright.gitops.automation import Decision, decide
from stackwright.gitops.compare import AppState, ResourceState
from stackwright.gitops.health.types import Health
from stackwright.gitops.sync.plan import Pair

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
SOURCE = {"repoURL": "https://git.example.com/a", "path": "."}
HERE = {"server": "https://kubernetes.default.svc"}


def state(*, kept: int, doomed: int) -> AppState:
    resources = [resource(f"kept-{number}", prune=False) for number in range(kept)]
    resources += [resource(f"doomed-{number}", prune=True) for number in range(doomed)]
    return AppState(resources, (), "OutOfSync", Health("Healthy"), ())


def resource(name: str, *, prune: bool) -> ResourceState:
    key = ObjectKey("", "ConfigMap", "ns", name)
    status: Any = "OutOfSync" if prune else "Synced"
    return ResourceState(Pair(key, None if prune else {}, {}), status, None, requires_pruning=prune)


def application(**annotations: str) -> dict[str, Any]:
    named = {key.replace("_", "-"): value for key, value in annotations.items()}
    return {
        "metadata": {"annotations": {f"stackwright.dev/{key}": value for key, value in named.items()}},
        "spec": {"source": SOURCE, "syncPolicy": {"automated": {"prune": True}}},
    }


@pytest.mark.parametrize(
    ("app", "kept", "doomed", "stops"),
    [
        (application(), 5, 20, True),
        (application(), 20, 20, False),
        (application(), 1, 10, False),
        (application(prune_guard="off"), 5, 20, False),
        (application(prune_guard="10%"), 80, 20, True),
        (application(prune_guard="much"), 80, 20, False),
        (application(prune_approved="abc"), 5, 20, False),
        (application(prune_approved="older"), 5, 20, True),
    ],
)
def test_pruning_much_of_what_lives_stops_for_approval(app: Object, kept: int, doomed: int, stops: bool) -> None:
    decision = decide(app, state(kept=kept, doomed=doomed), ("abc",), NOW)
    assert (decision.operation is None) is stops
    assert decision.condition.startswith(f"Stopped before removing {doomed} of {kept + doomed} objects: ConfigMap/doomed-0, ") is stops


def test_the_list_of_what_would_go_is_short() -> None:
    told = guards.pruned_too_much(application(), state(kept=0, doomed=12), ("abc",))
    assert "ConfigMap/doomed-9 and 2 more. Annotate the Application with stackwright.dev/prune-approved=abc to go on" in told


def entry(revision: str, **by: Any) -> dict[str, Any]:
    return {"revision": revision, "initiatedBy": by}


@pytest.mark.parametrize(
    ("history", "revision", "stays_away"),
    [
        ([entry("old"), entry("bad", automated=True), entry("old", username="ann")], "bad", True),
        ([entry("old"), entry("bad", automated=True), entry("old", username="ann")], "new", False),
        ([entry("old"), entry("bad"), entry("old", automated=True)], "bad", False),
        ([entry("old", username="ann")], "old", False),
        ([], "new", False),
    ],
)
def test_a_revision_that_was_rolled_back_stays_away(history: Any, revision: str, stays_away: bool) -> None:
    app = {**application(), "status": {"history": history}}
    assert bool(guards.rolled_back(app, (revision,))) is stays_away


def test_a_rollback_names_who_made_it() -> None:
    app = {**application(), "status": {"history": [entry("old"), entry("bad"), entry("old", username="ann")]}}
    decision = decide(app, state(kept=1, doomed=1), ("bad",), NOW)
    assert decision.condition == "Revision bad was rolled back to old by ann; automation waits for a newer one"


def failed(message: str, finished: str) -> dict[str, Any]:
    last = {"phase": "Failed", "message": message, "finishedAt": finished, "syncResult": {"revision": "abc", "source": SOURCE}}
    return {**application(), "status": {"operationState": last}}


@pytest.mark.parametrize(
    "message",
    [
        "the cluster at https://far did not answer: connection refused",
        'no matches for kind "Widget" in version "example.com/v1"',
        'namespaces "later" not found',
        'Internal error occurred: failed calling webhook "a.example.com"',
    ],
)
def test_what_the_surroundings_made_fail_is_tried_again_after_a_while(message: str) -> None:
    early = decide(failed(message, "2026-01-01T11:59:30Z"), state(kept=1, doomed=1), ("abc",), NOW)
    assert early == Decision(condition=f"Failed last sync attempt to [abc]: {message}", after_seconds=30.0)
    assert decide(failed(message, "2026-01-01T11:58:00Z"), state(kept=1, doomed=1), ("abc",), NOW).operation is not None


def test_what_is_wrong_in_git_is_not_tried_again() -> None:
    message = 'Deployment.apps "web" is invalid: spec.selector: Required value'
    decision = decide(failed(message, "2026-01-01T00:00:00Z"), state(kept=1, doomed=1), ("abc",), NOW)
    assert decision == Decision(condition=f"Failed last sync attempt to [abc]: {message}")
