"""How many pods a budget can spare."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stackwright.cluster.upkeep.budgets import Needs, disrupted, needs, status
from stackwright.kernel.clock import rfc3339

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def budget(disrupted: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "b", "generation": 1}, "spec": spec, "status": {"disruptedPods": disrupted or {}}}


def pod(name: str, ready: bool = True) -> dict[str, Any]:
    return {"metadata": {"name": name}, "status": {"conditions": [{"type": "Ready", "status": str(ready)}]}}


@pytest.mark.parametrize(
    ("spec", "pods", "scale", "wanted"),
    [
        ({"minAvailable": 2}, 3, 5, Needs(3, 2)),
        ({"minAvailable": "50%"}, 3, 5, Needs(5, 3)),
        ({"maxUnavailable": 1}, 3, 5, Needs(5, 4)),
        ({"maxUnavailable": "30%"}, 3, 5, Needs(5, 3)),
        ({"maxUnavailable": 9}, 3, 5, Needs(5, 0)),
        ({}, 3, 5, Needs(3, 1)),
    ],
)
def test_what_must_stay(spec: dict[str, Any], pods: int, scale: int, wanted: Needs) -> None:
    assert needs(budget(**spec), pods, scale) == wanted


def test_granted_evictions_count_until_they_come_or_are_given_up() -> None:
    recent, old = rfc3339(NOW - timedelta(seconds=30)), rfc3339(NOW - timedelta(minutes=3))
    subject = budget({"a": recent, "b": old, "gone": recent})
    assert disrupted(subject, [pod("a"), pod("b")], NOW) == {"a": recent}
    found = status(subject, [pod("a"), pod("b"), pod("c", ready=False)], Needs(3, 1), NOW)
    assert (found["currentHealthy"], found["disruptionsAllowed"]) == (1, 0)


def test_nothing_is_allowed_where_nothing_is_expected() -> None:
    assert status(budget(), [], Needs(0, 0), NOW)["disruptionsAllowed"] == 0
