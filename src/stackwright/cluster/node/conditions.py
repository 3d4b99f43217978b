"""The conditions of a pod, from the statuses of its containers. Pure.

Source: k8s.io/kubernetes pkg/kubelet/status/generate.go.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from stackwright.api.meta import Object, metadata_of
from stackwright.cluster.context import spec_of, status_of
from stackwright.cluster.node.containers import Status
from stackwright.kernel.clock import rfc3339
from stackwright.runtime.conditions import find


def conditions_of(pod: Object, phase: str, init: Sequence[Status], main: Sequence[Status], now: datetime) -> list[Mapping[str, Any]]:
    """The five conditions of the kubelet and the scheduler, then those that others wrote."""
    old = status_of(pod).get("conditions") or ()
    sidecars = {str(each.get("name")) for each in spec_of(pod).get("initContainers") or () if each.get("restartPolicy") == "Always"}
    unready = _names(each for each in main if not each.get("ready"))
    unready += _names(each for each in init if each.get("name") in sidecars and not each.get("ready"))
    incomplete = _names(each for each in init if not _initialised(each, sidecars))
    waiting_for = f"containers with incomplete status: [{incomplete}]"
    initialized = ("False", "ContainersNotInitialized", waiting_for) if incomplete else ("True", "", "")
    ready = _readiness(phase, unready)
    gated = _gates(pod, ready)
    running = any("running" in (each.get("state") or {}) for each in (*init, *main))
    found = [
        _condition(old, "PodReadyToStartContainers", ("True" if running else "False", "", ""), pod, now),
        _condition(old, "Initialized", ("True", "PodCompleted", "") if phase == "Succeeded" else initialized, pod, now),
        _condition(old, "Ready", gated, pod, now),
        _condition(old, "ContainersReady", ready, pod, now),
        _condition(old, "PodScheduled", ("True", "", ""), pod, now),
    ]
    ours = {str(each["type"]) for each in found}
    return [*found, *(each for each in old if each.get("type") not in ours)]


def _readiness(phase: str, unready: str) -> tuple[str, str, str]:
    if phase in ("Succeeded", "Failed"):
        return "False", "PodCompleted" if phase == "Succeeded" else "PodFailed", ""
    return ("False", "ContainersNotReady", f"containers with unready status: [{unready}]") if unready else ("True", "", "")


def _gates(pod: Object, ready: tuple[str, str, str]) -> tuple[str, str, str]:
    if ready[0] != "True":
        return ready
    conditions = status_of(pod).get("conditions")
    for gate in spec_of(pod).get("readinessGates") or ():
        type = str(gate.get("conditionType"))
        found = find(conditions, type)
        if found is None:
            return "False", "ReadinessGatesNotReady", f'corresponding condition of pod readiness gate "{type}" does not exist.'
        if found.get("status") != "True":
            message = f'the status of pod readiness gate "{type}" is not "True", but {found.get("status")}'
            return "False", "ReadinessGatesNotReady", message
    return ready


def _initialised(status: Status, sidecars: set[str]) -> bool:
    if status.get("name") in sidecars:
        return bool(status.get("started"))
    return ((status.get("state") or {}).get("terminated") or {}).get("exitCode") == 0


def _names(statuses: Iterable[Status]) -> str:
    return " ".join(str(each.get("name")) for each in statuses)


def _condition(old: Sequence[Mapping[str, Any]], type: str, told: tuple[str, str, str], pod: Object, now: datetime) -> Mapping[str, Any]:
    before, (status, reason, message) = find(old, type), told
    kept = before is not None and before.get("status") == status and before.get("lastTransitionTime")
    since = before["lastTransitionTime"] if kept and before is not None else rfc3339(now)
    observed = int(metadata_of(pod).get("generation") or 1)
    new = {"type": type, "observedGeneration": observed, "status": status, "lastProbeTime": None, "lastTransitionTime": since}
    return new | ({"reason": reason} if reason else {}) | ({"message": message} if message else {})
