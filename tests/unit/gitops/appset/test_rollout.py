"""Progressive rollout: one step after the other."""

from typing import Any

import pytest

from stackwright.gitops.appset.rollout import (
    Rollout,
    held_back,
    is_rolling,
    is_undone_in_reverse,
    next_to_go,
    operation,
    progress,
    step_of,
    told,
)

NOW, LATER = "2026-01-01T10:00:00Z", "2026-01-01T10:00:05Z"


def expression(value: str) -> list[dict[str, Any]]:
    return [{"key": "env", "operator": "In", "values": [value]}]


SPEC: dict[str, Any] = {
    "strategy": {
        "type": "RollingSync",
        "rollingSync": {"steps": [{"matchExpressions": expression("dev")}, {"matchExpressions": expression("prod"), "maxUpdate": 1}]},
    }
}


def app(name: str, env: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": {"env": env}}, "spec": {"syncPolicy": {"automated": {"prune": True}}}}


def live(name: str, sync: str = "Synced", health: str = "Healthy", phase: str = "Succeeded", started: str = NOW) -> dict[str, Any]:
    status = {
        "sync": {"status": sync, "revision": "r1"},
        "health": {"status": health},
        "operationState": {"phase": phase, "startedAt": started},
    }
    return {"metadata": {"name": name}, "status": status}


APPS = [app("d", "dev"), app("p1", "prod"), app("p2", "prod"), app("x", "none")]


def look(present: list[dict[str, Any]], before: Rollout | None = None, now: str = NOW) -> Rollout:
    named = {one["metadata"]["name"]: one for one in present}
    return progress(SPEC, APPS, named, before.statuses if before else None, now)


def states(rollout: Rollout) -> dict[str, str]:
    return {status["application"]: status["status"] for status in rollout.statuses}


def test_the_first_step_goes_first_and_what_is_in_no_step_never_goes() -> None:
    found = look([live(name, "OutOfSync") for name in ("d", "p1", "p2", "x")])
    assert found.to_sync == ["d"]
    assert states(found) == {"d": "Pending", "p1": "Waiting", "p2": "Waiting", "x": "Waiting"}
    assert [status["step"] for status in found.statuses] == ["1", "2", "2", "-1"]


def test_the_next_step_goes_when_the_former_is_healthy_as_many_as_it_allows() -> None:
    waiting = [live(name, "OutOfSync") for name in ("p1", "p2")]
    first = look([live("d", "OutOfSync"), *waiting])
    running = look([live("d", "Synced", "Progressing", "Running", LATER), *waiting], first, LATER)
    assert (states(running)["d"], running.to_sync) == ("Progressing", [])
    done = look([live("d", started=LATER), *waiting], running, LATER)
    assert (states(done)["d"], done.to_sync) == ("Healthy", ["p1"])
    still = look([live("d", started=LATER), live("p1", "OutOfSync"), live("p2", "OutOfSync")], done, "2026-01-01T10:00:09Z")
    assert (states(still)["p1"], still.to_sync) == ("Pending", [])


def test_what_is_as_it_should_be_needs_no_sync() -> None:
    first = look([live(name) for name in ("d", "p1", "p2", "x")])
    second = look([live(name) for name in ("d", "p1", "p2", "x")], Rollout([s | {"status": "Waiting"} for s in first.statuses], []))
    assert second.to_sync == []
    assert second.is_complete


def test_a_change_sends_an_application_back_to_waiting() -> None:
    before = Rollout([{"application": "d", "status": "Healthy", "step": "1", "targetRevisions": ["r0"], "lastTransitionTime": NOW}], [])
    found = look([live("d", "OutOfSync")], before)
    assert states(found)["d"] == "Pending"


@pytest.mark.parametrize(("limit", "count"), [(None, 4), (2, 2), ("50%", 2), ("1%", 1), (0, 0), ("0%", 0)])
def test_a_step_updates_as_many_at_a_time_as_it_says(limit: Any, count: int) -> None:
    step = {"matchExpressions": expression("dev")} | ({"maxUpdate": limit} if limit is not None else {})
    spec = {"strategy": {"type": "RollingSync", "rollingSync": {"steps": [step]}}}
    apps = [app(f"a{number}", "dev") for number in range(4)]
    assert len(progress(spec, apps, {}, None, NOW).to_sync) == count


def test_steps_are_chosen_by_all_their_expressions() -> None:
    steps = [{"matchExpressions": [*expression("dev"), {"key": "env", "operator": "NotIn", "values": ["dev"]}]}, {"matchExpressions": []}]
    assert step_of(app("a", "dev"), steps) == 2


def test_a_rolling_set_holds_its_applications_back_and_syncs_them_itself() -> None:
    assert held_back(APPS[0])["spec"]["syncPolicy"]["automated"] == {"prune": True, "enabled": False}
    assert operation(APPS[0])["sync"] == {"prune": True}
    assert is_rolling(SPEC, {"applicationsetcontroller.enable.progressive.syncs": "true"})
    assert not is_rolling(SPEC, {})


def test_the_set_tells_whether_it_is_under_way() -> None:
    under_way = look([live("d", "OutOfSync")])
    assert told([], under_way, NOW)[0]["status"] == "True"
    assert told([], Rollout([], []), NOW)[0]["reason"] == "ApplicationSetRolloutComplete"


def test_a_deletion_in_reverse_takes_the_last_step_first_and_leaves_what_is_in_no_step() -> None:
    gone = [[one["metadata"]["name"] for one in next_to_go(SPEC, apps)] for apps in (APPS, [APPS[0], APPS[3]], [APPS[3]], [])]
    assert gone == [["p1", "p2"], ["d"], [], []]
    enabled = {"applicationsetcontroller.enable.progressive.syncs": "true"}
    assert is_undone_in_reverse({"strategy": {**SPEC["strategy"], "deletionOrder": "Reverse"}}, enabled)
    assert not is_undone_in_reverse(SPEC, enabled)
