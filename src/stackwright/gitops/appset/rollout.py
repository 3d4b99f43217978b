"""RollingSync: Applications in steps, the next when all of the former are healthy. Pure.

Source: Argo CD's docs/operator-manual/applicationset/Progressive-Syncs.md and applicationset/controllers (performProgressiveSyncs).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, labels_of, name_of
from stackwright.runtime.conditions import with_condition

ENABLED = "applicationsetcontroller.enable.progressive.syncs"
CONTROLLER = "applicationset-controller"
PROGRESSING = "RolloutProgressing"
_DONE = ("Succeeded", "Failed", "Error")
_MESSAGES = {
    "Waiting": "Application has pending changes, setting status to Waiting",
    "Pending": "Application moved to Pending status, watching for the Application resource to start Progressing",
    "Progressing": "Application resource became Progressing, updating status from Pending to Progressing",
    "Healthy": "Application resource became Healthy, updating status from Progressing to Healthy",
}


@dataclass(frozen=True, slots=True)
class Rollout:
    """Shape: `statuses` as status.applicationStatus; `to_sync` are the names whose sync starts now."""

    statuses: Sequence[Mapping[str, Any]]
    to_sync: Sequence[str]

    @property
    def is_complete(self) -> bool:
        return all(status["status"] == "Healthy" for status in self.statuses if status.get("step") != "-1")


def is_rolling(spec: Mapping[str, Any], settings: Mapping[str, str]) -> bool:
    strategy = spec.get("strategy") or {}
    return settings.get(ENABLED) == "true" and strategy.get("type") == "RollingSync" and bool(steps_of(spec))


def steps_of(spec: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return ((spec.get("strategy") or {}).get("rollingSync") or {}).get("steps") or ()


def is_undone_in_reverse(spec: Mapping[str, Any], settings: Mapping[str, str]) -> bool:
    """Whether a deletion goes step by step too, the last step first."""
    return is_rolling(spec, settings) and (spec.get("strategy") or {}).get("deletionOrder") == "Reverse"


def next_to_go(spec: Mapping[str, Any], live: Sequence[Object]) -> list[Object]:
    """The Applications of the last step that has any left; none when all steps are empty. What is in no step goes with the set."""
    steps = steps_of(spec)
    last = max((step_of(app, steps) for app in live), default=-1)
    return [app for app in live if last > 0 and step_of(app, steps) == last]


def held_back(app: Object) -> Object:
    """Without a mind of its own: the set says when it syncs."""
    policy = app["spec"].get("syncPolicy") or {}
    automated = policy.get("automated")
    if automated is None:
        return app
    return {**app, "spec": {**app["spec"], "syncPolicy": {**policy, "automated": {**automated, "enabled": False}}}}


def step_of(app: Object, steps: Sequence[Mapping[str, Any]]) -> int:
    """The first step whose expressions the Application's labels fulfil, counted from 1; -1 for none, which is never synced."""
    labels = labels_of(app)
    return next((number for number, step in enumerate(steps, 1) if _fulfils(labels, step.get("matchExpressions") or ())), -1)


def _fulfils(labels: Mapping[str, str], expressions: Sequence[Mapping[str, Any]]) -> bool:
    for expression in expressions:
        inside = labels.get(expression.get("key", "")) in (expression.get("values") or ())
        if inside == (expression.get("operator") == "NotIn"):
            return False
    return True


def progress(spec: Mapping[str, Any], wanted: Sequence[Object], live: Mapping[str, Object], before: Any, now: str) -> Rollout:
    """One look at all Applications: where each stands, and which may go on."""
    steps = steps_of(spec)
    known = {str(status.get("application")): status for status in before or ()}
    found = {name_of(app): _seen(app, live.get(name_of(app)), known.get(name_of(app)), step_of(app, steps), now) for app in wanted}
    to_sync = _let_go(steps, found)
    moved = {name: _moved(status, "Pending", now) if name in to_sync else status for name, status in found.items()}
    return Rollout([moved[name] for name in sorted(moved)], sorted(to_sync))


