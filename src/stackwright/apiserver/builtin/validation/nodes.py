"""Nodes.

Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateNode, ValidateNodeUpdate).
"""

from typing import Any

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.placement import taints
from stackwright.apiserver.builtin.validation.quantities import resource_quantity
from stackwright.apiserver.builtin.validation.rules import Problems, duplicate, forbidden, indexed, invalid, items, mapping, words

_ONCE = 'node updates may not change {} except from "" to valid'


def node(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    yield from taints("metadata", spec)
    yield from _resources(obj)
    yield from _ranges(items(spec, "podCIDRs"))


def _resources(obj: Object) -> Problems:
    for key in ("capacity", "allocatable"):
        found = mapping(mapping(obj, "status"), key)
        for name in sorted(found):
            yield from resource_quantity(f"status.{key}.{name}", name, found[name])


def _ranges(cidrs: list[Any]) -> Problems:
    path = "spec.podCIDRs"
    for index, each in enumerate(cidrs):
        yield from words(f"{path}[{index}]", each, names.cidr(each))
    networks = [names.network_of(each) for each in cidrs]
    if len(cidrs) > 1 and all(networks):
        if len(cidrs) > 2 or len({network.version for network in networks if network}) < 2:
            yield invalid(path, cidrs, "may specify no more than one CIDR for each IP family")
        for index, each in enumerate(cidrs):
            if each in cidrs[:index]:
                yield duplicate(f"{path}[{index}]", each)


def changed_node(new: Object, old: Object) -> Problems:
    now, then = mapping(new, "spec"), mapping(old, "spec")
    yield from _resources(new)
    seen: list[Any] = []
    for place, each in indexed("status", mapping(new, "status"), "addresses"):
        if each in seen:
            yield duplicate(place, {"Type": each.get("type") or "", "Address": each.get("address") or ""})
        seen.append(each)
    if items(then, "podCIDRs") and items(now, "podCIDRs") != items(then, "podCIDRs"):
        yield forbidden("spec.podCIDRs", _ONCE.format("podCIDR"))
    if then.get("providerID") and now.get("providerID") != then["providerID"]:
        yield forbidden("spec.providerID", _ONCE.format("providerID"))
    yield from taints("metadata", now)
