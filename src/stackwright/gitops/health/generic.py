"""Health of a kind that nobody told us about, from the customs of the field.

Read in this order: is the status there and of this generation; is the object paused; do its conditions tell of failure, of readiness,
of work under way; its phase or state; its replicas. What tells nothing has no health.

Source: the Kubernetes API conventions on status and conditions, and kstatus, which reads the same signs.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, metadata_of
from stackwright.gitops.health.types import Health, HealthStatus

Condition = Mapping[str, Any]

READY_TYPES = (
    "Ready", "Available", "Healthy", "Succeeded", "Complete", "Completed", "Accepted", "Programmed", "Established", "Synced",
    "Valid", "Reconciled", "Running", "Initialized", "Deployed", "Installed", "Bound", "Active", "Applied",
)  # fmt: skip
"""Conditions that are True when all is well, the most telling first."""

BAD_TYPES = (
    "Failed",
    "Failure",
    "Error",
    "Degraded",
    "Stalled",
    "ErrorOccurred",
    "HasErrors",
    "ReconcileError",
    "NotReady",
    "Invalid",
    "SpecError",
)
"""Conditions that are True when something is wrong."""

BUSY_TYPES = ("Reconciling", "Progressing", "Creating", "Updating", "Upgrading", "Deploying", "Provisioning", "Pending", "Issuing")
PAUSED_TYPES = ("Paused", "Suspended", "Hibernated")

_VOCABULARY: Mapping[HealthStatus, str] = {
    "Healthy": "active available bound complete completed created deployed enabled established exists finished green healthy installed "
    "ok online operational provisioned ready reconciled running started succeeded success successful synced up valid",
    "Progressing": "accepted applying building configuring creating deleting deploying downloading importing importinprogress "
    "initializing initialising installing inprogress in_progress migrating new pending preparing processing progressing provisioning "
    "queued reconciling restarting restoring rolling scaling scalingup scalingdown scheduled scheduling starting syncing terminating "
    "unknown updating upgrading validating waiting yellow",
    "Degraded": "aborted broken canceled cancelled configerror conflict crashed crashloopbackoff dead degraded denied error "
    "errored errors expired failed failure faulted fault invalid invalidspec lost misconfigured notready red rejected stalled "
    "timedout timeout unavailable unhealthy unreachable",
    "Suspended": "disabled hibernated paused stopped suspended",
}
_WORDS = {word: status for status, words in _VOCABULARY.items() for word in words.split()}
_BUSY_REASON = re.compile(
    r"(?i)(wait|pending|progress|creating|provisioning|installing|initializing|starting|reconciling|updating|upgrading|deploying|scaling|"
    r"scheduling|importing|restoring|syncing|not_?yet|inprogress|requested|queued)"
)
_FAILED_REASON = re.compile(
    r"(?i)(fail|error|invalid|denied|forbidden|notfound|missing|conflict|timeout|timedout|exceeded|unauthorized|crash|stalled)"
)


def generic_health(obj: Object) -> Health | None:
    """None when the object's status tells nothing."""
    status = obj.get("status")
    if not isinstance(status, Mapping) or not status:
        return None
    generation = metadata_of(obj).get("generation")
    conditions = _conditions(status)
    if _stale(status.get("observedGeneration"), generation):
        return Health("Progressing", "Waiting for the spec update to be observed")
    paused = _paused(obj, conditions)
    if paused is not None:
        return paused
    return _from_conditions(conditions, generation) or _from_words(status) or _from_replicas(obj, status)


def _stale(observed: Any, generation: Any) -> bool:
    return isinstance(observed, int) and isinstance(generation, int) and observed < generation


def _conditions(status: Mapping[str, Any]) -> Sequence[Condition]:
    found = status.get("conditions")
    return [c for c in found if isinstance(c, Mapping)] if isinstance(found, list) else []


def _text(condition: Condition) -> str:
    return str(condition.get("message") or condition.get("reason") or "")


def _paused(obj: Object, conditions: Sequence[Condition]) -> Health | None:
    spec = obj.get("spec")
    if isinstance(spec, Mapping) and (spec.get("paused") is True or spec.get("suspend") is True):
        return Health("Suspended", f"{obj.get('kind')} is {'paused' if spec.get('paused') is True else 'suspended'}")
    found = next((c for c in conditions if c.get("type") in PAUSED_TYPES and c.get("status") == "True"), None)
    return None if found is None else Health("Suspended", _text(found))


def _from_conditions(conditions: Sequence[Condition], generation: Any) -> Health | None:
    for condition in conditions:
        if condition.get("type") in BAD_TYPES and condition.get("status") == "True":
            return Health("Degraded", _text(condition))
    ready = next((c for name in READY_TYPES for c in conditions if c.get("type") == name), None)
    busy = next((c for c in conditions if c.get("type") in BUSY_TYPES and c.get("status") == "True"), None)
    if ready is None:
        return _from_other_conditions(conditions, busy)
    if _stale(ready.get("observedGeneration"), generation):
        return Health("Progressing", "Waiting for the spec update to be observed")
    return _from_ready(ready, busy)


def _from_ready(ready: Condition, busy: Condition | None) -> Health:
    match ready.get("status"):
        case "True":
            return Health("Healthy", _text(ready))
        case "False":
            reason = str(ready.get("reason") or "")
            if _FAILED_REASON.search(reason):
                return Health("Degraded", _text(ready))
            if busy is not None or _BUSY_REASON.search(reason):
                return Health("Progressing", _text(ready))
            return Health("Degraded", _text(ready))
        case _:
            return Health("Progressing", _text(ready))


def _from_other_conditions(conditions: Sequence[Condition], busy: Condition | None) -> Health | None:
    """Conditions with names of their own: `<Something>Ready`, `<Something>Succeeded`."""
    if busy is not None:
        return Health("Progressing", _text(busy))
    telling = [
        c for c in conditions if re.search(r"(Ready|Available|Succeeded|Synced|Healthy|Valid|Accepted|Completed?)$", str(c.get("type")))
    ]
    for condition in telling:
        if condition.get("status") != "True":
            return _from_ready(condition, None)
    return Health("Healthy", _text(telling[0])) if telling else None


def _from_words(status: Mapping[str, Any]) -> Health | None:
    """`phase`, `state` and their like, in the vocabulary of the field."""
    for name in ("phase", "state", "status", "health", "currentState", "overallStatus", "compliant"):
        word = status.get(name)
        known = _WORDS.get(re.sub(r"[\s_-]", "", word).lower()) if isinstance(word, str) else None
        if known is not None:
            message = status.get("message") or status.get("reason") or word
            return Health(known, message if isinstance(message, str) else str(word))
    if isinstance(status.get("ready"), bool):
        return Health("Healthy" if status["ready"] else "Progressing")
    return None


def _from_replicas(obj: Object, status: Mapping[str, Any]) -> Health | None:
    spec = obj.get("spec")
    wanted = spec.get("replicas") if isinstance(spec, Mapping) else None
    wanted = status.get("replicas") if wanted is None else wanted
    ready = status.get("readyReplicas", status.get("availableReplicas"))
    if not isinstance(wanted, int) or (ready is None and "replicas" not in status):
        return None
    ready = ready if isinstance(ready, int) else 0
    if ready < wanted:
        return Health("Progressing", f"{ready} of {wanted} replicas are ready")
    return Health("Healthy", f"{ready} of {wanted} replicas are ready")
