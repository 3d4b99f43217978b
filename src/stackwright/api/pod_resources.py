"""What a pod asks for in all: containers together, init containers one after the other, overhead on top.

Source: k8s.io/component-helpers resource (PodRequests, PodLimits).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from stackwright.kernel.quantity import added, parse

Amounts = dict[str, str]
"""Quantities by the name of their resource."""


def pod_total(spec: Mapping[str, Any], side: Literal["requests", "limits"]) -> Amounts:
    """Shape: a resource that no container names is not there."""
    total = summed(_of(each, side) for each in spec.get("containers") or ())
    besides: Amounts = {}
    highest: Amounts = {}
    for each in spec.get("initContainers") or ():
        own = _of(each, side)
        if each.get("restartPolicy") == "Always":
            besides = summed((besides, own))
            total = summed((total, own))
            own = besides
        else:
            own = summed((own, besides))
        highest = larger(highest, own)
    total = larger(total, highest)
    total |= {name: str(amount) for name, amount in ((spec.get("resources") or {}).get(side) or {}).items()}
    overhead = spec.get("overhead") or {}
    return summed((total, overhead)) if side == "requests" else _where_limited(total, overhead)


def _where_limited(total: Amounts, overhead: Mapping[str, str]) -> Amounts:
    return {name: added(amount, overhead.get(name, "0")) for name, amount in total.items()}


def _of(container: Mapping[str, Any], side: str) -> Mapping[str, str]:
    return (container.get("resources") or {}).get(side) or {}


def summed(several: Iterable[Mapping[str, str]]) -> Amounts:
    total: Amounts = {}
    for amounts in several:
        for name, amount in amounts.items():
            total[name] = added(total.get(name, "0"), amount)
    return total


def larger(left: Mapping[str, str], right: Mapping[str, str]) -> Amounts:
    """Of each resource the larger amount."""
    found = {name: str(amount) for name, amount in left.items()}
    for name, amount in right.items():
        if name not in found or parse(amount) > parse(found[name]):
            found[name] = str(amount)
    return found
