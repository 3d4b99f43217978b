"""LimitRanges and PodDisruptionBudgets: what may be used, and what may be lost.

Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateLimitRange) and pkg/apis/policy/validation.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.amounts import at_most_all, count_or_percent
from stackwright.apiserver.builtin.validation.quantities import amount, container_resource, is_extended, is_huge_page, resource_name, text
from stackwright.apiserver.builtin.validation.rules import (
    Problems,
    Rule,
    duplicate,
    forbidden,
    indexed,
    invalid,
    mapping,
    not_supported,
    required,
    words,
)
from stackwright.apiserver.builtin.validation.selectors import selector

_LIMITED = ("Container", "PersistentVolumeClaim", "Pod")


def limit_range(obj: Object) -> Problems:
    seen: set[str] = set()
    for place, limit in indexed("spec", mapping(obj, "spec"), "limits"):
        kind = limit.get("type") or ""
        problems = names.qualified(kind)
        yield from words(f"{place}.type", kind, problems)
        if not problems and "/" not in kind and kind not in _LIMITED:
            yield invalid(f"{place}.type", kind, "must be a standard limit type or fully qualified")
        if kind in seen:
            yield duplicate(f"{place}.type", kind)
        seen.add(kind)
        yield from _limit(place, kind, limit)


def _limit(path: str, kind: str, limit: Any) -> Problems:
    named = container_resource if kind in ("Pod", "Container") else resource_name
    whole = ("max", "min") if kind == "Pod" else ("max", "min", "default", "defaultRequest")
    for key in ("max", "min"):
        yield from _named(f"{path}.{key}", mapping(limit, key), named)
    for key in ("default", "defaultRequest"):
        if kind != "Pod":
            yield from _named(f"{path}.{key}", mapping(limit, key), named)
        elif mapping(limit, key):
            yield forbidden(f"{path}.{key}", "may not be specified when `type` is 'Pod'")
    if kind == "PersistentVolumeClaim" and not ("storage" in mapping(limit, "min") or "storage" in mapping(limit, "max")):
        yield required(f"{path}.limits", "either minimum or maximum storage value is required, but neither was provided")
    yield from _named(f"{path}.maxLimitRequestRatio", mapping(limit, "maxLimitRequestRatio"), named)
    keys = (*whole, "maxLimitRequestRatio")
    known = sorted({name for key in keys for name in mapping(limit, key)})
    for name in known:
        yield from _compared(path, name, {key: mapping(limit, key)[name] for key in keys if name in mapping(limit, key)})


def _named(path: str, found: Any, rule: Rule) -> Problems:
    for name in sorted(found):
        yield from rule(f"{path}[{name}]", name)


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
    if ratio is not None and least is not None and most is not None and amount(least):
        widest = amount(most) / amount(least)
        if amount(ratio) > widest:
            told = f"ratio {text(ratio)} is greater than max/min = {float(widest):f}"
            yield invalid(f"{path}.maxLimitRequestRatio[{name}]", text(ratio), told)
    if asked is not None and default is not None and (is_extended(name) or is_huge_page(name)) and amount(asked) != amount(default):
        told = f"default value {text(default)} must equal to defaultRequest value {text(asked)} in {name}"
        yield invalid(f"{path}.defaultRequest[{name}]", text(asked), told)


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
