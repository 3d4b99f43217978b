"""The kubelet of one of our nodes: registers it, and plays the pods that were assigned to it."""

import asyncio
import logging
from datetime import datetime, timedelta

from stackwright.api.meta import Object, is_deleting, metadata_of, name_of, namespace_of, uid_of
from stackwright.api.status import StatusError
from stackwright.client.errors import ClusterUnreachable
from stackwright.client.informer import Change, Informer
from stackwright.client.kinds import CONFIG_MAPS, LEASES, NODES, PODS, SECRETS
from stackwright.cluster import pods as pod_facts
from stackwright.cluster.context import Context, Key, key_of, spec_of, status_of, synced
from stackwright.cluster.node import lifecycle, needs
from stackwright.cluster.node.addresses import AddressPool
from stackwright.cluster.node.containers import Note
from stackwright.cluster.node.drivers import Drivers
from stackwright.cluster.node.health import ServiceHealth
from stackwright.cluster.node.node import LEASE_NAMESPACE, LEASE_SECONDS, NodeProfile, lease_object, node_object, node_status
from stackwright.kernel.clock import parse_rfc3339, rfc3339_micro
from stackwright.runtime.controller import Controller

COMPONENT = "kubelet"
_STATUSES = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")
_SIMULATED = "Nothing runs: the simulated driver plays the life of this pod"
logger = logging.getLogger(__name__)


