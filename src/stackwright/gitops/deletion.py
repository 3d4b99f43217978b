"""The end of an Application: what goes with it, in which order, and the hooks before and after. `next_deletions` is the pure part.

Source: Argo CD's controller/appcontroller.go (`finalizeApplicationDeletion`) and controller/hook.go.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, ObjectKey, annotations_of, gvk_of, is_deleting, key_of, metadata_of, name_of, namespace_of
from stackwright.client.kube import Propagation
from stackwright.gitops.health.types import Health
from stackwright.gitops.options import HELM_RESOURCE_POLICY, SyncOptions, option, requires_confirmation, wave_of
from stackwright.gitops.sync.hooks import Phase, delete_policies_of, hook_name, is_crd, phases_of

CASCADE = "resources-finalizer.argocd.argoproj.io"
CASCADE_FOREGROUND, CASCADE_BACKGROUND = f"{CASCADE}/foreground", f"{CASCADE}/background"
PRE_DELETE = "pre-delete-finalizer.argocd.argoproj.io"
POST_DELETE = "post-delete-finalizer.argocd.argoproj.io"
CLEANUP = "/cleanup"
_CASCADES = frozenset((CASCADE, CASCADE_FOREGROUND, CASCADE_BACKGROUND))
_PHASES: Mapping[str, Phase] = {PRE_DELETE: "PreDelete", POST_DELETE: "PostDelete"}


def finalizers_of(app: Object) -> list[str]:
    return list(metadata_of(app).get("finalizers") or ())


def is_ours(finalizer: str) -> bool:
    return finalizer in _CASCADES or finalizer.removesuffix(CLEANUP) in _PHASES


def without_ours(app: Object) -> list[str]:
    """What is left for others when nothing of ours is to be done any more."""
    return [item for item in finalizers_of(app) if not is_ours(item)]


def propagation_of(app: Object) -> Propagation:
    return "Background" if CASCADE_BACKGROUND in finalizers_of(app) else "Foreground"


def hook_finalizers(app: Object, hooks: Sequence[Object]) -> list[str]:
    """The finalizers that an Application whose manifests have these hooks should carry."""
    wanted = {phase for hook in hooks for phase in phases_of(hook)}
    found = finalizers_of(app)
    for finalizer, phase in _PHASES.items():
        pair = (finalizer, finalizer + CLEANUP)
        if phase in wanted:
            found += [item for item in pair if item not in found]
        else:
            found = [item for item in found if item not in pair]
    return found


def of_phase(hooks: Sequence[Object], phase: Phase, revision: str, started: int) -> list[Object]:
    """The hooks of one phase with the names they will live under, in order. Units: `started` in seconds since 1970."""
    found = [_named(hook, phase, revision, started) for hook in hooks if phase in phases_of(hook)]
    return sorted(found, key=lambda hook: (wave_of(hook), gvk_of(hook).kind, name_of(hook)))


def _named(hook: Object, phase: Phase, revision: str, started: int) -> Object:
    if name_of(hook):
        return hook
    metadata = {key: value for key, value in metadata_of(hook).items() if key != "generateName"}
    return {**hook, "metadata": {**metadata, "name": hook_name(hook, phase, revision, started)}}


# -- the cascade ---------------------------------------------------------------------------------------------------------


def is_to_be_deleted(obj: Object, app: ObjectKey, options: SyncOptions) -> bool:
    """Definitions stay, and whatever asks to stay."""
    if is_crd(obj) or key_of(obj) == app or annotations_of(obj).get(HELM_RESOURCE_POLICY) == "keep":
        return False
    return option(options, "Delete", obj) != "false"


def unconfirmed(objects: Sequence[Object], options: SyncOptions) -> list[ObjectKey]:
    """Objects that may only go when somebody approved."""
    return [key_of(obj) for obj in objects if requires_confirmation(obj, options, "Delete") or requires_confirmation(obj, options, "Prune")]


def next_deletions(objects: Sequence[Object]) -> list[Object]:
    """What may be deleted now: the highest wave; nothing of a lower one before that is gone. Empty while it is only waited for."""
    if not objects:
        return []
    highest = max(wave_of(obj) for obj in objects)
    return [obj for obj in objects if wave_of(obj) == highest and not is_deleting(obj)]


# -- hooks ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HookPlan:
    """What to do about the hooks of a phase. Shape: at most one of the lists is filled; all empty and `done` False means wait."""

    create: Sequence[Object] = ()
    delete: Sequence[Object] = ()
    done: bool = False
    problem: str = ""


def plan_hooks(hooks: Sequence[Object], live: Callable[[ObjectKey], Object | None], health: Callable[[Object], Health | None]) -> HookPlan:
    """Creates wave after wave; a hook that failed is deleted, to be made again."""
    for wave in sorted({wave_of(hook) for hook in hooks}):
        members = [hook for hook in hooks if wave_of(hook) == wave]
        found = [(hook, live(key_of(hook))) for hook in members]
        missing = [hook for hook, obj in found if obj is None]
        if missing:
            return HookPlan(create=missing)
        judged = [(obj, health(obj)) for _, obj in found if obj is not None]
        failed = [obj for obj, told in judged if told is not None and told.status == "Degraded"]
        if failed:
            return HookPlan(delete=[obj for obj in failed if not is_deleting(obj)], problem=_failure(failed, health))
        if any(told is not None and told.status in ("Progressing", "Suspended", "Unknown", "Missing") for _, told in judged):
            return HookPlan()
    return HookPlan(done=True)


def _failure(failed: Sequence[Object], health: Callable[[Object], Health | None]) -> str:
    first = failed[0]
    told = health(first)
    gvk = gvk_of(first)
    words = f": {told.message}" if told is not None and told.message else ""
    return f"hook {gvk.group}/{gvk.kind}/{namespace_of(first)}/{name_of(first)} failed{words}"


def to_clean_up(
    hooks: Sequence[Object], live: Callable[[ObjectKey], Object | None], health: Callable[[Object], Health | None]
) -> list[Object]:
    """Living hooks that their policies do not let outlive the Application."""
    found: list[Object] = []
    for hook in hooks:
        obj = live(key_of(hook))
        if obj is None or is_deleting(obj):
            continue
        told = health(obj)
        failed = told is not None and told.status == "Degraded"
        policies = delete_policies_of(hook)
        if ("HookFailed" if failed else "HookSucceeded") in policies:
            found.append(obj)
    return found


def phase_of(finalizer: str) -> Phase | None:
    """The hooks that a finalizer stands for; None for the cascade and for finalizers of others."""
    return _PHASES.get(finalizer)


def next_finalizer(app: Object) -> str:
    """What has to be done first: pre-delete hooks, the cascade, post-delete hooks, then cleaning up. Empty when all is done."""
    present = finalizers_of(app)
    order = (PRE_DELETE, *sorted(_CASCADES), POST_DELETE, PRE_DELETE + CLEANUP, POST_DELETE + CLEANUP)
    return next((item for item in order if item in present), "")


def condition_patch(app: Object, message: str, now: str) -> dict[str, Any]:
    """The Application's conditions with a DeletionError, or without when `message` is empty."""
    kept = [item for item in (app.get("status") or {}).get("conditions") or () if item.get("type") != "DeletionError"]
    if message:
        kept.append({"type": "DeletionError", "message": message, "lastTransitionTime": now})
    return {"status": {"conditions": kept}}
