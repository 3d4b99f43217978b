"""What a HorizontalPodAutoscaler decides where nobody measures: it keeps its bounds, and says what it lacks. Pure.

Source: k8s.io/kubernetes pkg/controller/podautoscaler/horizontal.go.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object
from stackwright.cluster.context import spec_of, status_of
from stackwright.runtime.conditions import with_condition

_NO_METRICS = "unable to get metrics for resource {name}: unable to fetch metrics from resource metrics API: " + (
    "the server could not find the requested resource (get pods.metrics.k8s.io)"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Shape: `reason` says why the number changes; empty when it stays."""

    replicas: int
    reason: str = ""


def verdict(autoscaler: Object, current: int) -> Verdict:
    """Zero replicas stay: the target was switched off."""
    spec = spec_of(autoscaler)
    least, most = int(spec.get("minReplicas") or 1), int(spec.get("maxReplicas") or 1)
    if current == 0 and least != 0:
        return Verdict(0)
    if current > most:
        return Verdict(most, "Current number of Replicas above Spec.MaxReplicas")
    if current < least:
        return Verdict(least, "Current number of Replicas below Spec.MinReplicas")
    return Verdict(current)


@dataclass(frozen=True, slots=True)
class Lack:
    """Why a metric has no value. Shape: `reason` as FailedGetResourceMetric."""

    reason: str
    message: str


def lack_of(autoscaler: Object) -> Lack | None:
    """The first metric that nobody measures."""
    metrics: Sequence[Mapping[str, Any]] = spec_of(autoscaler).get("metrics") or ()
    return next((_lack(metric) for metric in metrics), None)


def _lack(metric: Mapping[str, Any]) -> Lack:
    kind = str(metric.get("type"))
    if kind in ("Resource", "ContainerResource"):
        source = metric.get("resource") or metric.get("containerResource") or {}
        name = str(source.get("name"))
        what = "utilization" if (source.get("target") or {}).get("type") == "Utilization" else "usage"
        message = f"failed to get {name} {what}: " + _NO_METRICS.format(name=name)
        return Lack(f"FailedGet{kind}Metric", message)
    api, group = ("external", "external.metrics.k8s.io") if kind == "External" else ("custom", "custom.metrics.k8s.io")
    source = metric.get(kind[:1].lower() + kind[1:]) or {}
    name = str((source.get("metric") or {}).get("name"))
    message = f"unable to get metric {name}: unable to fetch metrics from {api} metrics API: no {api} metrics API ({group}) registered"
    return Lack(f"FailedGet{kind}Metric", message)


def computing_failed(autoscaler: Object, lack: Lack) -> str:
    """The message of the event FailedComputeMetricsReplicas."""
    count = len(spec_of(autoscaler).get("metrics") or ())
    metric: Mapping[str, Any] = (spec_of(autoscaler).get("metrics") or ({},))[0]
    named = str((metric.get("resource") or {}).get("name") or "")
    head = f"failed to get {named} resource metric value: " if named else ""
    return f"invalid metrics ({count} invalid out of {count}), first error is: {head}{lack.message}"


def status(
    autoscaler: Object, current: int, decided: Verdict, lack: Lack | None, conditions: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The status after a pass; without measurements the number once wished for stands."""
    old = status_of(autoscaler)
    kept = {key: old[key] for key in ("lastScaleTime", "currentMetrics", "observedGeneration") if old.get(key) is not None}
    wished = int(old.get("desiredReplicas") or 0) if lack is not None and not decided.reason else decided.replicas
    return {**kept, "currentReplicas": current, "desiredReplicas": wished, "conditions": list(conditions)}


def conditions(old: Sequence[Mapping[str, Any]], decided: Verdict, lack: Lack | None, stamp: str) -> list[Mapping[str, Any]]:
    """The conditions of a target that was found."""
    able = ("SucceededGetScale", "the HPA controller was able to get the target's current scale")
    if decided.reason:
        able = ("SucceededRescale", f"the HPA controller was able to update the target scale to {decided.replicas}")
    found = with_condition(old, "AbleToScale", "True", *able, stamp)
    if not decided.replicas:
        message = "scaling is disabled since the replica count of the target is zero"
        return with_condition(found, "ScalingActive", "False", "ScalingDisabled", message, stamp)
    if lack is not None and not decided.reason:
        message = f"the HPA was unable to compute the replica count: {lack.message}"
        return with_condition(found, "ScalingActive", "False", lack.reason, message, stamp)
    return found
