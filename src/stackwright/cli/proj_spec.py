"""Changes to the spec of a project. Pure.

Source: Argo CD's cmd/argocd/commands/project.go and cmd/util/project.go.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.kernel.errors import BadInput

Spec = Mapping[str, Any]
CLUSTER_ALLOWED, CLUSTER_DENIED = "clusterResourceWhitelist", "clusterResourceBlacklist"
NAMESPACE_ALLOWED, NAMESPACE_DENIED = "namespaceResourceWhitelist", "namespaceResourceBlacklist"
_KINDS = {
    "allow_cluster_resource": CLUSTER_ALLOWED,
    "deny_cluster_resource": CLUSTER_DENIED,
    "allow_namespaced_resource": NAMESPACE_ALLOWED,
    "deny_namespaced_resource": NAMESPACE_DENIED,
}
_LISTS = {"src": "sourceRepos", "source_namespaces": "sourceNamespaces"}


def with_flags(spec: Spec, given: Mapping[str, Any]) -> dict[str, Any]:
    """The spec as the flags of `proj create` and `proj set` want it: a list that is given replaces the one there. Raises BadInput."""
    changed = dict(spec)
    if "description" in given:
        changed["description"] = given["description"]
    for flag, field in _LISTS.items():
        if flag in given:
            changed[field] = _split(given[flag])
    for flag, field in _KINDS.items():
        if flag in given:
            changed[field] = [_kind(flag, text) for text in _split(given[flag])]
    if "dest" in given:
        changed["destinations"] = [_destination(text) for text in given["dest"]]
    if "dest_service_accounts" in given:
        changed["destinationServiceAccounts"] = [_account(text) for text in given["dest_service_accounts"]]
    return _with_orphans(changed, given)


def _split(texts: Sequence[str]) -> list[str]:
    return [word.strip() for text in texts for word in text.split(",") if word.strip()]


def _kind(flag: str, text: str) -> dict[str, str]:
    """GROUP/KIND, or KIND alone of the core group."""
    group, _, kind = text.rpartition("/")
    if not kind or "/" in group:
        raise BadInput(f"--{flag.replace('_', '-')} {text}: expected GROUP/KIND or KIND")
    return {"group": group, "kind": kind}


def _destination(text: str) -> dict[str, str]:
    """SERVER,NAMESPACE; a server that is no URL is the name of a cluster."""
    server, separator, namespace = text.partition(",")
    if not separator or not server or not namespace:
        raise BadInput(f"--dest {text}: expected SERVER,NAMESPACE")
    return destination(server, namespace, by_name="://" not in server and server != "*")


def destination(cluster: str, namespace: str, *, by_name: bool) -> dict[str, str]:
    return {"name" if by_name else "server": cluster, "namespace": namespace}


def _account(text: str) -> dict[str, str]:
    parts = text.split(",")
    if len(parts) not in (3, 4) or not all(parts):
        raise BadInput(f"--dest-service-accounts {text}: expected SERVER,NAMESPACE,ACCOUNT")
    return service_account(*parts)


def service_account(server: str, namespace: str, account: str, account_namespace: str = "") -> dict[str, str]:
    name = f"{account_namespace}:{account}" if account_namespace else account
    return {"server": server, "namespace": namespace, "defaultServiceAccount": name}


def _with_orphans(spec: Spec, given: Mapping[str, Any]) -> dict[str, Any]:
    if given.get("orphaned_resources") is False:
        return {key: value for key, value in spec.items() if key != "orphanedResources"}
    there = spec.get("orphanedResources")
    if "orphaned_resources_warn" in given:
        return {**spec, "orphanedResources": {**(there or {}), "warn": given["orphaned_resources_warn"]}}
    return {**spec, "orphanedResources": there or {}} if given.get("orphaned_resources") else dict(spec)


def with_entry(spec: Spec, field: str, entry: Any, what: str) -> dict[str, Any]:
    """One entry more in a list. Raises BadInput when it is there already."""
    there = list(spec.get(field) or ())
    if entry in there:
        raise BadInput(f"{what} is already defined in the project")
    return {**spec, field: [*there, entry]}


def without_entry(spec: Spec, field: str, entry: Any, what: str) -> dict[str, Any]:
    """One entry less in a list; a mapping takes every entry that has its fields. Raises BadInput when there is none."""
    there = list(spec.get(field) or ())
    kept = [item for item in there if not _fits(item, entry)]
    if len(kept) == len(there):
        raise BadInput(f"{what} does not exist in the project (there are: {', '.join(map(_text, there)) or 'none'})")
    return {**spec, field: kept}


def _fits(item: Any, entry: Any) -> bool:
    if isinstance(item, Mapping) and isinstance(entry, Mapping):
        return all((item.get(key) or "") == value for key, value in entry.items())
    return bool(item == entry)


def _text(item: Any) -> str:
    return ",".join(str(value) for value in item.values()) if isinstance(item, Mapping) else str(item)


def with_orphan_ignored(spec: Spec, entry: Mapping[str, str]) -> dict[str, Any]:
    """Raises BadInput."""
    return {**spec, "orphanedResources": with_entry(spec.get("orphanedResources") or {}, "ignore", dict(entry), _text(entry))}


def without_orphan_ignored(spec: Spec, entry: Mapping[str, str]) -> dict[str, Any]:
    """Raises BadInput."""
    return {**spec, "orphanedResources": without_entry(spec.get("orphanedResources") or {}, "ignore", entry, _text(entry))}


def with_kind(spec: Spec, entry: Mapping[str, str], *, into: str, out_of: str) -> dict[str, Any]:
    """A kind goes to one list and leaves the other. Raises BadInput when that is so already."""
    added = list(spec.get(into) or ())
    removed = [item for item in spec.get(out_of) or () if not _fits(item, entry)]
    if any(_fits(item, entry) for item in added) and len(removed) == len(spec.get(out_of) or ()):
        raise BadInput(f"{_text(entry)} is already in {into}")
    added = added if any(_fits(item, entry) for item in added) else [*added, dict(entry)]
    return {**spec, into: added} | ({out_of: removed} if out_of in spec else {})


def without_kind(spec: Spec, entry: Mapping[str, str], field: str) -> dict[str, Any]:
    """Raises BadInput when it is not in the list."""
    return without_entry(spec, field, entry, _text(entry))
