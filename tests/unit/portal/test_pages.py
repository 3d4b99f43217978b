"""What pages say."""

from typing import Any

from stackwright.api.meta import ObjectKey
from stackwright.gitops.planning import Planned
from stackwright.portal import timeline
from stackwright.portal.pages import applications as pages
from stackwright.portal.pages import timeline as timeline_page
from stackwright.portal.pages.diff import side_by_side
from stackwright.portal.pages.overview import overview
from stackwright.portal.pages.syncing import plan


def app(name: str, sync: str, health: str) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": {"project": "default", "destination": {"namespace": "x"}, "source": {"repoURL": "https://h/r"}},
        "status": {"sync": {"status": sync}, "health": {"status": health}},
    }


def test_what_is_not_well_comes_first() -> None:
    found = pages.applications([app("a", "Synced", "Healthy"), app("z", "OutOfSync", "Healthy")], pages.Filter(), "/argocd", "/live")
    assert found.index(">z<") < found.index(">a<")


def test_names_from_outside_are_escaped() -> None:
    found = pages.applications([app("<script>", "Synced", "Healthy")], pages.Filter(), "/argocd", "/live")
    assert "<script>" not in found


def test_pages_keep_the_filter_in_their_links() -> None:
    apps = [app(f"app-{number}", "Synced", "Healthy") for number in range(120)]
    found = pages.applications(apps, pages.Filter(search="app", page=2), "/argocd", "/live")
    assert ("Page 2 of 3" in found, "search=app&amp;page=3" in found) == (True, True)


def test_secret_values_are_shown_to_nobody() -> None:
    target = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"k": "bmV3"}}
    live = {**target, "data": {"k": "b2xk"}}
    shown = side_by_side(live, target)
    assert ("bmV3" in shown, "b2xk" in shown, "++++" in shown) == (False, False, True)


def test_the_overview_tells_apart_what_is_ill_and_what_is_changing() -> None:
    found = overview(
        [app("ill", "Synced", "Degraded"), app("moving", "Synced", "Progressing"), app("well", "Synced", "Healthy")], (), {}, "/argocd"
    )
    ill, changing = found.partition("Changing now")[0], found.partition("Changing now")[2]
    assert (">ill<" in ill, ">moving<" in changing, ">well<" in found, ">moving<" in ill) == (True, True, False, False)


def test_a_plan_is_told_by_phases_and_waves() -> None:
    tasks = [
        Planned("PreSync", 0, ObjectKey("batch", "Job", "x", "migrate"), "run"),
        Planned("Sync", -1, ObjectKey("", "ConfigMap", "x", "settings"), "create"),
        Planned("Sync", 2, ObjectKey("apps", "Deployment", "x", "web"), "change"),
    ]
    found = plan(tasks)
    positions = [found.index(title) for title in ("PreSync, wave 0", "migrate", "Sync, wave -1", "settings", "Sync, wave 2", ">x/web<")]
    assert positions == sorted(positions)


def test_the_timeline_puts_everything_on_one_axis() -> None:
    found = app("web", "Synced", "Healthy")
    found["status"] |= {
        "history": [{"id": 1, "deployedAt": "2026-01-01T10:00:00Z", "revision": "abcdef012", "initiatedBy": {"username": "ann"}}],
        "operationState": {"phase": "Failed", "message": "no", "startedAt": "2026-01-01T11:00:00Z", "finishedAt": "2026-01-01T11:01:00Z"},
    }
    event = {
        "lastTimestamp": "2026-01-01T10:30:00Z",
        "reason": "R",
        "message": "m",
        "involvedObject": {"namespace": "argocd", "name": "web"},
    }
    entries = timeline.timeline([found], [event])
    assert [(entry.kind, entry.text, entry.who) for entry in entries] == [
        ("operation", "Failed: no", ""),
        ("operation", "began", ""),
        ("event", "m", ""),
        ("deployed", "abcdef0 (history 1)", "ann"),
    ]
    assert [entry.kind for entry in timeline.chosen(entries, kind="operation", since="2026-01-01T11:01:00Z")] == ["operation"]


def test_the_host_of_a_repository_is_not_what_is_looked_for() -> None:
    found = app("web", "Synced", "Healthy") | {"spec": {"source": {"repoURL": "https://host/gitea/team/shop.git", "path": "deploy"}}}
    told = {word: pages.Filter(search=word).matches(found) for word in ("gitea", "shop", "deploy", "https://host/gitea/team/shop.git")}
    assert told == {"gitea": False, "shop": True, "deploy": True, "https://host/gitea/team/shop.git": True}


def test_commits_in_the_timeline_are_told_short() -> None:
    entry = timeline.Entry("2026-01-01T10:30:00Z", "event", "argocd", "web", f"Sync operation to {'0123456789' * 4} succeeded")
    assert "Sync operation to 0123456 succeeded" in timeline_page.entries([entry], 1, {}, "")
