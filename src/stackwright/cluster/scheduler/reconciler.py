"""The scheduler: takes one pod at a time, finds it a node, or says why there is none.

Source: k8s.io/kubernetes pkg/scheduler (schedule_one.go, FitError).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stackwright.api.meta import Object, is_deleting, name_of, uid_of
from stackwright.api.status import StatusError
from stackwright.client.informer import Change
from stackwright.client.kinds import NODES, POD_DISRUPTION_BUDGETS, PODS
from stackwright.cluster import pods as pod_facts
from stackwright.cluster.context import Context, Key, key_of, spec_of, status_of, synced
from stackwright.cluster.node.drivers import Drivers
from stackwright.cluster.scheduler import fitting, neighbours, preemption
from stackwright.cluster.scheduler.demand import Usage
from stackwright.cluster.scheduler.eviction import preempt
from stackwright.cluster.scheduler.fitting import Refusal
from stackwright.cluster.scheduler.nominations import Nominations
from stackwright.cluster.scheduler.trial import Trial
from stackwright.cluster.scheduler.volumes import Volumes
from stackwright.kernel import json
from stackwright.kernel.http import Request
from stackwright.runtime.conditions import find, with_condition
from stackwright.runtime.controller import Controller

COMPONENT = "default-scheduler"


def unschedulable(reasons: Mapping[str, int], nodes: int, preempting: str | None) -> str:
    """The message of FailedScheduling. `preempting`: why that makes no room; None when it does."""
    if not nodes:
        return "no nodes available to schedule pods"
    listed = ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))
    tail = f" preemption: {preempting}" if preempting is not None else ""
    return f"0/{nodes} nodes are available: {listed}.{tail}"


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What the nodes say to a pod. Shape: either `node`, or `refusals` by the name of each node."""

    node: Object | None = None
    refusals: Mapping[str, Refusal] = field(default_factory=dict)

    def message(self, preempting: str | None) -> str:
        counted = Counter(reason for each in self.refusals.values() for reason in each.reasons)
        return unschedulable(counted, len(self.refusals), preempting)


