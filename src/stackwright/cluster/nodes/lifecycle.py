"""Nodes that are cordoned, tainted or gone: their taints are kept, and pods that may not stay are deleted.

Source: k8s.io/kubernetes pkg/controller/nodelifecycle, pkg/controller/tainteviction and pkg/controller/podgc.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from stackwright.api.meta import Object, is_deleting, metadata_of, name_of, namespace_of, uid_of
from stackwright.api.status import StatusError
from stackwright.client.informer import Change
from stackwright.client.kinds import NODES, PODS
from stackwright.cluster.context import Context, Key, key_of, spec_of, status_of, synced
from stackwright.cluster.scheduler.filters import UNSCHEDULABLE, tolerates
from stackwright.kernel.clock import parse_rfc3339
from stackwright.runtime.conditions import with_condition
from stackwright.runtime.controller import Controller

COMPONENT = "taint-eviction-controller"
_ORPHANED_SECONDS = 40.0
_BY_CONDITION = {
    ("Ready", "False"): "node.kubernetes.io/not-ready",
    ("Ready", "Unknown"): "node.kubernetes.io/unreachable",
    ("MemoryPressure", "True"): "node.kubernetes.io/memory-pressure",
    ("DiskPressure", "True"): "node.kubernetes.io/disk-pressure",
    ("NetworkUnavailable", "True"): "node.kubernetes.io/network-unavailable",
    ("PIDPressure", "True"): "node.kubernetes.io/pid-pressure",
}
"""What a node's conditions make of it for pods that are still to come."""


def kept_taints(node: Object, stamp: str) -> list[Mapping[str, Any]] | None:
    """The taints with those of a cordon and of the conditions, and without those that no longer hold; None when they are right. Pure."""
    taints: Sequence[Mapping[str, Any]] = spec_of(node).get("taints") or ()
    said = {str(each.get("type")): str(each.get("status")) for each in status_of(node).get("conditions") or ()}
    ours = {UNSCHEDULABLE, *(key for (type, _), key in _BY_CONDITION.items() if type in said)}
    wanted = {UNSCHEDULABLE} if spec_of(node).get("unschedulable") else set()
    wanted |= {key for (type, status), key in _BY_CONDITION.items() if said.get(type) == status}
    kept = [taint for taint in taints if not _is_one_of(taint, ours - wanted)]
    missing = sorted(wanted - {str(taint.get("key")) for taint in kept if taint.get("effect") == "NoSchedule"})
    if len(kept) == len(taints) and not missing:
        return None
    return [*kept, *({"key": key, "effect": "NoSchedule", "timeAdded": stamp} for key in missing)]


def _is_one_of(taint: Mapping[str, Any], keys: set[str]) -> bool:
    return taint.get("effect") == "NoSchedule" and taint.get("key") in keys


def stays_until(pod: Object, node: Object, now: datetime) -> datetime | None:
    """When NoExecute taints drive the pod out: `now` for at once, None for never. Pure."""
    ends: list[datetime] = []
    tolerations = spec_of(pod).get("tolerations") or ()
    for taint in spec_of(node).get("taints") or ():
        if taint.get("effect") != "NoExecute":
            continue
        matching = [each for each in tolerations if tolerates([each], taint)]
        if not matching:
            return now
        limits = [int(each["tolerationSeconds"]) for each in matching if each.get("tolerationSeconds") is not None]
        since = parse_rfc3339(str(taint["timeAdded"])) if taint.get("timeAdded") else now
        ends += [since + timedelta(seconds=max(0, min(limits)))] if limits else []
    return min(ends, default=None)


