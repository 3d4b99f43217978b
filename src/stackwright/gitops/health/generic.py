"""Health of a kind that nobody told us about, from the customs of the field.

Read in this order: is the status there and of this generation; is the object paused; do its conditions tell of failure, of readiness,
of work under way; its phase or state; its replicas. What tells nothing has no health.

Source: the Kubernetes API conventions on status and conditions, and kstatus, which reads the same signs.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, metadata_of
from stackwright.gitops.health.types import Health, HealthStatus, is_worse
from stackwright.gitops.health.vocabulary import (
    BAD_TYPES,
    BUSY_REASON,
    BUSY_TYPES,
    FAILED_REASON,
    GOOD_TYPE,
    PAUSED,
    READY_TYPES,
    meaning_of,
)

Condition = Mapping[str, Any]

_NOT_OBSERVED = Health("Progressing", "Waiting for the spec update to be observed")
_WORD_FIELDS = ("phase", "state", "status", "health", "currentState", "overallStatus", "compliant")
_WORD_FIELD = re.compile(r"(?i)(phase|state|status|health)\Z")


def generic_health(obj: Object) -> Health | None:
    """None when the object's status tells nothing."""
    status = obj.get("status")
    if not isinstance(status, Mapping) or not status:
        return None
    generation = metadata_of(obj).get("generation")
    if _is_older(status.get("observedGeneration"), generation):
        return _NOT_OBSERVED
    conditions = _conditions(status)
    return _from_pause(obj, conditions) or _from_conditions(conditions, generation) or _from_words(status) or _from_replicas(obj, status)


def _is_older(observed: Any, generation: Any) -> bool:
    """Some controllers write the generation as text."""
    if isinstance(observed, str) and observed.isdigit() and len(observed) < 8:
        observed = int(observed)
    return isinstance(observed, int) and isinstance(generation, int) and observed < generation


def _conditions(status: Mapping[str, Any]) -> Sequence[Condition]:
    found = status.get("conditions")
    return [c for c in found if isinstance(c, Mapping)] if isinstance(found, list) else []


def _state(condition: Condition) -> str:
    return str(condition.get("status")).capitalize()


def _text(condition: Condition) -> str:
    return str(condition.get("message") or condition.get("reason") or "")


def _from_pause(obj: Object, conditions: Sequence[Condition]) -> Health | None:
    spec = obj.get("spec")
    for where in _places_of_pause(spec) if isinstance(spec, Mapping) else ():
        for switch, word in (("paused", "paused"), ("suspend", "suspended"), ("suspended", "suspended")):
            if where.get(switch) is True:
                return Health("Suspended", f"{obj.get('kind')} is {word}")
    for condition in conditions:
        is_switched = condition.get("type") in PAUSED and _state(condition) == "True"
        if is_switched or (_state(condition) == "False" and re.search(r"(Paused|Stopped|Suspended)\Z", str(condition.get("reason")))):
            return Health("Suspended", _text(condition))
    return None


def _places_of_pause(spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    strategy = spec.get("updateStrategy")
    for place in (spec, strategy, strategy.get("rollingUpdate") if isinstance(strategy, Mapping) else None):
        if isinstance(place, Mapping):
            yield place


def _from_conditions(conditions: Sequence[Condition], generation: Any) -> Health | None:
    failed = next((c for c in conditions if _tells_of_failure(c)), None)
    if failed is not None:
        return Health("Degraded", _text(failed))
    busy = next((c for c in conditions if c.get("type") in BUSY_TYPES and _state(c) == "True"), None)
    ready = next((c for name in READY_TYPES for c in conditions if c.get("type") == name), None)
    telling = [ready] if ready is not None else [c for c in conditions if GOOD_TYPE.search(str(c.get("type")))]
    if any(_is_older(c.get("observedGeneration"), generation) for c in telling):
        return _NOT_OBSERVED
    if not telling:
        return None if busy is None else Health("Progressing", _text(busy))
    read = [_from_positive(condition, busy) for condition in telling]
    worst = read[0]
    for health in read[1:]:
        worst = health if is_worse(health.status, worst.status) else worst
    return worst


def _tells_of_failure(condition: Condition) -> bool:
    """A bad thing is true, or a good thing is false for a reason that says it failed."""
    kind, reason = str(condition.get("type")), str(condition.get("reason") or "")
    if kind in BAD_TYPES:
        return _state(condition) == "True"
    if kind in ("Progressing", "Synced"):
        return _state(condition) == "False" and FAILED_REASON.search(reason) is not None
    return False


def _from_positive(condition: Condition, busy: Condition | None) -> Health:
    """A condition that is True when all is well."""
    if _state(condition) == "True":
        return Health("Healthy", _text(condition))
    if _state(condition) != "False":
        return Health("Progressing", _text(condition))
    reason, message = str(condition.get("reason") or ""), str(condition.get("message") or "")
    if FAILED_REASON.search(reason):
        return Health("Degraded", _text(condition))
    if busy is not None or BUSY_REASON.search(reason):
        return Health("Progressing", _text(condition))
    if FAILED_REASON.search(message):
        return Health("Degraded", _text(condition))
    return Health("Degraded" if reason and not BUSY_REASON.search(message) else "Progressing", _text(condition))


def _from_words(status: Mapping[str, Any]) -> Health | None:
    """`phase`, `state` and their like, in the vocabulary of the field."""
    if status.get("error") or status.get("failureMessage"):
        problem = status.get("failureMessage") or status["error"]
        return Health("Degraded", str(problem.get("message") or "") if isinstance(problem, Mapping) else str(problem))
    others = [name for name in status if name not in _WORD_FIELDS and _WORD_FIELD.search(name)]
    for name in (*_WORD_FIELDS, *others):
        word = status.get(name)
        known: HealthStatus | None = meaning_of(word) if isinstance(word, str) else None
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
    return Health("Progressing" if ready < wanted else "Healthy", f"{ready} of {wanted} replicas are ready")