class Scheduler:
    """Serves the pods of `default-scheduler`, urgent ones first, then in the order they came; pods that found no node wait for a change."""

    def __init__(self, context: Context, drivers: Drivers) -> None:
        self._context = context
        self._drivers = drivers
        self._pods = context.informers.informer(PODS)
        self._nodes = context.informers.informer(NODES)
        self._volumes = Volumes(context)
        self._budgets = context.informers.informer(POD_DISRUPTION_BUDGETS)
        self._nominations = Nominations()
        self._usage: dict[str, Usage] = {}
        self._where: dict[str, str] = {}
        self._waiting: set[Key] = set()
        self._controller: Controller[Key] = Controller(COMPONENT, self.reconcile, workers=1, rank=self._rank)
        self._pods.listen(self._pod_changed)
        self._nodes.listen(self._world_changed)
        self._volumes.claims.listen(self._world_changed)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await synced(self._pods, self._nodes, self._volumes.claims, self._volumes.classes, self._budgets)
        await self._controller.run()

    def _rank(self, key: Key) -> int:
        pod = self._pods.get(key[1], key[0])
        return -preemption.priority(pod) if pod is not None else 0

    def _pod_changed(self, change: Change, pod: Object, previous: Object | None) -> None:
        uid, node = uid_of(pod), str(spec_of(pod).get("nodeName") or "")
        if change == "deleted" or pod_facts.is_finished(pod):
            self._release(uid)
            self._waiting.discard(key_of(pod))
            self._resign(uid)
        elif node:
            self._take(uid, node, pod)
            self._resign(uid)
        else:
            self._consider(pod, previous)

    def _consider(self, pod: Object, previous: Object | None) -> None:
        """A pod without a node came, or changed."""
        nominated = preemption.nominated_node(pod)
        if is_deleting(pod):
            self._resign(uid_of(pod))
        elif previous is None or nominated != preemption.nominated_node(previous):
            self._nominations.put(pod, nominated)
        if self._is_due(pod, previous):
            self._controller.enqueue(key_of(pod))

    def _resign(self, uid: str) -> None:
        """Room that was kept for the pod is anybody's again."""
        if self._nominations.drop(uid):
            self._try_again()

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
        problem = self._volumes.problem(pod, len(self._nodes.all()))
        if problem is not None:
            await self._fail(pod, problem)
            return None
        verdict = self._choose(pod)
        if verdict.node is None:
            await self._make_room(pod, verdict)
        elif not await self._volumes.select_node(pod, verdict.node):
            self._waiting.discard(key)
            await self._bind(pod, verdict.node)
        return None

    def _is_ours(self, pod: Object) -> bool:
        spec = spec_of(pod)
        free = not spec.get("nodeName") and not spec.get("schedulingGates") and not is_deleting(pod)
        return free and spec.get("schedulerName", COMPONENT) == COMPONENT and not pod_facts.is_finished(pod)

    # -- choosing --------------------------------------------------------------------------------------------------

    def _choose(self, pod: Object) -> _Verdict:
        """The node that made room for it if it fits there, else the emptiest that fits."""
        nodes = self._nodes.all()
        placed = self._placed(pod, nodes)
        refusals = {name_of(node): self._refusal(pod, node, self._used(node), placed) for node in nodes}
        fits = [node for node in nodes if not refusals[name_of(node)].reasons]
        if not fits:
            return _Verdict(refusals=refusals)
        nominated = self._nominations.node_of(pod)
        return _Verdict(min(fits, key=lambda node: (name_of(node) != nominated, len(self._used(node).pods), name_of(node))))

    def _used(self, node: Object) -> Usage:
        return self._usage.setdefault(name_of(node), Usage())

    def _placed(self, pod: Object, nodes: Sequence[Object]) -> list[tuple[Object, Object]]:
        running = [each for each in self._pods.all() if not pod_facts.is_finished(each)] if neighbours.has_rules(pod) else []
        return neighbours.placed_on(running, nodes)

    def _refusal(self, pod: Object, node: Object, usage: Usage, placed: neighbours.Placed) -> Refusal:
        """Room is kept for pods that are nominated for the node and not less urgent."""
        own = fitting.of_node(pod, node, self._drivers.refusal(pod, node))
        if own.reasons:
            return own
        coming = self._nominations.before(pod, name_of(node))
        if coming:
            usage = usage.without(())
            for other in coming:
                usage.add(uid_of(other), other)
        room = fitting.of_room(pod, node, usage)
        if room.reasons:
            return room
        around = [*placed, *((other, node) for other in coming)] if neighbours.has_rules(pod) else placed
        nodes = self._nodes.all()
        crowded = fitting.of_neighbours(pod, node, around, nodes)
        return crowded if crowded.reasons or around == placed else fitting.of_neighbours(pod, node, placed, nodes)

    # -- preempting ------------------------------------------------------------------------------------------------

    async def _make_room(self, pod: Object, verdict: _Verdict) -> None:
        """Sends pods of lower priority away if that helps; in any case the pod waits."""
        nominated = self._nominations.node_of(pod)
        may_wait = verdict.refusals.get(nominated, Refusal()).resolvable
        why = preemption.ineligible(pod, self._on(nominated) if may_wait else ())
        if why is not None or not verdict.refusals:
            await self._fail(pod, verdict.message(why), nominated)
            return
        tried = {name: self._candidate(pod, name) for name, refusal in verdict.refusals.items() if refusal.resolvable}
        candidates = [each for each in tried.values() if isinstance(each, preemption.Candidate)]
        if not candidates:
            reasons = {name: each for name, each in tried.items() if not isinstance(each, preemption.Candidate)}
            self._resign(uid_of(pod))
            await self._fail(pod, verdict.message(preemption.in_vain(len(verdict.refusals), reasons)))
            return
        chosen = preemption.best(candidates)
        self._nominations.put(pod, chosen.node)
        await preempt(self._context, pod, chosen, COMPONENT)
        await self._displace(pod, chosen.node)
        await self._fail(pod, verdict.message(None), chosen.node)

    def _on(self, node: str) -> list[Object]:
        return [pod for pod in self._pods.all() if node and self._where.get(uid_of(pod)) == node]

    def _candidate(self, pod: Object, name: str) -> preemption.Candidate | tuple[str, ...]:
        node = self._nodes.get(name)
        if node is None:
            return (preemption.UNHELPFUL,)
        placed = self._placed(pod, self._nodes.all())
        trial = Trial(self._used(node), placed, lambda usage, around: self._refusal(pod, node, usage, around))
        return preemption.candidate(pod, name, self._on(name), self._budgets.all(), trial)

    async def _displace(self, pod: Object, node: str) -> None:
        """Less urgent pods that were to have the room look for another."""
        for other in self._nominations.after(pod, node):
            self._nominations.drop(uid_of(other))
            current = self._pods.get(name_of(other), key_of(other)[0])
            if current is not None:
                await self._say(current, {**status_of(current), "nominatedNodeName": ""})
                self._controller.enqueue(key_of(current))

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

    async def _fail(self, pod: Object, message: str, nominated: str = "") -> None:
        self._context.events.tell(pod, "Warning", "FailedScheduling", message, COMPONENT)
        status = status_of(pod)
        old = find(status.get("conditions"), "PodScheduled")
        said = old is not None and (old.get("status"), old.get("message")) == ("False", message)
        if said and preemption.nominated_node(pod) == nominated:
            return
        conditions = with_condition(
            status.get("conditions"), "PodScheduled", "False", "Unschedulable", message, self._context.stamp(), lastProbeTime=None
        )
        await self._say(pod, {**status, "conditions": conditions, "nominatedNodeName": nominated})

    async def _say(self, pod: Object, status: Object) -> None:
        """Writes the status; an empty nomination is none."""
        kept = {key: value for key, value in status.items() if value or key != "nominatedNodeName"}
        try:
            await self._context.write_status(PODS, pod, kept)
        except StatusError as error:
            if not error.not_found:
                raise


def _shape(node: Object) -> object:
    """What of a node matters to the scheduler: not its heartbeats."""
    return node["metadata"].get("labels"), spec_of(node), status_of(node).get("allocatable")
