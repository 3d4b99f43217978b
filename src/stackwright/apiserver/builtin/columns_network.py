"""Tables of services, endpoints, ingresses and policies of the network."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from stackwright.api.meta import Object, name_of
from stackwright.apiserver.builtin.cells import NONE, UNSET, Cells, age_of, labels, selector, some, spec_of, status_of

TABLES = """
services
Name | name
Type | | | @spec.type
Cluster-IP | | | @spec.clusterIP
External-IP | | | @spec.externalIPs
Port(s) | | | @spec.ports
Age
Selector | | 1 | @spec.selector

endpoints
Name | name
Endpoints | | | @subsets
Age

endpointslices.discovery.k8s.io
Name | name
AddressType | | | @addressType
Ports | | | @ports
Endpoints | | | @endpoints
Age

ingresses.networking.k8s.io
Name | name
Class | | | The name of the IngressClass resource that should be used for additional configuration
Hosts | | | Hosts that incoming requests are matched against before the ingress rule
Address | | | Address is a list containing ingress points for the load-balancer
Ports | | | Ports of TLS configurations that open
Age

ingressclasses.networking.k8s.io
Name | name
Controller | | | Controller that is responsible for handling this class
Parameters | | | A reference to a resource with additional parameters
Age

networkpolicies.networking.k8s.io
Name | name
Pod-Selector | | | @spec.podSelector
Age

servicecidrs.networking.k8s.io
Name | name
CIDRs | | | @spec.cidrs
Age

ipaddresses.networking.k8s.io
Name | name
ParentRef | | | @spec.parentRef
Age
"""


def _service(obj: Object, now: datetime) -> Sequence[Any]:
    spec = spec_of(obj)
    ports = ",".join(_port(port) for port in spec.get("ports") or ())
    head = (name_of(obj), spec.get("type") or "", spec.get("clusterIP") or NONE, _external(obj), ports or NONE)
    return *head, age_of(obj, now), labels(spec.get("selector"))


def _port(port: Mapping[str, Any]) -> str:
    node = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port.get('port')}{node}/{port.get('protocol', 'TCP')}"


def _external(obj: Object) -> str:
    spec = spec_of(obj)
    listed: list[str] = list(spec.get("externalIPs") or ())
    match spec.get("type"):
        case "ExternalName":
            return str(spec.get("externalName") or "")
        case "LoadBalancer":
            return ",".join([*_balancers(obj), *listed]) or "<pending>"
        case "ClusterIP" | "NodePort":
            return ",".join(listed) or NONE
        case _:
            return "<unknown>"


def _balancers(obj: Object) -> list[str]:
    ingress = (status_of(obj).get("loadBalancer") or {}).get("ingress") or ()
    return sorted({each.get("ip") or each.get("hostname") or "" for each in ingress} - {""})


def _endpoints(obj: Object, now: datetime) -> Sequence[Any]:
    return name_of(obj), some(_pairs(obj.get("subsets") or ())), age_of(obj, now)


def _pairs(subsets: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for subset in subsets:
        addresses = [str(each.get("ip") or "") for each in subset.get("addresses") or ()]
        ports = subset.get("ports") or ()
        if not ports:
            yield from addresses
        for port in ports:
            yield from (f"[{each}]:{port.get('port')}" if ":" in each else f"{each}:{port.get('port')}" for each in addresses)


def _endpoint_slice(obj: Object, now: datetime) -> Sequence[Any]:
    ports = (str(each.get("port") or each.get("name") or "*") for each in obj.get("ports") or ())
    addresses = (str(address) for each in obj.get("endpoints") or () for address in each.get("addresses") or ())
    return name_of(obj), obj.get("addressType") or "", some(ports, empty=UNSET), some(addresses, empty=UNSET), age_of(obj, now)


def _ingress(obj: Object, now: datetime) -> Sequence[Any]:
    spec = spec_of(obj)
    hosts = some((str(rule["host"]) for rule in spec.get("rules") or () if rule.get("host")), empty="*")
    ports = "80, 443" if spec.get("tls") else "80"
    return name_of(obj), spec.get("ingressClassName") or NONE, hosts, ",".join(_balancers(obj)), ports, age_of(obj, now)


def _ingress_class(obj: Object, now: datetime) -> Sequence[Any]:
    spec = spec_of(obj)
    shown, given = NONE, spec.get("parameters")
    if given:
        group = f".{given['apiGroup']}" if given.get("apiGroup") else ""
        shown = f"{given.get('kind', '')}{group}/{given.get('name', '')}"
    return name_of(obj), spec.get("controller") or "", shown, age_of(obj, now)


def _network_policy(obj: Object, now: datetime) -> Sequence[Any]:
    return name_of(obj), selector(spec_of(obj).get("podSelector") or {}), age_of(obj, now)


def _service_cidr(obj: Object, now: datetime) -> Sequence[Any]:
    return name_of(obj), ",".join(spec_of(obj).get("cidrs") or ()), age_of(obj, now)


def _ip_address(obj: Object, now: datetime) -> Sequence[Any]:
    shown, parent = NONE, spec_of(obj).get("parentRef")
    if parent:
        resource = ".".join(filter(None, (parent.get("resource"), parent.get("group"))))
        shown = "/".join(filter(None, (resource, parent.get("namespace"), parent.get("name"))))
    return name_of(obj), shown, age_of(obj, now)


CELLS: Mapping[str, Cells] = {
    "services": _service,
    "endpoints": _endpoints,
    "endpointslices.discovery.k8s.io": _endpoint_slice,
    "ingresses.networking.k8s.io": _ingress,
    "ingressclasses.networking.k8s.io": _ingress_class,
    "networkpolicies.networking.k8s.io": _network_policy,
    "servicecidrs.networking.k8s.io": _service_cidr,
    "ipaddresses.networking.k8s.io": _ip_address,
}
