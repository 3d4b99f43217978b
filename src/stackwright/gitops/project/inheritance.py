"""Global projects: what a project has from those that `globalProjects` of argocd-cm names for it. Pure.

Source: Argo CD's util/argo/argo.go (`GetGlobalProjects`, `mergeVirtualProject`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, labels_of, name_of
from stackwright.api.selectors import from_object

_INHERITED = (
    "clusterResourceWhitelist",
    "clusterResourceBlacklist",
    "namespaceResourceWhitelist",
    "namespaceResourceBlacklist",
    "syncWindows",
    "sourceRepos",
    "destinations",
)
"""Lists that are joined. Everything else is the project's own: roles, orphans, source namespaces, service accounts."""


def global_projects(project: Object, rules: Sequence[Mapping[str, Any]], find: Callable[[str], Object | None]) -> list[Object]:
    """The projects that this one inherits from, in the order of the rules; never itself. One that does not exist ends the search."""
    found: list[Object] = []
    for rule in rules:
        name = str(rule.get("projectName") or "")
        selector = from_object(rule.get("labelSelector") or {})
        if name == name_of(project) or selector is None or not selector.matches(labels_of(project)):
            continue
        parent = find(name)
        if parent is None:
            break
        found.append(parent)
    return found


def with_inherited(project: Object, parents: Sequence[Object]) -> Object:
    """The project as it is judged by. A list that nobody has stays absent: that is not the same as an empty one."""
    spec = dict(project.get("spec") or {})
    for parent in parents:
        for field in _INHERITED:
            more = (parent.get("spec") or {}).get(field)
            if more:
                spec[field] = [*(spec.get(field) or ()), *more]
    return {**project, "spec": spec} if parents else project
