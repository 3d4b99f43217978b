"""Amounts of resources, and which names resources may have.

Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateResourceRequirements) and pkg/apis/core/helper.
"""

from decimal import Decimal
from typing import Any

from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.rules import NOT_NEGATIVE, Problems, invalid, mapping, required, words
from stackwright.kernel.errors import BadInput
from stackwright.kernel.quantity import canonical, parse

_STANDARD_IN_CONTAINERS = frozenset({"cpu", "memory", "ephemeral-storage"})
STANDARD = frozenset(
    {
        "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage", "limits.cpu",
        "limits.memory", "limits.ephemeral-storage", "pods", "resourcequotas", "services", "replicationcontrollers", "secrets",
        "persistentvolumeclaims", "configmaps", "services.nodeports", "services.loadbalancers", "storage", "requests.storage",
    }
)  # fmt: skip
_WHOLE = frozenset(
    {
        "pods", "services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps", "persistentvolumeclaims",
        "services.nodeports", "services.loadbalancers",
    }
)  # fmt: skip
_NATIVE = "kubernetes.io/"


def amount(value: Any) -> Decimal:
    """Zero for what is none; the body has been read before."""
    try:
        return parse(value if value is not None else 0)
    except BadInput:
        return Decimal(0)


def text(value: Any) -> str:
    """The canonical form."""
    try:
        return canonical(value)
    except BadInput:
        return str(value)


def is_extended(name: str) -> bool:
    """A resource that a vendor defines."""
    return "/" in name and _NATIVE not in name and not name.startswith("requests.") and not names.qualified(f"requests.{name}")


def is_whole(name: str) -> bool:
    return name in _WHOLE or is_extended(name)


def is_huge_page(name: str) -> bool:
    return name.startswith("hugepages-")


def resource_quantity(path: str, name: str, value: Any) -> Problems:
    """Not below zero, and whole where only whole ones can be counted."""
    if amount(value) < 0:
        yield invalid(path, text(value), NOT_NEGATIVE)
    if is_whole(name) and amount(value) % 1:
        yield invalid(path, text(value), "must be an integer")


def positive(path: str, value: Any) -> Problems:
    if amount(value) <= 0:
        yield invalid(path, text(value), "must be greater than zero")


def _container_name(path: str, name: str) -> Problems:
    yield from words(path, name, names.qualified(name))
    if "/" not in name:
        if name not in _STANDARD_IN_CONTAINERS and not is_huge_page(name):
            yield invalid(path, name, "must be a standard resource for containers")
    elif _NATIVE not in name and not is_extended(name):
        yield invalid(path, name, "doesn't follow extended resource name standard")


def requirements(path: str, resources: Any) -> Problems:
    """Limits and requests of a container."""
    limits, requests = mapping(resources, "limits"), mapping(resources, "requests")
    for name in sorted(limits):
        place = f"{path}.limits[{name}]"
        yield from _container_name(place, name)
        yield from resource_quantity(place, name, limits[name])
    for name in sorted(requests):
        place = f"{path}.requests[{name}]"
        yield from _container_name(place, name)
        yield from resource_quantity(place, name, requests[name])
        yield from _within_limit(path, name, requests[name], limits)


def _within_limit(path: str, name: str, request: Any, limits: Any) -> Problems:
    strict = is_extended(name) or is_huge_page(name)
    if name not in limits:
        if strict:
            yield required(f"{path}.limits", "Limit must be set for non overcommitable resources")
        return
    limit = limits[name]
    if strict and amount(request) != amount(limit):
        yield invalid(f"{path}.requests", text(request), f"must be equal to {name} limit of {text(limit)}")
    elif amount(request) > amount(limit):
        yield invalid(f"{path}.requests", text(request), f"must be less than or equal to {name} limit of {text(limit)}")
