"""Deployments on the simulated node, from creation to rollback and deletion."""

from typing import Any

from stackwright.api.meta import annotations_of, labels_of, name_of
from stackwright.client.kinds import DEPLOYMENTS, NAMESPACES, PODS, REPLICA_SETS

_CONTAINER = {"name": "main", "image": "example/app:1"}


def deployment(replicas: int = 2, **spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [_CONTAINER]}}
    body = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template} | spec
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"}, "spec": body}


def available(count: int) -> Any:
    def says(obj: Any) -> bool:
        status = obj.get("status") or {}
        current = status.get("observedGeneration") == obj["metadata"].get("generation")
        return bool(
            current and status.get("availableReplicas", 0) == status.get("replicas", 0) == status.get("updatedReplicas", 0) == count
        )

    return says


async def test_a_deployment_becomes_available_on_the_simulated_node(rig: Any) -> None:
    await rig.client.create(deployment(3))
    found = await rig.becomes(DEPLOYMENTS, "web", available(3))
    assert [each["status"] for each in found["status"]["conditions"] if each["type"] == "Available"] == ["True"]
    pods = await rig.pods("app=web")
    assert {pod["spec"]["nodeName"] for pod in pods} == {"simulated"}
    assert len({pod["status"]["podIP"] for pod in pods}) == 3


async def test_a_new_template_replaces_the_pods_and_keeps_the_old_replica_set_for_rollback(rig: Any) -> None:
    await rig.client.create(deployment())
    await rig.becomes(DEPLOYMENTS, "web", available(2))
    before = {name_of(pod) for pod in await rig.pods("app=web")}
    patch = {"spec": {"template": {"spec": {"containers": [_CONTAINER | {"image": "example/app:2"}]}}}}
    await rig.client.patch(DEPLOYMENTS, "web", "default", patch)
    found = await rig.becomes(DEPLOYMENTS, "web", available(2))
    assert annotations_of(found)["deployment.kubernetes.io/revision"] == "2"
    after = {name_of(pod) for pod in await rig.pods("app=web")}
    assert not before & after
    sizes = sorted(rs["spec"]["replicas"] for rs in await rig.client.list(REPLICA_SETS, "default"))
    assert sizes == [0, 2]


async def test_pods_wait_for_the_initial_delay_of_their_readiness_probe(rig: Any) -> None:
    slow = _CONTAINER | {"readinessProbe": {"tcpSocket": {"port": 80}, "initialDelaySeconds": 30}}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [slow]}}
    await rig.client.create(deployment(1, template=template))
    found = await rig.becomes(DEPLOYMENTS, "web", lambda obj: (obj.get("status") or {}).get("unavailableReplicas") == 1)
    assert not found["status"].get("readyReplicas")


async def test_scaling_to_nothing_removes_every_pod(rig: Any) -> None:
    await rig.client.create(deployment())
    await rig.becomes(DEPLOYMENTS, "web", available(2))
    await rig.client.patch(DEPLOYMENTS, "web", "default", {"spec": {"replicas": 0}})

    async def none_left() -> bool:
        return not await rig.pods("app=web")

    await rig.until(none_left)


async def test_deleting_in_the_background_takes_replica_sets_and_pods_along(rig: Any) -> None:
    await rig.client.create(deployment())
    await rig.becomes(DEPLOYMENTS, "web", available(2))
    await rig.client.delete(DEPLOYMENTS, "web", "default", propagation="Background")

    async def nothing_left() -> bool:
        return not await rig.pods("app=web") and not await rig.client.list(REPLICA_SETS, "default")

    await rig.until(nothing_left)


async def test_deleting_in_the_foreground_keeps_the_owner_until_its_dependents_are_gone(rig: Any) -> None:
    await rig.client.create(deployment())
    await rig.becomes(DEPLOYMENTS, "web", available(2))
    await rig.client.delete(DEPLOYMENTS, "web", "default", propagation="Foreground")
    await rig.gone(DEPLOYMENTS, "web")
    assert not await rig.pods("app=web")
    assert not await rig.client.list(REPLICA_SETS, "default")


async def test_orphaning_leaves_the_replica_set_without_owner(rig: Any) -> None:
    await rig.client.create(deployment())
    await rig.becomes(DEPLOYMENTS, "web", available(2))
    await rig.client.delete(DEPLOYMENTS, "web", "default", propagation="Orphan")
    await rig.gone(DEPLOYMENTS, "web")
    [rs] = await rig.client.list(REPLICA_SETS, "default")
    assert not rs["metadata"].get("ownerReferences")
    assert len(await rig.pods("app=web")) == 2


async def test_a_replica_set_lets_go_of_a_relabelled_pod_and_makes_another(rig: Any) -> None:
    await rig.client.create(deployment())
    await rig.becomes(DEPLOYMENTS, "web", available(2))
    [first, *_] = await rig.pods("app=web")
    await rig.client.patch(PODS, name_of(first), "default", {"metadata": {"labels": {"app": "loose"}}})

    async def replaced() -> bool:
        loose = await rig.object(PODS, name_of(first))
        return len(await rig.pods("app=web")) == 2 and not loose["metadata"].get("ownerReferences")

    await rig.until(replaced)
    assert labels_of(await rig.object(PODS, name_of(first)))["app"] == "loose"


async def test_deleting_a_namespace_empties_it_and_then_removes_it(rig: Any) -> None:
    await rig.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}})
    made = deployment()
    await rig.client.create(made | {"metadata": {"name": "web", "namespace": "team"}})
    await rig.becomes(DEPLOYMENTS, "web", available(2), "team")
    await rig.client.delete(NAMESPACES, "team")
    await rig.gone(NAMESPACES, "team")
    assert not await rig.pods(namespace="team")
