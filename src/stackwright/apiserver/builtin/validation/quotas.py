"""ResourceQuotas.

Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateResourceQuota) and pkg/apis/core/helper.
"""

from typing import Any

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.validation.quantities import STANDARD, is_huge_page, resource_name, resource_quantity
from stackwright.apiserver.builtin.validation.rules import Problems, invalid, items, mapping, required

_SCOPES = (
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "CrossNamespacePodAffinity",
    "VolumeAttributesClass",
)
_EXISTS_ONLY = ("BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity")
_EXISTS_RULE = (
    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, "
    "ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
)
_OF_PODS = frozenset({"cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"})
_OF_CLAIMS = frozenset({"persistentvolumeclaims", "requests.storage"})
_PAIRS = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))


def _fits(scope: str, name: str) -> bool:
    """Whether a scope says anything of a resource; what is no scope, or no standard resource, is judged elsewhere."""
    if name not in STANDARD or scope not in _SCOPES:
        return True
    if scope == "VolumeAttributesClass":
        return name in _OF_CLAIMS
    return name == "pods" or (scope != "BestEffort" and name in _OF_PODS)


def quota(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    yield from _amounts("spec.hard", mapping(spec, "hard"))
    yield from _scopes(spec)
    if spec.get("scopeSelector") is not None:
        yield from _terms(spec)


def _amounts(path: str, found: Any) -> Problems:
    for name in sorted(found):
        yield from resource_name(f"{path}[{name}]", name)
        if "/" not in name and name not in STANDARD and not is_huge_page(name) and not name.startswith("requests.hugepages-"):
            yield invalid(f"{path}[{name}]", name, "must be a standard resource for quota")
        yield from resource_quantity(f"{path}[{name}]", name, found[name])


def _scopes(spec: Any) -> Problems:
    scopes = items(spec, "scopes")
    for scope in scopes:
        if scope not in _SCOPES:
            yield invalid("spec.scopes", scopes, "unsupported scope")
        for name in sorted(mapping(spec, "hard")):
            if not _fits(scope, name):
                yield invalid("spec.scopes", scopes, "unsupported scope applied to resource")
    yield from _conflicts(scopes, scopes)


def _conflicts(scopes: list[Any], shown: Any) -> Problems:
    for pair in _PAIRS:
        if set(pair) <= set(scopes):
            yield invalid("spec.scopes", shown, "conflicting scopes")


def _terms(spec: Any) -> Problems:
    """Upstream tells of every term at the list."""
    path, terms = "spec.scopeSelector.matchExpressions", items(mapping(spec, "scopeSelector"), "matchExpressions")
    for term in terms:
        scope, operator = term.get("scopeName") or "", term.get("operator") or ""
        if scope not in _SCOPES:
            yield invalid(f"{path}.scopeName", scope, "unsupported scope")
        for name in sorted(mapping(spec, "hard")):
            if not _fits(scope, name):
                yield invalid(path, {"MatchExpressions": [_titled(each) for each in terms]}, "unsupported scope applied to resource")
        if scope in _EXISTS_ONLY and operator != "Exists":
            yield invalid(f"{path}.operator", operator, _EXISTS_RULE)
        yield from _values(path, operator, items(term, "values"))
    yield from _conflicts([term.get("scopeName") for term in terms], spec.get("scopes"))


def _titled(term: Any) -> dict[str, Any]:
    return {"ScopeName": term.get("scopeName") or "", "Operator": term.get("operator") or "", "Values": term.get("values")}


def _values(path: str, operator: str, values: list[Any]) -> Problems:
    if operator in ("In", "NotIn"):
        if not values:
            yield required(f"{path}.values", "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector")
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            yield invalid(f"{path}.values", values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector")
    else:
        yield invalid(f"{path}.operator", operator, "not a valid selector operator")


def changed_quota(new: Object, old: Object) -> Problems:
    now, then = items(mapping(new, "spec"), "scopes"), items(mapping(old, "spec"), "scopes")
    if set(now) != set(then):
        yield invalid("spec.scopes", mapping(new, "spec").get("scopes"), "field is immutable")


def quota_status(new: Object, old: Object) -> Problems:
    for key in ("hard", "used"):
        yield from _amounts(f"status.{key}", mapping(mapping(new, "status"), key))
