"""HorizontalPodAutoscalers between v1, which knows the CPU only, and v2: the rest of v2 is kept in annotations.

Source: k8s.io/kubernetes pkg/apis/autoscaling/v1/conversion.go.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, annotations_of, metadata_of
from stackwright.kernel import json

_PREFIX = "autoscaling.alpha.kubernetes.io/"
_METRICS, _CURRENT, _CONDITIONS, _BEHAVIOR = (_PREFIX + name for name in ("metrics", "current-metrics", "conditions", "behavior"))
_CPU, _USED = "targetCPUUtilizationPercentage", "currentCPUUtilizationPercentage"
_Metric = Mapping[str, Any]


def to_v1(obj: Object) -> dict[str, Any]:
    spec, status = dict(obj.get("spec") or {}), dict(obj.get("status") or {})
    notes: dict[str, str] = dict(annotations_of(obj))
    cpu, others = _parted(spec.pop("metrics", None) or (), "target")
    spec |= {} if cpu is None else {_CPU: cpu}
    used, current = _parted(status.pop("currentMetrics", None) or (), "current")
    status |= {} if used is None else {_USED: used}
    status.setdefault("currentReplicas", 0)
    for key, kept in (
        (_METRICS, [_flat(each, "target") for each in others]),
        (_CURRENT, [_flat(each, "current") for each in current]),
        (_CONDITIONS, status.pop("conditions", None)),
        (_BEHAVIOR, _capitalised(spec.pop("behavior", None))),
    ):
        if kept:
            notes[key] = json.dumps(kept).decode()
    return _with(obj, notes) | {"spec": spec, "status": status}


def to_v2(obj: Object) -> dict[str, Any]:
    spec, status = dict(obj.get("spec") or {}), dict(obj.get("status") or {})
    notes: dict[str, str] = dict(annotations_of(obj))
    metrics = [_nested(each, "target") for each in _read(notes, _METRICS) or ()]
    current = [_nested(each, "current") for each in _read(notes, _CURRENT) or ()]
    if (cpu := spec.pop(_CPU, None)) is not None:
        metrics.insert(0, _cpu("target", {"type": "Utilization", "averageUtilization": cpu}))
    if (used := status.pop(_USED, None)) is not None:
        current.insert(0, _cpu("current", {"averageUtilization": used}))
    behavior, conditions = _lowered(_read(notes, _BEHAVIOR)), _read(notes, _CONDITIONS)
    spec |= ({"metrics": metrics} if metrics else {}) | ({"behavior": behavior} if behavior else {})
    status |= ({"currentMetrics": current} if current else {}) | ({"conditions": conditions} if conditions else {})
    return _with(obj, notes) | {"spec": spec, "status": status}


def _with(obj: Object, notes: Mapping[str, str]) -> dict[str, Any]:
    meta = {key: value for key, value in metadata_of(obj).items() if key != "annotations"}
    return {**obj, "metadata": meta | ({"annotations": dict(notes)} if notes else {})}


def _read(notes: dict[str, str], key: str) -> Any:
    """What an annotation keeps, which is taken away; None for one that cannot be read."""
    try:
        return json.loads(notes.pop(key, "null"))
    except json.JSONDecodeError:
        return None


def _cpu(field: str, value: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "Resource", "resource": {"name": "cpu", field: value}}


def _parted(metrics: Sequence[_Metric], field: str) -> tuple[int | None, list[_Metric]]:
    """The utilisation of the CPU, and all other metrics."""
    percent, others = None, []
    for metric in metrics:
        found = metric.get("resource") or {}
        utilization = (found.get(field) or {}).get("averageUtilization")
        if percent is None and metric.get("type") == "Resource" and found.get("name") == "cpu" and utilization is not None:
            percent = int(utilization)
        else:
            others.append(metric)
    return percent, others


def _source(metric: _Metric) -> str:
    type = str(metric.get("type") or "")
    return type[:1].lower() + type[1:]


def _flat(metric: _Metric, field: str) -> dict[str, Any]:
    """A v2 metric as v1 spells it out: `target.averageValue` is `targetAverageValue`."""
    source = _source(metric)
    given = dict(metric.get(source) or {})
    values = {key: value for key, value in (given.pop(field, None) or {}).items() if key != "type"}
    name = given.pop("metric", None) or {}
    if name:
        given["metricName"] = name.get("name")
        given |= {"metricSelector" if source == "external" else "selector": name["selector"]} if name.get("selector") else {}
    if "describedObject" in given:
        given["target"] = given.pop("describedObject")
    given |= {_joined(field, key, source): value for key, value in values.items()}
    return {"type": metric.get("type"), source: given}


def _joined(field: str, key: str, source: str) -> str:
    if source == "object" and key == "averageValue":
        return "averageValue"
    return field + key[:1].upper() + key[1:]


def _nested(metric: _Metric, field: str) -> dict[str, Any]:
    """The other way round."""
    source = _source(metric)
    given = dict(metric.get(source) or {})
    values = {key: given.pop(_joined(field, key, source)) for key in _VALUES if _joined(field, key, source) in given}
    if field == "target" and values:
        values = {"type": _TYPES[next(iter(values))], **values}
    if "metricName" in given:
        selector = given.pop("metricSelector" if source == "external" else "selector", None)
        given["metric"] = {"name": given.pop("metricName")} | ({"selector": selector} if selector else {})
    if isinstance(given.get("target"), Mapping):
        given["describedObject"] = given.pop("target")
    return {"type": metric.get("type"), source: given | {field: values}}


_TYPES = {"averageUtilization": "Utilization", "averageValue": "AverageValue", "value": "Value"}
_VALUES = tuple(_TYPES)


def _capitalised(behavior: Mapping[str, Any] | None) -> Any:
    """As the internal type is written, whose fields have no JSON names."""
    if not behavior:
        return None
    return {
        name: _rules(behavior[key]) if behavior.get(key) else None for name, key in (("ScaleUp", "scaleUp"), ("ScaleDown", "scaleDown"))
    }


def _rules(rules: Mapping[str, Any]) -> dict[str, Any]:
    policies = [
        {"Type": each.get("type"), "Value": each.get("value"), "PeriodSeconds": each.get("periodSeconds")}
        for each in rules.get("policies") or ()
    ]
    return {
        "StabilizationWindowSeconds": rules.get("stabilizationWindowSeconds"),
        "SelectPolicy": rules.get("selectPolicy"),
        "Policies": policies,
        "Tolerance": rules.get("tolerance"),
    }


def _lowered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key[:1].lower() + key[1:]: _lowered(item) for key, item in value.items() if item is not None}
    return [_lowered(item) for item in value] if isinstance(value, list) else value
