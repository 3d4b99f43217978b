"""Whether an Application is synced by itself now, and with what operation. Pure.

Source: Argo CD's controller/appcontroller.go (`autoSync`, `alreadyAttemptedSync`, `selfHealRemainingBackoff`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stackwright.api.meta import Object, is_deleting
from stackwright.gitops import guards
from stackwright.gitops.application import (
    automation_of,
    has_several_sources,
    named_revisions,
    named_sources,
    sources_of,
    status_of,
    sync_policy_of,
)
from stackwright.gitops.compare import AppState
from stackwright.gitops.operations import COMPLETED
from stackwright.gitops.settings import Timing
from stackwright.kernel.clock import parse_rfc3339

DEFAULT_RETRY_LIMIT = 5
USUAL = Timing()


@dataclass(frozen=True, slots=True)
class Decision:
    """Shape: `operation` to begin; or `condition` to show; or `after_seconds` to look again; or nothing to do."""

    operation: Mapping[str, Any] | None = None
    condition: str = ""
    condition_type: str = "SyncError"
    after_seconds: float | None = None


NOTHING = Decision()


def decide(app: Object, state: AppState, revisions: Sequence[str], now: datetime, timing: Timing = USUAL) -> Decision:
    """What automation wants of an Application that was just compared."""
    policy = automation_of(app)
    if policy is None or app.get("operation") or is_deleting(app) or state.status != "OutOfSync":
        return NOTHING
    differing = [resource for resource in state.resources if resource.status not in ("Synced", "")]
    prune = bool(policy.get("prune"))
    if not prune and differing and all(resource.requires_pruning for resource in differing):
        return NOTHING
    shown = ", ".join(revisions)
    heals: Decision | None = None
    attempted, succeeded, message = _last_attempt(app, revisions)
    if attempted:
        if not succeeded:
            again = _once_more(app, message, now)
            if again != 0.0:
                return Decision(condition=f"Failed last sync attempt to [{shown}]: {message}", after_seconds=again)
        elif not policy.get("selfHeal"):
            return NOTHING
        else:
            heals = _healing(app, revisions, differing, now, timing)
            if heals.operation is None:
                return heals
    refusal = _refusal(app, state, revisions, prune=prune, allow_empty=bool(policy.get("allowEmpty")))
    return Decision(condition=refusal) if refusal else heals or Decision(operation=operation_for(app, revisions))


def _once_more(app: Object, message: str, now: datetime) -> float | None:
    """Seconds until a failed attempt is repeated for the same revision; None for never."""
    if not guards.is_of_surroundings(message):
        return None
    return guards.seconds_until_retry(status_of(app).get("operationState") or {}, now)


def _refusal(app: Object, state: AppState, revisions: Sequence[str], *, prune: bool, allow_empty: bool) -> str:
    """Why automation leaves a sync to people; empty when it does not."""
    if _wipes_out(state, prune, allow_empty):
        return f"Skipping sync attempt to [{', '.join(revisions)}]: auto-sync will wipe out all resources"
    return guards.rolled_back(app, revisions) or (guards.pruned_too_much(app, state, revisions) if prune else "")


def operation_for(app: Object, revisions: Sequence[str]) -> dict[str, Any]:
    policy = sync_policy_of(app)
    sync: dict[str, Any] = {**named_revisions(app, revisions), **named_sources(app)}
    if (policy.get("automated") or {}).get("prune"):
        sync["prune"] = True
    if policy.get("syncOptions"):
        sync["syncOptions"] = policy["syncOptions"]
    return {"sync": sync, "retry": policy.get("retry") or {"limit": DEFAULT_RETRY_LIMIT}, "initiatedBy": {"automated": True}}


def _last_attempt(app: Object, revisions: Sequence[str]) -> tuple[bool, bool, str]:
    """Whether this was tried before, whether that succeeded, and what was said."""
    last = status_of(app).get("operationState")
    if not last:
        return False, False, ""
    phase, message = last.get("phase"), str(last.get("message") or "")
    result = last.get("syncResult")
    if not result:
        return phase in COMPLETED, phase == "Succeeded", message
    tried = result.get("revisions") if has_several_sources(app) else [result.get("revision")]
    sources = result.get("sources") if has_several_sources(app) else [result.get("source")]
    same = list(tried or ()) == list(revisions) and list(sources or ()) == list(sources_of(app))
    same = same and (result.get("managedNamespaceMetadata") or None) == (sync_policy_of(app).get("managedNamespaceMetadata") or None)
    return same, phase == "Succeeded", message


def _healing(app: Object, revisions: Sequence[str], differing: Sequence[Any], now: datetime, timing: Timing) -> Decision:
    last = status_of(app).get("operationState") or {}
    attempts = int(((last.get("operation") or {}).get("sync") or {}).get("autoHealAttemptsCount") or 0)
    finished = last.get("finishedAt")
    if finished and attempts:
        passed = (now - parse_rfc3339(finished)).total_seconds()
        delay = min(timing.heal_first * timing.heal_factor ** min(attempts - 1, 64), timing.heal_longest)
        if passed > timing.heal_longest:
            attempts = 0
        elif passed < delay:
            return Decision(after_seconds=delay - passed)
    operation = operation_for(app, revisions)
    resources = [_named(resource) for resource in differing]
    operation["sync"] = {**operation["sync"], "autoHealAttemptsCount": attempts + 1, "resources": resources}
    return Decision(operation=operation)


def _named(resource: Any) -> dict[str, str]:
    key = resource.pair.key
    found = {"kind": key.kind, "name": key.name} | ({"group": key.group} if key.group else {})
    return found | ({"namespace": key.namespace} if key.namespace else {})


def _wipes_out(state: AppState, prune: bool, allow_empty: bool) -> bool:
    listed = [resource for resource in state.resources if resource.status != ""]
    return prune and not allow_empty and bool(listed) and all(resource.requires_pruning for resource in listed)