class NodeLifecycle:
    """Looks at a node when it changes, and at a pod when it or its node does."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._nodes = context.informers.informer(NODES)
        self._pods = context.informers.informer(PODS)
        self._pods.index("node", lambda pod: (str(spec_of(pod)["nodeName"]),) if spec_of(pod).get("nodeName") else ())
        self._node_queue: Controller[str] = Controller("node-lifecycle-controller", self.reconcile_node)
        self._pod_queue: Controller[Key] = Controller(COMPONENT, self.reconcile_pod)
        self._nodes.listen(self._node_changed)
        self._pods.listen(self._pod_changed)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await synced(self._nodes, self._pods)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._node_queue.run())
            tasks.create_task(self._pod_queue.run())

    def _node_changed(self, change: Change, node: Object, previous: Object | None) -> None:
        if change == "modified" and previous is not None and _shape(node) == _shape(previous):
            return
        self._node_queue.enqueue(name_of(node))
        for pod in self._pods.by_index("node", name_of(node)):
            self._pod_queue.enqueue(key_of(pod))

    def _pod_changed(self, change: Change, pod: Object, previous: Object | None) -> None:
        name = spec_of(pod).get("nodeName")
        moved = (
            previous is None
            or spec_of(previous).get("nodeName") != name
            or spec_of(previous).get("tolerations") != spec_of(pod).get("tolerations")
        )
        if change != "deleted" and name and moved and self._is_special(self._nodes.get(str(name))):
            self._pod_queue.enqueue(key_of(pod))

    @staticmethod
    def _is_special(node: Object | None) -> bool:
        return node is None or any(taint.get("effect") == "NoExecute" for taint in spec_of(node).get("taints") or ())

    async def reconcile_node(self, name: str) -> float | None:
        """Keeps the taints of a cordon and of the node's conditions."""
        node = self._nodes.get(name)
        taints = kept_taints(node, self._context.stamp()) if node is not None else None
        if node is not None and taints is not None:
            patch = {"metadata": {"resourceVersion": metadata_of(node).get("resourceVersion")}, "spec": {"taints": taints or None}}
            await self._context.client.patch(NODES, name, None, patch)
        return None

    async def reconcile_pod(self, key: Key) -> float | None:
        """Removes a pod whose node drives it out, or is gone for long."""
        pod = self._pods.get(key[1], key[0])
        name = str(spec_of(pod or {}).get("nodeName") or "")
        if pod is None or not name:
            return None
        node, now = self._nodes.get(name), self._context.now()
        if node is None:
            return await self._orphaned(pod, now)
        until = None if is_deleting(pod) else stays_until(pod, node, now)
        if until is None:
            return None
        if until > now:
            return (until - now).total_seconds()
        message = f"Marking for deletion Pod {namespace_of(pod)}/{name_of(pod)}"
        self._context.events.tell(pod, "Normal", "TaintManagerEviction", message, COMPONENT)
        await self._mark(pod, "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint")
        await self._delete(pod, None)
        return None

    async def _orphaned(self, pod: Object, now: datetime) -> float | None:
        """Pods outlive their node for a while: it may come back."""
        since = metadata_of(pod).get("deletionTimestamp") or metadata_of(pod).get("creationTimestamp")
        left = _ORPHANED_SECONDS - (now - parse_rfc3339(str(since))).total_seconds()
        if left > 0:
            return left
        await self._mark(pod, "DeletionByPodGC", "PodGC: node no longer exists")
        await self._delete(pod, 0)
        return None

    async def _mark(self, pod: Object, reason: str, message: str) -> None:
        """Says who disrupts the pod, for whoever counts its failures."""
        conditions = with_condition(
            status_of(pod).get("conditions"), "DisruptionTarget", "True", reason, message, self._context.stamp(), lastProbeTime=None
        )
        try:
            await self._context.write_status(PODS, pod, {**status_of(pod), "conditions": conditions})
        except StatusError as error:
            if not error.not_found:
                raise

    async def _delete(self, pod: Object, grace: int | None) -> None:
        try:
            await self._context.client.delete(
                PODS, name_of(pod), namespace_of(pod), propagation="Background", uid=uid_of(pod), grace_period_seconds=grace
            )
        except StatusError as error:
            if not error.not_found:
                raise


def _shape(node: Object) -> object:
    """What of a node matters to its pods: not its heartbeats."""
    return spec_of(node), [(each.get("type"), each.get("status")) for each in status_of(node).get("conditions") or ()]
