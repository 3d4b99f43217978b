"""HorizontalPodAutoscalers.

Source: k8s.io/kubernetes pkg/apis/autoscaling/validation.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.quantities import amount
from stackwright.apiserver.builtin.validation.rules import (
    Problems,
    forbidden,
    indexed,
    invalid,
    items,
    mapping,
    not_supported,
    one_of,
    required,
    words,
)

_TYPES = ("ContainerResource", "External", "Object", "Pods", "Resource")
_FIELDS: Mapping[str, str] = {
    "ContainerResource": "containerResource", "External": "external", "Object": "object", "Pods": "pods", "Resource": "resource",
}  # fmt: skip
_TARGETS = ("Utilization", "Value", "AverageValue")
_NO_SOURCE = "must populate information for the given metric source"
_LONGEST_WINDOW = 3600
_LONGEST_PERIOD = 1800


def autoscaler(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    least, most = spec.get("minReplicas"), spec.get("maxReplicas") or 0
    if isinstance(least, int) and least < 1:
        yield invalid("spec.minReplicas", least, "must be greater than or equal to 1")
    if most < 1:
        yield (
            required("spec.maxReplicas", "must be set and greater than 0")
            if not most
            else invalid("spec.maxReplicas", most, "must be greater than 0")
        )
    if isinstance(least, int) and most < least:
        yield invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`")
    yield from _target(mapping(spec, "scaleTargetRef"))
    yield from _metrics(spec, least)
    yield from _behavior(mapping(spec, "behavior"))


def _target(target: Any) -> Problems:
    path = "spec.scaleTargetRef"
    for key in ("kind", "name"):
        value = target.get(key) or ""
        if not value:
            yield required(f"{path}.{key}")
        else:
            yield from words(f"{path}.{key}", value, names.path_segment(value))
    version = target.get("apiVersion") or ""
    if "/" not in version and not (version == "v1" and target.get("kind") == "ReplicationController"):
        yield invalid(f"{path}.apiVersion", version, "apiVersion must specify API group")


def _metrics(spec: Any, least: Any) -> Problems:
    for place, metric in indexed("spec", spec, "metrics"):
        yield from _metric(place, metric)
    found = items(spec, "metrics")
    if least == 0 and not any(metric.get("type") in ("Object", "External") for metric in found):
        yield forbidden("spec.metrics", "must specify at least one Object or External metric to support scaling to zero replicas")


def _metric(path: str, metric: Any) -> Problems:
    kind = metric.get("type") or ""
    if not kind:
        yield required(f"{path}.type", "must specify a metric source type")
    elif kind not in _TYPES:
        yield not_supported(f"{path}.type", kind, _TYPES)
        yield not_supported(f"{path}.type", kind, _TYPES)
        return
    field = _FIELDS.get(kind, "")
    if metric.get(field) is None:
        yield required(f"{path}.{field}", _NO_SOURCE) if field else required(path, _NO_SOURCE)
        return
    yield from _source(f"{path}.{field}", kind, metric[field])
    for other in _FIELDS.values():
        if other != field and metric.get(other) is not None:
            yield forbidden(f"{path}.{other}", "must populate the given metric source only")


def _source(path: str, kind: str, source: Any) -> Problems:
    if kind in ("Resource", "ContainerResource"):
        if not source.get("name"):
            yield required(f"{path}.name", "must specify a resource name")
        if kind == "ContainerResource" and not source.get("container"):
            yield required(f"{path}.container", "must specify a container")
    elif not mapping(source, "metric").get("name"):
        yield required(f"{path}.metric.name", "must specify a metric name")
    if kind == "Object":
        for key in ("kind", "name"):
            if not mapping(source, "describedObject").get(key):
                yield required(f"{path}.describedObject.{key}")
    yield from _metric_target(f"{path}.target", kind, mapping(source, "target"))


def _metric_target(path: str, kind: str, target: Any) -> Problems:
    how = target.get("type") or ""
    if not how:
        yield required(f"{path}.type", "must specify a metric target type")
    elif how not in _TARGETS:
        yield invalid(f"{path}.type", how, "must be either Utilization, Value, or AverageValue")
    for key in ("value", "averageValue"):
        if target.get(key) is not None and amount(target[key]) <= 0:
            yield invalid(f"{path}.{key}", str(target[key]), "must be positive")
    utilization = target.get("averageUtilization")
    if isinstance(utilization, int) and utilization < 1:
        yield invalid(f"{path}.averageUtilization", utilization, "must be greater than 0")
    yield from _one_target(path, kind, target)


def _one_target(path: str, kind: str, target: Any) -> Problems:
    if kind in ("Resource", "ContainerResource"):
        given = [key for key in ("averageUtilization", "averageValue") if target.get(key) is not None]
        if not given:
            yield required(f"{path}.averageUtilization", "must set either a target raw value or a target utilization")
        if len(given) > 1:
            yield forbidden(f"{path}.averageValue", "may not set both a target raw value and a target utilization")
    elif kind == "Pods":
        if target.get("averageValue") is None:
            yield required(f"{path}.averageValue", "must specify a positive target averageValue")
    elif target.get("value") is None and target.get("averageValue") is None:
        either = "a target value or averageValue" if kind == "Object" else "a target value for metric or a per-pod target"
        yield required(f"{path}.averageValue", f"must set either {either}")
    elif kind == "External" and target.get("value") is not None and target.get("averageValue") is not None:
        yield forbidden(f"{path}.value", "may not set both a target value for metric and a per-pod target")


def _behavior(behavior: Any) -> Problems:
    for key in ("scaleUp", "scaleDown"):
        rules = behavior.get(key)
        if rules is None:
            continue
        path, window = f"spec.behavior.{key}", rules.get("stabilizationWindowSeconds")
        if isinstance(window, int) and window < 0:
            yield invalid(f"{path}.stabilizationWindowSeconds", window, "must be greater than or equal to zero")
        if isinstance(window, int) and window > _LONGEST_WINDOW:
            yield invalid(f"{path}.stabilizationWindowSeconds", window, f"must be less than or equal to {_LONGEST_WINDOW}")
        if rules.get("selectPolicy") is not None:
            yield from one_of(f"{path}.selectPolicy", rules["selectPolicy"], ("Disabled", "Max", "Min"))
        if not items(rules, "policies"):
            yield required(f"{path}.policies", "must specify at least one Policy")
        for place, policy in indexed(path, rules, "policies"):
            yield from _policy(place, policy)


def _policy(path: str, policy: Any) -> Problems:
    yield from one_of(f"{path}.type", policy.get("type") or "", ("Percent", "Pods"))
    if (policy.get("value") or 0) <= 0:
        yield invalid(f"{path}.value", policy.get("value") or 0, "must be greater than zero")
    period = policy.get("periodSeconds") or 0
    if period <= 0:
        yield invalid(f"{path}.periodSeconds", period, "must be greater than zero")
    if period > _LONGEST_PERIOD:
        yield invalid(f"{path}.periodSeconds", period, f"must be less than or equal to {_LONGEST_PERIOD}")
