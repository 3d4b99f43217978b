"""Values as Argo CD's REST API has them. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, gvk_of, metadata_of, name_of, namespace_of, owners_of, uid_of
from stackwright.gitops.clusters import SECRET_TYPE, Cluster
from stackwright.gitops.compare import AppState, ResourceState
from stackwright.gitops.diff.masks import hidden
from stackwright.gitops.health.resource import health_of
from stackwright.gitops.health.types import Health
from stackwright.gitops.measures import ClusterState
from stackwright.gitops.requests import SyncRequest
from stackwright.kernel import json
from stackwright.kernel.clock import rfc3339_of

MAX_DEPTH = 5


def settings(raw: Mapping[str, str], url: str) -> dict[str, Any]:
    """What anybody may know, also before a login."""
    help_shown = {shown: raw[key] for key, shown in (("help.chatUrl", "chatUrl"), ("help.chatText", "chatText")) if raw.get(key)}
    return {
        "url": url,
        "appLabelKey": raw.get("application.instanceLabelKey") or "app.kubernetes.io/instance",
        "trackingMethod": raw.get("application.resourceTrackingMethod") or "annotation",
        "statusBadgeEnabled": raw.get("statusbadge.enabled") == "true",
        "execEnabled": False,
        "plugins": [],
        "controllerNamespace": "argocd",
        "appsInAnyNamespaceEnabled": True,
        "resourceOverrides": {},
        "kustomizeVersions": [],
        "passwordPattern": raw.get("passwordPattern") or "^.{8,32}$",
        **{shown: raw[key] for key, shown in _SHOWN.items() if raw.get(key)},
        **({"help": help_shown} if help_shown else {}),
    }


_SHOWN = {
    "ui.bannercontent": "uiBannerContent",
    "ui.bannerurl": "uiBannerURL",
    "ui.bannerposition": "uiBannerPosition",
    "ui.cssurl": "uiCssURL",
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


def whole_tree(state: AppState | None, children_of: Callable[[Object], Sequence[Object]]) -> dict[str, Any]:
    """An ApplicationTree. Shape: `state` None where the Application cannot be compared."""
    return {"nodes": [] if state is None else tree(state, children_of)}


def app_node(app: Object, parent: Object) -> dict[str, Any]:
    """An Application in the tree of what made it."""
    found = node(
        {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", **app},
        {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", **parent},
    )
    health = (app.get("status") or {}).get("health") or {}
    return found | ({"health": dict(health)} if health else {})


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


def images_of(objects: Iterable[Object]) -> list[str]:
    """Every image that containers of these objects name, sorted."""
    found: set[str] = set()

    def look(value: Any) -> None:
        match value:
            case Mapping():
                for key, item in value.items():
                    if key in ("containers", "initContainers") and isinstance(item, list):
                        found.update(str(each["image"]) for each in item if isinstance(each, Mapping) and each.get("image"))
                    look(item)
            case list():
                for item in value:
                    look(item)

    for obj in objects:
        look(obj)
    return sorted(found)


def is_owned_by(obj: Object, owner: Object) -> bool:
    return any(reference.get("uid") == uid_of(owner) for reference in owners_of(obj))


# -- clusters and repositories ---------------------------------------------------------------------------------------


def registered(cluster: Cluster, annotations: Mapping[str, str]) -> dict[str, Any]:
    """A cluster of a Secret, without what opens it."""
    found: dict[str, Any] = {"server": cluster.server, "name": cluster.name, "project": cluster.project}
    found |= {"namespaces": list(cluster.namespaces)} if cluster.namespaces else {}
    found |= {"clusterResources": True} if cluster.namespaces and cluster.cluster_resources else {}
    labels = {key: value for key, value in cluster.labels.items() if key != SECRET_TYPE}
    return found | ({"labels": labels} if labels else {}) | ({"annotations": dict(annotations)} if annotations else {})


def cluster(item: Mapping[str, Any], state: ClusterState | None, applications: int, now: float) -> dict[str, Any]:
    """Shape: `state` None while nothing is known. Units: `now` in seconds since 1970."""
    known = state is not None and state.connected
    told = "" if known else "Cluster has no applications and is not being monitored."
    connection = {"status": "Successful" if known else "Unknown", "message": told, "attemptedAt": rfc3339_of(now)}
    cache: dict[str, Any] = {"resourcesCount": state.objects, "apisCount": state.resources} if state is not None and known else {}
    cache |= {"lastCacheSyncTime": rfc3339_of(now - state.age_seconds)} if state is not None and known else {}
    version = state.version if state is not None else ""
    info = {"connectionState": connection, "serverVersion": version, "cacheInfo": cache, "applicationsCount": applications}
    return {
        **item,
        "connectionState": connection,
        "serverVersion": version,
        "info": info,
        "config": {"tlsClientConfig": {"insecure": False}},
    }


REPOSITORY_FIELDS = (
    "username", "password", "sshPrivateKey", "insecure", "tlsClientCertData", "tlsClientCertKey", "type", "name", "enableOCI", "enableLfs",
    "githubAppPrivateKey", "githubAppID", "githubAppInstallationID", "githubAppEnterpriseBaseUrl", "proxy", "noProxy", "project",
    "forceHttpBasicAuth", "gcpServiceAccountKey", "useAzureWorkloadIdentity", "bearerToken", "insecureOCIForceHttp", "depth",
)  # fmt: skip
_FLAGS = ("insecure", "enableLfs", "enableOCI", "forceHttpBasicAuth", "useAzureWorkloadIdentity")


def repository_data(body: Mapping[str, Any]) -> dict[str, str]:
    """A repository's Secret, from the API's field names. Shape: nothing of what was not given."""
    given = {**body, "enableOCI": body.get("enableOCI") or body.get("enableOci")}
    url = str(body.get("repo") or body.get("url") or "")
    found = {key: _text(given[key]) for key in REPOSITORY_FIELDS if given.get(key)}
    return {"url": url, **found} if url else found


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def repository(data: Mapping[str, str], state: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Without its credentials. Shape: `state` None where nobody tried whether it opens."""
    shown: dict[str, Any] = {"repo": data.get("url", ""), "type": data.get("type") or "git", "name": data.get("name", "")}
    shown |= {"project": data.get("project", "")} | ({"username": data["username"]} if data.get("username") else {})
    shown |= {key: True for key in _FLAGS if data.get(key) == "true"}
    shown |= {key: data[key] for key in ("proxy", "noProxy", "githubAppEnterpriseBaseUrl") if data.get(key)}
    return {**shown, "connectionState": state or {"status": "Unknown", "message": ""}}


def credentials(data: Mapping[str, str]) -> dict[str, Any]:
    """Of a template, all but what opens anything."""
    shown: dict[str, Any] = {"url": data.get("url", "")} | ({"username": data["username"]} if data.get("username") else {})
    shown |= {"type": data["type"]} if data.get("type") else {}
    return shown | {key: True for key in _FLAGS if data.get(key) == "true"}
