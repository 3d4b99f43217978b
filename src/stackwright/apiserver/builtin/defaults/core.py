"""Defaults of the smaller kinds of the core group.

Source: k8s.io/kubernetes pkg/apis/core/v1/defaults.go.
"""

import base64
from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object, labels_of, metadata_of, name_of
from stackwright.apiserver.builtin.defaults.filling import all_of, at, constants, every, made
from stackwright.apiserver.builtin.defaults.volumes import DISKS

_AFFINITY_SECONDS = 10800
_ROUTED = ("ClusterIP", "NodePort", "LoadBalancer")
_NAME_LABEL = "kubernetes.io/metadata.name"


def _service_port(given: Mapping[str, Any]) -> Mapping[str, Any]:
    found = constants(protocol="TCP")(given)
    return found if found.get("targetPort") not in (None, 0, "") else {**found, "targetPort": found.get("port")}


def _affinity(given: Mapping[str, Any]) -> Mapping[str, Any]:
    found = constants(sessionAffinity="None")(given)
    if found["sessionAffinity"] == "ClientIP":
        return made("sessionAffinityConfig", made("clientIP", constants(timeoutSeconds=_AFFINITY_SECONDS)))(found)
    if found["sessionAffinity"] == "None":
        return {key: value for key, value in found.items() if key != "sessionAffinityConfig"}
    return found


def _traffic(given: Mapping[str, Any]) -> Mapping[str, Any]:
    found = constants(type="ClusterIP")(given)
    outside = found["type"] in ("NodePort", "LoadBalancer") or (found["type"] == "ClusterIP" and found.get("externalIPs"))
    defaults = {"externalTrafficPolicy": "Cluster"} if outside else {}
    defaults |= {"internalTrafficPolicy": "Cluster"} if found["type"] in _ROUTED else {}
    found = constants(**defaults)(found)
    return constants(allocateLoadBalancerNodePorts=True)(found) if found["type"] == "LoadBalancer" else found


service = at("spec", all_of(_affinity, _traffic, every("ports", _service_port)))


def secret(obj: Object) -> Object:
    """Texts that were written in clear are data."""
    found = constants(type="Opaque")(obj)
    texts = found.get("stringData")
    if not isinstance(texts, Mapping):
        return found
    coded = {key: base64.b64encode(str(value or "").encode()).decode() for key, value in texts.items()}
    rest = {key: value for key, value in found.items() if key != "stringData"}
    return {**rest, "data": {**_map(rest, "data"), **coded}} if coded else rest


endpoints = every("subsets", every("ports", constants(protocol="TCP")))
claim = at("spec", constants(volumeMode="Filesystem"))
volume = at("spec", all_of(constants(persistentVolumeReclaimPolicy="Retain", volumeMode="Filesystem"), DISKS))


def namespace(obj: Object) -> Object:
    """Every namespace is labelled with its name."""
    name = name_of(obj)
    if not name or labels_of(obj).get(_NAME_LABEL) == name:
        return obj
    return {**obj, "metadata": {**metadata_of(obj), "labels": {**labels_of(obj), _NAME_LABEL: name}}}


def _pod_networks(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first network of several stands in a field of its own too."""
    several = given.get("podCIDRs")
    if several:
        return {**given, "podCIDR": several[0]}
    return {**given, "podCIDRs": [given["podCIDR"]]} if given.get("podCIDR") else given


def node(obj: Object) -> Object:
    return _allocatable(at("spec", _pod_networks)(obj))


def _allocatable(obj: Object) -> Object:
    """All of the capacity can be given away unless something is reserved."""
    status = obj.get("status")
    if not isinstance(status, Mapping) or status.get("allocatable") is not None or status.get("capacity") is None:
        return obj
    return {**obj, "status": {**status, "allocatable": status["capacity"]}}


def _limit(given: Mapping[str, Any]) -> Mapping[str, Any]:
    if given.get("type") != "Container":
        return given
    default = {**_map(given, "max"), **_map(given, "default")}
    return {**given, "default": default, "defaultRequest": {**_map(given, "min"), **default, **_map(given, "defaultRequest")}}


def _map(given: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = given.get(key)
    return found if isinstance(found, Mapping) else {}


limit_range = at("spec", every("limits", _limit))
