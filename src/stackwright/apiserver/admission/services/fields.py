"""What a Service's type needs, and what an update keeps and drops of the fields that the server fills in. Pure.

Source: k8s.io/kubernetes pkg/registry/core/service (strategy.go: dropTypeDependentFields; storage: patchAllocatedValues, alloc.go).
"""

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.apiserver.kind import FieldError

Spec = Mapping[str, Any]
NO_ADDRESS = "None"


def needs_address(spec: Spec) -> bool:
    return spec.get("type", "ClusterIP") in ("ClusterIP", "NodePort", "LoadBalancer")


def needs_node_ports(spec: Spec) -> bool:
    """Whether each port gets a port on every node."""
    match spec.get("type"):
        case "NodePort":
            return True
        case "LoadBalancer":
            return bool(spec.get("allocateLoadBalancerNodePorts", True))
        case _:
            return False


def needs_health_port(spec: Spec) -> bool:
    return spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


def is_headless(spec: Spec) -> bool:
    return spec.get("clusterIP") == NO_ADDRESS or list(spec.get("clusterIPs") or ())[:1] == [NO_ADDRESS]


def node_ports(spec: Spec) -> list[int]:
    """All that the Service has on the nodes, its health check port too."""
    found = [int(port["nodePort"]) for port in spec.get("ports") or () if port.get("nodePort")]
    return found + ([int(spec["healthCheckNodePort"])] if spec.get("healthCheckNodePort") else [])


