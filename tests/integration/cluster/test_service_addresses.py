"""The objects that tell of Service addresses, with the real server."""

from typing import Any

import pytest

from stackwright.api.status import StatusError
from stackwright.client.kinds import IP_ADDRESSES, SERVICE_CIDRS, SERVICES
from stackwright.cluster import ClusterOptions

from .conftest import running


def service(name: str, address: str) -> dict[str, Any]:
    spec = {"ports": [{"port": 80}], "clusterIP": address, "clusterIPs": [address]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "default"}, "spec": spec}


def address(called: str, **parent: str) -> dict[str, Any]:
    head = {"apiVersion": "networking.k8s.io/v1", "kind": "IPAddress", "metadata": {"name": called}}
    return {**head, "spec": {"parentRef": parent}}


async def test_the_range_of_services_is_told_even_without_controllers() -> None:
    async with running(ClusterOptions(controllers=False, node=False)) as rig:
        found = await rig.becomes(SERVICE_CIDRS, "kubernetes", lambda obj: obj.get("status"))
        assert found["spec"]["cidrs"] == ["10.0.0.0/16"]
        assert [(each["type"], each["status"]) for each in found["status"]["conditions"]] == [("Ready", "True")]
        own = await rig.becomes(IP_ADDRESSES, "10.0.0.1", bool)
        assert own["spec"]["parentRef"] == {"resource": "services", "namespace": "default", "name": "kubernetes"}
        assert own["metadata"]["labels"] == {
            "ipaddress.kubernetes.io/ip-family": "IPv4",
            "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
        }


async def test_an_address_comes_and_goes_with_its_service() -> None:
    async with running(ClusterOptions(controllers=False, node=False)) as rig:
        await rig.client.create(service("a", "10.0.3.4"))
        await rig.becomes(IP_ADDRESSES, "10.0.3.4", bool)
        await rig.client.delete(IP_ADDRESSES, "10.0.3.4")
        await rig.becomes(IP_ADDRESSES, "10.0.3.4", bool)
        await rig.client.delete(SERVICES, "a", "default")
        await rig.gone(IP_ADDRESSES, "10.0.3.4")


async def test_addresses_of_others_are_left_alone() -> None:
    async with running(ClusterOptions(controllers=False, node=False)) as rig:
        await rig.client.create(address("10.0.9.9", group="gateway.networking.k8s.io", resource="gateways", name="g"))
        await rig.client.create(service("a", "10.0.3.4"))
        await rig.becomes(IP_ADDRESSES, "10.0.3.4", bool)
        assert await rig.client.find(IP_ADDRESSES, "10.0.9.9") is not None


REFUSED = [
    (address("10.0.0.010", resource="services", name="a"), 'metadata.name: Invalid value: "10.0.0.010": must not have leading 0s'),
    (address("::FFFF", resource="services", name="a"), 'metadata.name: Invalid value: "::FFFF": must be in canonical form ("::ffff")'),
    (address("10.0.0.9", name="a"), "spec.parentRef.resource: Required value"),
    (address("10.0.0.9", resource="a/b", name="a"), "spec.parentRef.resource: Invalid value: \"a/b\": may not contain '/'"),
]


@pytest.mark.parametrize(("obj", "problem"), REFUSED, ids=[row[1] for row in REFUSED])
async def test_an_address_that_cannot_be_is_refused(obj: Any, problem: str) -> None:
    async with running(ClusterOptions(controllers=False, node=False)) as rig:
        with pytest.raises(StatusError) as refused:
            await rig.client.create(obj)
        assert problem in refused.value.message


async def test_a_range_keeps_its_first_part() -> None:
    async with running(ClusterOptions(controllers=False, node=False)) as rig:
        found = await rig.becomes(SERVICE_CIDRS, "kubernetes", lambda obj: obj.get("status"))
        for cidrs, problem in (
            (["10.0.0.0/8"], 'spec.cidrs[0]: Invalid value: "10.0.0.0/8": field is immutable'),
            (["10.0.0.0/16", "10.1.0.0/16"], "may specify no more than one IP for each IP family"),
            ([], "spec.cidrs: Invalid value: null: field is immutable"),
        ):
            with pytest.raises(StatusError) as refused:
                await rig.client.update({**found, "spec": {"cidrs": cidrs}}, resource=SERVICE_CIDRS)
            assert problem in refused.value.message
        changed = await rig.client.update({**found, "spec": {"cidrs": ["10.0.0.0/16", "fd00::/108"]}}, resource=SERVICE_CIDRS)
        assert len(changed["spec"]["cidrs"]) == 2
