"""Quotas, budgets, nodes and the other things a cluster keeps in order."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stackwright.client.kinds import EVENTS, NODES, POD_DISRUPTION_BUDGETS, PODS, SERVICES
from stackwright.cluster import ClusterOptions
from stackwright.cluster.context import Context
from stackwright.cluster.events import Recorder
from stackwright.cluster.upkeep.event_expiry import EventExpiry, Told, superfluous
from stackwright.cluster.upkeep.quotas import RESOURCE_QUOTAS
from stackwright.kernel.clock import SystemClock, rfc3339

from .conftest import running

_OF_BALANCERS = ("allocateLoadBalancerNodePorts", "externalTrafficPolicy")


def pod(name: str, requests: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    container = {"name": "main", "image": "example/app:1", "resources": {"requests": requests or {}}}
    meta = {"name": name, "namespace": "default", "labels": {"app": "web"}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": [container]} | spec}


def running_phase(obj: Any) -> bool:
    return bool((obj.get("status") or {}).get("phase") == "Running")


async def test_a_quota_counts_what_is_there(rig: Any) -> None:
    hard = {"pods": "10", "requests.cpu": "2", "count/deployments.apps": "1", "configmaps": "9"}
    await rig.client.create(
        {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q", "namespace": "default"}, "spec": {"hard": hard}}
    )
    await rig.client.create(pod("one", {"cpu": "250m"}))
    used = {"pods": "1", "requests.cpu": "250m", "count/deployments.apps": "0", "configmaps": "1"}
    found = await rig.becomes(RESOURCE_QUOTAS, "q", lambda obj: (obj.get("status") or {}).get("used") == used)
    assert found["status"]["hard"] == hard
    await rig.client.delete(PODS, "one", "default")
    await rig.becomes(RESOURCE_QUOTAS, "q", lambda obj: obj["status"]["used"]["requests.cpu"] == "0")


async def test_a_budget_tells_how_many_pods_may_go(rig: Any) -> None:
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}
    await rig.client.create(
        {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b", "namespace": "default"}, "spec": spec}
    )
    empty = await rig.becomes(POD_DISRUPTION_BUDGETS, "b", lambda obj: (obj.get("status") or {}).get("conditions"))
    assert empty["status"]["conditions"][0]["reason"] == "InsufficientPods"
    for name in ("one", "two"):
        await rig.client.create(pod(name))
    found = await rig.becomes(POD_DISRUPTION_BUDGETS, "b", lambda obj: obj["status"]["currentHealthy"] == 2)
    counts = {key: found["status"][key] for key in ("disruptionsAllowed", "desiredHealthy", "expectedPods")}
    assert counts == {"disruptionsAllowed": 1, "desiredHealthy": 1, "expectedPods": 2}
    assert found["status"]["conditions"][0]["reason"] == "SufficientPods"


async def test_a_cordoned_node_is_tainted_and_takes_no_pods_until_it_is_let_go(rig: Any) -> None:
    await rig.becomes(NODES, "simulated", lambda obj: obj.get("status"))
    await rig.client.patch(NODES, "simulated", None, {"spec": {"unschedulable": True}})
    tainted = await rig.becomes(NODES, "simulated", lambda obj: obj["spec"].get("taints"))
    assert [taint["key"] for taint in tainted["spec"]["taints"]] == ["node.kubernetes.io/unschedulable"]
    await rig.client.create(pod("one"))
    waits = await rig.becomes(PODS, "one", lambda obj: (obj.get("status") or {}).get("conditions"))
    assert waits["status"]["conditions"][0]["reason"] == "Unschedulable"
    await rig.client.patch(NODES, "simulated", None, {"spec": {"unschedulable": None}})
    await rig.becomes(PODS, "one", running_phase)


async def test_a_no_execute_taint_drives_out_pods_that_do_not_tolerate_it(rig: Any) -> None:
    stays = [{"key": "maintenance", "operator": "Exists", "effect": "NoExecute"}]
    await rig.client.create(pod("stays", tolerations=stays))
    await rig.client.create(pod("goes"))
    for name in ("stays", "goes"):
        await rig.becomes(PODS, name, running_phase)
    await rig.client.patch(NODES, "simulated", None, {"spec": {"taints": [{"key": "maintenance", "effect": "NoExecute"}]}})
    await rig.gone(PODS, "goes")
    assert running_phase(await rig.object(PODS, "stays"))


@pytest.fixture
async def full() -> Any:
    options = ClusterOptions(load_balancers="127.0.0.1")
    async with running(options) as found:
        yield found


async def test_a_load_balancer_has_the_address_of_the_platform(full: Any) -> None:
    spec = {"type": "LoadBalancer", "ports": [{"port": 80}]}
    await full.client.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"}, "spec": spec})
    await full.becomes(SERVICES, "web", lambda obj: obj["status"]["loadBalancer"] == {"ingress": [{"ip": "127.0.0.1", "ipMode": "VIP"}]})
    await full.client.patch(SERVICES, "web", "default", {"spec": {"type": "ClusterIP", **dict.fromkeys(_OF_BALANCERS)}})
    await full.becomes(SERVICES, "web", lambda obj: not obj["status"].get("loadBalancer"))


async def test_old_events_are_forgotten_and_young_ones_kept(bare: Any) -> None:
    def event(name: str, last: datetime) -> dict[str, Any]:
        about = {"kind": "Pod", "namespace": "default", "name": "x"}
        head = {"apiVersion": "v1", "kind": "Event", "metadata": {"name": name, "namespace": "default"}, "involvedObject": about}
        return head | {"reason": "Test", "message": "m", "type": "Normal", "lastTimestamp": rfc3339(last), "firstTimestamp": rfc3339(last)}

    now = datetime.now(UTC)
    await bare.client.create(event("old", now - timedelta(hours=2)))
    await bare.client.create(event("young", now - timedelta(minutes=50)))
    context = Context(bare.client, bare.informers, SystemClock(), Recorder(bare.client, SystemClock()))
    sweeping = asyncio.create_task(EventExpiry(context, look_seconds=0.01).run())
    await bare.gone(EVENTS, "old")
    sweeping.cancel()
    assert await bare.object(EVENTS, "young")


def test_of_very_many_events_the_oldest_go_before_their_hour() -> None:
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    events = [Told(now - timedelta(minutes=minutes), "default", f"e{minutes}", "") for minutes in (5, 70, 10, 61, 20)]
    assert [event.name for event in superfluous(events, now)] == ["e70", "e61"]
    assert [event.name for event in superfluous(events, now, most=2)] == ["e70", "e61", "e20"]