def shared_node_port(port: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> int:
    """The node port of the same port in another protocol: DNS needs one number for both. 0 when there is none."""
    used = {(other.get("nodePort"), other.get("protocol")) for other in others}
    same = [other["nodePort"] for other in others if other.get("port") == port.get("port") and other.get("nodePort")]
    return next((int(number) for number in same if (number, port.get("protocol")) not in used), 0)


def addresses(spec: Spec) -> list[str]:
    listed = spec.get("clusterIPs") or ([spec["clusterIP"]] if spec.get("clusterIP") else [])
    return [address for address in listed if address and address != NO_ADDRESS]


def paired(spec: Spec, old: Spec | None) -> dict[str, Any]:
    """With clusterIP and clusterIPs that agree where the client gave or changed only one of them."""
    found = dict(spec)
    if old is None:
        if found.get("clusterIP") and not found.get("clusterIPs"):
            found["clusterIPs"] = [found["clusterIP"]]
        return found
    same = list(found.get("clusterIPs") or ()) == list(old.get("clusterIPs") or ())
    if found.get("clusterIP") != old.get("clusterIP") and same:
        found.pop("clusterIPs", None)
        if found.get("clusterIP"):
            found["clusterIPs"] = [found["clusterIP"], *list(old.get("clusterIPs") or ())[1:]]
    elif found.get("clusterIP") and not found.get("clusterIPs"):
        found["clusterIPs"] = [found["clusterIP"]]
    return found


def kept(spec: Spec, old: Spec) -> dict[str, Any]:
    """With what was handed out before, where the client left it out."""
    found = dict(spec)
    if needs_address(old) and needs_address(spec):
        if not found.get("clusterIP") and old.get("clusterIP"):
            found["clusterIP"] = old["clusterIP"]
        if not found.get("clusterIPs") and found.get("clusterIP") == old.get("clusterIP") and old.get("clusterIPs"):
            found["clusterIPs"] = old["clusterIPs"]
        for field in ("ipFamilies", "ipFamilyPolicy"):
            if not found.get(field) and old.get(field) and found.get("clusterIPs") == old.get("clusterIPs"):
                found[field] = old[field]
    if needs_node_ports(old) and needs_node_ports(spec):
        found["ports"] = _ports_kept(spec, old)
    if needs_health_port(old) and needs_health_port(spec) and not found.get("healthCheckNodePort"):
        found["healthCheckNodePort"] = old.get("healthCheckNodePort")
    return found


def _ports_kept(spec: Spec, old: Spec) -> list[Any]:
    before = {port.get("name", ""): port.get("nodePort") for port in old.get("ports") or ()}
    used = {port.get("nodePort") for port in spec.get("ports") or ()}
    found = []
    for port in spec.get("ports") or ():
        known = before.get(port.get("name", ""))
        found.append({**port, "nodePort": known} if not port.get("nodePort") and known and known not in used else port)
    return found


def dropped(spec: Spec, old: Spec) -> dict[str, Any]:
    """Without what belonged to the old type only, unless the client changed it too."""
    found = dict(spec)
    if needs_address(old) and not needs_address(spec) and _same(spec, old, "clusterIP", "clusterIPs"):
        for field in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            found.pop(field, None)
    if (
        needs_node_ports(old)
        and not needs_node_ports(spec)
        and node_ports({"ports": spec.get("ports")}) == node_ports({"ports": old.get("ports")})
    ):
        found["ports"] = [{key: value for key, value in port.items() if key != "nodePort"} for port in spec.get("ports") or ()]
    if needs_health_port(old) and not needs_health_port(spec) and _same(spec, old, "healthCheckNodePort"):
        found.pop("healthCheckNodePort", None)
    if old.get("type") == "LoadBalancer" and spec.get("type") != "LoadBalancer":
        for field in ("allocateLoadBalancerNodePorts", "loadBalancerClass"):
            if _same(spec, old, field):
                found.pop(field, None)
    if spec.get("type") not in ("NodePort", "LoadBalancer") and _same(spec, old, "externalTrafficPolicy"):
        found.pop("externalTrafficPolicy", None)
    return found


def _numbers(spec: Spec) -> list[int]:
    return [int(port.get("nodePort") or 0) for port in spec.get("ports") or ()]


def _same(new: Spec, old: Spec, *names: str) -> bool:
    return all(new.get(name) == old.get(name) for name in names)


def with_families(spec: Spec) -> tuple[dict[str, Any], list[FieldError]]:
    """With families and policy, and what this cluster of IPv4 alone cannot give."""
    found = dict(spec)
    families = list(found.get("ipFamilies") or ()) or [_family(address) for address in addresses(spec)]
    if is_headless(spec) and not spec.get("selector"):
        return found | _families_of_headless(spec, families), []
    policy = found.setdefault("ipFamilyPolicy", "RequireDualStack" if len(families) > 1 else "SingleStack")
    return found | {"ipFamilies": families or ["IPv4"]}, _family_errors(families, policy)


def _families_of_headless(spec: Spec, families: list[str]) -> dict[str, Any]:
    """Such a Service has no addresses of its own: it may name endpoints of both families."""
    policy = spec.get("ipFamilyPolicy") or ("SingleStack" if len(families) == 1 else "RequireDualStack")
    first = families[0] if families else "IPv4"
    both = [first, "IPv6" if first == "IPv4" else "IPv4"]
    return {"ipFamilyPolicy": policy, "ipFamilies": families[:1] or [first] if policy == "SingleStack" else both}


def _family_errors(families: Sequence[str], policy: str) -> list[FieldError]:
    errors = [
        FieldError("FieldValueInvalid", f"spec.ipFamilies[{index}]", f'Invalid value: "{family}": not configured on this cluster')
        for index, family in enumerate(families)
        if family != "IPv4"
    ]
    if policy == "RequireDualStack":
        cause = f'Invalid value: "{policy}": this cluster is not configured for dual-stack services'
        errors.append(FieldError("FieldValueInvalid", "spec.ipFamilyPolicy", cause))
    return errors


def _family(address: str) -> str:
    return f"IPv{ipaddress.ip_address(address).version}"


def address_errors(spec: Spec, old: Spec | None) -> list[FieldError]:
    """What no allocator could make sense of, and changes of what stays for ever."""
    listed = list(spec.get("clusterIPs") or ())
    errors = []
    for index, address in enumerate(listed):
        if address != NO_ADDRESS and not _is_address(address):
            cause = f'Invalid value: "{address}": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
            errors.append(FieldError("FieldValueInvalid", f"spec.clusterIPs[{index}]", cause))
    before = list((old or {}).get("clusterIPs") or ())
    if not errors and old is not None and needs_address(old) and needs_address(spec) and before[:1] and before[:1] != listed[:1]:
        shown = ",".join(f'"{address}"' for address in listed)
        errors.append(FieldError("FieldValueInvalid", "spec.clusterIPs[0]", f"Invalid value: [{shown}]: may not change once set"))
    return errors


def _is_address(text: Any) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
