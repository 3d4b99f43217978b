"""Ingresses, their classes and NetworkPolicies.

Source: k8s.io/kubernetes pkg/apis/networking/validation.
"""

from typing import Any

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.prefixed import prefixed_path
from stackwright.apiserver.builtin.validation.probes import port_or_name
from stackwright.apiserver.builtin.validation.rules import (
    IMMUTABLE,
    Problems,
    forbidden,
    indexed,
    invalid,
    items,
    mapping,
    not_supported,
    one_of,
    port,
    required,
    too_long,
    unchanged,
    words,
)
from stackwright.apiserver.builtin.validation.selectors import selector

_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_BAD_PARTS = ("//", "/./", "/../", "%2f", "%2F")
_MOST_RANGES = 2
_LONGEST_CONTROLLER = 250
_BAD_ENDS = ("/..", "/.")
_PROTOCOLS = ("SCTP", "TCP", "UDP")


def ingress(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    if not items(spec, "rules") and spec.get("defaultBackend") is None:
        yield invalid("spec", items(spec, "rules") or None, "either `defaultBackend` or `rules` must be specified")
    if spec.get("defaultBackend") is not None:
        yield from _backend("spec.defaultBackend", spec["defaultBackend"])
    for place, rule in indexed("spec", spec, "rules"):
        yield from _rule(place, rule)
    for place, tls in indexed("spec", spec, "tls"):
        yield from _tls(place, tls)
    if spec.get("ingressClassName") is not None:
        yield from words("spec.ingressClassName", spec["ingressClassName"], names.subdomain(spec["ingressClassName"]))


def _host(path: str, host: str) -> Problems:
    yield from words(path, host, names.wildcard_subdomain(host) if "*" in host else names.subdomain(host))


def _tls(path: str, tls: Any) -> Problems:
    for index, host in enumerate(items(tls, "hosts")):
        yield from _host(f"{path}.hosts[{index}]", host)
    if tls.get("secretName"):
        yield from words(f"{path}.secretName", tls["secretName"], names.subdomain(tls["secretName"]))


def _rule(path: str, rule: Any) -> Problems:
    if host := rule.get("host"):
        if names.address_of(host):
            yield invalid(f"{path}.host", host, "must be a DNS name, not an IP address")
        else:
            yield from _host(f"{path}.host", host)
    if rule.get("http") is None:
        return
    if not items(rule["http"], "paths"):
        yield required(f"{path}.http.paths")
    for place, each in indexed(f"{path}.http", rule["http"], "paths"):
        yield from _path(place, each)


def _path(path: str, each: Any) -> Problems:
    kind, value = each.get("pathType"), each.get("path") or ""
    if kind is None:
        yield required(f"{path}.pathType", "pathType must be specified")
    elif kind in ("Exact", "Prefix"):
        if not value.startswith("/"):
            yield invalid(f"{path}.path", value, "must be an absolute path")
        for part in _BAD_PARTS if value else ():
            if part in value:
                yield invalid(f"{path}.path", value, f"must not contain '{part}'")
        for end in _BAD_ENDS:
            if value.endswith(end):
                yield invalid(f"{path}.path", value, f"cannot end with '{end}'")
    elif kind == "ImplementationSpecific":
        if value and not value.startswith("/"):
            yield invalid(f"{path}.path", value, "must be an absolute path")
    else:
        yield not_supported(f"{path}.pathType", kind, _PATH_TYPES)
    yield from _backend(f"{path}.backend", mapping(each, "backend"))


def _backend(path: str, backend: Any) -> Problems:
    service, resource = backend.get("service"), backend.get("resource")
    if resource is not None and service is not None:
        yield invalid(path, "", "cannot set both resource and service backends")
    elif resource is not None:
        for key in ("kind", "name"):
            if not resource.get(key):
                yield required(f"{path}.resource.{key}")
    elif service is not None:
        yield from _service(f"{path}.service", service)
    else:
        yield required(path, "resource or service backend is required")


def _service(path: str, service: Any) -> Problems:
    name, target = service.get("name") or "", mapping(service, "port")
    if not name:
        yield required(f"{path}.name")
    else:
        yield from words(f"{path}.name", name, names.old_label(name))
    if target.get("name") and target.get("number"):
        yield invalid(path, "", "cannot set both port name & port number")
    elif target.get("name"):
        yield from words(f"{path}.port.name", target["name"], names.port_name(target["name"]))
    elif target.get("number"):
        yield from port(f"{path}.port.number", target["number"])
    else:
        yield required(path, "port name or number is required")


def ingress_class(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    name = spec.get("controller") or ""
    if len(name) > _LONGEST_CONTROLLER:
        yield too_long("spec.controller", _LONGEST_CONTROLLER)
    yield from prefixed_path("spec.controller", name)
    yield from _parameters(spec.get("parameters"))


def _parameters(found: Any) -> Problems:
    if found is None:
        return
    path = "spec.parameters"
    for key in ("kind", "name"):
        if not found.get(key):
            yield required(f"{path}.{key}")
    yield from one_of(f"{path}.scope", found.get("scope"), ("Cluster", "Namespace"))
    if found.get("scope") == "Namespace" and not found.get("namespace"):
        yield required(f"{path}.namespace", "`parameters.scope` is set to 'Namespace'")
    if found.get("scope") == "Cluster" and found.get("namespace"):
        yield forbidden(f"{path}.namespace", "`parameters.scope` is set to 'Cluster'")


def changed_ingress_class(new: Object, old: Object) -> Problems:
    now, then = mapping(new, "spec").get("controller"), mapping(old, "spec").get("controller")
    if now != then:
        yield invalid("spec.controller", now, IMMUTABLE)


def network_policy(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    yield from selector("spec.podSelector", mapping(spec, "podSelector"))
    for side, peers in (("ingress", "from"), ("egress", "to")):
        for place, rule in indexed("spec", spec, side):
            for inner, each in indexed(place, rule, "ports"):
                yield from _policy_port(inner, each)
            for inner, peer in indexed(place, rule, peers):
                yield from _peer(inner, peer)
    types = items(spec, "policyTypes")
    if len(types) > 2:
        yield invalid("spec.policyTypes", types, "may not specify more than two policyTypes")
        return
    for index, each in enumerate(types):
        yield from one_of(f"spec.policyTypes[{index}]", each, ("Ingress", "Egress"))


def _policy_port(path: str, each: Any) -> Problems:
    if each.get("protocol") is not None:
        yield from one_of(f"{path}.protocol", each["protocol"], _PROTOCOLS)
    found, end = each.get("port"), each.get("endPort")
    if found is not None:
        yield from port_or_name(f"{path}.port", found)
    if end is None:
        return
    if found is None or isinstance(found, str):
        text = "must be specified for endPort" if found is None else "may not be specified when `port` is non-numeric"
        yield required(f"{path}.port", text) if found is None else invalid(f"{path}.endPort", end, text)
    elif end < found:
        yield invalid(f"{path}.endPort", found, "must be greater than or equal to `port`")  # upstream shows the port
    elif end > 65535:
        yield from port(f"{path}.endPort", end)


def _peer(path: str, peer: Any) -> Problems:
    given = [key for key in ("podSelector", "namespaceSelector", "ipBlock") if peer.get(key) is not None]
    for key in ("podSelector", "namespaceSelector"):
        if key in given:
            yield from selector(f"{path}.{key}", peer[key])
    if "ipBlock" in given:
        yield from _block(f"{path}.ipBlock", peer["ipBlock"])
    if not given:
        yield required(path, "must specify a peer")
    elif "ipBlock" in given and len(given) > 1:
        yield forbidden(path, "may not specify both ipBlock and another peer")


def _block(path: str, block: Any) -> Problems:
    text = block.get("cidr") or ""
    if not text:
        yield required(f"{path}.cidr")
        return
    yield from words(f"{path}.cidr", text, names.cidr(text))
    network = names.network_of(text)
    for index, each in enumerate(items(block, "except")):
        place, inner = f"{path}.except[{index}]", names.network_of(each)
        if inner is None:
            yield from words(place, each, names.cidr(each))
        elif network is not None and not _strictly_within(inner, network):
            yield invalid(place, each, "must be a strict subset of `cidr`")


def _strictly_within(inner: Any, outer: Any) -> bool:
    return inner.version == outer.version and inner != outer and bool(inner.subnet_of(outer))


def ip_address(obj: Object) -> Problems:
    parent = mapping(obj, "spec").get("parentRef")
    if parent is None:
        yield required("spec.parentRef")
        return
    if parent.get("group"):
        yield from words("spec.parentRef.group", parent["group"], names.subdomain(parent["group"]))
    for key in ("resource", "name"):
        if not parent.get(key):
            yield required(f"spec.parentRef.{key}")
        else:
            yield from words(f"spec.parentRef.{key}", parent[key], names.path_segment(parent[key]))
    if parent.get("namespace"):
        yield from words("spec.parentRef.namespace", parent["namespace"], names.path_segment(parent["namespace"]))


def changed_ip_address(new: Object, old: Object) -> Problems:
    yield from unchanged("spec.parentRef", mapping(new, "spec").get("parentRef"), mapping(old, "spec").get("parentRef"))


def new_service_range(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    cidrs = items(spec, "cidrs")
    if not cidrs:
        yield required("spec.cidrs", "at least one CIDR required")
        return
    if len(cidrs) > _MOST_RANGES:
        yield invalid("spec.cidrs", spec, f"may only hold up to {_MOST_RANGES} values")
        return
    for index, each in enumerate(cidrs):
        yield from words(f"spec.cidrs[{index}]", each, names.canonical_cidr(each))
    found = [names.network_of(each) for each in cidrs]
    if len(found) == _MOST_RANGES and found[0] and found[1] and found[0].version == found[1].version:
        yield invalid("spec.cidrs", cidrs, "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64")


def changed_service_range(new: Object, old: Object) -> Problems:
    """A second range may be added; nothing else changes."""
    now, then = items(mapping(new, "spec"), "cidrs"), items(mapping(old, "spec"), "cidrs")
    if len(now) == len(then):
        yield from (invalid(f"spec.cidrs[{index}]", each, IMMUTABLE) for index, each in enumerate(now) if each != then[index])
    elif (len(then), len(now)) == (1, _MOST_RANGES):
        if now[0] != then[0]:
            yield invalid("spec.cidrs[0]", now[0], IMMUTABLE)
        yield from new_service_range(new)
    else:
        yield invalid("spec.cidrs", now or None, IMMUTABLE)