class Kubelet:
    """One node. The status of a pod is its whole state, so a restart of the process changes nothing."""

    def __init__(self, context: Context, profile: NodeProfile, drivers: Drivers, health: ServiceHealth) -> None:
        self._context = context
        self._profile = profile
        self._drivers = drivers
        self._health = health
        self._addresses = AddressPool(profile.pod_cidr)
        self._nodes = context.informers.informer(NODES)
        self._pods = context.informers.informer(PODS)
        self._maps = context.informers.informer(CONFIG_MAPS)
        self._secrets = context.informers.informer(SECRETS)
        self._stuck: dict[Key, None] = {}
        self._stopping: set[str] = set()
        self._controller: Controller[Key] = Controller(f"kubelet {profile.name}", self.reconcile, workers=5)
        self._pods.listen(self._pod_changed)
        self._nodes.listen(self._node_changed)
        for informer in (self._maps, self._secrets):
            informer.listen(self._need_changed)

        if profile.driver == "builtin":
            health.listen(self._health_changed)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await synced(self._nodes, self._pods, self._maps, self._secrets)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._heartbeat())
            tasks.create_task(self._controller.run())

    # -- the node --------------------------------------------------------------------------------------------------

    async def _heartbeat(self) -> None:
        """Registers the node, and again should somebody remove it; otherwise there is almost nothing to tell."""
        while True:
            try:
                await self._register()
            except (StatusError, ClusterUnreachable) as error:
                logger.debug("node %s was not registered: %s", self._profile.name, error)
                await asyncio.sleep(0.5)
            else:
                await asyncio.sleep(LEASE_SECONDS / 3)

    def _node_changed(self, change: Change, node: Object, previous: Object | None) -> None:
        if change == "deleted" and name_of(node) == self._profile.name:
            self._controller.enqueue(("", self._profile.name))

    async def _register(self) -> None:
        client, name = self._context.client, self._profile.name
        live = await client.find(NODES, name)
        if live is None:
            live = await client.create(node_object(self._profile), resource=NODES)
            self._context.events.tell(live, "Normal", "Starting", "Starting kubelet.", COMPONENT, host=name)
        status = {**status_of(live), **node_status(self._profile, status_of(live), self._context.now())}
        await self._context.write_status(NODES, live, status)
        now = self._context.now()
        if await client.find(LEASES, name, LEASE_NAMESPACE) is None:
            await client.create(lease_object(self._profile, now), resource=LEASES)
        else:
            await client.patch(LEASES, name, LEASE_NAMESPACE, {"spec": {"renewTime": rfc3339_micro(now)}})

    # -- what is due -----------------------------------------------------------------------------------------------

    def _pod_changed(self, change: Change, pod: Object, previous: Object | None) -> None:
        if spec_of(pod).get("nodeName") != self._profile.name:
            return
        if change == "deleted":
            self._addresses.give_back(uid_of(pod))
            self._stopping.discard(uid_of(pod))
            self._stuck.pop(key_of(pod), None)
            return
        known = status_of(pod).get("podIP")
        if change == "added" and known and not spec_of(pod).get("hostNetwork"):
            self._addresses.reserve(uid_of(pod), str(known))
        self._controller.enqueue(key_of(pod))

    def _health_changed(self) -> None:
        for pod in self._pods.all():
            if spec_of(pod).get("nodeName") == self._profile.name:
                self._controller.enqueue(key_of(pod))

    def _need_changed(self, change: Change, obj: Object, previous: Object | None) -> None:
        if change == "deleted":
            return
        for key in [key for key in self._stuck if key[0] == namespace_of(obj)]:
            self._controller.enqueue(key)

    # -- pods ------------------------------------------------------------------------------------------------------

    async def reconcile(self, key: Key) -> float | None:
        """One step of one pod; answers with the seconds until time alone changes something."""
        if key == ("", self._profile.name):
            await self._register()
            return None
        pod = self._pods.get(key[1], key[0])
        if pod is None or spec_of(pod).get("nodeName") != self._profile.name:
            return None
        now = self._context.now()
        if is_deleting(pod):
            return await self._stop(pod, now)
        if pod_facts.is_finished(pod):
            return None
        return await self._play(pod, now)

    async def _play(self, pod: Object, now: datetime) -> float | None:
        world = self._world(pod)
        played = lifecycle.play(pod, world, now)
        fresh = not status_of(pod).get("startTime")
        if await self._write(pod, played.status):
            if fresh and not world.builtin:
                self._tell(pod, (Note("Normal", "Simulated", _SIMULATED),))
            moved = any(played.status.get(kind) != status_of(pod).get(kind) for kind in _STATUSES)
            self._tell(pod, played.notes if moved or fresh else ())
        stuck = bool(world.mounts or world.problems)
        self._stuck.pop(key_of(pod), None)
        if stuck:
            self._stuck[key_of(pod)] = None
        return None if played.wake is None else max(0.0, (played.wake - now).total_seconds())

    def _world(self, pod: Object) -> lifecycle.World:
        mounts: tuple[str, ...] = ()
        problems: dict[str, str] = {}
        if needs.references(pod) and pod_facts.phase(pod) == "Pending":
            mounts = needs.unmountable(pod, self._lookup)
            spec = spec_of(pod)
            for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
                problem = needs.config_problem(container, namespace_of(pod), self._lookup)
                problems |= {str(container.get("name")): problem} if problem else {}
        address = self._profile.address if spec_of(pod).get("hostNetwork") else self._addresses.take(uid_of(pod))
        return lifecycle.World(address, self._profile.address, mounts, problems, self._profile.driver == "builtin", self._down(pod))

    def _down(self, pod: Object) -> frozenset[str]:
        """Containers whose service is not up."""
        if self._profile.driver != "builtin":
            return frozenset()
        containers = spec_of(pod).get("containers") or ()
        return frozenset(str(each.get("name")) for each in containers if not self._serves(str(each.get("image"))))

    def _serves(self, image: str) -> bool:
        service = self._drivers.service_of(image)
        return service is not None and self._health.is_up(service)

    def _lookup(self, kind: str, namespace: str, name: str) -> Object | None:
        informer: Informer = self._maps if kind == "configMap" else self._secrets
        return informer.get(name, namespace)

    async def _write(self, pod: Object, status: Object) -> bool:
        """True when the status was changed. A pod that is gone is no error."""
        if status_of(pod) == status:
            return False
        try:
            await self._context.write_status(PODS, pod, status)
        except StatusError as error:
            if error.not_found:
                return False
            raise
        return True

    def _tell(self, pod: Object, notes: tuple[Note, ...]) -> None:
        for note in notes:
            self._context.events.tell(pod, note.type, note.reason, note.message, COMPONENT, host=self._profile.name, field_path=note.field)

    # -- stopping --------------------------------------------------------------------------------------------------

    async def _stop(self, pod: Object, now: datetime) -> float | None:
        """Takes the time the containers need, at most the grace period; then the pod goes."""
        meta = metadata_of(pod)
        grace = int(meta.get("deletionGracePeriodSeconds") or 0)
        asked = parse_rfc3339(str(meta["deletionTimestamp"])) - timedelta(seconds=grace)
        takes = lifecycle.stop_duration(pod, self._world(pod)) if not pod_facts.is_finished(pod) else 0.0
        if uid_of(pod) not in self._stopping:
            self._stopping.add(uid_of(pod))
            self._tell(pod, tuple(self._killing(pod)))
        left = takes - (now - asked).total_seconds()
        if takes and left > 0:
            return left
        if not pod_facts.is_finished(pod) and (takes or meta.get("finalizers")):
            await self._write(pod, lifecycle.stopped(pod, now, exit_code=137 if takes >= grace else 0))
        if grace or not meta.get("finalizers"):
            await self._remove(pod)
        return None

    @staticmethod
    def _killing(pod: Object) -> list[Note]:
        statuses = status_of(pod).get("containerStatuses") or ()
        running = [str(each.get("name")) for each in statuses if "running" in (each.get("state") or {})]
        return [Note("Normal", "Killing", f"Stopping container {name}", f"spec.containers{{{name}}}") for name in running]

    async def _remove(self, pod: Object) -> None:
        try:
            await self._context.client.delete(
                PODS, name_of(pod), namespace_of(pod), propagation=None, uid=uid_of(pod), grace_period_seconds=0
            )
        except StatusError as error:
            if not (error.not_found or error.conflict):
                raise
