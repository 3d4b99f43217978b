"""The status of a Deployment: its counts, whether it is available, whether it gets on. Pure.

Source: k8s.io/kubernetes pkg/controller/deployment (sync.go calculateStatus, progress.go).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from stackwright.api.meta import Object, metadata_of, name_of
from stackwright.cluster.context import spec_of, status_of
from stackwright.cluster.workloads.deployment.rolling import available_of, limits_of, total
from stackwright.kernel.clock import parse_rfc3339, rfc3339
from stackwright.runtime.conditions import find

Conditions = Sequence[Mapping[str, Any]]
NEW_AVAILABLE = "NewReplicaSetAvailable"
TIMED_OUT = "ProgressDeadlineExceeded"
_NO_DEADLINE = 2**31 - 1


def with_deployment_condition(old: Conditions, type: str, status: str, reason: str, message: str, now: datetime) -> list[Mapping[str, Any]]:
    """A new list. The same status and reason leave the condition as it is; otherwise it moves to the end."""
    current, stamp = find(old, type), rfc3339(now)
    if current is not None and (current.get("status"), current.get("reason")) == (status, reason):
        return list(old)
    since = current.get("lastTransitionTime", stamp) if current is not None and current.get("status") == status else stamp
    new = {"type": type, "status": status, "lastUpdateTime": stamp, "lastTransitionTime": since, "reason": reason, "message": message}
    return [*(condition for condition in old if condition.get("type") != type), new]


def counted(deployment: Object, new: Object | None, old: Sequence[Object]) -> dict[str, Any]:
    """The numbers, and the Available condition."""
    everything = [rs for rs in (*old, new) if rs is not None]
    available = sum(available_of(rs) for rs in everything)
    counts = {
        "replicas": _sum(everything, "replicas"),
        "updatedReplicas": _sum([new] if new else [], "replicas"),
        "readyReplicas": _sum(everything, "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(0, total(everything) - available),
    }
    found: dict[str, Any] = {"observedGeneration": int(metadata_of(deployment).get("generation") or 0)}
    found |= {key: value for key, value in counts.items() if value}
    found["terminatingReplicas"] = _sum(everything, "terminatingReplicas")
    collisions = status_of(deployment).get("collisionCount")
    return found | ({"collisionCount": collisions} if collisions is not None else {})


def _sum(replica_sets: Sequence[Object], field: str) -> int:
    return sum(int(status_of(rs).get(field) or 0) for rs in replica_sets)


def availability(deployment: Object, status: Mapping[str, Any], conditions: Conditions, now: datetime) -> list[Mapping[str, Any]]:
    """The conditions with Available as the numbers have it."""
    if status.get("availableReplicas", 0) >= limits_of(deployment).fewest_available:
        return with_deployment_condition(
            conditions, "Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", now
        )
    return with_deployment_condition(
        conditions, "Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", now
    )


def has_deadline(deployment: Object) -> bool:
    seconds = spec_of(deployment).get("progressDeadlineSeconds")
    return seconds is not None and int(seconds) != _NO_DEADLINE


def is_complete(deployment: Object, status: Mapping[str, Any]) -> bool:
    """All replicas are new and available, and none is old."""
    desired = int(spec_of(deployment).get("replicas", 1))
    counts = (status.get(field) or 0 for field in ("updatedReplicas", "replicas", "availableReplicas"))
    generation = int(metadata_of(deployment).get("generation") or 0)
    return all(count == desired for count in counts) and int(status.get("observedGeneration") or 0) >= generation


def _progressed(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    def old(status: Mapping[str, Any]) -> int:
        return int(status.get("replicas") or 0) - int(status.get("updatedReplicas") or 0)

    fields = ("updatedReplicas", "readyReplicas", "availableReplicas")
    return old(after) < old(before) or any((after.get(field) or 0) > (before.get(field) or 0) for field in fields)


def deadline(deployment: Object, conditions: Conditions) -> datetime | None:
    """When a rollout that makes no progress is given up; None when it is not waiting for any."""
    current = find(conditions, "Progressing")
    if current is None or not has_deadline(deployment) or current.get("reason") in (NEW_AVAILABLE, TIMED_OUT, "DeploymentPaused"):
        return None
    since = current.get("lastUpdateTime") or current.get("lastTransitionTime")
    return parse_rfc3339(str(since)) + timedelta(seconds=int(spec_of(deployment)["progressDeadlineSeconds"])) if since else None


def progressed(deployment: Object, new: Object | None, status: Mapping[str, Any], conditions: Conditions, now: datetime) -> Conditions:
    """The conditions with Progressing as this pass finds it."""
    current = find(conditions, "Progressing")
    if not has_deadline(deployment):
        return [condition for condition in conditions if condition.get("type") != "Progressing"]
    settled = (
        status.get("replicas", 0) == status.get("updatedReplicas", 0) and current is not None and current.get("reason") == NEW_AVAILABLE
    )
    if settled:
        return conditions
    subject = f'ReplicaSet "{name_of(new)}"' if new is not None else f'Deployment "{name_of(deployment)}"'
    if is_complete(deployment, status):
        message = f"{subject} has successfully progressed."
        return with_deployment_condition(conditions, "Progressing", "True", NEW_AVAILABLE, message, now)
    if _progressed(status_of(deployment), status):
        return _refreshed(conditions, f"{subject} is progressing.", now)
    until = deadline(deployment, conditions)
    if until is not None and now >= until:
        return with_deployment_condition(conditions, "Progressing", "False", TIMED_OUT, f"{subject} has timed out progressing.", now)
    return conditions


def _refreshed(conditions: Conditions, message: str, now: datetime) -> list[Mapping[str, Any]]:
    """Progressing anew: the deadline starts over, the transition time stays while it was True."""
    current = find(conditions, "Progressing")
    rest = [condition for condition in conditions if condition.get("type") != "Progressing"]
    new = with_deployment_condition([], "Progressing", "True", "ReplicaSetUpdated", message, now)[0]
    since = current.get("lastTransitionTime") if current is not None and current.get("status") == "True" else None
    return [*rest, {**new, "lastTransitionTime": since} if since else new]


def with_failure(conditions: Conditions, new: Object | None, old: Sequence[Object]) -> Conditions:
    """The conditions with the ReplicaFailure that a ReplicaSet tells of, the new one's first."""
    rest = [condition for condition in conditions if condition.get("type") != "ReplicaFailure"]
    for rs in (new, *old):
        found = find(status_of(rs).get("conditions"), "ReplicaFailure") if rs is not None else None
        if found is not None:
            since = found.get("lastTransitionTime")
            return [*rest, {**found, "lastUpdateTime": since, "lastTransitionTime": since}]
    return rest
