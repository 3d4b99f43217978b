"""Where Services lead."""

from typing import Any

from stackwright.client.kinds import DEPLOYMENTS, ENDPOINT_SLICES, ENDPOINTS, SERVICES


def service(name: str = "web", **spec: Any) -> dict[str, Any]:
    body = {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": "web", "protocol": "TCP"}]} | spec
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "default", "labels": {"team": "a"}},
        "spec": body,
    }


def deployment(replicas: int, annotations: dict[str, str] | None = None) -> dict[str, Any]:
    container = {"name": "main", "image": "example/app:1", "ports": [{"name": "web", "containerPort": 8080}]}
    template = {"metadata": {"labels": {"app": "web"}, "annotations": annotations or {}}, "spec": {"containers": [container]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"}, "spec": spec}


async def slices(rig: Any) -> list[Any]:
    found: list[Any] = await rig.client.list(ENDPOINT_SLICES, "default", labels="kubernetes.io/service-name=web")
    return found


async def reach(rig: Any, count: int) -> list[Any]:
    async def ask() -> Any:
        found = await slices(rig)
        return found if sum(len(each.get("endpoints") or ()) for each in found) == count else None

    found: list[Any] = await rig.until(ask)
    return found


async def test_a_service_without_pods_has_empty_endpoints_and_one_empty_slice(bare: Any) -> None:
    await bare.client.create(service())
    found = await bare.becomes(ENDPOINTS, "web", lambda obj: True)
    assert "subsets" not in found
    assert found["metadata"]["labels"] == {"team": "a", "endpoints.kubernetes.io/managed-by": "endpoint-controller"}

    async def one() -> Any:
        return await slices(bare)

    [slice] = await bare.until(one)
    assert not slice.get("endpoints")
    assert not slice.get("ports")
    assert slice["metadata"]["labels"]["endpointslice.kubernetes.io/managed-by"] == "endpointslice-controller.k8s.io"


async def test_ready_pods_are_listed_with_the_port_their_container_names(rig: Any) -> None:
    await rig.client.create(service())
    await rig.client.create(deployment(2))
    [slice] = await reach(rig, 2)
    assert slice["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP"}]
    found = await rig.becomes(ENDPOINTS, "web", lambda obj: len((obj.get("subsets") or [{}])[0].get("addresses") or ()) == 2)
    assert found["subsets"][0]["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP"}]
    assert {each["nodeName"] for each in found["subsets"][0]["addresses"]} == {"simulated"}


async def test_pods_that_are_not_ready_are_told_apart(rig: Any) -> None:
    await rig.client.create(service())
    await rig.client.create(deployment(1, {"simulate.stackwright.dev/behavior": "unready"}))
    found = await rig.becomes(ENDPOINTS, "web", lambda obj: (obj.get("subsets") or [{}])[0].get("notReadyAddresses"))
    assert "addresses" not in found["subsets"][0]
    [slice] = await reach(rig, 1)
    assert slice["endpoints"][0]["conditions"] == {"ready": False, "serving": False, "terminating": False}


async def test_more_than_a_hundred_pods_need_more_than_one_slice(rig: Any) -> None:
    await rig.client.create(service())
    await rig.client.create(deployment(120))
    found = await reach(rig, 120)
    assert sorted(len(each["endpoints"]) for each in found) == [20, 100]


async def test_scaling_to_nothing_empties_the_slice_and_the_endpoints(rig: Any) -> None:
    await rig.client.create(service())
    await rig.client.create(deployment(2))
    await reach(rig, 2)
    await rig.client.patch(DEPLOYMENTS, "web", "default", {"spec": {"replicas": 0}})
    assert len(await reach(rig, 0)) == 1
    await rig.becomes(ENDPOINTS, "web", lambda obj: not obj.get("subsets"))


async def test_endpoints_and_slices_go_with_their_service(rig: Any) -> None:
    await rig.client.create(service())
    await rig.becomes(ENDPOINTS, "web", lambda obj: True)
    await rig.client.delete(SERVICES, "web", "default")
    await rig.gone(ENDPOINTS, "web")

    async def none_left() -> bool:
        return not await slices(rig)

    await rig.until(none_left)


async def test_endpoints_written_by_hand_are_mirrored(rig: Any) -> None:
    await rig.client.create(service(selector=None))
    subsets = [{"addresses": [{"ip": "192.0.2.7"}], "ports": [{"name": "http", "port": 9000, "protocol": "TCP"}]}]
    meta = {"name": "web", "namespace": "default"}
    await rig.client.create({"apiVersion": "v1", "kind": "Endpoints", "metadata": meta, "subsets": subsets})
    [slice] = await reach(rig, 1)
    assert slice["endpoints"] == [{"addresses": ["192.0.2.7"], "conditions": {"ready": True}}]
    assert slice["metadata"]["labels"]["endpointslice.kubernetes.io/managed-by"] == "endpointslicemirroring-controller.k8s.io"
