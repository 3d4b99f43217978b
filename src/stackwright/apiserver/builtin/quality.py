"""The quality of service of a pod: how sure its resources are.

Source: k8s.io/kubernetes pkg/apis/core/helper/qos (ComputePodQOS).
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from stackwright.kernel.errors import BadInput
from stackwright.kernel.quantity import parse

_COUNTED = ("cpu", "memory")


def quality_of(spec: Mapping[str, Any]) -> str:
    """Guaranteed, Burstable or BestEffort."""
    bounds = list(_bounds(spec))
    if not any(requests or limits for requests, limits in bounds):
        return "BestEffort"
    certain = all(set(limits) == set(_COUNTED) and requests == limits for requests, limits in bounds)
    return "Guaranteed" if certain else "Burstable"


def _bounds(spec: Mapping[str, Any]) -> Iterator[tuple[dict[str, Decimal], dict[str, Decimal]]]:
    whole = spec.get("resources")
    if whole:
        yield _amounts(whole, "requests"), _amounts(whole, "limits")
        return
    for key in ("containers", "initContainers"):
        for container in spec.get(key) or ():
            resources = container.get("resources") or {}
            yield _amounts(resources, "requests"), _amounts(resources, "limits")


def _amounts(resources: Mapping[str, Any], side: str) -> dict[str, Decimal]:
    found = {}
    for name, amount in (resources.get(side) or {}).items():
        try:
            value = parse(amount)
        except BadInput:
            continue
        if name in _COUNTED and value > 0:
            found[name] = value
    return found
