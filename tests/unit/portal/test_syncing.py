"""What the form of a sync asks for, and how an operation is told."""

from typing import Any

from stackwright.api.meta import ObjectKey
from stackwright.gitops.planning import Planned
from stackwright.portal.pages import syncing
from stackwright.portal.pages.operation import operation

TASKS = [
    Planned("Sync", 0, ObjectKey("", "ConfigMap", "x", "settings"), "create"),
    Planned("Sync", 3, ObjectKey("apps", "Deployment", "x", "web"), "keep"),
]


def test_all_chosen_is_a_whole_sync_with_its_hooks() -> None:
    form = {f"resource:{syncing.resource_text(task.key)}": "true" for task in TASKS} | {
        "prune": "true",
        "serverSide": "true",
        "revision": " v1 ",
    }
    asked = syncing.request_of(form, 2, "ann")
    assert (asked.resources, asked.prune, asked.server_side, asked.dry_run, asked.revision, asked.username) == (
        (),
        True,
        True,
        False,
        "v1",
        "ann",
    )


def test_some_chosen_are_named_as_the_command_names_them() -> None:
    assert syncing.request_of({"resource:apps:Deployment:x/web": "true"}, 2, "ann").resources == ("apps:Deployment:x/web",)


def test_a_running_operation_tells_what_is_done_and_what_is_to_come_by_wave() -> None:
    state: dict[str, Any] = {"phase": "Running", "operation": {"sync": {}}, "startedAt": "2026-01-01T00:00:00Z"}
    done = {"syncPhase": "Sync", "group": "", "kind": "ConfigMap", "namespace": "x", "name": "settings", "status": "Synced"}
    app = {"metadata": {"name": "web"}, "status": {"operationState": {**state, "syncResult": {"resources": [done]}}}}
    shown = operation(app, TASKS, "<button>Terminate</button>")
    positions = [shown.index(text) for text in ("1 of 2", "Terminate", "Sync, wave 0", "x/settings", "Sync, wave 3", "Pending", "x/web")]
    assert positions == sorted(positions)
