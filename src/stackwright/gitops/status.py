"""What is written into an Application's status. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from stackwright.api.meta import Object, annotations_of, gvk_of
from stackwright.gitops.application import compared_to, has_several_sources, status_of, sync_options_of
from stackwright.gitops.compare import AppState, Condition, resource_status
from stackwright.gitops.health.types import Health
from stackwright.gitops.sync.types import images_of
from stackwright.kernel.clock import rfc3339

ERRORS = frozenset(("DeletionError", "InvalidSpecError", "ComparisonError", "SyncError", "DependencyError", "UnknownError"))
_LINK, _NO_LINKS = "link.argocd.argoproj.io/", "argocd.argoproj.io/ignore-default-links"
FAILURES = ("InvalidSpecError", "ComparisonError", "UnknownError")


def with_conditions(app: Object, conditions: Iterable[Condition], now: datetime) -> list[dict[str, Any]]:
    """The conditions that hold now; those that held before keep their time."""
    known = {(item.get("type"), item.get("message")): item.get("lastTransitionTime") for item in status_of(app).get("conditions") or ()}
    found: list[dict[str, Any]] = []
    for condition in dict.fromkeys(conditions):
        since = known.get((condition.type, condition.message)) or rfc3339(now)
        found.append({"type": condition.type, "message": condition.message, "lastTransitionTime": since})
    return found


def of_state(
    app: Object, state: AppState, revisions: Sequence[str], source_types: Sequence[str], now: datetime, *, persist_health: bool = True
) -> dict[str, Any]:
    """sync, health, resources and summary after a comparison. Without `persist_health` that of single objects is told elsewhere."""
    options = sync_options_of(app)
    listed = [resource_status(resource, options) for resource in state.resources]
    found: dict[str, Any] = {
        "sync": sync_of(app, state.status, revisions),
        "health": health_of(app, state.health, now),
        "resources": listed if persist_health else [{key: item[key] for key in item if key != "health"} for item in listed],
        "resourceHealthSource": None if persist_health else "appTree",
        "summary": summary_of(state),
        "controllerNamespace": (app.get("metadata") or {}).get("namespace"),
    }
    if source_types:
        found |= {"sourceTypes": list(source_types)} if has_several_sources(app) else {"sourceType": source_types[0]}
    return found


def sync_of(app: Object, status: str, revisions: Sequence[str]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    if any(revisions):
        named = {"revisions": list(revisions)} if has_several_sources(app) else {"revision": revisions[0]}
    return {"status": status, "comparedTo": compared_to(app)} | named


def health_of(app: Object, health: Health, now: datetime) -> dict[str, Any]:
    old = status_of(app).get("health") or {}
    since = old.get("lastTransitionTime") if old.get("status") == health.status else None
    found = {"status": health.status, "lastTransitionTime": since or rfc3339(now)}
    return found | ({"message": health.message} if health.message else {})


def summary_of(state: AppState) -> dict[str, Any]:
    images: set[str] = set()
    urls: set[str] = set()
    for resource in state.resources:
        if resource.pair.live is not None:
            images.update(images_of(resource.pair.live))
            urls.update(_urls_of(resource.pair.live))
            urls.update(_links_of(resource.pair.live))
    return ({"images": sorted(images)} if images else {}) | ({"externalURLs": sorted(urls)} if urls else {})


def _links_of(obj: Object) -> Iterable[str]:
    """What people wrote on an object: its links."""
    for key, value in annotations_of(obj).items():
        if key.startswith(_LINK) and str(value).startswith(("http://", "https://")):
            yield str(value)


def _urls_of(obj: Object) -> Iterable[str]:
    """Of an Ingress: where its rules lead from, unless that is not wanted."""
    if gvk_of(obj).kind != "Ingress" or annotations_of(obj).get(_NO_LINKS) == "true":
        return
    spec = obj.get("spec") or {}
    secure = {host for entry in spec.get("tls") or () for host in entry.get("hosts") or ()}
    for rule in spec.get("rules") or ():
        if rule.get("host"):
            scheme = "https" if rule["host"] in secure else "http"
            for path in (rule.get("http") or {}).get("paths") or ():
                yield f"{scheme}://{rule['host']}{path.get('path') or ''}"


def patch_of(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON merge patch between two maps; lists are replaced as wholes."""
    patch: dict[str, Any] = {key: None for key in old if key not in new}
    for key, value in new.items():
        before = old.get(key)
        if key in old and before == value:
            continue
        patch[key] = patch_of(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return patch
