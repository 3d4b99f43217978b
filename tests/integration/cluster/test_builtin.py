"""Pods that a service of ours stands in for."""

from typing import Any

from stackwright.client.kinds import NODES, PODS
from stackwright.cluster import ClusterOptions
from stackwright.cluster.cluster import controllers, nodes
from stackwright.cluster.context import Context
from stackwright.cluster.events import Recorder
from stackwright.cluster.node.health import ServiceHealth
from stackwright.kernel.clock import SystemClock

from .conftest import running

FORGE = "codeberg.org/forgejo/forgejo:13"


def pod(name: str, *images: str) -> dict[str, Any]:
    containers = [{"name": f"c{number}", "image": image} for number, image in enumerate(images)]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"}, "spec": {"containers": containers}}


def is_ready(obj: Any) -> bool:
    return any(each["type"] == "Ready" and each["status"] == "True" for each in (obj.get("status") or {}).get("conditions") or ())


async def test_its_pod_is_ready_as_long_as_the_service_is_up() -> None:
    health = ServiceHealth()
    async with running(ClusterOptions(services=frozenset({"forge"}), health=health)) as rig:
        await rig.client.create(pod("git", FORGE))
        waiting = await rig.becomes(PODS, "git", lambda obj: (obj.get("status") or {}).get("phase") == "Running")
        assert waiting["spec"]["nodeName"] == "stackwright"
        assert not is_ready(waiting)
        health.tell("forge", True)
        await rig.becomes(PODS, "git", is_ready)
        health.tell("forge", False)
        await rig.becomes(PODS, "git", lambda obj: not is_ready(obj))


async def test_delays_of_probes_do_not_hold_back_a_service_that_answers() -> None:
    made = pod("git", FORGE)
    made["spec"]["containers"][0]["readinessProbe"] = {"httpGet": {"port": 3000}, "initialDelaySeconds": 60}
    async with running(ClusterOptions(services=frozenset({"forge"}))) as rig:
        await rig.client.create(made)
        await rig.becomes(PODS, "git", is_ready)


async def test_a_pod_with_any_foreign_image_is_simulated() -> None:
    async with running(ClusterOptions(services=frozenset({"forge"}))) as rig:
        await rig.client.create(pod("mixed", FORGE, "example/app:1"))
        found = await rig.becomes(PODS, "mixed", is_ready)
        assert found["spec"]["nodeName"] == "simulated"


async def test_each_node_says_what_it_is(rig: Any) -> None:
    node = await rig.becomes(NODES, "simulated", lambda obj: (obj.get("status") or {}).get("conditions"))
    assert node["metadata"]["labels"]["stackwright.dev/driver"] == "simulated"
    assert node["status"]["nodeInfo"]["containerRuntimeVersion"] == "simulated://1"


async def test_what_is_asked_for_is_joined(bare: Any) -> None:
    context = Context(bare.client, bare.informers, SystemClock(), Recorder(bare.client, SystemClock()))
    options = ClusterOptions(operators=True, load_balancers="127.0.0.1", services=frozenset({"forge"}))
    names = [type(part).__name__ for part in (*controllers(context, options), *nodes(context, options))]
    assert {"SimulatedOperators", "LoadBalancerController", "Scheduler"} <= set(names)
    assert names.count("Kubelet") == 2
