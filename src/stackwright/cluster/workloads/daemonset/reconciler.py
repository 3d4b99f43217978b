"""The story of a DaemonSet: look at the nodes, give each its pod, renew outdated ones, tell.

Source: k8s.io/kubernetes pkg/controller/daemon.
"""

from collections.abc import Callable

from stackwright.api.meta import Object, is_deleting, labels_of, name_of, namespace_of, uid_of
from stackwright.api.selectors import from_object
from stackwright.client.informer import Change
from stackwright.client.kinds import CONTROLLER_REVISIONS, DAEMON_SETS, NODES, PODS
from stackwright.cluster import pods as pod_facts
from stackwright.cluster.claims import claims, settle
from stackwright.cluster.context import Context, Key, enqueue_each, enqueue_owner, index_by_controller, key_of, spec_of, synced
from stackwright.cluster.expectations import Expectations
from stackwright.cluster.workloads.daemonset import placing, plan
from stackwright.cluster.workloads.history import POD_HASH, History, hash_of
from stackwright.cluster.workloads.making import PodMaker
from stackwright.runtime.controller import Controller

COMPONENT = "daemonset-controller"
_DEFAULT_HISTORY = 10

Serves = Callable[[Object, Object], bool]
"""(pod, node): the node's driver runs such pods."""


class DaemonSetController:
    """Keeps the pods of every DaemonSet."""

    def __init__(self, context: Context, serves: Serves = lambda pod, node: True) -> None:
        self._context = context
        self._serves = serves
        self._sets = context.informers.informer(DAEMON_SETS)
        self._pods = context.informers.informer(PODS)
        self._nodes = context.informers.informer(NODES)
        self._revisions = context.informers.informer(CONTROLLER_REVISIONS)
        for informer in (self._pods, self._revisions):
            index_by_controller(informer)
        self._history = History(context, self._revisions, POD_HASH)
        self._expectations: Expectations[Key] = Expectations()
        self._maker = PodMaker(context, self._pods, COMPONENT, self._expectations)
        self._controller: Controller[Key] = Controller(COMPONENT, self.reconcile, workers=2)
        self._pods.listen(self._expectations.observe)
        enqueue_each(self._sets, self._controller)
        for informer in (self._pods, self._revisions):
            enqueue_owner(informer, self._controller, "apps", "DaemonSet")
        self._nodes.listen(self._node_changed)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await synced(self._sets, self._pods, self._nodes, self._revisions)
        await self._controller.run()

    def _node_changed(self, change: Change, node: Object, previous: Object | None) -> None:
        shape = (spec_of(node), labels_of(node))
        if change != "modified" or previous is None or shape != (spec_of(previous), labels_of(previous)):
            for daemons in self._sets.all():
                self._controller.enqueue(key_of(daemons))

    async def reconcile(self, key: Key) -> float | None:
        """One pass; each write brings the next."""
        daemons = self._sets.get(key[1], key[0])
        if daemons is None:
            self._expectations.drop(key)
            return None
        selector = from_object(spec_of(daemons).get("selector"))
        if not selector:
            return None
        candidates = [*self._pods.by_index("controller", uid_of(daemons)), *self._pods.by_index("loose", key[0])]
        pods = await settle(self._context.client, PODS, daemons, claims(daemons, selector, candidates))
        chronicle = await self._history.of(daemons, selector)
        now = self._context.now()
        world = plan.World(daemons, self._standings(daemons), pods, hash_of(chronicle.latest, POD_HASH), now)
        if not is_deleting(daemons) and self._expectations.met(key):
            await self._carry_out(key, world, plan.step(world))
        await self._context.write_status(DAEMON_SETS, daemons, plan.status(world, chronicle.collisions))
        alive = {name_of(each) for each in chronicle.revisions if self._lives(each, world)} | {name_of(chronicle.latest)}
        await self._history.forget(chronicle, alive, int(spec_of(daemons).get("revisionHistoryLimit", _DEFAULT_HISTORY)))
        return pod_facts.soonest_available(pods, int(spec_of(daemons).get("minReadySeconds") or 0), now)

    @staticmethod
    def _lives(revision: Object, world: plan.World) -> bool:
        return any(labels_of(pod).get(POD_HASH) == hash_of(revision, POD_HASH) for pod in world.pods)

    def _standings(self, daemons: Object) -> dict[str, placing.Standing]:
        """Nodes whose driver never runs the pods are left out: they would wait there for ever."""
        probe = {"spec": (spec_of(daemons).get("template") or {}).get("spec") or {}}
        nodes = sorted(self._nodes.all(), key=name_of)
        return {name_of(node): placing.standing(daemons, node) for node in nodes if self._serves(probe, node)}

    async def _carry_out(self, key: Key, world: plan.World, step: plan.Step) -> None:
        for pod in step.failed:
            message = f"Found failed daemon pod {namespace_of(pod)}/{name_of(pod)} on node {placing.node_of(pod)}, will try to kill it"
            self._context.events.tell(world.daemons, "Warning", "FailedDaemonPod", message, COMPONENT)
        failure = await self._maker.create_many(
            key, world.daemons, len(step.create), lambda number: placing.new_pod(world.daemons, step.create[number], world.hash)
        )
        failure = await self._maker.delete_many(key, world.daemons, step.delete) or failure
        if failure is not None:
            raise failure
