"""Roles and their bindings.

Source: k8s.io/kubernetes pkg/apis/rbac/validation.
"""

from typing import Any

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.rules import (
    Problems,
    indexed,
    invalid,
    items,
    mapping,
    not_supported,
    required,
    words,
)
from stackwright.apiserver.builtin.validation.selectors import selector

_GROUP = "rbac.authorization.k8s.io"


def role(obj: Object) -> Problems:
    for place, rule in indexed("", obj, "rules"):
        yield from _rule(place, rule, namespaced=True)


def cluster_role(obj: Object) -> Problems:
    for place, rule in indexed("", obj, "rules"):
        yield from _rule(place, rule, namespaced=False)
    selectors = items(mapping(obj, "aggregationRule"), "clusterRoleSelectors")
    if obj.get("aggregationRule") is not None and not selectors:
        yield required("aggregationRule.clusterRoleSelectors", "at least one clusterRoleSelector required if aggregationRule is non-nil")
    for index, each in enumerate(selectors):
        yield from selector(f"aggregationRule.clusterRoleSelectors[{index}]", each)


def _rule(path: str, rule: Any, *, namespaced: bool) -> Problems:
    if not items(rule, "verbs"):
        yield required(f"{path}.verbs", "verbs must contain at least one value")
    urls, groups, resources = (items(rule, key) for key in ("nonResourceURLs", "apiGroups", "resources"))
    if urls:
        if namespaced:
            yield invalid(f"{path}.nonResourceURLs", urls, "namespaced rules cannot apply to non-resource URLs")
        if groups or resources or items(rule, "resourceNames"):
            yield invalid(f"{path}.nonResourceURLs", urls, "rules cannot apply to both regular resources and non-resource URLs")
        return
    if not groups:
        yield required(f"{path}.apiGroups", "resource rules must supply at least one api group")
    if not resources:
        yield required(f"{path}.resources", "resource rules must supply at least one resource")


def role_binding(obj: Object) -> Problems:
    yield from _binding(obj, ("Role", "ClusterRole"), namespaced=True)


def cluster_role_binding(obj: Object) -> Problems:
    yield from _binding(obj, ("ClusterRole",), namespaced=False)


def _binding(obj: Object, kinds: tuple[str, ...], *, namespaced: bool) -> Problems:
    role = mapping(obj, "roleRef")
    if role.get("apiGroup") != _GROUP:
        yield not_supported("roleRef.apiGroup", role.get("apiGroup") or "", (_GROUP,))
    if role.get("kind") not in kinds:
        yield not_supported("roleRef.kind", role.get("kind") or "", kinds)
    name = role.get("name") or ""
    if not name:
        yield required("roleRef.name")
    else:
        yield from words("roleRef.name", name, names.path_segment(name))
    for place, subject in indexed("", obj, "subjects"):
        yield from _subject(place, subject, namespaced=namespaced)


def _subject(path: str, subject: Any, *, namespaced: bool) -> Problems:
    kind, name, group = (subject.get(key) or "" for key in ("kind", "name", "apiGroup"))
    if not name:
        yield required(f"{path}.name")
    if kind == "ServiceAccount":
        if name:
            yield from words(f"{path}.name", name, names.subdomain(name))
        if group:
            yield not_supported(f"{path}.apiGroup", group, ("",))
        if not subject.get("namespace") and not namespaced:
            yield required(f"{path}.namespace")
    elif kind in ("User", "Group"):
        if group != _GROUP:
            yield not_supported(f"{path}.apiGroup", group, (_GROUP,))
    else:
        yield not_supported(f"{path}.kind", kind, ("ServiceAccount", "User", "Group"))


def changed_binding(new: Object, old: Object) -> Problems:
    """Which role is given cannot change."""
    if new.get("roleRef") != old.get("roleRef"):
        role = mapping(new, "roleRef")
        shown = {"APIGroup": role.get("apiGroup", ""), "Kind": role.get("kind", ""), "Name": role.get("name", "")}
        yield invalid("roleRef", shown, "cannot change roleRef")
