"""Health of the kinds that every cluster has: which function judges which kind, and the smaller judgements themselves.

Source: Argo CD's built-in checks.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stackwright.api.meta import GroupKind, Object, annotations_of, gvk_of
from stackwright.gitops.health.pods import pod
from stackwright.gitops.health.types import Health, HealthStatus
from stackwright.gitops.health.workloads import daemon_set, deployment, replica_set, stateful_set
from stackwright.kernel import json
from stackwright.runtime import conditions

Check = Callable[[Object], Health]

_HPA_FAILURES = {
    "AbleToScale": ("FailedGetScale", "FailedUpdateScale"),
    "ScalingActive": (
        "FailedGetResourceMetric", "FailedGetObjectMetric", "FailedGetPodsMetric", "FailedGetExternalMetric",
        "FailedComputeMetricsReplicas", "InvalidSelector",
    ),
}  # fmt: skip


def _status(obj: Object) -> Mapping[str, Any]:
    return obj.get("status") or {}


def service(obj: Object) -> Health:
    if (obj.get("spec") or {}).get("type") != "LoadBalancer":
        return Health("Healthy")
    return Health("Healthy" if _has_address(obj) else "Progressing")


def ingress(obj: Object) -> Health:
    return Health("Healthy" if _has_address(obj) else "Progressing")


def _has_address(obj: Object) -> bool:
    return bool((_status(obj).get("loadBalancer") or {}).get("ingress"))


def persistent_volume_claim(obj: Object) -> Health:
    known: Mapping[Any, HealthStatus] = {"Lost": "Degraded", "Pending": "Progressing", "Bound": "Healthy"}
    return Health(known.get(_status(obj).get("phase"), "Unknown"))


def job(obj: Object) -> Health:
    found = _status(obj).get("conditions") or ()
    failed = next((c for c in found if c.get("type") == "Failed"), None)
    if failed is not None:
        return Health("Degraded", failed.get("message") or "")
    message = next((c.get("message") or "" for c in reversed(found) if c.get("type") in ("Complete", "Suspended")), "")
    if conditions.is_true(found, "Suspended"):
        return Health("Suspended", message)
    if any(c.get("type") in ("Complete", "Suspended") for c in found):
        return Health("Healthy", message)
    return Health("Progressing", message)


def horizontal_pod_autoscaler(obj: Object) -> Health:
    found = _autoscaler_conditions(obj)
    for condition in found:
        if condition.get("reason") in _HPA_FAILURES.get(str(condition.get("type")), ()):
            return Health("Degraded", condition.get("message") or "")
    for condition in found:
        if condition.get("type") in ("AbleToScale", "ScalingLimited") and condition.get("status") == "True":
            return Health("Healthy", condition.get("message") or "")
    return Health("Progressing", "Waiting to Autoscale")


def _autoscaler_conditions(obj: Object) -> Sequence[Mapping[str, Any]]:
    """autoscaling/v1 keeps them in an annotation."""
    if gvk_of(obj).version != "v1":
        return _status(obj).get("conditions") or ()
    try:
        found = json.loads(annotations_of(obj).get("autoscaling.alpha.kubernetes.io/conditions") or "[]")
    except json.JSONDecodeError:
        return ()
    return found if isinstance(found, list) else ()


def api_service(obj: Object) -> Health:
    available = conditions.find(_status(obj).get("conditions"), "Available")
    if available is None:
        return Health("Progressing", "Waiting to be processed")
    text = f"{available.get('reason') or ''}: {available.get('message') or ''}"
    return Health("Healthy" if available.get("status") == "True" else "Progressing", text)


def workflow(obj: Object) -> Health:
    known: Mapping[str, HealthStatus] = {
        "": "Progressing", "Pending": "Progressing", "Running": "Progressing",
        "Succeeded": "Healthy", "Failed": "Degraded", "Error": "Degraded",
    }  # fmt: skip
    return Health(known.get(_status(obj).get("phase") or "", "Unknown"), _status(obj).get("message") or "")


_CHECKS: Mapping[GroupKind, tuple[Check, frozenset[str]]] = {
    GroupKind(group, kind): (check, frozenset(versions.split()))
    for group, kind, versions, check in (
        ("apps", "Deployment", "v1", deployment),
        ("apps", "StatefulSet", "v1", stateful_set),
        ("apps", "DaemonSet", "v1", daemon_set),
        ("apps", "ReplicaSet", "v1", replica_set),
        ("", "Pod", "v1", pod),
        ("", "Service", "v1", service),
        ("", "PersistentVolumeClaim", "v1", persistent_volume_claim),
        ("batch", "Job", "v1", job),
        ("networking.k8s.io", "Ingress", "v1 v1beta1", ingress),
        ("extensions", "Ingress", "v1beta1", ingress),
        ("autoscaling", "HorizontalPodAutoscaler", "v1 v2 v2beta1 v2beta2", horizontal_pod_autoscaler),
        ("apiregistration.k8s.io", "APIService", "v1 v1beta1", api_service),
        ("argoproj.io", "Workflow", "v1alpha1", workflow),
    )
}


def builtin_health(obj: Object) -> Health | None:
    """None when no built-in check covers the kind; Unknown when it covers other versions of it."""
    gvk = gvk_of(obj)
    found = _CHECKS.get(GroupKind(gvk.group, gvk.kind))
    if found is None:
        return None
    check, versions = found
    if gvk.version not in versions:
        return Health("Unknown", f"unsupported {gvk.kind} GVK: {gvk.api_version}, Kind={gvk.kind}")
    return check(obj)
