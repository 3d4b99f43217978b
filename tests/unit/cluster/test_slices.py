"""How endpoints are spread over slices."""

from typing import Any

from stackwright.cluster.endpoints import slices
from stackwright.cluster.endpoints.facts import backends

STAMP = "2026-01-02T00:00:00Z"
SERVICE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "namespace": "n", "uid": "s1"},
    "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": "web"}]},
}
PORTS = (("http", 80, "TCP", ""),)


def endpoint(number: int, ready: bool = True) -> dict[str, Any]:
    return {"addresses": [f"10.0.0.{number}"], "conditions": {"ready": ready}, "targetRef": {"uid": f"p{number}"}}


def changes(wanted: Any, old: Any) -> slices.Changes:
    return slices.changes(SERVICE, slices.labels_for(SERVICE), wanted, old, STAMP)


def settled(found: slices.Changes) -> list[Any]:
    return [{**slice, "metadata": {**slice["metadata"], "name": f"s{number}"}} for number, slice in enumerate(found.create)]


def test_what_is_right_is_not_written_again() -> None:
    old = settled(changes({PORTS: [endpoint(1)]}, []))
    again = changes({PORTS: [endpoint(1)]}, old)
    assert (again.create, again.update, again.delete) == ([], [], [])


def test_endpoints_stay_where_they_are_and_slices_are_filled_before_new_ones_are_made() -> None:
    everything = [endpoint(number) for number in range(150)]
    old = settled(changes({PORTS: everything}, []))
    assert [len(slice["endpoints"]) for slice in old] == [100, 50]
    more = changes({PORTS: [*everything[1:], endpoint(200)]}, old)
    assert (more.create, more.delete) == ([], [])
    assert [len(slice["endpoints"]) for slice in more.update] == [100]


def test_the_placeholder_becomes_the_first_slice_and_the_last_slice_becomes_the_placeholder() -> None:
    [placeholder] = settled(changes({}, []))
    assert (placeholder["endpoints"], placeholder["ports"]) == (None, None)
    filled = changes({PORTS: [endpoint(1)]}, [placeholder])
    assert (filled.create, filled.delete) == ([], [])
    [slice] = filled.update
    assert slice["metadata"]["name"] == "s0"
    emptied = changes({}, [slice])
    assert (emptied.create, emptied.delete) == ([], [])
    assert emptied.update[0]["endpoints"] is None


def test_a_change_of_readiness_is_an_update() -> None:
    old = settled(changes({PORTS: [endpoint(1)]}, []))
    found = changes({PORTS: [endpoint(1, ready=False)]}, old)
    assert found.update[0]["endpoints"] == [endpoint(1, ready=False)]


def pod(name: str, port_name: str = "web", **status: Any) -> dict[str, Any]:
    container = {"name": "main", "ports": [{"name": port_name, "containerPort": 8080}]}
    return {"metadata": {"name": name, "labels": {"app": "web"}}, "spec": {"containers": [container]}, "status": status}


def test_only_pods_with_an_address_that_have_not_ended_stand_behind_a_service() -> None:
    pods = [pod("b", podIP="10.0.0.2"), pod("a", podIP="10.0.0.1"), pod("c"), pod("d", podIP="10.0.0.4", phase="Failed")]
    assert [backend.address for backend in backends(SERVICE, pods)] == ["10.0.0.1", "10.0.0.2"]


def test_named_ports_are_those_of_the_pod() -> None:
    [named, other] = backends(SERVICE, [pod("a", podIP="10.0.0.1"), pod("b", "admin", podIP="10.0.0.2")])
    assert (named.ports, other.ports) == ((("http", 8080, "TCP", ""),), ())
