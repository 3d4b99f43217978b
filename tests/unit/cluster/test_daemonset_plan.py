"""Where daemons run and when they are renewed."""

from datetime import UTC, datetime
from typing import Any

from stackwright.cluster.workloads.daemonset.placing import Standing, new_pod, node_of, standing
from stackwright.cluster.workloads.daemonset.plan import World, step
from stackwright.kernel.clock import rfc3339

NOW = datetime(2026, 1, 2, tzinfo=UTC)
EVERYWHERE = {name: Standing(True, True) for name in ("a", "b", "c")}


def daemons(pod_spec: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    meta = {"name": "agent", "namespace": "n", "uid": "d1", "annotations": {"deprecated.daemonset.template.generation": "2"}}
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": meta, "spec": {"template": {"spec": pod_spec or {}}} | spec}


def pod(node: str, hash: str = "new", *, ready: bool = True, phase: str = "Running", name: str = "") -> dict[str, Any]:
    meta = {"name": name or f"on-{node}", "labels": {"controller-revision-hash": hash}}
    condition = {"type": "Ready", "status": str(ready), "lastTransitionTime": rfc3339(NOW)}
    return {"metadata": meta, "spec": {"nodeName": node}, "status": {"phase": phase, "conditions": [condition]}}


def node(*taints: dict[str, str], **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": "a", "labels": labels}, "spec": {"taints": list(taints)}}


def test_every_node_without_a_pod_gets_one() -> None:
    assert step(World(daemons(), EVERYWHERE, [pod("b")], "new", NOW)).create == ("a", "c")


def test_pods_on_nodes_that_will_not_have_them_go() -> None:
    there = pod("a")
    assert step(World(daemons(), {"a": Standing(False, False)}, [there], "new", NOW)).delete == (there,)
    assert step(World(daemons(), {"a": Standing(False, True)}, [there], "new", NOW)).delete == ()


def test_a_failed_pod_is_removed_and_told_of() -> None:
    failed = pod("a", phase="Failed")
    found = step(World(daemons(), {"a": Standing(True, True)}, [failed], "new", NOW))
    assert (found.delete, found.failed, found.create) == ((failed,), (failed,), ())


def test_outdated_pods_take_their_turn_as_far_as_allowed() -> None:
    pods = [pod(name, "old") for name in EVERYWHERE]
    assert step(World(daemons(), EVERYWHERE, pods, "new", NOW)).delete == (pods[0],)
    two = daemons(updateStrategy={"rollingUpdate": {"maxUnavailable": 2}})
    assert step(World(two, EVERYWHERE, pods, "new", NOW)).delete == (pods[0], pods[1])
    unready = [pod("a", ready=False), *pods[1:]]
    assert step(World(daemons(), EVERYWHERE, unready, "new", NOW)).delete == ()
    assert step(World(daemons(updateStrategy={"type": "OnDelete"}), EVERYWHERE, pods, "new", NOW)).delete == ()


def test_an_old_pod_that_is_not_ready_is_replaced_at_no_cost() -> None:
    pods = [pod("a", "old", ready=False), pod("b"), pod("c")]
    assert step(World(daemons(), EVERYWHERE, pods, "new", NOW)).delete == (pods[0],)


def test_with_surge_the_successor_comes_first() -> None:
    surging = daemons(updateStrategy={"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}})
    pods = [pod(name, "old") for name in EVERYWHERE]
    assert step(World(surging, EVERYWHERE, pods, "new", NOW)).create == ("a",)
    both = [*pods, pod("a", name="successor")]
    assert step(World(surging, EVERYWHERE, both, "new", NOW)).delete == (pods[0],)


def test_taints_and_selectors_decide_about_a_node() -> None:
    assert standing(daemons(), node()) == Standing(True, True)
    assert standing(daemons({"nodeSelector": {"disk": "ssd"}}), node()) == Standing(False, False)
    assert standing(daemons({"nodeSelector": {"disk": "ssd"}}), node(disk="ssd")) == Standing(True, True)
    assert standing(daemons(), node({"key": "x", "effect": "NoSchedule"})) == Standing(False, True)
    assert standing(daemons(), node({"key": "x", "effect": "NoExecute"})) == Standing(False, False)
    assert standing(daemons(), node({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"})) == Standing(True, True)


def test_a_pod_is_bound_to_its_node_by_affinity() -> None:
    made = new_pod(daemons(), "a", "h1")
    assert node_of(made) == "a"
    assert made["metadata"]["labels"] == {"controller-revision-hash": "h1", "pod-template-generation": "2"}
