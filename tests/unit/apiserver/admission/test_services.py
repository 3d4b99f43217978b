"""Addresses and node ports of Services."""

import ipaddress
from typing import Any

import pytest

from stackwright.api.meta import Object
from stackwright.api.status import StatusError
from stackwright.apiserver.admission.services import fields
from stackwright.apiserver.admission.services.plugin import ServiceAllocation

NETWORK = ipaddress.IPv4Network("10.0.0.0/28")


def service(name: str = "s", **spec: Any) -> dict[str, Any]:
    meta = {"name": name, "namespace": "ns"}
    return {"metadata": meta, "spec": {"type": "ClusterIP", "selector": {"a": "b"}, "ports": [{"port": 80, "protocol": "TCP"}], **spec}}


@pytest.fixture
def plugin(shelf: Any) -> ServiceAllocation:
    return ServiceAllocation(shelf, NETWORK, pick=lambda size: 0)


async def spec_of(plugin: ServiceAllocation, attributes: Any) -> Any:
    found = await plugin.mutate(attributes)
    assert found is not None
    return found["spec"]


async def test_a_service_gets_an_address_and_the_fields_of_one_family(plugin: ServiceAllocation, write: Any) -> None:
    spec = await spec_of(plugin, write("services", service()))
    assert ipaddress.ip_address(spec["clusterIP"]) in NETWORK
    assert spec["clusterIPs"] == [spec["clusterIP"]]
    assert (spec["ipFamilies"], spec["ipFamilyPolicy"]) == (["IPv4"], "SingleStack")


async def test_two_services_on_their_way_never_get_the_same_address(plugin: ServiceAllocation, write: Any) -> None:
    first, second = write("services", service("a")), write("services", service("b"))
    given = [(await spec_of(plugin, each))["clusterIP"] for each in (first, second)]
    assert given[0] != given[1]


async def test_an_address_asked_for_by_two_goes_to_the_first_and_is_free_again_when_that_write_fails(
    plugin: ServiceAllocation, write: Any
) -> None:
    first, second = (write("services", service(name, clusterIP="10.0.0.7")) for name in "ab")
    assert (await spec_of(plugin, first))["clusterIPs"] == ["10.0.0.7"]
    with pytest.raises(StatusError) as refused:
        await plugin.mutate(second)
    assert refused.value.message == (
        'Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.0.0.7"]: '
        "failed to allocate IP 10.0.0.7: provided IP is already allocated"
    )
    first.held.close()
    assert (await spec_of(plugin, second))["clusterIP"] == "10.0.0.7"


REFUSED = [
    ({"clusterIP": "172.16.0.1"}, "failed to allocate IP 172.16.0.1: the provided network does not match the current range"),
    ({"clusterIP": "10.0.0.0"}, "is not in the valid range. The range of valid IPs is 10.0.0.0/28"),
    ({"clusterIP": "nope"}, 'spec.clusterIPs[0]: Invalid value: "nope": must be a valid IP address'),
    ({"ipFamilyPolicy": "RequireDualStack"}, "this cluster is not configured for dual-stack services"),
    ({"ipFamilies": ["IPv6"]}, 'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster'),
    (
        {"type": "NodePort", "ports": [{"port": 80, "nodePort": 80}]},
        "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767",
    ),
]


@pytest.mark.parametrize("spec,cause", REFUSED)
async def test_what_cannot_be_had_is_refused(spec: Any, cause: str, plugin: ServiceAllocation, write: Any) -> None:
    with pytest.raises(StatusError) as refused:
        await plugin.mutate(write("services", service(**spec)))
    assert cause in refused.value.message
    assert refused.value.http_status == 422


async def test_a_full_range_is_an_error_of_the_server(shelf: Any, plugin: ServiceAllocation, write: Any) -> None:
    for number in range(1, 15):
        shelf.put("services", service(f"s{number}", clusterIP=f"10.0.0.{number}"))
    with pytest.raises(StatusError, match="failed to allocate a serviceIP: range is full"):
        await plugin.mutate(write("services", service("more")))


async def test_a_headless_service_has_no_address_and_without_selector_may_have_both_families(plugin: ServiceAllocation, write: Any) -> None:
    spec = await spec_of(plugin, write("services", service(clusterIP="None")))
    assert (spec["clusterIPs"], spec["ipFamilies"]) == (["None"], ["IPv4"])
    spec = await spec_of(plugin, write("services", service(clusterIP="None", selector=None)))
    assert (spec["ipFamilies"], spec["ipFamilyPolicy"]) == (["IPv4", "IPv6"], "RequireDualStack")


async def test_external_names_get_nothing(plugin: ServiceAllocation, write: Any) -> None:
    asked = service(type="ExternalName", externalName="example.com")
    assert await spec_of(plugin, write("services", asked)) == asked["spec"]


async def test_node_ports_are_unique_and_shared_by_the_protocols_of_one_port(shelf: Any, plugin: ServiceAllocation, write: Any) -> None:
    ports = [{"name": "t", "port": 53, "protocol": "TCP"}, {"name": "u", "port": 53, "protocol": "UDP"}, {"name": "w", "port": 80}]
    spec = await spec_of(plugin, write("services", service(type="NodePort", ports=ports)))
    numbers = [port["nodePort"] for port in spec["ports"]]
    assert numbers[0] == numbers[1] != numbers[2]
    shelf.put("services", service("x", type="NodePort", ports=[{"port": 1, "nodePort": 30500}]))
    with pytest.raises(StatusError, match="Invalid value: 30500: provided port is already allocated"):
        await plugin.mutate(write("services", service(type="NodePort", ports=[{"port": 2, "nodePort": 30500}])))


async def test_a_load_balancer_for_local_traffic_gets_a_health_check_port(plugin: ServiceAllocation, write: Any) -> None:
    asked = service(type="LoadBalancer", externalTrafficPolicy="Local", allocateLoadBalancerNodePorts=False)
    spec = await spec_of(plugin, write("services", asked))
    assert 30000 <= spec["healthCheckNodePort"] <= 32767
    assert "nodePort" not in spec["ports"][0]


async def test_an_update_keeps_what_was_given_and_may_not_change_the_address(plugin: ServiceAllocation, write: Any) -> None:
    old = await plugin.mutate(write("services", service(type="NodePort")))
    assert old is not None
    assert await spec_of(plugin, write("services", service(type="NodePort"), old=old)) == old["spec"]
    changed: Object = {**old, "spec": {**old["spec"], "clusterIP": "10.0.0.9"}}
    with pytest.raises(StatusError) as refused:
        await plugin.mutate(write("services", changed, old=old))
    assert 'spec.clusterIPs[0]: Invalid value: ["10.0.0.9"]: may not change once set' in refused.value.message


async def test_a_service_that_becomes_another_type_gives_back_what_it_needs_no_longer(plugin: ServiceAllocation, write: Any) -> None:
    old = await plugin.mutate(write("services", service(type="LoadBalancer", externalTrafficPolicy="Cluster")))
    assert old is not None
    back = {**old, "spec": {**old["spec"], "type": "ClusterIP"}}
    spec = await spec_of(plugin, write("services", back, old=old))
    assert spec["clusterIP"] == old["spec"]["clusterIP"]
    assert fields.node_ports(spec) == [] and "externalTrafficPolicy" not in spec
    external = {**old, "spec": {**old["spec"], "type": "ExternalName", "externalName": "e.example"}}
    assert not {"clusterIP", "clusterIPs", "ipFamilies"} & set(await spec_of(plugin, write("services", external, old=old)))
