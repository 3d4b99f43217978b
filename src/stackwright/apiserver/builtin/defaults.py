"""What the API fills in where a field is absent.

Source: k8s.io/kubernetes pkg/apis/*/v1/defaults.go.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object

_TEMPLATED = frozenset(
    {"replicationcontrollers", "daemonsets.apps", "deployments.apps", "replicasets.apps", "statefulsets.apps", "jobs.batch"}
)
_POD_SPEC: Mapping[str, Any] = {
    "dnsPolicy": "ClusterFirst",
    "restartPolicy": "Always",
    "schedulerName": "default-scheduler",
    "securityContext": {},
    "terminationGracePeriodSeconds": 30,
}
_PROBE: Mapping[str, Any] = {"failureThreshold": 3, "periodSeconds": 10, "successThreshold": 1, "timeoutSeconds": 1}
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_ROLLING: Mapping[str, Any] = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}
_SPECS: Mapping[str, Mapping[str, Any]] = {
    "deployments.apps": {"progressDeadlineSeconds": 600, "replicas": 1, "revisionHistoryLimit": 10},
    "replicasets.apps": {"replicas": 1},
    "replicationcontrollers": {"replicas": 1},
    "statefulsets.apps": {"podManagementPolicy": "OrderedReady", "replicas": 1, "revisionHistoryLimit": 10},
    "daemonsets.apps": {"revisionHistoryLimit": 10},
    "persistentvolumeclaims": {"volumeMode": "Filesystem"},
    "persistentvolumes": {"persistentVolumeReclaimPolicy": "Retain", "volumeMode": "Filesystem"},
    "services": {"internalTrafficPolicy": "Cluster", "sessionAffinity": "None", "type": "ClusterIP"},
    "namespaces": {"finalizers": ["kubernetes"]},
}


def defaulted(resource: str, obj: Object) -> Object:
    """With the defaults of a qualified resource; the object is left as it is."""
    if resource == "secrets":
        return {"type": "Opaque", **obj}
    if resource == "storageclasses.storage.k8s.io":
        return {"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate", **obj}
    if resource == "namespaces" and (obj.get("metadata") or {}).get("deletionTimestamp"):
        return obj  # its finalizers are being taken away
    spec = obj.get("spec", {} if resource == "namespaces" else None)
    if not isinstance(spec, Mapping):
        return obj
    return {**obj, "spec": _spec(resource, spec)}


def _spec(resource: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
    if resource == "pods":
        return pod_spec(spec)
    found: dict[str, Any] = {**_SPECS.get(resource, {}), **spec}
    if resource == "services":
        return _service(found)
    if resource == "deployments.apps":
        found["strategy"] = _strategy(found.get("strategy") or {})
    if resource in _TEMPLATED and isinstance(template := found.get("template"), Mapping):
        found["template"] = _template(template)
    return found


def _strategy(given: Mapping[str, Any]) -> Mapping[str, Any]:
    if given.get("type", "RollingUpdate") != "RollingUpdate":
        return given
    return {**_ROLLING, **given, "rollingUpdate": {**_ROLLING["rollingUpdate"], **(given.get("rollingUpdate") or {})}}


def _template(template: Mapping[str, Any]) -> Mapping[str, Any]:
    spec = template.get("spec")
    return {**template, "spec": pod_spec(spec)} if isinstance(spec, Mapping) else template


def _service(spec: dict[str, Any]) -> Mapping[str, Any]:
    if isinstance(ports := spec.get("ports"), list) and spec["type"] != "ExternalName":
        spec["ports"] = [{"protocol": "TCP", **port, "targetPort": port.get("targetPort", port.get("port"))} for port in ports]
    if spec["type"] == "ExternalName":
        spec.pop("internalTrafficPolicy")
    if spec["type"] in ("NodePort", "LoadBalancer"):
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if spec["type"] == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)
    return spec


def pod_spec(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """With the defaults of a pod."""
    found: dict[str, Any] = {**_POD_SPEC, **spec}
    for key in ("containers", "initContainers"):
        if isinstance(given := found.get(key), list):
            found[key] = [_container(each) if isinstance(each, Mapping) else each for each in given]
    if account := found.get("serviceAccountName"):
        found["serviceAccount"] = account
    return found


def _container(given: Mapping[str, Any]) -> Mapping[str, Any]:
    found: dict[str, Any] = {
        "resources": {},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": _pull_policy(str(given.get("image") or "")),
        **given,
    }
    if isinstance(ports := found.get("ports"), list):
        found["ports"] = [{"protocol": "TCP", **port} if isinstance(port, Mapping) else port for port in ports]
    for key in _PROBES:
        if isinstance(probe := found.get(key), Mapping):
            found[key] = _probe(probe)
    return found


def _probe(given: Mapping[str, Any]) -> Mapping[str, Any]:
    found = {**_PROBE, **given}
    if isinstance(get := found.get("httpGet"), Mapping):
        found["httpGet"] = {"path": "/", "scheme": "HTTP", **get}
    return found


def _pull_policy(image: str) -> str:
    name, digest = image.rpartition("/")[2].partition("@")[::2]
    tag = name.partition(":")[2]
    return "Always" if tag == "latest" or not (tag or digest) else "IfNotPresent"
