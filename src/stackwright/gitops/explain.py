"""An Application in words: where it stands, why, and what would help. Pure.

Everything is read from the Application itself and its project, so that what is told is what the engine acts on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from stackwright.api.meta import Object, metadata_of, name_of, namespace_of
from stackwright.gitops.application import (
    SKIP_RECONCILE,
    automation_of,
    destination_of,
    project_of,
    sources_of,
    status_of,
    sync_policy_of,
)
from stackwright.gitops.project import windows
from stackwright.kernel.errors import BadInput

Level = Literal["fine", "note", "warning", "problem"]
SHOWN = 5
_ENDED = ("Succeeded", "Failed", "Error")
_HINTS: Mapping[str, str] = {
    "ComparisonError": "nothing can be compared until this is solved; what was deployed before stays as it is",
    "InvalidSpecError": "correct the Application's spec",
    "SharedResourceWarning": "let one Application alone own the object, or give the other its own name or namespace for it",
    "RepeatedResourceWarning": "the last of them counts; remove the others from the sources",
    "ExcludedResourceWarning": "see resource.exclusions and resource.inclusions in argocd-cm",
    "OrphanedResourceWarning": "`spec.orphanedResources.ignore` of the project names those that may be there",
    "SyncError": "a new commit, a change of the spec or a sync by hand makes it try again",
    "DependencyWarning": "it syncs by itself as soon as they are ready; a sync by hand does not wait",
    "DependencyError": "correct the annotation stackwright.dev/depends-on; a sync by hand does not look at it",
    "DeletionError": "the next attempt follows by itself",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence. Shape: `hint` is what somebody might do, or empty; `items` are objects that it speaks of, in words."""

    level: Level
    text: str
    hint: str = ""
    items: tuple[str, ...] = ()


def explain(app: Object, project: Object | None, now: datetime) -> tuple[Finding, ...]:
    """From what matters most to what matters least, within the order of a sync: deletion, sources, differences, operation, health."""
    found = [
        *_deletion(app),
        *_attention(app, project),
        *_conditions(app),
        *_sync(app),
        *_automation(app, project, now),
        *_operation(app),
        *_health(app),
    ]
    return tuple(found)


def _deletion(app: Object) -> Iterator[Finding]:
    if metadata_of(app).get("deletionTimestamp"):
        finalizers = tuple(metadata_of(app).get("finalizers") or ())
        hint = "it goes when all that it deployed is gone; an object's own finalizers may hold that up" if finalizers else ""
        yield Finding("note", f"It is being deleted since {metadata_of(app)['deletionTimestamp']}.", hint, finalizers)


def _attention(app: Object, project: Object | None) -> Iterator[Finding]:
    if (metadata_of(app).get("annotations") or {}).get(SKIP_RECONCILE) == "true":
        yield Finding("warning", "Nobody looks after it: it carries the annotation that skips it.", f"remove {SKIP_RECONCILE}")
    if project is None:
        yield Finding("problem", f"Its project {project_of(app)} does not exist.", "create the AppProject, or name another one")


def _conditions(app: Object) -> Iterator[Finding]:
    for condition in status_of(app).get("conditions") or ():
        kind = str(condition.get("type") or "")
        level: Level = "problem" if kind.endswith("Error") else "warning"
        yield Finding(level, f"{kind}: {condition.get('message') or ''}", _HINTS.get(kind, ""))


# -- does the cluster match git ------------------------------------------------------------------------------------------


