"""ResourceQuotas, LimitRanges and PodDisruptionBudgets: what may be used, and what may be lost.

Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateResourceQuota, ValidateLimitRange) and pkg/apis/policy/validation.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.amounts import at_most_all, count_or_percent
from stackwright.apiserver.builtin.validation.quantities import STANDARD, amount, is_huge_page, resource_quantity, text
from stackwright.apiserver.builtin.validation.rules import (
    Problems,
    forbidden,
    indexed,
    invalid,
    items,
    mapping,
    not_supported,
    required,
    unchanged,
    words,
)
from stackwright.apiserver.builtin.validation.selectors import selector

_SCOPES = (
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "CrossNamespacePodAffinity",
    "VolumeAttributesClass",
)
_LIMITED = ("Container", "PersistentVolumeClaim", "Pod")


def quota(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    hard = mapping(spec, "hard")
    for name in sorted(hard):
        yield from _quota_name(f"spec.hard[{name}]", name)
        yield from resource_quantity(f"spec.hard[{name}]", name, hard[name])
    scopes = items(spec, "scopes")
    for scope in scopes:
        if scope not in _SCOPES:
            yield invalid("spec.scopes", scopes, "unsupported scope")
    yield from _scope_terms(mapping(spec, "scopeSelector"))
    for one, other in (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")):
        if one in scopes and other in scopes:
            yield invalid("spec.scopes", scopes, "conflicting scopes")


def _scope_terms(found: Any) -> Problems:
    for path, term in indexed("spec.scopeSelector", found, "matchExpressions"):
        scope, operator, values = term.get("scopeName") or "", term.get("operator") or "", items(term, "values")
        if scope not in _SCOPES:
            yield invalid(f"{path}.scopeName", scope, "unsupported scope")
        if operator in ("In", "NotIn"):
            if not values:
                yield required(f"{path}.values", "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector")
        elif operator in ("Exists", "DoesNotExist"):
            if values:
                detail = "must be no value when `operator` is 'Exists' or 'DoesNotExist' for scope selector"
                yield invalid(f"{path}.values", values, detail)
        else:
            yield invalid(f"{path}.operator", operator, "not a valid selector operator")


def _quota_name(path: str, name: str) -> Problems:
    yield from words(path, name, names.qualified(name))
    standard = name in STANDARD or is_huge_page(name) or name.startswith("requests.hugepages-")
    if "/" not in name and not standard:
        yield invalid(path, name, "must be a standard resource type or fully qualified")
        yield invalid(path, name, "must be a standard resource for quota")


def changed_quota(new: Object, old: Object) -> Problems:
    now, then = mapping(new, "spec"), mapping(old, "spec")
    yield from unchanged("spec.scopes", sorted(items(now, "scopes")), sorted(items(then, "scopes")))


def limit_range(obj: Object) -> Problems:
    seen: set[str] = set()
    for place, limit in indexed("spec", mapping(obj, "spec"), "limits"):
        kind = limit.get("type") or ""
        if kind in seen:
            yield invalid(f"{place}.type", kind, "duplicate value")
        seen.add(kind)
        if not kind:
            yield required(f"{place}.type")
        elif kind not in _LIMITED and "/" not in kind:
            yield invalid(f"{place}.type", kind, "must be a standard limit type or fully qualified")
        yield from _limit(place, kind, limit)


def _limit(path: str, kind: str, limit: Any) -> Problems:
    if kind == "Pod":
        for key in ("default", "defaultRequest"):
            if mapping(limit, key):
                yield forbidden(f"{path}.{key}", "may not be specified when `type` is 'Pod'")
    if kind == "PersistentVolumeClaim" and not ("storage" in mapping(limit, "min") or "storage" in mapping(limit, "max")):
        yield required(f"{path}.limits", "either minimum or maximum storage value is required, but neither was provided")
    keys = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")
    known = sorted({name for key in keys for name in mapping(limit, key)})
    for name in known:
        yield from _compared(path, name, {key: mapping(limit, key)[name] for key in keys if name in mapping(limit, key)})


def _compared(path: str, name: str, found: Mapping[str, Any]) -> Problems:
    least, most, default, asked = (found.get(key) for key in ("min", "max", "default", "defaultRequest"))
    order = (
        (least, most, "min", least, "min value {0} is greater than max value {1}"),
        (least, asked, "defaultRequest", asked, "min value {0} is greater than default request value {1}"),
        (asked, most, "defaultRequest", asked, "default request value {0} is greater than max value {1}"),
        (asked, default, "defaultRequest", asked, "default request value {0} is greater than default limit value {1}"),
        (least, default, "default", least, "min value {0} is greater than default value {1}"),
        (default, most, "default", most, "default value {0} is greater than max value {1}"),
    )
    for low, high, key, shown, rule in order:
        if low is not None and high is not None and amount(low) > amount(high):
            yield invalid(f"{path}.{key}[{name}]", text(shown), rule.format(text(low), text(high)))
    ratio = found.get("maxLimitRequestRatio")
    if ratio is not None and amount(ratio) < 1:
        yield invalid(f"{path}.maxLimitRequestRatio[{name}]", text(ratio), f"ratio {text(ratio)} is less than 1")


def budget(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    least, most = spec.get("minAvailable"), spec.get("maxUnavailable")
    if least is not None and most is not None:
        shown = {"MinAvailable": least, "Selector": spec.get("selector"), "MaxUnavailable": most}
        shown["UnhealthyPodEvictionPolicy"] = spec.get("unhealthyPodEvictionPolicy")
        yield invalid("spec", shown, "minAvailable and maxUnavailable cannot be both set")
    for key in ("minAvailable", "maxUnavailable"):
        if spec.get(key) is not None:
            yield from count_or_percent(f"spec.{key}", spec[key])
            yield from at_most_all(f"spec.{key}", spec[key])
    yield from selector("spec.selector", mapping(spec, "selector"))
    policy = spec.get("unhealthyPodEvictionPolicy")
    if policy is not None and policy not in ("AlwaysAllow", "IfHealthyBudget"):
        yield not_supported("spec.unhealthyPodEvictionPolicy", policy, ("AlwaysAllow", "IfHealthyBudget"))
