"""Amounts of resources, and which names resources may have.

Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateResourceRequirements) and pkg/apis/core/helper.
"""

from decimal import Decimal
from typing import Any

from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.rules import (
    NOT_NEGATIVE,
    Problems,
    chosen,
    duplicate,
    forbidden,
    indexed,
    invalid,
    items,
    mapping,
    not_found,
    required,
    words,
)
from stackwright.apiserver.kind import FieldError
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


def resource_name(path: str, name: str) -> Problems:
    """A standard resource, or one of a domain."""
    problems = list(words(path, name, names.qualified(name)))
    yield from problems
    standard = name in STANDARD or is_huge_page(name) or name.startswith("requests.hugepages-")
    if not problems and "/" not in name and not standard:
        yield invalid(path, name, "must be a standard resource type or fully qualified")


def container_resource(path: str, name: str) -> Problems:
    """One that containers can ask for."""
    yield from resource_name(path, name)
    if "/" not in name:
        if name not in _STANDARD_IN_CONTAINERS and not is_huge_page(name):
            yield invalid(path, name, "must be a standard resource for containers")
    elif _NATIVE not in name and not is_extended(name):
        yield invalid(path, name, "doesn't follow extended resource name standard")


def claims_of(spec: Any) -> frozenset[str]:
    """The names that containers of the pod `spec` may ask for."""
    return frozenset(each["name"] for each in items(spec, "resourceClaims") if each.get("name"))


def resource_claims(path: str, spec: Any) -> Problems:
    """The claims of devices that a pod makes."""
    seen: set[str] = set()
    for place, claim in indexed(path, spec, "resourceClaims"):
        name, given, template = claim.get("name") or "", claim.get("resourceClaimName"), claim.get("resourceClaimTemplateName")
        if not name:
            yield required(f"{place}.name")
        elif name in seen:
            yield duplicate(f"{place}.name", name)
        else:
            yield from words(f"{place}.name", name, names.label(name))
            seen.add(name)
        shown = {"Name": name, "ResourceClaimName": given, "ResourceClaimTemplateName": template}
        if given is not None and template is not None:
            yield invalid(place, shown, "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified")
        if given is None and template is None:
            yield invalid(place, shown, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`")
        for key in ("resourceClaimName", "resourceClaimTemplateName"):
            if claim.get(key) is not None:
                yield from words(f"{place}.{key}", claim[key], names.subdomain(claim[key]))


def requirements(path: str, resources: Any, claims: frozenset[str] = frozenset()) -> Problems:
    """Limits and requests of a container, and which of the pod's claims it uses."""
    limits, requests = mapping(resources, "limits"), mapping(resources, "requests")
    for name in sorted(limits):
        place = f"{path}.limits[{name}]"
        yield from container_resource(place, name)
        yield from resource_quantity(place, name, limits[name])
        yield from _whole_pages(place, name, limits[name])
    for name in sorted(requests):
        place = f"{path}.requests[{name}]"
        yield from container_resource(place, name)
        yield from resource_quantity(place, name, requests[name])
        yield from _within_limit(path, name, requests[name], limits)
        yield from _whole_pages(place, name, requests[name])
    named = {*limits, *requests}
    if any(is_huge_page(name) for name in named) and not named & {"cpu", "memory"}:
        yield forbidden(path, "HugePages require cpu or memory")
    yield from _claims(path, resources, claims)


def _whole_pages(path: str, name: str, value: Any) -> Problems:
    if not is_huge_page(name):
        return
    page = amount(name.removeprefix("hugepages-"))
    if page <= 0 or amount(value) % page:
        yield invalid(path, text(value), f"{text(value)} is not positive integer multiple of {name}")


def _claims(path: str, resources: Any, known: frozenset[str]) -> Problems:
    seen: set[str] = set()
    for place, claim in indexed(path, resources, "claims"):
        name, request = claim.get("name") or "", claim.get("request") or ""
        if not name:
            yield required(place)
            continue
        key = f"{name}/{request}" if request else name
        if request:
            yield from words(f"{place}.request", request, names.label(request))
        if name in seen or key in seen or (not request and any(each.startswith(f"{name}/") for each in seen)):
            yield duplicate(place, name if name in seen else key)
        seen.add(key)
        if name not in known:
            listed = f": {', '.join(sorted(known))}" if known else " which is empty"
            found = not_found(place, name)
            yield FieldError(found.reason, place, f"{found.message}: must be one of the names in pod.spec.resourceClaims{listed}")


def resizing(path: str, container: Any, spec: Any) -> Problems:
    """What a change of resources does to a running container; upstream tells at the list."""
    seen: set[str] = set()
    for index, each in enumerate(items(container, "resizePolicy")):
        name, policy = each.get("resourceName") or "", each.get("restartPolicy") or ""
        if name in seen:
            yield duplicate(f"{path}[{index}]", name)
        seen.add(name)
        yield from chosen(path, name, ("cpu", "memory"))
        yield from chosen(path, policy, ("NotRequired", "RestartContainer"))
        if spec.get("restartPolicy") == "Never" and policy != "NotRequired":
            yield invalid(path, policy, "must be 'NotRequired' when `restartPolicy` is 'Never'")


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