def _sync(app: Object) -> Iterator[Finding]:
    sync = status_of(app).get("sync") or {}
    place = " and ".join(_source(source) for source in sources_of(app)) or "no source"
    revision = ", ".join(str(one)[:8] for one in sync.get("revisions") or [sync.get("revision")] if one)
    match sync.get("status"):
        case "Synced":
            yield Finding("fine", f"The cluster matches {place}, revision {revision}.")
        case "OutOfSync":
            differing = [item for item in _resources(app) if item.get("status") == "OutOfSync"]
            items = tuple(f"{_title(item)} {_how(item)}" for item in differing)
            total = len(_resources(app))
            text = f"The cluster does not match {place}, revision {revision}: {len(items)} of {total} objects differ."
            yield Finding("warning", text, f"`stackwright app diff {name_of(app)}` shows each difference", _few(items))
        case _:
            yield Finding(
                "warning", f"Nobody knows yet whether the cluster matches {place}.", f"`stackwright app get {name_of(app)} --refresh`"
            )


def _source(source: Mapping[str, Any]) -> str:
    what = source.get("chart") or source.get("path") or ""
    at = source.get("targetRevision") or "HEAD"
    return f"{source.get('repoURL')}{' ' + str(what) if what else ''} at {at}"


def _resources(app: Object) -> Sequence[Mapping[str, Any]]:
    return status_of(app).get("resources") or ()


def _title(item: Mapping[str, Any]) -> str:
    where = f"{item['namespace']}/" if item.get("namespace") else ""
    return f"{item.get('kind')} {where}{item.get('name')}"


def _how(item: Mapping[str, Any]) -> str:
    if item.get("requiresPruning"):
        return "is no longer wanted"
    return "is missing" if (item.get("health") or {}).get("status") == "Missing" else "differs"


def _few(items: tuple[str, ...]) -> tuple[str, ...]:
    return items if len(items) <= SHOWN else (*items[:SHOWN], f"and {len(items) - SHOWN} more")


# -- why it syncs, or why not --------------------------------------------------------------------------------------------


def _automation(app: Object, project: Object | None, now: datetime) -> Iterator[Finding]:
    if (status_of(app).get("sync") or {}).get("status") != "OutOfSync" or _is_running(app):
        return
    ask = f"`stackwright app sync {name_of(app)}` syncs it now"
    policy = automation_of(app)
    closed = _closed(app, project, now)
    if closed:
        yield closed
    if policy is None:
        off = sync_policy_of(app).get("automated") is not None
        yield Finding("note", f"It does not sync by itself: automation is {'switched off' if off else 'not asked for'}.", ask)
        return
    differing = [item for item in _resources(app) if item.get("status") == "OutOfSync"]
    if differing and not policy.get("prune") and all(item.get("requiresPruning") for item in differing):
        hint = f"`stackwright app sync {name_of(app)} --prune` removes them; `syncPolicy.automated.prune: true` lets it do so by itself"
        yield Finding("note", "All that differs is no longer wanted, and automation may not remove anything.", hint)
    elif _tried(app) and _phase(app) in ("Failed", "Error"):
        yield Finding("problem", "This revision was tried and failed; automation does not try the same revision again.", ask)
    elif _tried(app) and not policy.get("selfHeal"):
        hint = f"{ask}; `syncPolicy.automated.selfHeal: true` lets it do so by itself"
        yield Finding(
            "note", "This revision was deployed already; what changed since changed in the cluster, and it may not heal that.", hint
        )
    elif not closed and not any(str(item.get("type")).startswith("Dependency") for item in status_of(app).get("conditions") or ()):
        yield Finding("note", "It syncs by itself within moments.")


def _closed(app: Object, project: Object | None, now: datetime) -> Finding | None:
    """Sync windows that keep it from syncing by itself."""
    mine = windows.assigned(project or {}, app)
    try:
        if windows.can_sync(mine, now, manual=False):
            return None
        by_hand = windows.can_sync(mine, now, manual=True)
    except BadInput as error:
        return Finding("problem", f"Sync windows of project {project_of(app)} cannot be read: {error}", "correct the AppProject")
    hint = "a sync by hand is allowed" if by_hand else "neither by itself nor by hand can it sync before"
    shown = tuple(f"{window.get('kind')} {window.get('schedule')} for {window.get('duration')}" for window in mine)
    return Finding("note", f"Sync windows of project {project_of(app)} keep it from syncing now.", hint, _few(shown))


