"""DaemonSets: a pod on each node that takes it."""

from typing import Any

from stackwright.client.kinds import DAEMON_SETS, NODES, PODS

_MAIN = {"name": "main", "image": "example/agent:1"}


def daemons(**spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "agent"}}, "spec": {"containers": [_MAIN]}}
    body = {"selector": {"matchLabels": {"app": "agent"}}, "template": template} | spec
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent", "namespace": "default"}, "spec": body}


def counts(**wanted: int) -> Any:
    def says(obj: Any) -> bool:
        status = obj.get("status") or {}
        current = status.get("observedGeneration") == obj["metadata"]["generation"]
        return current and all(status.get(key, 0) == value for key, value in wanted.items())

    return says


async def test_every_node_gets_a_pod(rig: Any) -> None:
    await rig.client.create(daemons())
    found = await rig.becomes(DAEMON_SETS, "agent", counts(desiredNumberScheduled=1, numberAvailable=1, updatedNumberScheduled=1))
    assert "numberUnavailable" not in found["status"]
    [pod] = await rig.pods("app=agent")
    assert {"key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoSchedule"} in pod["spec"]["tolerations"]


async def test_a_node_that_the_selector_leaves_out_gets_none(rig: Any) -> None:
    template = daemons()["spec"]["template"]
    await rig.client.create(daemons(template={**template, "spec": {**template["spec"], "nodeSelector": {"disk": "ssd"}}}))
    await rig.becomes(DAEMON_SETS, "agent", counts(desiredNumberScheduled=0))
    await rig.client.patch(NODES, "simulated", None, {"metadata": {"labels": {"disk": "ssd"}}})
    await rig.becomes(DAEMON_SETS, "agent", counts(numberAvailable=1))


async def test_a_rolling_update_replaces_the_pods(rig: Any) -> None:
    await rig.client.create(daemons())
    await rig.becomes(DAEMON_SETS, "agent", counts(numberAvailable=1))
    patch = {"spec": {"template": {"spec": {"containers": [_MAIN | {"image": "example/agent:2"}]}}}}
    await rig.client.patch(DAEMON_SETS, "agent", "default", patch)
    await rig.becomes(DAEMON_SETS, "agent", counts(numberAvailable=1, updatedNumberScheduled=1))
    [pod] = await rig.pods("app=agent")
    assert pod["spec"]["containers"][0]["image"] == "example/agent:2"


async def test_on_delete_the_old_pod_stays_until_somebody_removes_it(rig: Any) -> None:
    await rig.client.create(daemons(updateStrategy={"type": "OnDelete"}))
    await rig.becomes(DAEMON_SETS, "agent", counts(numberAvailable=1))
    patch = {"spec": {"template": {"spec": {"containers": [_MAIN | {"image": "example/agent:2"}]}}}}
    await rig.client.patch(DAEMON_SETS, "agent", "default", patch)
    await rig.becomes(DAEMON_SETS, "agent", counts(numberAvailable=1, updatedNumberScheduled=0))
    [pod] = await rig.pods("app=agent")
    await rig.client.delete(PODS, pod["metadata"]["name"], "default")
    await rig.becomes(DAEMON_SETS, "agent", counts(numberAvailable=1, updatedNumberScheduled=1))
