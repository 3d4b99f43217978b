"""What `kubectl top` shows of nodes on which nothing runs: as much as was asked for. Pure.

Source: k8s.io/metrics pkg/apis/metrics/v1beta1.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from stackwright.api.meta import Object, labels_of, name_of, namespace_of
from stackwright.cluster import pods as pod_facts
from stackwright.cluster.context import spec_of, status_of
from stackwright.cluster.scheduler.demand import amounts
from stackwright.kernel.clock import rfc3339

GROUP_VERSION = "metrics.k8s.io/v1beta1"
SIMULATED = "stackwright.dev/simulated"
_WINDOW = "15s"
_LEAST = {"cpu": 1, "memory": 8 << 20}
"""Units: thousandths of a processor, bytes."""


def container_usage(container: Mapping[str, Any]) -> dict[str, int]:
    """Its requests; a little where it asks for nothing."""
    asked = amounts((container.get("resources") or {}).get("requests"))
    return {name: asked.get(name) or least for name, least in _LEAST.items()}


def _texts(usage: Mapping[str, int]) -> dict[str, str]:
    return {"cpu": f"{usage.get('cpu', 0)}m", "memory": f"{usage.get('memory', 0) // 1024}Ki"}


def is_measured(pod: Object) -> bool:
    """Only running pods use anything."""
    return bool(spec_of(pod).get("nodeName")) and pod_facts.phase(pod) == "Running"


def pod_metrics(pod: Object, now: datetime) -> dict[str, Any]:
    """One PodMetrics object."""
    running = {str(each.get("name")) for each in status_of(pod).get("containerStatuses") or () if "running" in (each.get("state") or {})}
    containers = [each for each in spec_of(pod).get("containers") or () if str(each.get("name")) in running]
    return {
        "kind": "PodMetrics",
        "apiVersion": GROUP_VERSION,
        "metadata": _meta(pod, now) | {"namespace": namespace_of(pod)},
        "timestamp": rfc3339(now),
        "window": _WINDOW,
        "containers": [{"name": each.get("name"), "usage": _texts(container_usage(each))} for each in containers],
    }


def node_metrics(node: Object, pods: Iterable[Object], now: datetime) -> dict[str, Any]:
    """One NodeMetrics object. `pods` may be those of all nodes."""
    total: Counter[str] = Counter()
    for pod in pods:
        if is_measured(pod) and spec_of(pod).get("nodeName") == name_of(node):
            for container in spec_of(pod).get("containers") or ():
                total.update(container_usage(container))
    head = {"kind": "NodeMetrics", "apiVersion": GROUP_VERSION, "metadata": _meta(node, now)}
    return head | {"timestamp": rfc3339(now), "window": _WINDOW, "usage": _texts(total)}


def _meta(obj: Object, now: datetime) -> dict[str, Any]:
    labels = dict(labels_of(obj))
    found: dict[str, Any] = {"name": name_of(obj), "creationTimestamp": rfc3339(now), "annotations": {SIMULATED: "true"}}
    return found | ({"labels": labels} if labels else {})
