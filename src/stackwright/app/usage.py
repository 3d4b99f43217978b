"""`kubectl top` on an embedded cluster: what simulated pods and nodes are said to use."""

from collections.abc import Mapping

from stackwright.api.meta import Object, Resource
from stackwright.apiserver.computed import VERBS, Compute, ComputedKind
from stackwright.cluster.node.usage import is_measured, node_metrics, pod_metrics
from stackwright.kernel.clock import Clock
from stackwright.store.objects import ObjectStore

_GROUP, _VERSION = "metrics.k8s.io", "v1beta1"
KINDS = (
    ComputedKind(Resource(_GROUP, _VERSION, "nodes", "NodeMetrics", False, verbs=VERBS)),
    ComputedKind(Resource(_GROUP, _VERSION, "pods", "PodMetrics", True, verbs=VERBS)),
)


def computed(store: ObjectStore, clock: Clock) -> Mapping[str, Compute]:
    """By qualified resource."""

    def pods(namespace: str) -> list[Object]:
        now = clock.now()
        return [pod_metrics(pod, now) for pod in store.list("pods", namespace or None) if is_measured(pod)]

    def nodes(_namespace: str) -> list[Object]:
        now, running = clock.now(), store.list("pods")
        return [node_metrics(node, running, now) for node in store.list("nodes")]

    return {f"pods.{_GROUP}": pods, f"nodes.{_GROUP}": nodes}
