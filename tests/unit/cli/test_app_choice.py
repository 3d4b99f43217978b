"""Which resources a command means, how they are waited for, how they are shown."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stackwright.app.trees import flattened, node_of
from stackwright.cli.app_choice import resources_meant
from stackwright.cli.app_objects import fits, tree_text
from stackwright.cli.app_views import window_lines
from stackwright.gitops.requests import SyncRequest, Wanted, operation_of
from stackwright.kernel.errors import BadInput

APP: dict[str, Any] = {
    "metadata": {"name": "web", "namespace": "argocd"},
    "spec": {"destination": {"name": "in-cluster", "namespace": "n"}},
    "status": {
        "sync": {"status": "OutOfSync"},
        "health": {"status": "Degraded"},
        "resources": [
            {"kind": "Service", "namespace": "n", "name": "web", "status": "Synced", "health": {"status": "Healthy"}},
            {"group": "apps", "kind": "Deployment", "namespace": "n", "name": "web", "status": "Synced", "health": {"status": "Degraded"}},
            {"kind": "ConfigMap", "namespace": "n", "name": "settings", "status": "OutOfSync"},
        ],
    },
}


@pytest.mark.parametrize(
    ("texts", "want"),
    [
        ((":Service:gone",), [":Service:gone"]),
        (("*:*:*",), [":Service:n/web", "apps:Deployment:n/web", ":ConfigMap:n/settings"]),
        (("!apps:Deployment:web",), [":Service:n/web", ":ConfigMap:n/settings"]),
        (("*:*:web", "!:Service:*"), ["apps:Deployment:n/web"]),
        (("*:Job:*",), []),
    ],
    ids=["as written", "all", "all but one", "some but one", "none"],
)
def test_resources_are_meant_by_patterns(texts: tuple[str, ...], want: list[str]) -> None:
    assert resources_meant(APP, texts) == want


def test_a_resource_has_three_parts() -> None:
    with pytest.raises(BadInput, match="expected GROUP:KIND:NAME"):
        resources_meant(APP, ["!Service"])


@pytest.mark.parametrize(
    ("resource", "wanted", "holds"),
    [
        ({"kind": "Service", "group": "", "name": "web"}, Wanted(), True),
        ({"kind": "Deployment", "group": "apps", "name": "web"}, Wanted(), False),
        ({"kind": "Deployment", "group": "apps", "name": "web"}, Wanted(health=False, degraded=True), True),
        ({"kind": "ConfigMap", "group": "", "name": "settings"}, Wanted(sync=False), True),
        ({"kind": "Job", "group": "batch", "name": "gone"}, Wanted(sync=False), False),
        (None, Wanted(sync=False, health=False), True),
        (None, Wanted(sync=False, suspended=True, degraded=True), True),
    ],
    ids=["well", "ill", "ill as wanted", "without health", "missing", "no operation", "one of several states"],
)
def test_waiting_looks_at_the_resources_that_are_named(resource: Any, wanted: Wanted, holds: bool) -> None:
    named = Wanted(wanted.sync, wanted.health, wanted.operation, wanted.suspended, wanted.degraded, [resource] if resource else ())
    assert named.holds(APP) is holds


def test_an_operation_keeps_infos_and_waits_between_tries() -> None:
    found = operation_of(APP, SyncRequest(retry_limit=2, retry_backoff={"duration": "5s"}, infos={"ticket": "7"}))
    assert found["info"] == [{"name": "ticket", "value": "7"}]
    assert found["retry"] == {"limit": 2, "backoff": {"duration": "5s"}}


def _obj(kind: str, name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "uid": name}}


def test_a_tree_shows_what_owns_what() -> None:
    children = {"web": [_obj("ReplicaSet", "web-1"), _obj("ReplicaSet", "web-2")], "web-1": [_obj("Pod", "web-1-a")]}
    node = node_of(_obj("Deployment", "web"), children)
    assert [obj["metadata"]["name"] for obj in flattened([node])] == ["web", "web-1", "web-1-a", "web-2"]
    assert tree_text([node]).splitlines() == ["Deployment/web", "├─ReplicaSet/web-1", "│ └─Pod/web-1-a", "└─ReplicaSet/web-2"]


def test_owners_in_a_circle_end() -> None:
    node = node_of(_obj("A", "a"), {"a": [_obj("A", "a")]}, depth=2)
    assert len(flattened([node])) == 3


@pytest.mark.parametrize(
    ("wanted", "match_case", "shown"),
    [("", False, True), ("error", False, True), ("error", True, False), ("!error", False, False), ("!other", True, True)],
)
def test_lines_are_filtered(wanted: str, match_case: bool, shown: bool) -> None:
    assert fits("ERROR: no", wanted, match_case) is shown


@pytest.mark.parametrize(
    ("window", "word"),
    [
        ({"kind": "deny", "schedule": "* * * * *", "duration": "1h"}, "Sync Denied"),
        ({"kind": "deny", "schedule": "* * * * *", "duration": "1h", "manualSync": True}, "Manual Allowed"),
        ({"kind": "allow", "schedule": "* * * * *", "duration": "1h"}, "Sync Allowed"),
    ],
)
def test_windows_are_told(window: dict[str, Any], word: str) -> None:
    project = {"spec": {"syncWindows": [window | {"applications": ["*"]}]}}
    lines = window_lines(APP, project, datetime(2026, 1, 1, 12, 0, 30, tzinfo=UTC))
    assert lines == [("SyncWindow", word), ("Assigned Windows", f"{window['kind']}:* * * * *:1h")]
