"""What becomes of objects when their owners go."""

from typing import Any

import pytest

from stackwright.api.meta import Resource
from stackwright.client.kinds import CONFIG_MAPS, PODS
from stackwright.cluster.upkeep.garbage import Judgement, judge
from stackwright.cluster.upkeep.graph import FOREGROUND, Identity, Node, Owner
from stackwright.cluster.upkeep.namespaces import conditions_of, remaining_of


def node(*finalizers: str, deleting: bool = False, name: str = "x") -> Node:
    return Node(Identity(CONFIG_MAPS, "n", name, name), (), deleting, finalizers)


def owner(uid: str) -> Owner:
    return Owner("", "v1", "ConfigMap", uid, uid, True)


@pytest.mark.parametrize(
    ("standings", "dependents", "finalizers", "wanted"),
    [
        ({"a": "solid"}, [], (), Judgement()),
        ({"a": "solid", "b": "dangling"}, [], (), Judgement(drop=frozenset({"b"}))),
        ({"a": "unknown", "b": "dangling"}, [], (), Judgement()),
        ({"a": "dangling"}, [], (), Judgement(delete="Background")),
        ({"a": "dangling"}, [], ("orphan",), Judgement(delete="Orphan")),
        ({"a": "dangling"}, [], (FOREGROUND,), Judgement(delete="Foreground")),
        ({"a": "waiting"}, [], (), Judgement(delete="Background")),
        ({"a": "waiting"}, [node(name="kid")], (), Judgement(delete="Foreground")),
        ({"a": "waiting"}, [node(FOREGROUND, deleting=True)], (), Judgement(delete="Foreground", unblock=frozenset({"a"}))),
    ],
)
def test_an_object_is_judged_by_its_owners(
    standings: dict[str, Any], dependents: list[Node], finalizers: tuple[str, ...], wanted: Any
) -> None:
    assert judge(node(*finalizers), [(owner(uid), found) for uid, found in standings.items()], dependents) == wanted


def test_a_namespace_tells_what_keeps_it() -> None:
    held = {"metadata": {"name": "p", "finalizers": ["example.com/hold"]}}
    remaining = remaining_of({PODS: [held], CONFIG_MAPS: [], Resource("apps", "v1", "deployments", "Deployment", True): [{}, {}]}, [])
    found = {each["type"]: each for each in conditions_of((), remaining, "2026-01-01T00:00:00Z")}
    assert found["NamespaceContentRemaining"]["message"] == (
        "Some resources are remaining: deployments.apps has 2 resource instances, pods. has 1 resource instances"
    )
    assert found["NamespaceFinalizersRemaining"]["message"] == (
        "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances"
    )
    assert found["NamespaceDeletionContentFailure"]["status"] == "False"
