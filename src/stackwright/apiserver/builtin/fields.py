"""What field selectors can ask of the built-in kinds, beyond name and namespace.

Source: the ToSelectableFields functions of k8s.io/kubernetes pkg/registry.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object

_REFERENCE = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
_PATHS: Mapping[str, tuple[str, ...]] = {
    "pods": (
        "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
        "status.phase", "status.podIP", "status.nominatedNodeName",
    ),
    "nodes": ("spec.unschedulable",),
    "namespaces": ("status.phase",),
    "secrets": ("type",),
    "services": ("spec.clusterIP", "spec.type"),
    "replicationcontrollers": ("status.replicas",),
    "replicasets.apps": ("status.replicas",),
    "jobs.batch": ("status.successful",),
    "certificatesigningrequests.certificates.k8s.io": ("spec.signerName",),
    "resourceslices.resource.k8s.io": ("spec.nodeName", "spec.driver"),
    "events": (*(f"involvedObject.{part}" for part in _REFERENCE), "reason", "reportingComponent", "source", "type"),
    "events.events.k8s.io": (*(f"regarding.{part}" for part in _REFERENCE), "reason", "reportingController", "type"),
}  # fmt: skip
_ELSEWHERE = {
    "spec.hostNetwork": ("spec", "hostNetwork"),
    "status.successful": ("status", "succeeded"),
}
_ZEROS = {"spec.hostNetwork": "false", "spec.unschedulable": "false", "status.replicas": "0", "status.successful": "0"}


def selectable(resource: str, obj: Object) -> Mapping[str, str]:
    """The values of the selectable fields of an object of a qualified resource; every field, empty where it is not set."""
    found = {path: _text(path, obj) for path in _PATHS.get(resource, ())}
    if resource == "events":
        component = obj.get("reportingComponent") or ""
        source = str((obj.get("source") or {}).get("component") or component)
        found |= {"source": source, "reportingComponent": str(component)}
    return found


def _text(path: str, obj: Object) -> str:
    value: Any = obj
    for step in _ELSEWHERE.get(path) or path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    if value is None or isinstance(value, Mapping | list):
        return _ZEROS.get(path, "")
    return str(value).lower() if isinstance(value, bool) else str(value)
