"""Health of the kinds of `apps`: has the rollout that the spec asks for finished?

Source: Argo CD's built-in checks, which read what `kubectl rollout status` reads.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object, metadata_of, name_of
from stackwright.gitops.health.types import Health
from stackwright.runtime import conditions

_ROLLOUT = "Waiting for rollout to finish: "


def _parts(obj: Object) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return obj.get("spec") or {}, obj.get("status") or {}


def _is_observed(obj: Object) -> bool:
    generation = metadata_of(obj).get("generation") or 0
    return bool(generation <= (_parts(obj)[1].get("observedGeneration") or 0))


def deployment(obj: Object) -> Health:
    spec, status = _parts(obj)
    if spec.get("paused"):
        return Health("Suspended", "Deployment is paused")
    if not _is_observed(obj):
        return Health("Progressing", _ROLLOUT + "observed deployment generation less than desired generation")
    progressing = conditions.find(status.get("conditions"), "Progressing")
    if progressing and progressing.get("reason") == "ProgressDeadlineExceeded":
        return Health("Degraded", f'Deployment "{name_of(obj)}" exceeded its progress deadline')
    return _deployment_replicas(spec.get("replicas"), status)


def _deployment_replicas(wanted: int | None, status: Mapping[str, Any]) -> Health:
    replicas, updated = status.get("replicas") or 0, status.get("updatedReplicas") or 0
    available = status.get("availableReplicas") or 0
    if wanted is not None and updated < wanted:
        return Health("Progressing", f"{_ROLLOUT}{updated} out of {wanted} new replicas have been updated...")
    if replicas > updated:
        return Health("Progressing", f"{_ROLLOUT}{replicas - updated} old replicas are pending termination...")
    if available < updated:
        return Health("Progressing", f"{_ROLLOUT}{available} of {updated} updated replicas are available...")
    return Health("Healthy")


def stateful_set(obj: Object) -> Health:
    spec, status = _parts(obj)
    wanted, ready = spec.get("replicas"), status.get("readyReplicas") or 0
    if not status.get("observedGeneration") or not _is_observed(obj):
        return Health("Progressing", "Waiting for statefulset spec update to be observed...")
    if wanted is not None and ready < wanted:
        return Health("Progressing", f"Waiting for {wanted - ready} pods to be ready...")
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") == "RollingUpdate" and strategy.get("rollingUpdate") is not None:
        return _partitioned(wanted, strategy["rollingUpdate"].get("partition"), status.get("updatedReplicas") or 0)
    if strategy.get("type") == "OnDelete":
        return Health("Healthy", f"statefulset has {ready} ready pods")
    return _stateful_set_revisions(status)


def _partitioned(wanted: int | None, partition: int | None, updated: int) -> Health:
    if wanted is not None and partition is not None and updated < wanted - partition:
        text = f"Waiting for partitioned roll out to finish: {updated} out of {wanted - partition} new pods have been updated..."
        return Health("Progressing", text)
    return Health("Healthy", f"partitioned roll out complete: {updated} new pods have been updated...")


def _stateful_set_revisions(status: Mapping[str, Any]) -> Health:
    update, current = status.get("updateRevision") or "", status.get("currentRevision") or ""
    if update != current:
        updated = status.get("updatedReplicas") or 0
        return Health("Progressing", f"waiting for statefulset rolling update to complete {updated} pods at revision {update}...")
    pods = status.get("currentReplicas") or 0
    return Health("Healthy", f"statefulset rolling update complete {pods} pods at revision {current}...")


def daemon_set(obj: Object) -> Health:
    spec, status = _parts(obj)
    updated, wanted = status.get("updatedNumberScheduled") or 0, status.get("desiredNumberScheduled") or 0
    available = status.get("numberAvailable") or 0
    if not _is_observed(obj):
        return Health("Progressing", _ROLLOUT + "observed daemon set generation less than desired generation")
    if (spec.get("updateStrategy") or {}).get("type") == "OnDelete":
        return Health("Healthy", f"daemon set {updated} out of {wanted} new pods have been updated")
    waiting = f'Waiting for daemon set "{name_of(obj)}" rollout to finish: '
    if updated < wanted:
        return Health("Progressing", f"{waiting}{updated} out of {wanted} new pods have been updated...")
    if available < wanted:
        return Health("Progressing", f"{waiting}{available} of {wanted} updated pods are available...")
    return Health("Healthy")


def replica_set(obj: Object) -> Health:
    spec, status = _parts(obj)
    if not _is_observed(obj):
        return Health("Progressing", _ROLLOUT + "observed replica set generation less than desired generation")
    failure = conditions.find(status.get("conditions"), "ReplicaFailure")
    if failure and failure.get("status") == "True":
        return Health("Degraded", failure.get("message") or "")
    wanted, available = spec.get("replicas"), status.get("availableReplicas") or 0
    if wanted is not None and available < wanted:
        return Health("Progressing", f"{_ROLLOUT}{available} out of {wanted} new replicas are available...")
    return Health("Healthy")
