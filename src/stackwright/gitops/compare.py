"""What an Application wants against what lives: pairs, their sync status and health, and what there is to say about them. Pure.

Source: Argo CD's controller/state.go (`CompareAppState`).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from stackwright.api.meta import Object, ObjectKey, gvk_of, key_of, labels_of, metadata_of, name_of, namespace_of
from stackwright.gitops.health.application import IGNORE_HEALTHCHECK, ResourceHealth, application_health
from stackwright.gitops.health.types import Health
from stackwright.gitops.options import SyncOptions, compare_options_of, requires_confirmation, wave_of
from stackwright.gitops.settings import Settings
from stackwright.gitops.sync.hooks import is_hook, is_skipped
from stackwright.gitops.sync.plan import Pair, with_destination

SyncStatus = Literal["Synced", "OutOfSync", "Unknown"]
IGNORED_EXTRA = "IgnoreExtraneous"


@dataclass(frozen=True, slots=True)
class Condition:
    type: str
    message: str


@dataclass(frozen=True, slots=True)
class Target:
    """What the sources want. Shape: `objects` carry namespace and marks; hooks and skipped objects are apart."""

    objects: Mapping[ObjectKey, Object]
    hooks: Sequence[Object]
    skipped: Sequence[Object]
    conditions: Sequence[Condition]


@dataclass(frozen=True, slots=True)
class View:
    """How an Application looks at its cluster: everything that `compare_app` may ask.

    Shape: `modified` says of a pair with both sides whether applying would change what counts; `permitted` judges targets by
    the kinds that the project allows, `permitted_live` living objects by their namespaces as well; `app` is the Application's own key.
    """

    instance: str
    settings: Settings
    namespaced: Callable[[Object], bool | None]
    modified: Callable[[Pair], bool]
    health: Callable[[Object], Health | None]
    permitted: Callable[[Object], bool]
    permitted_live: Callable[[Object], bool] = lambda _obj: True
    options: SyncOptions = field(default_factory=SyncOptions)
    app: ObjectKey | None = None
    server: str = ""


@dataclass(frozen=True, slots=True)
class ResourceState:
    """One managed resource as it stands.

    Shape: `health` None without a notion of health; `status` empty for what is listed and does not count: living hooks, objects
    that are never applied, and those that only carry a copy of somebody's mark.
    """

    pair: Pair
    status: SyncStatus | Literal[""]
    health: Health | None
    is_hook: bool = False
    requires_pruning: bool = False
    extra_ignored: bool = False

    @property
    def subject(self) -> Object:
        return self.pair.target if self.pair.target is not None else self.pair.live or {}


@dataclass(frozen=True, slots=True)
class AppState:
    """The whole comparison."""

    resources: Sequence[ResourceState]
    hooks: Sequence[Object]
    status: SyncStatus
    health: Health
    conditions: Sequence[Condition]

    @property
    def pairs(self) -> list[Pair]:
        return [resource.pair for resource in self.resources if resource.status != ""]


def target_of(objects: Sequence[Object], destination_namespace: str, view: View, mark: Callable[[Object], Object]) -> Target:
    """Objects by their key, the last of several with the same; what cannot be told apart is said."""
    kept: dict[ObjectKey, Object] = {}
    hooks: list[Object] = []
    skipped: list[Object] = []
    counts: Counter[ObjectKey] = Counter()
    conditions: list[Condition] = []
    for obj in objects:
        gvk = gvk_of(obj)
        if view.settings.is_excluded(gvk.group, gvk.kind, view.server):
            title = f"{gvk.group}/{gvk.kind} {name_of(obj)}"
            conditions.append(Condition("ExcludedResourceWarning", f"Resource {title} is excluded in the settings"))
            continue
        placed = with_destination(obj, view.namespaced(obj), destination_namespace)
        if view.namespaced(obj) and not namespace_of(placed):
            kind = f"{gvk.api_version if gvk.group else '/' + gvk.version}, Kind={gvk.kind}"
            conditions.append(Condition("InvalidSpecError", f"Namespace for {name_of(obj)} {kind} is missing."))
        if is_hook(placed):
            hooks.append(mark(placed))
        elif is_skipped(placed):
            skipped.append(placed)
        else:
            key = key_of(placed) if name_of(placed) else _unnamed(placed, len(kept))
            counts[key] += name_of(placed) != ""
            kept[key] = mark(placed)
    for key, count in counts.items():
        if count > 1:
            title = f"{key.group}/{key.kind}/{key.namespace}/{key.name}"
            message = f"Resource {title} appeared {count} times among application resources."
            conditions.append(Condition("RepeatedResourceWarning", message))
    return Target(kept, hooks, skipped, conditions)


def _unnamed(obj: Object, number: int) -> ObjectKey:
    """An object that the server will name is never the same as another."""
    return key_of(obj)._replace(name=f"{metadata_of(obj).get('generateName', '')}#{number}")


def compare_app(target: Target, live: Mapping[ObjectKey, Object], view: View) -> AppState:
    """`live` are the objects that the Application owns, and those that live under the keys of its targets."""
    skipped = {key_of(obj): obj for obj in target.skipped}
    pairs = [Pair(key, target.objects.get(key), live.get(key)) for key in {*target.objects, *live} - set(skipped)]
    resources = [resource for pair in pairs if (resource := _state(pair, view)) is not None]
    resources += [ResourceState(Pair(key, obj, live.get(key)), "", None) for key, obj in skipped.items()]
    resources.sort(key=lambda resource: resource.pair.key)
    conditions = [*target.conditions, *_shared(resources, view)]
    status: SyncStatus = "Synced"
    if any(resource.status == "OutOfSync" and not resource.extra_ignored for resource in resources):
        status = "OutOfSync"
    health = application_health(
        ResourceHealth(
            resource.pair.key,
            resource.health,
            is_live=resource.pair.live is not None,
            counts=resource.status != "" and resource.pair.key != view.app and not _unwatched(resource.subject),
        )
        for resource in resources
    )
    return AppState(resources, target.hooks, status, health, conditions)


def _unwatched(obj: Object) -> bool:
    return str((metadata_of(obj).get("annotations") or {}).get(IGNORE_HEALTHCHECK)) == "true"


def _state(pair: Pair, view: View) -> ResourceState | None:
    live = pair.live
    if pair.target is None:
        return None if live is None else _extra(pair, live, view)
    health = Health("Missing") if live is None else view.health(live)
    if not view.permitted(pair.target):
        return ResourceState(pair, "Unknown", health)
    if live is None:
        return ResourceState(pair, "OutOfSync", health)
    return ResourceState(pair, "OutOfSync" if view.modified(pair) else "Synced", health)


def _extra(pair: Pair, live: Object, view: View) -> ResourceState | None:
    """What lives and is not asked for."""
    if pair.key == view.app or not view.permitted_live(live):
        return None
    health = view.health(live)
    if not view.settings.tracking.is_self_referenced(live, view.instance):
        return ResourceState(pair, "", health)
    if is_hook(live) or is_skipped(live):
        return ResourceState(pair, "", health, is_hook=is_hook(live), requires_pruning=True)
    ignored = compare_options_of(live).has(IGNORED_EXTRA)
    return ResourceState(pair, "OutOfSync", health, requires_pruning=True, extra_ignored=ignored)


def _shared(resources: Sequence[ResourceState], view: View) -> list[Condition]:
    """Objects that another Application claims as well."""
    tracking = view.settings.tracking
    found: list[Condition] = []
    for resource in resources:
        live = resource.pair.live
        if live is None or resource.pair.target is None:
            continue
        owner = tracking.owner_of(live)
        if owner and owner != view.instance and tracking.is_self_referenced(live, owner):
            message = f"{resource.pair.key.kind}/{resource.pair.key.name} is part of applications {_shown(view)} and {owner}"
            found.append(Condition("SharedResourceWarning", message))
    return found


def _shown(view: View) -> str:
    return view.instance if view.app is None else f"{view.app.namespace}/{view.app.name}"


def resource_status(resource: ResourceState, options: SyncOptions) -> dict[str, Any]:
    """One entry of status.resources."""
    key, subject = resource.pair.key, resource.subject
    found: dict[str, Any] = {}
    found |= {"group": key.group} if key.group else {}
    found |= {"version": gvk_of(subject).version, "kind": key.kind}
    found |= {"namespace": key.namespace} if key.namespace else {}
    found |= {"name": key.name}
    found |= {"status": resource.status} if resource.status else {}
    if resource.health is not None:
        found["health"] = {"status": resource.health.status} | ({"message": resource.health.message} if resource.health.message else {})
    found |= {"hook": True} if resource.is_hook else {}
    found |= {"requiresPruning": True} if resource.requires_pruning else {}
    wave = wave_of(subject)
    found |= {"syncWave": wave} if wave else {}
    live = resource.pair.live
    if live is not None and (requires_confirmation(live, options, "Prune") or requires_confirmation(live, options, "Delete")):
        found["requiresDeletionConfirmation"] = True
    return found


def namespace_is_behind(app: Object, live: Object | None) -> bool:
    """Whether the destination's namespace is not yet as managedNamespaceMetadata says: the last operation knew another, or it drifted."""
    wanted = ((app.get("spec") or {}).get("syncPolicy") or {}).get("managedNamespaceMetadata")
    result = ((app.get("status") or {}).get("operationState") or {}).get("syncResult")
    if wanted is None:
        return False
    if result is not None and (result.get("managedNamespaceMetadata") or {}) != wanted:
        return True
    return live is not None and not _carries(live, wanted)


def _carries(live: Object, wanted: Mapping[str, Any]) -> bool:
    annotations = metadata_of(live).get("annotations") or {}
    return all(
        present.get(key) == value
        for name, present in (("labels", labels_of(live)), ("annotations", annotations))
        for key, value in (wanted.get(name) or {}).items()
    )
