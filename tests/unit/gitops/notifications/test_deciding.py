"""Who is told, of what, how often."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stackwright.gitops.notifications.decide import MAX_REMEMBERED, NOTIFIED, annotation_of, decide, state_of, with_told
from stackwright.gitops.notifications.rendering import environment_of
from stackwright.gitops.notifications.settings import parse_settings
from stackwright.gitops.notifications.subscriptions import wanted
from stackwright.gitops.notifications.types import Destination, Settings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PREFIX = "notifications.argoproj.io"


def application(annotations: dict[str, str] | None = None, status: dict[str, Any] | None = None, **labels: str) -> dict[str, Any]:
    metadata = {"name": "shop", "namespace": "argocd", "annotations": annotations or {}, "labels": labels}
    return {"metadata": metadata, "spec": {}, "status": status or {}}


def deployed(revision: str = "a" * 40, phase: str = "Succeeded", health: str = "Healthy") -> dict[str, Any]:
    operation = {"phase": phase, "startedAt": "2026-03-01T11:00:00Z", "finishedAt": "2026-03-01T11:00:10Z"}
    return {
        "operationState": {**operation, "syncResult": {"revision": revision}},
        "health": {"status": health, "lastTransitionTime": "2026-03-01T11:00:12Z"},
        "sync": {"status": "Synced", "revision": revision},
    }


def keys(app: dict[str, Any], settings: Settings, state: dict[str, int] | None = None, trigger: str = "on-deployed") -> list[str]:
    asked = {trigger: dict.fromkeys([Destination("chat", "room")])}
    return [due.key for due in decide(asked, settings, environment_of(app, settings, lambda: NOW), state or {}).due]


def test_annotations_of_the_application_and_its_project_and_the_settings_are_joined_and_nobody_is_told_twice() -> None:
    settings = parse_settings(
        {
            "defaultTriggers": "[on-sync-failed]",
            "defaultTriggers.email": "[on-health-degraded]",
            "subscriptions": "- recipients: ['slack:ops', 'forge']\n  triggers: [on-deployed]\n  selector: team=blue\n",
        },
        {},
    )
    app = application(
        {
            f"{PREFIX}/subscribe.on-deployed.slack": "ops; dev",
            f"{PREFIX}/subscribe.slack": "all",
            f"{PREFIX}/subscribe.email": "a@example.org",
            f"{PREFIX}/subscriptions": "- trigger: [on-created]\n  destinations: [{service: slack, recipients: [new]}]\n",
        },
        team="blue",
    )
    project = {"metadata": {"annotations": {f"{PREFIX}/subscribe.on-deployed.hook": ""}}}
    found = {trigger: list(destinations) for trigger, destinations in wanted(app, project, settings).items()}
    assert found == {
        "on-deployed": [Destination("slack", "ops"), Destination("slack", "dev"), Destination("hook", ""), Destination("forge", "")],
        "on-sync-failed": [Destination("slack", "all")],
        "on-health-degraded": [Destination("email", "a@example.org")],
        "on-created": [Destination("slack", "new")],
    }
    others = wanted(application(team="red"), None, settings)
    assert others == {}


def test_a_deployment_is_told_once_for_each_revision() -> None:
    settings = parse_settings({}, {})
    first = keys(application(status=deployed()), settings)
    assert len(first) == 1
    told = dict.fromkeys(first, 1)
    assert keys(application(status=deployed(health="Degraded")), settings, told) == []
    assert keys(application(status=deployed()), settings, told) == []
    assert len(keys(application(status=deployed("b" * 40)), settings, told)) == 1


def test_without_once_per_it_is_told_again_after_it_was_untrue() -> None:
    settings = parse_settings({"trigger.on-unknown": "- when: app.status.sync.status == 'Unknown'\n  send: [t]\n"}, {})
    unknown, fine = ({"sync": {"status": status}} for status in ("Unknown", "Synced"))
    told = dict.fromkeys(keys(application(status=unknown), settings, trigger="on-unknown"), 5)
    assert keys(application(status=unknown), settings, told, "on-unknown") == []
    asked = {"on-unknown": dict.fromkeys([Destination("chat", "room")])}
    later = decide(asked, settings, environment_of(application(status=fine), settings, lambda: NOW), told)
    assert (later.due, later.forget) == ((), frozenset(told))


@pytest.mark.parametrize(
    ("trigger", "status", "fires"),
    [
        ("on-deployed", deployed(phase="Running"), False),
        ("on-deployed", deployed(health="Progressing"), False),
        ("on-deployed", deployed(), True),
        ("on-health-degraded", {"health": {"status": "Degraded"}}, True),
        ("on-sync-failed", deployed(phase="Error"), True),
        ("on-sync-failed", {}, False),
        ("on-sync-running", deployed(phase="Running"), True),
        ("on-sync-status-unknown", {"sync": {"status": "Unknown"}}, True),
        ("on-sync-succeeded", deployed(), True),
        ("on-created", {}, True),
        ("on-deleted", {}, False),
    ],
)
def test_the_catalogue_fires(trigger: str, status: dict[str, Any], fires: bool) -> None:
    assert bool(keys(application(status=status), parse_settings({}, {}), trigger=trigger)) is fires


def test_a_condition_without_a_value_is_a_problem_and_no_notification() -> None:
    settings = parse_settings({"trigger.bad": "- when: app.status.nowhere.deep\n  send: [t]\n"}, {})
    asked = {name: dict.fromkeys([Destination("chat", "room")]) for name in ("bad", "missing")}
    found = decide(asked, settings, environment_of(application(), settings, lambda: NOW), {})
    assert found.due == ()
    assert ["'bad'" in found.problems[0], "'missing' is not configured" in found.problems[1]] == [True, True]


def test_what_was_told_is_kept_in_the_annotation_and_the_oldest_go() -> None:
    many = {f"key-{number:03}": number for number in range(MAX_REMEMBERED + 10)}
    kept = with_told(many, {"new": 10_000}, frozenset({"key-105"}))
    assert (len(kept), "new" in kept, "key-000" in kept, "key-105" in kept) == (MAX_REMEMBERED, True, False, False)
    assert state_of({NOTIFIED: annotation_of(kept) or ""}) == kept
    assert annotation_of({}) is None
    assert state_of({NOTIFIED: "{broken"}) == {}


def test_settings_keep_what_can_be_read_and_name_the_rest() -> None:
    settings = parse_settings(
        {
            "service.slack": "token: $slack-token\n",
            "service.webhook.ci": "url: https://ci.example.org\nheaders: [{name: X-Key, value: 'key $missing'}]\n",
            "trigger.broken": "- when: 'app.'\n",
            "template.broken": "[1]",
            "context": "argocdUrl: https://argocd.example.org\n",
        },
        {"slack-token": "secret-word\n"},
    )
    assert settings.services["slack"] == ("slack", {"token": "secret-word"})
    assert settings.services["ci"][0] == "webhook"
    assert [problem.partition(":")[0] for problem in settings.problems] == ["trigger.broken", "template.broken", "service.webhook.ci"]
    assert "secret-word" not in repr(settings)
