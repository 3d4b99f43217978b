"""Values as Argo CD's REST API has them. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, gvk_of, metadata_of, name_of, namespace_of, owners_of, uid_of
from stackwright.gitops.compare import AppState, ResourceState
from stackwright.gitops.diff.masks import hidden
from stackwright.gitops.health.resource import health_of
from stackwright.gitops.health.types import Health
from stackwright.gitops.requests import SyncRequest
from stackwright.kernel import json

MAX_DEPTH = 5


def settings(raw: Mapping[str, str], url: str) -> dict[str, Any]:
    return {
        "url": url,
        "appLabelKey": raw.get("application.instanceLabelKey") or "app.kubernetes.io/instance",
        "trackingMethod": raw.get("application.resourceTrackingMethod") or "annotation",
        "statusBadgeEnabled": raw.get("statusbadge.enabled") == "true",
        "execEnabled": False,
        "plugins": [],
        "controllerNamespace": "argocd",
    }


def sync_request(body: Mapping[str, Any], username: str) -> SyncRequest:
    """From an ApplicationSyncRequest."""
    strategy = body.get("strategy") or {}
    kind = "apply" if strategy.get("apply") is not None else "hook"
    resources = [
        f"{item.get('group') or ''}:{item['kind']}:{item['namespace'] + '/' if item.get('namespace') else ''}{item['name']}"
        for item in body.get("resources") or ()
    ]
    options = {item.partition("=")[0] for item in (body.get("syncOptions") or {}).get("items") or () if item.endswith("=true")}
    return SyncRequest(
        revision=str(body.get("revision") or ""),
        prune=bool(body.get("prune")),
        dry_run=bool(body.get("dryRun")),
        force=bool((strategy.get(kind) or {}).get("force")),
        replace="Replace" in options,
        server_side="ServerSideApply" in options,
        apply_out_of_sync_only="ApplyOutOfSyncOnly" in options,
        resources=tuple(resources),
        strategy=kind,
        retry_limit=int((body.get("retryStrategy") or {}).get("limit") or 0),
        username=username,
    )


def masked(obj: Object, annotations: Sequence[str] = ()) -> Object:
    """Secret values are shown to nobody, nor are the annotations of Secrets that the settings name."""
    gvk = gvk_of(obj)
    return (hidden(obj, None, annotations)[0] or obj) if gvk.kind == "Secret" and not gvk.group else obj


def managed(resource: ResourceState, annotations: Sequence[str] = ()) -> dict[str, Any]:
    """One entry of managed-resources. Shape: states are JSON texts, `null` without an object."""
    target, live, key = resource.pair.target, resource.pair.live, resource.pair.key
    if key.kind == "Secret" and not key.group:
        target, live = hidden(target, live, annotations)
    shown = {"targetState": target, "liveState": live, "normalizedLiveState": live, "predictedLiveState": target}
    texts = {name: json.dumps(obj).decode() for name, obj in shown.items()}
    place = {"group": key.group, "kind": key.kind, "namespace": key.namespace, "name": key.name}
    return {**place, **texts, "modified": resource.status == "OutOfSync", "hook": resource.status == ""}


def tree(state: AppState, children_of: Callable[[Object], Sequence[Object]]) -> list[dict[str, Any]]:
    """Nodes of the resource tree: what is managed, and what that owns, down to pods.

    What is managed has the health that the Application counts; what it owns has that of the built-in checks.
    """
    nodes: list[dict[str, Any]] = []
    for resource in state.resources:
        found = node(resource.pair.live or resource.subject)
        if resource.health is not None:
            found["health"] = _health(resource.health)
        nodes.append(found)
        if resource.pair.live is not None:
            nodes += _below(resource.pair.live, children_of, MAX_DEPTH)
    return nodes


def _below(obj: Object, children_of: Callable[[Object], Sequence[Object]], depth: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for child in children_of(obj) if depth else ():
        health = health_of(child)
        found.append(node(child, obj) | ({} if health is None else {"health": _health(health)}))
        found += _below(child, children_of, depth - 1)
    return found


def _health(health: Health) -> dict[str, str]:
    return {"status": health.status, "message": health.message}


def node(obj: Object, parent: Object | None = None) -> dict[str, Any]:
    gvk = gvk_of(obj)
    found: dict[str, Any] = {
        "group": gvk.group,
        "version": gvk.version,
        "kind": gvk.kind,
        "namespace": namespace_of(obj),
        "name": name_of(obj),
    }
    found |= {"uid": uid_of(obj), "resourceVersion": metadata_of(obj).get("resourceVersion", "")}
    found |= {"createdAt": metadata_of(obj)["creationTimestamp"]} if metadata_of(obj).get("creationTimestamp") else {}
    if parent is not None:
        above = gvk_of(parent)
        place = {
            "group": above.group,
            "kind": above.kind,
            "namespace": namespace_of(parent),
            "name": name_of(parent),
            "uid": uid_of(parent),
        }
        found["parentRefs"] = [place]
    return found


def is_owned_by(obj: Object, owner: Object) -> bool:
    return any(reference.get("uid") == uid_of(owner) for reference in owners_of(obj))


def cluster(item: Mapping[str, Any]) -> dict[str, Any]:
    state = {"status": "Successful", "message": ""}
    return {**item, "connectionState": state, "info": {"connectionState": state, "cacheInfo": {}, "applicationsCount": 0}, "config": {}}


def repository(data: Mapping[str, str]) -> dict[str, Any]:
    """Without its credentials."""
    shown = {
        "repo": data.get("url", ""),
        "type": data.get("type") or "git",
        "name": data.get("name", ""),
        "project": data.get("project", ""),
    }
    return {**shown, "connectionState": {"status": "Successful", "message": ""}}
