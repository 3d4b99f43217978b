"""Defaults of pods, and of what makes pods.

Source: k8s.io/kubernetes pkg/apis/core/v1/defaults.go (SetDefaults_Pod, SetDefaults_PodSpec, SetDefaults_Container, SetDefaults_Probe).
"""

from collections.abc import Mapping
from typing import Any

from stackwright.apiserver.builtin.defaults.filling import absent, all_of, at, constants, every, filled
from stackwright.apiserver.builtin.defaults.images import pull_policy
from stackwright.apiserver.builtin.defaults.volumes import FIELD_REF, volume

_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_SPEC: Mapping[str, Any] = {
    "dnsPolicy": "ClusterFirst",
    "restartPolicy": "Always",
    "schedulerName": "default-scheduler",
    "securityContext": {},
    "terminationGracePeriodSeconds": 30,
}
_HTTP = at("httpGet", constants(path="/", scheme="HTTP"))
_PROBE = all_of(
    constants(failureThreshold=3, periodSeconds=10, successThreshold=1, timeoutSeconds=1),
    _HTTP,
    at("grpc", lambda given: {"service": "", **given}),
)
_LIFECYCLE = all_of(at("postStart", _HTTP), at("preStop", _HTTP))


def _probe(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Zero means the default too."""
    return _PROBE(
        {key: value for key, value in given.items() if value != 0 or key in ("initialDelaySeconds", "terminationGracePeriodSeconds")}
    )


_CONTAINER = all_of(
    every("ports", constants(protocol="TCP")),
    every("env", at("valueFrom", FIELD_REF)),
    at("lifecycle", _LIFECYCLE),
    *(at(key, _probe) for key in _PROBES),
)


def _container(given: Mapping[str, Any]) -> Mapping[str, Any]:
    fixed = {
        "resources": {},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": pull_policy(str(given.get("image") or "")),
    }
    return _CONTAINER(filled(given, fixed))


def pod_spec(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """What every pod spec gets, that of a template too."""
    found = filled(given, _SPEC)
    for key in _CONTAINERS:
        found = dict(every(key, _container)(found))
    found = dict(every("volumes", volume)(found))
    account = found.get("serviceAccountName") or found.get("serviceAccount")
    return found | ({"serviceAccountName": account, "serviceAccount": account} if account else {})


def template(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """A PodTemplateSpec."""
    return at("spec", pod_spec)(given)


def _with_requests(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Limits are requested where no request is made."""
    resources = given.get("resources")
    limits = resources.get("limits") if isinstance(resources, Mapping) else None
    if not isinstance(resources, Mapping) or not isinstance(limits, Mapping):
        return given
    return {**given, "resources": {**resources, "requests": {**limits, **(resources.get("requests") or {})}}}


def _host_port(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return given if given.get("hostPort") else {**given, "hostPort": given.get("containerPort")}


def pod(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The whole spec of a pod."""
    found = dict(pod_spec(given))
    for key in ("containers", "initContainers"):
        found = dict(every(key, _with_requests)(found))
        if found.get("hostNetwork"):
            found = dict(every(key, every("ports", _host_port))(found))
    if absent(found, "enableServiceLinks"):
        found["enableServiceLinks"] = True
    return found
