"""May an Application of this project use that repository, destination, kind or namespace.

Source: Argo CD's AppProject (`IsSourcePermitted`, `IsDestinationPermitted`, `IsGroupKindNamePermitted`).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.gitops.project.globs import is_denial, matches, matches_or_denies

Spec = Mapping[str, Any]


def normalised_url(url: str) -> str:
    """Two spellings of one repository become equal: case of the host, `.git`, scp form."""
    text = url.strip().removesuffix("/").removesuffix(".git")
    scp = re.match(r"([\w.-]+@)([^:/]+):(?!//)(.+)\Z", text)
    if scp:
        text = f"ssh://{scp[1]}{scp[2]}/{scp[3]}"
    parts = re.match(r"([a-zA-Z]+://)([^/]*)(.*)\Z", text)
    if parts is None:
        return text
    host = re.sub(r":(?=\D)", "/", parts[2].lower())
    return parts[1].lower() + host + parts[3]


def source_permitted(spec: Spec, repo_url: str) -> bool:
    wanted = normalised_url(repo_url)
    permitted = False
    for pattern in spec.get("sourceRepos") or ():
        denial = is_denial(pattern)
        bare = pattern[1:] if denial else pattern
        hit = bare == "*" or matches(normalised_url(bare), wanted, "/")
        if denial and hit:
            return False
        permitted = permitted or denial or hit
    return permitted


def destination_permitted(
    spec: Spec, *, server: str = "", name: str = "", namespace: str = "", project_clusters: Sequence[str] | None = None
) -> bool:
    """`project_clusters` are the servers and names of the clusters scoped to this project.

    They count only under `permitOnlyProjectScopedClusters`.
    """
    if spec.get("permitOnlyProjectScopedClusters") and not ({server, name} - {""}) & set(project_clusters or ()):
        return False
    permitted = False
    for item in spec.get("destinations") or ():
        where, pattern = (server, item.get("server") or "") if item.get("server") else (name, item.get("name") or "")
        at_cluster = matches_or_denies(pattern, where)
        in_namespace = matches_or_denies(item.get("namespace") or "", namespace)
        if at_cluster and in_namespace:
            permitted = True
        elif (not at_cluster and is_denial(pattern) and in_namespace) or (
            not in_namespace and is_denial(item.get("namespace") or "") and at_cluster
        ):
            return False
    return permitted


def kind_permitted(spec: Spec, group: str, kind: str, name: str = "", *, namespaced: bool) -> bool:
    """Cluster-scoped kinds need a white-list entry; namespaced ones are all permitted while there is no list."""
    prefix = "namespace" if namespaced else "cluster"
    allowed = spec.get(f"{prefix}ResourceWhitelist")
    listed = (namespaced and allowed is None) or _listed(allowed or (), group, kind, name)
    return listed and not _listed(spec.get(f"{prefix}ResourceBlacklist") or (), group, kind, name)


def _listed(entries: Sequence[Mapping[str, Any]], group: str, kind: str, name: str) -> bool:
    return any(
        matches(entry.get("group") or "", group)
        and matches(entry.get("kind") or "", kind)
        and (not entry.get("name") or matches(entry["name"], name))
        for entry in entries
    )


def app_namespace_permitted(spec: Spec, app_namespace: str, control_namespace: str) -> bool:
    """Whether Applications of the project may live in `app_namespace`."""
    if app_namespace in ("", control_namespace):
        return True
    return any(
        re.fullmatch(pattern[1:-1], app_namespace) is not None
        if len(pattern) > 1 and pattern[0] == pattern[-1] == "/"
        else matches(pattern, app_namespace)
        for pattern in spec.get("sourceNamespaces") or ()
    )
