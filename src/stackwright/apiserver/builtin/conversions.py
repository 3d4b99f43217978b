"""Kinds that are served in more than one version: events of both groups, and autoscalers of v1 and v2.

Source: k8s.io/kubernetes pkg/apis/autoscaling/v1 and pkg/apis/events/v1 (conversion).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, Resource, gvk_of
from stackwright.apiserver.builtin import autoscalers
from stackwright.apiserver.gotypes import struct_of
from stackwright.apiserver.gotypes.encoding import encoded

_EVENT_NAMES: Mapping[str, str] = {
    "involvedObject": "regarding",
    "message": "note",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
    "reportingComponent": "reportingController",
}
_STORED: Mapping[str, str] = {"events.events.k8s.io": "v1", "horizontalpodautoscalers.autoscaling": "autoscaling/v2"}


def _renamed(names: Mapping[str, str]) -> Callable[[Object], dict[str, Any]]:
    return lambda obj: {names.get(key, key): value for key, value in obj.items()}


_CONVERSIONS: Mapping[tuple[str, str, str], Callable[[Object], dict[str, Any]]] = {
    ("Event", "v1", "events.k8s.io/v1"): _renamed(_EVENT_NAMES),
    ("Event", "events.k8s.io/v1", "v1"): _renamed({new: old for old, new in _EVENT_NAMES.items()}),
    ("HorizontalPodAutoscaler", "autoscaling/v1", "autoscaling/v2"): autoscalers.to_v2,
    ("HorizontalPodAutoscaler", "autoscaling/v2", "autoscaling/v1"): autoscalers.to_v1,
}


def converted(obj: Object, api_version: str) -> Object:
    """The object in another version of its kind; as it is where the versions differ by nothing but their name."""
    before = str(obj.get("apiVersion") or "")
    if before == api_version:
        return obj
    convert = _CONVERSIONS.get((str(obj.get("kind") or ""), before, api_version))
    found = {**(convert(obj) if convert else obj), "apiVersion": api_version}
    name = struct_of(gvk_of(found))
    return encoded(found, name) if convert and name else found


def versions_beside(resource: Resource) -> Sequence[str]:
    """The versions in which the kind has other fields."""
    return [there for kind, here, there in _CONVERSIONS if (kind, here) == (resource.kind, resource.api_version)]


def stored(obj: Object, resource: Resource) -> Object:
    """The object in the version that it is kept in."""
    return converted(obj, _STORED.get(resource.qualified, resource.api_version))