def _seen(app: Object, live: Object | None, before: Mapping[str, Any] | None, step: int, now: str) -> Mapping[str, Any]:
    revisions = _revisions(live)
    status: Mapping[str, Any] = before or {
        "application": name_of(app),
        "status": "Waiting",
        "message": "No Application status found, defaulting status to Waiting",
        "lastTransitionTime": now,
    }
    status = {**status, "step": str(step), "targetRevisions": revisions}
    if live is None:
        return status
    changed = before is not None and before.get("targetRevisions") != revisions
    if status["status"] in ("Healthy", "Progressing") and (changed or _is_outdated(live)) and not _is_running(live):
        return _moved(status, "Waiting", now)
    if status["status"] == "Pending" and _has_started(live, str(status["lastTransitionTime"])):
        status = _moved(status, "Progressing", now)
    if status["status"] == "Waiting" and before is not None and _is_healthy(live):
        return {
            **_moved(status, "Healthy", now),
            "message": "Application resource is already Healthy, updating status from Waiting to Healthy",
        }
    if status["status"] == "Progressing" and _is_healthy(live):
        return _moved(status, "Healthy", now)
    return status


def _moved(status: Mapping[str, Any], to: str, now: str) -> Mapping[str, Any]:
    return {**status, "status": to, "message": _MESSAGES[to], "lastTransitionTime": now}


def _revisions(live: Object | None) -> list[str]:
    sync = ((live or {}).get("status") or {}).get("sync") or {}
    return list(sync.get("revisions") or ([sync["revision"]] if sync.get("revision") else []))


def _is_outdated(live: Object) -> bool:
    return ((live.get("status") or {}).get("sync") or {}).get("status") == "OutOfSync"


def _operation(live: Object) -> Mapping[str, Any]:
    return (live.get("status") or {}).get("operationState") or {}


def _is_running(live: Object) -> bool:
    return "operation" in live or _operation(live).get("phase") in ("Running", "Terminating")


def _has_started(live: Object, since: str) -> bool:
    return str(_operation(live).get("startedAt") or "") >= since


def _is_healthy(live: Object) -> bool:
    status = live.get("status") or {}
    synced = (status.get("sync") or {}).get("status") == "Synced"
    done = not _is_running(live) and _operation(live).get("phase", "Succeeded") == "Succeeded"
    return synced and done and (status.get("health") or {}).get("status") == "Healthy"


def _let_go(steps: Sequence[Mapping[str, Any]], found: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Waiting Applications of the first step that is not healthy throughout, as many as it allows at a time."""
    for number, step in enumerate(steps, 1):
        mine = {name: status["status"] for name, status in found.items() if status["step"] == str(number)}
        if any(status != "Healthy" for status in mine.values()):
            busy = sum(status in ("Pending", "Progressing") for status in mine.values())
            room = _most(step.get("maxUpdate"), len(mine)) - busy
            return set(sorted(name for name, status in mine.items() if status == "Waiting")[: max(room, 0)])
    return set()


def _most(limit: Any, count: int) -> int:
    """A number, or a share of the step's Applications: at least one of them unless it is 0."""
    text = str(limit) if limit is not None else "100%"
    try:
        if not text.endswith("%"):
            return int(text)
        share = float(text[:-1])
    except ValueError:
        return count
    return max(1, math.floor(count * share / 100)) if share > 0 else 0


def operation(app: Object) -> Mapping[str, Any]:
    """The sync that the set asks for."""
    policy = app["spec"].get("syncPolicy") or {}
    sync: dict[str, Any] = {}
    if (policy.get("automated") or {}).get("prune"):
        sync["prune"] = True
    if policy.get("syncOptions"):
        sync["syncOptions"] = list(policy["syncOptions"])
    return {
        "initiatedBy": {"username": CONTROLLER, "automated": True},
        "info": [{"name": "Reason", "value": "ApplicationSet RollingSync triggered a sync of this Application resource"}],
        "retry": policy.get("retry") or {"limit": 5},
        "sync": sync,
    }


def told(conditions: Sequence[Mapping[str, Any]] | None, rollout: Rollout, now: str) -> list[Mapping[str, Any]]:
    if rollout.is_complete:
        message = "ApplicationSet Rollout Rollout complete"
        return with_condition(conditions, PROGRESSING, "False", "ApplicationSetRolloutComplete", message, now)
    message = "ApplicationSet Rollout Rollout started"
    return with_condition(conditions, PROGRESSING, "True", "ApplicationSetModified", message, now)
