"""Defaults of HorizontalPodAutoscalers.

Source: k8s.io/kubernetes pkg/apis/autoscaling/v2/defaults.go.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.apiserver.builtin.defaults.filling import all_of, at, constants, made

_CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}
_PODS = {"type": "Pods", "value": 4, "periodSeconds": 15}
_PERCENT = {"type": "Percent", "value": 100, "periodSeconds": 15}
_UP = constants(stabilizationWindowSeconds=0, selectPolicy="Max", policies=[_PODS, _PERCENT])
_DOWN = constants(selectPolicy="Max", policies=[_PERCENT])


def _metrics(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return given if given.get("metrics") else {**given, "metrics": [_CPU]}


autoscaler = at("spec", all_of(constants(minReplicas=1), _metrics, at("behavior", all_of(made("scaleUp", _UP), made("scaleDown", _DOWN)))))
autoscaler_v1 = at("spec", constants(minReplicas=1))