def _phase(app: Object) -> str:
    return str((status_of(app).get("operationState") or {}).get("phase") or "")


def _is_running(app: Object) -> bool:
    return bool(app.get("operation")) or _phase(app) in ("Running", "Terminating")


def _tried(app: Object) -> bool:
    """Whether the last operation was about the very revision that is compared now."""
    sync = status_of(app).get("sync") or {}
    result = (status_of(app).get("operationState") or {}).get("syncResult") or {}
    return _revisions(sync) == _revisions(result) != []


def _revisions(holder: Mapping[str, Any]) -> list[str]:
    return list(holder.get("revisions") or ([holder["revision"]] if holder.get("revision") else []))


# -- the last operation, and health --------------------------------------------------------------------------------------


def _operation(app: Object) -> Iterator[Finding]:
    state = status_of(app).get("operationState") or {}
    phase, message = _phase(app), str(state.get("message") or "")
    if app.get("operation") and phase in (*_ENDED, ""):
        yield Finding("note", "A sync was asked for and is about to begin.")
    elif phase in ("Running", "Terminating"):
        retries = f", attempt {state['retryCount'] + 1}" if state.get("retryCount") else ""
        verb = "is being terminated" if phase == "Terminating" else "is under way"
        stop = f"`stackwright app terminate-op {name_of(app)}` ends it" if phase == "Running" else ""
        yield Finding("note", f"A sync {verb} since {state.get('startedAt')}{retries}: {message}", stop, _few(_unfinished(state)))
    elif phase in ("Failed", "Error"):
        yield Finding("problem", f"The last sync failed at {state.get('finishedAt')}: {message}", "", _few(_failures(state)))


def _results(state: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return (state.get("syncResult") or {}).get("resources") or ()


def _failures(state: Mapping[str, Any]) -> tuple[str, ...]:
    bad = [one for one in _results(state) if one.get("status") == "SyncFailed" or one.get("hookPhase") in ("Failed", "Error")]
    return tuple(f"{_title(one)}: {one.get('message') or ''}" for one in bad)


def _unfinished(state: Mapping[str, Any]) -> tuple[str, ...]:
    waiting = [one for one in _results(state) if one.get("hookPhase") == "Running"]
    return tuple(f"{_title(one)}: {one.get('message') or 'not healthy yet'}" for one in waiting)


def _health(app: Object) -> Iterator[Finding]:
    status = str((status_of(app).get("health") or {}).get("status") or "Unknown")
    items = tuple(_ailing(item) for item in _resources(app) if _is_worst(item, status))
    target = destination_of(app).get("namespace") or namespace_of(app)
    match status:
        case "Healthy" if not _resources(app):
            yield Finding("note", "It has deployed nothing yet.")
        case "Healthy":
            yield Finding("fine", "All that it deployed is healthy.")
        case "Progressing":
            yield Finding("note", "What it deployed is not ready yet.", f"`kubectl get events -n {target}` tells what goes on", _few(items))
        case "Suspended":
            yield Finding("note", "Something that it deployed is paused.", "", _few(items))
        case "Degraded":
            yield Finding(
                "problem", "Something that it deployed does not work.", f"`kubectl describe` and `kubectl logs` in {target}", _few(items)
            )
        case "Missing":
            yield Finding("warning", "Nothing of it is in the cluster.", "", _few(items))
        case _:
            yield Finding("warning", "Its health is not known.", "", _few(items))


def _is_worst(item: Mapping[str, Any], status: str) -> bool:
    return status != "Healthy" and (item.get("health") or {}).get("status") == status


def _ailing(item: Mapping[str, Any]) -> str:
    message = (item.get("health") or {}).get("message")
    return f"{_title(item)}: {message}" if message else _title(item)
