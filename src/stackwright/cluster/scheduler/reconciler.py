"""The scheduler: takes one pod at a time, finds it a node, or says why there is none.

Source: k8s.io/kubernetes pkg/scheduler (schedule_one.go, FitError).
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from stackwright.api.meta import Object, annotations_of, is_deleting, name_of, uid_of
from stackwright.api.status import StatusError
from stackwright.client.informer import Change
from stackwright.client.kinds import NODES, PERSISTENT_VOLUME_CLAIMS, PODS, STORAGE_CLASSES
from stackwright.cluster import pods as pod_facts
from stackwright.cluster.context import Context, Key, key_of, spec_of, status_of, synced
from stackwright.cluster.node.drivers import Drivers
from stackwright.cluster.scheduler import filters, neighbours
from stackwright.cluster.scheduler.demand import Usage, amounts, host_ports, lacking, requests_of
from stackwright.kernel import json
from stackwright.kernel.http import Request
from stackwright.runtime.conditions import find, with_condition
from stackwright.runtime.controller import Controller

COMPONENT = "default-scheduler"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
_UNHELPFUL = "Preemption is not helpful for scheduling"
_NO_VICTIMS = "No preemption victims found for incoming pod"


def unschedulable(reasons: Mapping[str, int], nodes: int, helpful: int) -> str:
    """The message of FailedScheduling. `helpful`: on how many nodes removing pods might have made room."""
    if not nodes:
        return "no nodes available to schedule pods"
    listed = ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))
    rest = Counter({_NO_VICTIMS: helpful, _UNHELPFUL: nodes - helpful})
    preemption = ", ".join(sorted(f"{count} {reason}" for reason, count in rest.items() if count))
    return f"0/{nodes} nodes are available: {listed}. preemption: 0/{nodes} nodes are available: {preemption}."


class Scheduler:
    """Serves the pods of `default-scheduler`, in the order they came; pods that found no node wait for a change."""

    def __init__(self, context: Context, drivers: Drivers) -> None:
        self._context = context
        self._drivers = drivers
        self._pods = context.informers.informer(PODS)
        self._nodes = context.informers.informer(NODES)
        self._claims = context.informers.informer(PERSISTENT_VOLUME_CLAIMS)
        self._classes = context.informers.informer(STORAGE_CLASSES)
        self._usage: dict[str, Usage] = {}
        self._where: dict[str, str] = {}
        self._waiting: set[Key] = set()
        self._controller: Controller[Key] = Controller(COMPONENT, self.reconcile, workers=1)
        self._pods.listen(self._pod_changed)
        self._nodes.listen(self._world_changed)
        self._claims.listen(self._world_changed)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await synced(self._pods, self._nodes, self._claims, self._classes)
        await self._controller.run()

    def _pod_changed(self, change: Change, pod: Object, previous: Object | None) -> None:
        uid, node = uid_of(pod), str(spec_of(pod).get("nodeName") or "")
        if change == "deleted" or pod_facts.is_finished(pod):
            self._release(uid)
            self._waiting.discard(key_of(pod))
        elif node:
            self._take(uid, node, pod)
        elif self._is_due(pod, previous):
            self._controller.enqueue(key_of(pod))

    @staticmethod
    def _is_due(pod: Object, previous: Object | None) -> bool:
        """A new pod, or one whose spec changed; our own word in its status is no reason."""
        return previous is None or spec_of(previous) != spec_of(pod)

    def _world_changed(self, change: Change, obj: Object, previous: Object | None) -> None:
        if change == "modified" and previous is not None and obj.get("kind") == "Node" and _shape(obj) == _shape(previous):
            return
        self._try_again()

    def _try_again(self) -> None:
        for key in self._waiting:
            self._controller.enqueue(key)
        self._waiting.clear()

    def _take(self, uid: str, node: str, pod: Object) -> None:
        if self._where.get(uid) == node:
            return
        self._where[uid] = node
        self._usage.setdefault(node, Usage()).add(uid, pod)

    def _release(self, uid: str) -> None:
        node = self._where.pop(uid, None)
        if node is not None:
            self._usage[node].remove(uid)
            self._try_again()

    async def reconcile(self, key: Key) -> float | None:
        """Schedules one pod."""
        pod = self._pods.get(key[1], key[0])
        if pod is None or not self._is_ours(pod):
            self._waiting.discard(key)
            return None
        self._waiting.add(key)  # before anything is looked at: what changes from here on is a reason to look again
        problem = self._volumes(pod)
        if problem is not None:
            await self._fail(pod, problem)
            return None
        fitting, message = self._choose(pod)
        if fitting is None:
            await self._fail(pod, message)
        elif not await self._select_node(pod, fitting):
            self._waiting.discard(key)
            await self._bind(pod, fitting)
        return None

    def _is_ours(self, pod: Object) -> bool:
        spec = spec_of(pod)
        free = not spec.get("nodeName") and not spec.get("schedulingGates") and not is_deleting(pod)
        return free and spec.get("schedulerName", COMPONENT) == COMPONENT and not pod_facts.is_finished(pod)

    # -- choosing --------------------------------------------------------------------------------------------------

    def _choose(self, pod: Object) -> tuple[Object | None, str]:
        """The emptiest node that fits; or None and why."""
        nodes = self._nodes.all()
        reasons: Counter[str] = Counter()
        helpful, fitting = 0, []
        placed = self._placed(pod, nodes)
        for node in nodes:
            why = self._refusals(pod, node, nodes, placed)
            reasons.update(why)
            helpful += bool(why) and all(
                reason.startswith(("Insufficient", "Too many", "node(s) didn't have free ports")) for reason in why
            )
            if not why:
                fitting.append(node)
        if fitting:
            return min(fitting, key=lambda node: (len(self._used(node).pods), name_of(node))), ""
        return None, unschedulable(reasons, len(nodes), helpful)

    def _used(self, node: Object) -> Usage:
        return self._usage.setdefault(name_of(node), Usage())

    def _placed(self, pod: Object, nodes: Sequence[Object]) -> list[tuple[Object, Object]]:
        running = [each for each in self._pods.all() if not pod_facts.is_finished(each)] if neighbours.has_rules(pod) else []
        return neighbours.placed_on(running, nodes)

    def _refusals(self, pod: Object, node: Object, nodes: Sequence[Object], placed: neighbours.Placed) -> list[str]:
        why = filters.refusal(pod, node) or self._drivers.refusal(pod, node)
        if why is not None:
            return [why]
        usage = self._used(node)
        if any(usage.ports.get(port, 0) > 0 for port in host_ports(pod)):
            return ["node(s) didn't have free ports for the requested pod ports"]
        full = list(lacking(requests_of(pod), usage, amounts(status_of(node).get("allocatable"))))
        if full:
            return full
        why = neighbours.refusal(pod, node, placed, nodes) if placed or neighbours.has_rules(pod) else None
        return [why] if why else []

    # -- volumes ---------------------------------------------------------------------------------------------------

    def _claim_names(self, pod: Object) -> list[str]:
        names = []
        for volume in spec_of(pod).get("volumes") or ():
            if volume.get("persistentVolumeClaim"):
                names.append(str(volume["persistentVolumeClaim"].get("claimName")))
            elif volume.get("ephemeral"):
                names.append(f"{name_of(pod)}-{volume.get('name')}")
        return names

    def _volumes(self, pod: Object) -> str | None:
        """What is wrong with the pod's claims, in the scheduler's words."""
        for name in self._claim_names(pod):
            claim = self._claims.get(name, key_of(pod)[0])
            nodes = len(self._nodes.all())
            head = f"0/{nodes} nodes are available: "
            tail = f". preemption: 0/{nodes} nodes are available: {nodes} {_UNHELPFUL}."
            if claim is None:
                return f'{head}persistentvolumeclaim "{name}" not found{tail}'
            if is_deleting(claim):
                return f'{head}persistentvolumeclaim "{name}" is being deleted{tail}'
            if not spec_of(claim).get("volumeName") and not self._waits_for_consumer(claim):
                return f"{head}pod has unbound immediate PersistentVolumeClaims{tail}"
        return None

    def _waits_for_consumer(self, claim: Object) -> bool:
        storage_class = self._classes.get(str(spec_of(claim).get("storageClassName") or ""))
        return storage_class is not None and storage_class.get("volumeBindingMode") == "WaitForFirstConsumer"

    async def _select_node(self, pod: Object, node: Object) -> bool:
        """Tells unbound claims which node will use them; True while one of them is not bound."""
        unbound = False
        for name in self._claim_names(pod):
            claim = self._claims.get(name, key_of(pod)[0])
            if claim is None or status_of(claim).get("phase") == "Bound":
                continue
            unbound = True
            if annotations_of(claim).get(SELECTED_NODE) != name_of(node):
                patch = {"metadata": {"annotations": {SELECTED_NODE: name_of(node)}}}
                await self._context.client.patch(PERSISTENT_VOLUME_CLAIMS, name, key_of(pod)[0], patch)
        return unbound

    # -- telling ---------------------------------------------------------------------------------------------------

    async def _bind(self, pod: Object, node: Object) -> None:
        namespace, name = key_of(pod)
        target = {"apiVersion": "v1", "kind": "Node", "name": name_of(node)}
        meta = {"name": name, "namespace": namespace, "uid": uid_of(pod)}
        body = {"apiVersion": "v1", "kind": "Binding", "metadata": meta, "target": target}
        headers = {"accept": "application/json", "content-type": "application/json"}
        self._take(uid_of(pod), name_of(node), pod)
        try:
            await self._context.client.send(Request("POST", PODS.path(namespace, name, "binding"), (), headers, json.dumps(body)))
        except StatusError as error:
            self._release(uid_of(pod))
            if not (error.not_found or error.conflict):
                raise
            return
        message = f"Successfully assigned {namespace}/{name} to {name_of(node)}"
        self._context.events.tell(pod, "Normal", "Scheduled", message, COMPONENT)

    async def _fail(self, pod: Object, message: str) -> None:
        self._context.events.tell(pod, "Warning", "FailedScheduling", message, COMPONENT)
        status = status_of(pod)
        old = find(status.get("conditions"), "PodScheduled")
        if old is not None and (old.get("status"), old.get("message")) == ("False", message):
            return
        conditions = with_condition(
            status.get("conditions"), "PodScheduled", "False", "Unschedulable", message, self._context.stamp(), lastProbeTime=None
        )
        try:
            await self._context.write_status(PODS, pod, {**status, "conditions": conditions})
        except StatusError as error:
            if not error.not_found:
                raise


def _shape(node: Object) -> object:
    """What of a node matters to the scheduler: not its heartbeats."""
    return node["metadata"].get("labels"), spec_of(node), status_of(node).get("allocatable")
