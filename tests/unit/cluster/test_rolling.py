"""How a Deployment moves from one ReplicaSet to the next."""

from typing import Any

import pytest

from stackwright.cluster.workloads.deployment.rolling import Limits, grow, is_scaling, limits_of, rescale, shrink


def deployment(replicas: int, **rolling: Any) -> dict[str, Any]:
    return {"spec": {"replicas": replicas, "strategy": {"type": "RollingUpdate", "rollingUpdate": rolling}}}


def rs(name: str, replicas: int, available: int | None = None, desired: int | None = None, most: int | None = None) -> dict[str, Any]:
    notes = {"deployment.kubernetes.io/desired-replicas": str(desired)} if desired is not None else {}
    notes |= {"deployment.kubernetes.io/max-replicas": str(most)} if most is not None else {}
    meta = {"name": name, "creationTimestamp": f"2026-01-01T00:00:0{ord(name[0]) % 10}Z", "annotations": notes}
    return {"metadata": meta, "spec": {"replicas": replicas}, "status": {"availableReplicas": replicas if available is None else available}}


@pytest.mark.parametrize(
    ("replicas", "rolling", "limits"),
    [
        (10, {}, Limits(10, 3, 2)),
        (10, {"maxSurge": "25%", "maxUnavailable": "25%"}, Limits(10, 3, 2)),
        (4, {"maxSurge": 0, "maxUnavailable": 0}, Limits(4, 0, 1)),
        (1, {"maxSurge": "25%", "maxUnavailable": "25%"}, Limits(1, 1, 0)),
        (2, {"maxUnavailable": 5}, Limits(2, 1, 2)),
    ],
)
def test_limits(replicas: int, rolling: dict[str, Any], limits: Limits) -> None:
    assert limits_of(deployment(replicas, **rolling)) == limits


def test_the_new_set_grows_as_far_as_the_surge_allows() -> None:
    change = grow(deployment(10, maxSurge=3), rs("new", 0), [rs("old", 10)])
    assert change is not None and change.replicas == 3
    assert grow(deployment(10, maxSurge=3), rs("new", 3), [rs("old", 10)]) is None


def sizes(changes: list[Any]) -> dict[str, int]:
    return {change.replica_set["metadata"]["name"]: change.replicas for change in changes}


@pytest.mark.parametrize(
    ("new", "old", "wanted"),
    [
        (rs("new", 3, 0), [rs("old", 10)], {"old": 8}),
        (rs("new", 5, 0), [rs("old", 8)], {}),
        (rs("new", 5, 5), [rs("old", 8)], {"old": 3}),
        (rs("new", 10, 10), [rs("old", 2)], {"old": 0}),
        (rs("new", 3, 3), [rs("broken", 4, 0), rs("old", 6)], {"broken": 0, "old": 5}),
    ],
)
def test_old_sets_give_up_what_availability_can_spare(new: dict[str, Any], old: list[dict[str, Any]], wanted: dict[str, int]) -> None:
    assert sizes(shrink(deployment(10, maxSurge=3, maxUnavailable=2), new, old)) == wanted


def test_a_change_of_size_goes_to_the_only_active_set() -> None:
    assert sizes(rescale(deployment(5), rs("new", 3), [rs("old", 0)])) == {"new": 5}


def test_during_a_rollout_a_change_of_size_is_shared_in_proportion() -> None:
    subject = deployment(20, maxSurge=0)
    parts = [rs("a", 6, desired=10, most=10), rs("b", 4, desired=10, most=10)]
    assert is_scaling(subject, parts)
    assert sizes(rescale(subject, parts[0], parts[1:])) == {"a": 12, "b": 8}


def test_halves_round_up_and_the_first_set_takes_the_rest() -> None:
    subject = deployment(5, maxSurge=0)
    parts = [rs("a", 5, desired=10, most=10), rs("b", 5, desired=10, most=10)]
    assert sizes(rescale(subject, parts[0], parts[1:])) == {"a": 2, "b": 3}
