"""Services.

Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateService, ValidateServiceUpdate).
"""

from typing import Any

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.amounts import counts
from stackwright.apiserver.builtin.validation.metadata import core_finalizers, label_map
from stackwright.apiserver.builtin.validation.probes import port_or_name
from stackwright.apiserver.builtin.validation.rules import (
    Problems,
    chosen,
    duplicate,
    forbidden,
    indexed,
    invalid,
    items,
    mapping,
    not_supported,
    one_of,
    port,
    required,
    words,
)

TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_PROTOCOLS = ("SCTP", "TCP", "UDP")
_OUTSIDE = ("NodePort", "LoadBalancer")
_AFFINITY_MOST = 86400
_DISTRIBUTIONS = ("PreferClose", "PreferSameZone", "PreferSameNode")


def service(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    yield from core_finalizers(obj)
    yield from _by_type(spec)
    yield from _ports(spec)
    yield from label_map("spec.selector", mapping(spec, "selector"))
    yield from _affinity(spec)
    yield from _addresses(spec)
    yield from _external_ips(spec)
    yield from _type_and_ports(spec)
    yield from _same_ports(spec)
    yield from _source_ranges(spec)
    yield from _load_balancer(spec)
    yield from _traffic(spec)
    yield from _internal(spec)


def _by_type(spec: Any) -> Problems:
    """What each type must have, and must not."""
    kind = spec.get("type") or ""
    headless = spec.get("clusterIP") == "None"
    if not items(spec, "ports") and not headless and kind != "ExternalName":
        yield required("spec.ports")
    if kind == "LoadBalancer":
        if headless:
            yield invalid("spec.clusterIPs[0]", "None", "may not be set to 'None' for LoadBalancer services")
    elif kind == "NodePort" and headless:
        yield invalid("spec.clusterIPs[0]", "None", "may not be set to 'None' for NodePort services")
    elif kind == "ExternalName":
        yield from _external_name(spec)


def _external_name(spec: Any) -> Problems:
    if spec.get("clusterIPs"):
        yield forbidden("spec.clusterIPs", "may not be set for ExternalName services")
    for key in ("ipFamilies", "ipFamilyPolicy"):
        if spec.get(key):
            yield forbidden(f"spec.{key}", "may not be set for ExternalName services")
    name = (spec.get("externalName") or "").removesuffix(".")
    if not name:
        yield required("spec.externalName")
    else:
        yield from words("spec.externalName", name, names.subdomain(name))


def _ports(spec: Any) -> Problems:
    found = items(spec, "ports")
    seen: set[str] = set()
    for place, each in indexed("spec", spec, "ports"):
        yield from _port(place, each, len(found) > 1, seen, spec.get("clusterIP") == "None")


def _same_ports(spec: Any) -> Problems:
    pairs: set[tuple[Any, Any]] = set()
    for place, each in indexed("spec", spec, "ports"):
        pair = (each.get("protocol"), each.get("port"))
        if pair in pairs:
            yield duplicate(place, _port_key(each))
        pairs.add(pair)


def _port_key(each: Any) -> dict[str, Any]:
    """As the API names a port that is there already."""
    none = {"Name": "", "Protocol": each.get("protocol") or "", "AppProtocol": None}
    return {**none, "Port": each.get("port") or 0, "TargetPort": 0, "NodePort": 0}


def _port(path: str, each: Any, named: bool, seen: set[str], headless: bool) -> Problems:
    name = each.get("name") or ""
    if named and not name:
        yield required(f"{path}.name")
    elif name:
        problems = names.label(name)
        yield from words(f"{path}.name", name, problems)
        if name in seen:
            yield duplicate(f"{path}.name", name)
        seen.add(name)
    yield from port(f"{path}.port", each.get("port") or 0)
    yield from chosen(f"{path}.protocol", each.get("protocol"), _PROTOCOLS)
    yield from port_or_name(f"{path}.targetPort", each.get("targetPort"))
    if each.get("appProtocol") is not None:
        yield from words(f"{path}.appProtocol", each["appProtocol"], names.qualified(each["appProtocol"]))


def _affinity(spec: Any) -> Problems:
    kind, config = spec.get("sessionAffinity") or "", spec.get("sessionAffinityConfig")
    yield from chosen("spec.sessionAffinity", kind, ("ClientIP", "None"))
    if kind == "None" and config is not None:
        yield forbidden("spec.sessionAffinityConfig", "must not be set when session affinity is None")
    if kind == "ClientIP":
        yield from _timeout(config)


def _timeout(config: Any) -> Problems:
    path = "spec.sessionAffinityConfig"
    found = mapping({"config": config}, "config")
    seconds = mapping(found, "clientIP").get("timeoutSeconds")
    if config is None or found.get("clientIP") is None or seconds is None:
        place = path if config is None else f"{path}.clientIP" if found.get("clientIP") is None else f"{path}.clientIP.timeoutSeconds"
        yield required(place, "when session affinity type is ClientIP")
    elif not 0 < seconds <= _AFFINITY_MOST:
        yield invalid(f"{path}.clientIP.timeoutSeconds", seconds, f"must be greater than 0 and less than {_AFFINITY_MOST}")


def _addresses(spec: Any) -> Problems:
    if spec.get("type") == "ExternalName":
        return
    own, found = spec.get("clusterIP") or "", items(spec, "clusterIPs")
    if own and not found:
        yield required("spec.clusterIPs")
    elif own and found[0] != own:
        yield invalid("spec.clusterIPs", found, "first value must match `clusterIP`")
    elif found and not own:
        yield invalid("spec.clusterIPs", found, "must be empty when `clusterIP` is not specified")
    yield from _families(spec)
    yield from _cluster_addresses(found, items(spec, "ipFamilies"))


def _families(spec: Any) -> Problems:
    families = items(spec, "ipFamilies")
    for index, family in enumerate(families):
        if family not in ("IPv4", "IPv6"):
            yield not_supported(f"spec.ipFamilies[{index}]", family, ("IPv4", "IPv6"))
        if family in families[:index]:
            yield duplicate(f"spec.ipFamilies[{index}]", family)
    if spec.get("ipFamilyPolicy") is not None:
        yield from one_of("spec.ipFamilyPolicy", spec["ipFamilyPolicy"], ("PreferDualStack", "RequireDualStack", "SingleStack"))


def _cluster_addresses(found: list[Any], families: list[Any]) -> Problems:
    path, readable = "spec.clusterIPs", True
    for index, address in enumerate(found):
        problems = [] if address == "None" and index == 0 else names.ip(address)
        if address == "None" and index == 0 and len(found) > 1:
            yield invalid(path, found, "'None' must be the first and only value")
            readable = False
        yield from words(f"{path}[{index}]", address, problems)
        readable = readable and not problems
    if len(found) > 2:
        yield invalid(path, found, "may only hold up to 2 values")
    if not readable:
        return
    versions = [address.version if (address := names.address_of(each)) else 0 for each in found]
    if len(found) > 1 and len(set(versions)) < 2:
        yield invalid(path, found, "may specify no more than one IP for each IP family")
    if found == ["None"]:
        return
    for index, (version, family) in enumerate(zip(versions, families, strict=False)):
        if family in ("IPv4", "IPv6") and family != f"IPv{version}":
            yield invalid(f"{path}[{index}]", found[index], f"expected an {family} value as indicated by `ipFamilies[{index}]`")


def _external_ips(spec: Any) -> Problems:
    for index, address in enumerate(items(spec, "externalIPs")):
        yield from public_address(f"spec.externalIPs[{index}]", address)


def public_address(path: str, text: str) -> Problems:
    """An address that traffic can come from the outside to."""
    address = names.address_of(text)
    if address is None:
        yield invalid(path, text, names.IP_RULE)
        return
    if address.is_unspecified:
        yield invalid(path, text, "may not be unspecified (0.0.0.0 or ::)")
    if address.is_loopback:
        yield invalid(path, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)")
    if address.is_link_local:
        yield invalid(path, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)")
    if address.is_multicast and str(address).startswith(("224.0.0.", "ff02:")):
        yield invalid(path, text, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")


def _type_and_ports(spec: Any) -> Problems:
    kind = spec.get("type") or ""
    yield from chosen("spec.type", kind, TYPES)
    if kind == "ClusterIP":
        for place, each in indexed("spec", spec, "ports"):
            if each.get("nodePort"):
                yield forbidden(f"{place}.nodePort", "may not be used when `type` is 'ClusterIP'")
    taken: set[tuple[Any, Any]] = set()
    for place, each in indexed("spec", spec, "ports"):
        pair = (each.get("protocol"), each.get("nodePort"))
        if each.get("nodePort") and pair in taken:
            yield duplicate(f"{place}.nodePort", each["nodePort"])
        taken.add(pair)


def _source_ranges(spec: Any) -> Problems:
    ranges = items(spec, "loadBalancerSourceRanges")
    if ranges and spec.get("type") != "LoadBalancer":
        yield forbidden("spec.LoadBalancerSourceRanges", "may only be used when `type` is 'LoadBalancer'")
    for index, each in enumerate(ranges):
        yield from words(f"spec.LoadBalancerSourceRanges[{index}]", each, names.cidr(each.strip()))


def _load_balancer(spec: Any) -> Problems:
    balanced = spec.get("type") == "LoadBalancer"
    if spec.get("allocateLoadBalancerNodePorts") is not None and not balanced:
        yield forbidden("spec.allocateLoadBalancerNodePorts", "may only be used when `type` is 'LoadBalancer'")
    kind = spec.get("loadBalancerClass")
    if kind is not None and not balanced:
        yield forbidden("spec.loadBalancerClass", "may only be used when `type` is 'LoadBalancer'")
    elif kind is not None:
        yield from words("spec.loadBalancerClass", kind, names.qualified(kind))


def _traffic(spec: Any) -> Problems:
    path, policy = "spec.externalTrafficPolicy", spec.get("externalTrafficPolicy")
    outside = spec.get("type") in _OUTSIDE or (spec.get("type") == "ClusterIP" and items(spec, "externalIPs"))
    if policy:
        if not outside:
            yield invalid(path, policy, "may only be set for externally-accessible services")
        elif policy not in ("Cluster", "Local"):
            yield not_supported(path, policy, ("Cluster", "Local"))
    elif outside:
        yield required(path)
    checked = spec.get("healthCheckNodePort")
    if checked:
        yield from counts("spec", spec, "healthCheckNodePort")
        if spec.get("type") != "LoadBalancer" or policy != "Local":
            text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
            yield invalid("spec.healthCheckNodePort", checked, text)


def _internal(spec: Any) -> Problems:
    policy = spec.get("internalTrafficPolicy")
    if policy is None:
        if spec.get("type") in ("NodePort", "LoadBalancer", "ClusterIP"):
            yield required("spec.internalTrafficPolicy")
    else:
        yield from one_of("spec.internalTrafficPolicy", policy, ("Cluster", "Local"))
    if spec.get("trafficDistribution") is not None:
        yield from one_of("spec.trafficDistribution", spec["trafficDistribution"], _DISTRIBUTIONS)


def changed_service(new: Object, old: Object) -> Problems:
    """What does not change is told of before the rest."""
    yield from _fixed(new, old)
    yield from service(new)


def _fixed(new: Object, old: Object) -> Problems:
    spec, before = mapping(new, "spec"), mapping(old, "spec")
    if spec.get("type") != "ExternalName" and before.get("type") != "ExternalName":
        yield from _fixed_address(spec, before)
    if before.get("type") == "LoadBalancer" == spec.get("type") and spec.get("loadBalancerClass") != before.get("loadBalancerClass"):
        yield invalid("spec.loadBalancerClass", spec.get("loadBalancerClass"), "may not change once set")
    checked = all(each.get("type") == "LoadBalancer" and each.get("externalTrafficPolicy") == "Local" for each in (spec, before))
    if checked and spec.get("healthCheckNodePort") != before.get("healthCheckNodePort"):
        yield forbidden("spec.healthCheckNodePort", "field is immutable")


def _fixed_address(new: Any, old: Any) -> Problems:
    now, then = items(new, "clusterIPs"), items(old, "clusterIPs")
    if then and not now and then != ["None"]:
        yield invalid("spec.clusterIPs[0]", new.get("clusterIPs"), "primary clusterIP can not be unset")
    if then and now and now[0] != then[0]:
        yield invalid("spec.clusterIPs[0]", now, "may not change once set")
    if then and now and new.get("ipFamilies") and old.get("ipFamilies") and new["ipFamilies"][0] != old["ipFamilies"][0]:
        yield invalid("spec.ipFamilies[0]", new["ipFamilies"], "may not change once set")


def service_status(new: Object, old: Object) -> Problems:
    if items(mapping(mapping(new, "status"), "loadBalancer"), "ingress") and mapping(new, "spec").get("type") != "LoadBalancer":
        yield forbidden("status.loadBalancer.ingress", "may only be used when `spec.type` is 'LoadBalancer'")
