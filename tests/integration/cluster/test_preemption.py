"""Urgent pods get room from less urgent ones, on a node that is full."""

from typing import Any

from stackwright.client.kinds import EVENTS, NODES, POD_DISRUPTION_BUDGETS, PODS
from stackwright.kernel.clock import SystemClock, rfc3339

_ROOM = "200"
"""Of the 256 cpus of the simulated node: two of these do not go together."""


def pod(name: str, priority: int, cpu: str = _ROOM, **spec: Any) -> dict[str, Any]:
    container = {"name": "main", "image": "example/app:1", "resources": {"requests": {"cpu": cpu}}}
    meta = {"name": name, "namespace": "default", "labels": {"app": name}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": [container], "priority": priority} | spec}


def runs(obj: Any) -> bool:
    return bool((obj.get("status") or {}).get("phase") == "Running")


def refused(obj: Any) -> str:
    conditions = {each["type"]: each for each in (obj.get("status") or {}).get("conditions") or ()}
    found = conditions.get("PodScheduled") or {}
    return str(found.get("message") or "") if found.get("status") == "False" else ""


async def _event(rig: Any, name: str, reason: str) -> Any:
    async def ask() -> Any:
        found = await rig.client.list(EVENTS, "default")
        return next((each for each in found if each["reason"] == reason and each["involvedObject"]["name"] == name), None)

    return await rig.until(ask)


async def _node_of_nobody(rig: Any) -> None:
    """A node without a kubelet: what is deleted there lingers until it is forced."""
    meta = {"name": "lazy", "labels": {"place": "lazy"}}
    node = await rig.client.create({"apiVersion": "v1", "kind": "Node", "metadata": meta})
    ready = {"type": "Ready", "status": "True", "lastHeartbeatTime": rfc3339(SystemClock().now()), "lastTransitionTime": None}
    await rig.client.update_status({**node, "status": {"allocatable": {"cpu": "4", "pods": "9"}, "conditions": [ready]}}, resource=NODES)
    await rig.becomes(NODES, "lazy", lambda obj: (obj.get("status") or {}).get("allocatable") and not (obj.get("spec") or {}).get("taints"))


def lazy(name: str, priority: int, cpu: str, **spec: Any) -> dict[str, Any]:
    return pod(name, priority, cpu, nodeSelector={"place": "lazy"}, **spec)


def placed(obj: Any) -> Any:
    return obj["spec"].get("nodeName")


async def test_an_urgent_pod_takes_the_place_of_one_of_lower_priority(rig: Any) -> None:
    await rig.client.create(pod("low", 1))
    await rig.becomes(PODS, "low", runs)
    await rig.client.create(pod("high", 10))
    await rig.becomes(PODS, "high", runs)
    assert await rig.client.find(PODS, "low", "default") is None
    assert (await _event(rig, "high", "FailedScheduling"))["message"] == "0/1 nodes are available: 1 Insufficient cpu."


async def test_the_room_is_nominated_and_kept_while_the_victim_goes(rig: Any) -> None:
    await _node_of_nobody(rig)
    await rig.client.create(lazy("low", 1, "3"))
    await rig.becomes(PODS, "low", placed)
    urgent = await rig.client.create(lazy("high", 10, "4"))
    waiting = await rig.becomes(PODS, "high", lambda obj: (obj.get("status") or {}).get("nominatedNodeName"))
    assert waiting["status"]["nominatedNodeName"] == "lazy"
    others = "1 node(s) didn't match Pod's node affinity/selector"
    assert refused(waiting) == f"0/2 nodes are available: 1 Insufficient cpu, {others}."
    victim = await rig.object(PODS, "low")
    assert victim["metadata"]["deletionGracePeriodSeconds"] == 30
    target = next(each for each in victim["status"]["conditions"] if each["type"] == "DisruptionTarget")
    assert (target["status"], target["reason"]) == ("True", "PreemptionByScheduler")
    assert target["message"] == "default-scheduler: preempting to accommodate a higher priority pod"
    told = await _event(rig, "low", "Preempted")
    assert told["message"] == f"Preempted by pod {urgent['metadata']['uid']} on node lazy"

    await rig.client.create(lazy("small", 5, "1", preemptionPolicy="Never"))
    assert "Insufficient cpu" in refused(await rig.becomes(PODS, "small", refused))
    await rig.client.delete(PODS, "low", "default", grace_period_seconds=0)
    await rig.becomes(PODS, "high", placed)
    assert not placed(await rig.object(PODS, "small"))


async def test_who_waits_for_a_victim_takes_no_second_one(rig: Any) -> None:
    await _node_of_nobody(rig)
    for name in ("one", "two"):
        await rig.client.create(lazy(name, 1, "2"))
        await rig.becomes(PODS, name, placed)
    await rig.client.create(lazy("high", 10, "2"))
    await rig.becomes(PODS, "high", lambda obj: (obj.get("status") or {}).get("nominatedNodeName"))
    await rig.client.patch(NODES, "lazy", None, {"metadata": {"labels": {"seen": "yes"}}})
    words = "preemption: not eligible due to a terminating pod on the nominated node."
    found = await rig.becomes(PODS, "high", lambda obj: words in refused(obj))
    assert found["status"]["nominatedNodeName"] == "lazy"
    going = [each for each in await rig.pods() if each["metadata"].get("deletionTimestamp")]
    assert len(going) == 1


async def test_a_more_urgent_pod_takes_the_room_that_was_nominated(rig: Any) -> None:
    await _node_of_nobody(rig)
    await rig.client.create(lazy("low", 1, "4"))
    await rig.becomes(PODS, "low", placed)
    await rig.client.create(lazy("high", 10, "4"))
    await rig.becomes(PODS, "high", lambda obj: (obj.get("status") or {}).get("nominatedNodeName"))
    await rig.client.create(lazy("higher", 20, "4"))
    await rig.becomes(PODS, "higher", lambda obj: (obj.get("status") or {}).get("nominatedNodeName"))
    await rig.becomes(PODS, "high", lambda obj: "nominatedNodeName" not in obj["status"])
    await rig.client.delete(PODS, "low", "default", grace_period_seconds=0)
    await rig.becomes(PODS, "higher", placed)
    assert not placed(await rig.object(PODS, "high"))


async def test_a_pod_that_never_preempts_waits_and_an_equal_one_too(rig: Any) -> None:
    await rig.client.create(pod("low", 1))
    await rig.becomes(PODS, "low", runs)
    await rig.client.create(pod("modest", 10, preemptionPolicy="Never"))
    await rig.client.create(pod("equal", 1))
    await rig.client.create(pod("huge", 10, cpu="5000"))
    head = "0/1 nodes are available: 1 Insufficient cpu. preemption: "
    said = {name: refused(await rig.becomes(PODS, name, refused)) for name in ("modest", "equal", "huge")}
    assert said == {
        "modest": f"{head}not eligible due to preemptionPolicy=Never.",
        "equal": f"{head}0/1 nodes are available: 1 No preemption victims found for incoming pod.",
        "huge": f"{head}0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
    }
    assert runs(await rig.object(PODS, "low"))


async def test_a_budget_turns_preemption_to_another_pod(rig: Any) -> None:
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "kept"}}}
    meta = {"name": "b", "namespace": "default"}
    await rig.client.create({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta, "spec": spec})
    await rig.client.create(pod("kept", 1, cpu="100"))
    await rig.client.create(pod("other", 5, cpu="100"))
    for name in ("kept", "other"):
        await rig.becomes(PODS, name, runs)
    await rig.becomes(POD_DISRUPTION_BUDGETS, "b", lambda obj: (obj.get("status") or {}).get("currentHealthy") == 1)
    await rig.client.create(pod("high", 10, cpu="100"))
    await rig.becomes(PODS, "high", runs)
    assert runs(await rig.object(PODS, "kept"))
    assert await rig.client.find(PODS, "other", "default") is None


async def test_the_most_urgent_of_those_that_wait_goes_first(rig: Any) -> None:
    await rig.client.create(pod("first", 20))
    await rig.becomes(PODS, "first", runs)
    for name, priority in (("slow", 1), ("quick", 5), ("slower", 0)):
        await rig.client.create(pod(name, priority))
        await rig.becomes(PODS, name, refused)
    await rig.client.delete(PODS, "first", "default")
    await rig.becomes(PODS, "quick", runs)
    assert refused(await rig.object(PODS, "slow"))
    assert refused(await rig.object(PODS, "slower"))
