"""What one RBAC rule allows, and whether a set of rules covers another.

Source: k8s.io/kubernetes pkg/apis/rbac/v1 (evaluation_helpers.go) and k8s.io/component-helpers auth/rbac/validation (policy_comparator.go).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from stackwright.apiserver.auth.ports import Access

Rule = Mapping[str, Any]
ANYTHING = "*"


def allows(rule: Rule, access: Access) -> bool:
    verbs = rule.get("verbs") or ()
    if ANYTHING not in verbs and access.verb not in verbs:
        return False
    if access.path:
        return any(_path_matches(pattern, access.path) for pattern in rule.get("nonResourceURLs") or ())
    return (
        _has(rule.get("apiGroups"), access.group)
        and _resource_matches(rule.get("resources") or (), access.resource, access.subresource)
        and (not rule.get("resourceNames") or (bool(access.name) and access.name in rule["resourceNames"]))
    )


def _has(listed: Sequence[str] | None, wanted: str) -> bool:
    return listed is not None and (ANYTHING in listed or wanted in listed)


def _resource_matches(listed: Sequence[str], resource: str, subresource: str) -> bool:
    combined = f"{resource}/{subresource}" if subresource else resource
    if ANYTHING in listed or combined in listed:
        return True
    return bool(subresource) and f"*/{subresource}" in listed


def _path_matches(pattern: str, path: str) -> bool:
    return pattern in (ANYTHING, path) or (pattern.endswith("*") and path.startswith(pattern.rstrip("*")))


def uncovered(held: Sequence[Rule], wanted: Iterable[Rule]) -> list[Rule]:
    """The single permissions among `wanted` that no rule of `held` gives, joined by resource and in order."""
    missing = [single for rule in wanted for single in _singles(rule) if not any(_covers(owner, single) for owner in held)]
    return sorted(_joined(missing), key=shown)


def _singles(rule: Rule) -> Iterator[Rule]:
    verbs = rule.get("verbs") or ()
    for group, resource, verb in product(rule.get("apiGroups") or (), rule.get("resources") or (), verbs):
        single = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
        for name in rule.get("resourceNames") or ():
            yield {**single, "resourceNames": [name]}
        if not rule.get("resourceNames"):
            yield single
    for path, verb in product(rule.get("nonResourceURLs") or (), verbs):
        yield {"nonResourceURLs": [path], "verbs": [verb]}


def _covers(owner: Rule, single: Rule) -> bool:
    if not _all_in(owner.get("verbs"), single["verbs"]):
        return False
    if "nonResourceURLs" in single:
        return any(_path_matches(pattern, single["nonResourceURLs"][0]) for pattern in owner.get("nonResourceURLs") or ())
    if not _all_in(owner.get("apiGroups"), single["apiGroups"]) or not _covers_resource(owner, single["resources"][0]):
        return False
    names = owner.get("resourceNames")
    return not names or ("resourceNames" in single and single["resourceNames"][0] in names)


def _all_in(listed: Sequence[str] | None, wanted: Sequence[str]) -> bool:
    return all(_has(listed, item) for item in wanted)


def _covers_resource(owner: Rule, resource: str) -> bool:
    listed = owner.get("resources") or ()
    name, _, subresource = resource.partition("/")
    return resource in listed or _resource_matches(listed, name, subresource)


def _joined(rules: Iterable[Rule]) -> list[Rule]:
    """Rules that differ in their verbs only are one rule."""
    verbs: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for rule in rules:
        key = tuple((field, rule[field][0]) for field in ("apiGroups", "resources", "nonResourceURLs", "resourceNames") if field in rule)
        listed = verbs.setdefault(key, [])
        listed += [verb for verb in rule["verbs"] if verb not in listed]
    return [{**{field: [value] for field, value in key}, "verbs": listed} for key, listed in verbs.items()]


_SHOWN = {"apiGroups": "APIGroups", "resources": "Resources", "nonResourceURLs": "NonResourceURLs", "resourceNames": "ResourceNames", "verbs": "Verbs"}  # fmt: skip  # noqa: E501


def shown(rule: Rule) -> str:
    """`{APIGroups:["apps"], Resources:["deployments"], Verbs:["get" "list"]}`."""
    return "{" + ", ".join(f"{name}:{quoted(rule[field])}" for field, name in _SHOWN.items() if rule.get(field)) + "}"


def quoted(items: Iterable[str]) -> str:
    """As Go prints a list of texts with %q."""
    return "[" + " ".join(f'"{item}"' for item in items) + "]"
