"""ReplicaSets and ReplicationControllers: so many pods of one template.

Source: k8s.io/kubernetes pkg/controller/replicaset.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stackwright.api.meta import Object, Resource, is_deleting, labels_of, metadata_of, name_of, uid_of
from stackwright.api.selectors import LabelSelector, Requirement, from_object
from stackwright.api.status import StatusError
from stackwright.client.informer import Change
from stackwright.client.kinds import PODS, REPLICA_SETS
from stackwright.cluster import pods as pod_facts
from stackwright.cluster.claims import claims, settle
from stackwright.cluster.context import (
    Context,
    Key,
    index_by_controller,
    key_of,
    owner_key,
    reference_to,
    spec_of,
    status_of,
    synced,
)
from stackwright.cluster.expectations import Expectations
from stackwright.cluster.workloads.making import PodMaker
from stackwright.runtime.conditions import find, with_condition
from stackwright.runtime.controller import Controller

REPLICATION_CONTROLLERS = Resource("", "v1", "replicationcontrollers", "ReplicationController", True)
_BURST = 500
_SMALL = 20
_LONGEST_SETTLE_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class ReplicaKind:
    """What differs between the two kinds."""

    resource: Resource
    component: str
    counts_terminating: bool


REPLICA_SET = ReplicaKind(REPLICA_SETS, "replicaset-controller", counts_terminating=True)
REPLICATION_CONTROLLER = ReplicaKind(REPLICATION_CONTROLLERS, "replication-controller", counts_terminating=False)


def selector_of(owner: Object) -> LabelSelector | None:
    """A ReplicationController's selector is a plain map, defaulted from its template."""
    spec = spec_of(owner)
    if owner.get("kind") != "ReplicationController":
        return from_object(spec.get("selector"))
    wanted = spec.get("selector") or ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
    return LabelSelector(tuple(Requirement(key, "In", (value,)) for key, value in sorted(wanted.items())))


@dataclass(frozen=True, slots=True)
class Scaling:
    """How many pods to make, and which to remove."""

    create: int = 0
    delete: tuple[Object, ...] = ()


def plan(owner: Object, pods: Sequence[Object], now: datetime) -> Scaling:
    """What brings the number of active pods to the number asked for."""
    active = [pod for pod in pods if pod_facts.is_active(pod)]
    difference = int(spec_of(owner).get("replicas", 1)) - len(active)
    if difference >= 0:
        return Scaling(create=min(difference, _BURST))
    nodes = Counter(str(spec_of(pod).get("nodeName") or "") for pod in active)
    ranked = sorted(active, key=lambda pod: pod_facts.deletion_rank(pod, nodes, now))
    return Scaling(delete=tuple(ranked[: min(-difference, _BURST)]))


def status(kind: ReplicaKind, owner: Object, pods: Sequence[Object], failure: str | None, now: datetime, stamp: str) -> dict[str, Any]:
    """The status that the pods give. `failure` is the message of the last refused write, if the last one was."""
    spec, old = spec_of(owner), status_of(owner)
    active = [pod for pod in pods if pod_facts.is_active(pod)]
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
    min_ready = int(spec.get("minReadySeconds") or 0)
    counts = {
        "fullyLabeledReplicas": sum(all(labels_of(pod).get(key) == value for key, value in labels.items()) for pod in active),
        "readyReplicas": sum(pod_facts.is_ready(pod) for pod in active),
        "availableReplicas": sum(pod_facts.is_available(pod, min_ready, now) for pod in active),
    }
    found: dict[str, Any] = {"replicas": len(active)} | {key: value for key, value in counts.items() if value}
    if kind.counts_terminating:
        found["terminatingReplicas"] = sum(is_deleting(pod) and not pod_facts.is_finished(pod) for pod in pods)
    found["observedGeneration"] = int(metadata_of(owner).get("generation") or 0)
    conditions = _conditions(old.get("conditions") or (), failure, int(spec.get("replicas", 1)) < len(active), stamp)
    return found | ({"conditions": conditions} if conditions else {})


def _conditions(old: Sequence[Mapping[str, Any]], failure: str | None, shrinking: bool, stamp: str) -> list[Mapping[str, Any]]:
    if failure is None:
        return [condition for condition in old if condition.get("type") != "ReplicaFailure"]
    if find(old, "ReplicaFailure") is not None:
        return list(old)
    return with_condition(old, "ReplicaFailure", "True", "FailedDelete" if shrinking else "FailedCreate", failure, stamp)


class ReplicaController:
    """Keeps the pods of every ReplicaSet, or of every ReplicationController."""

    def __init__(self, context: Context, kind: ReplicaKind) -> None:
        self._context = context
        self._kind = kind
        self._owners = context.informers.informer(kind.resource)
        self._pods = context.informers.informer(PODS)
        index_by_controller(self._pods)
        self._expectations: Expectations[Key] = Expectations()
        self._maker = PodMaker(context, self._pods, kind.component, self._expectations)
        self._controller: Controller[Key] = Controller(kind.component, self.reconcile, workers=5)
        self._pods.listen(self._expectations.observe)
        self._owners.listen(self._owner_changed)
        self._pods.listen(self._pod_changed)
        self._pods.listen(self._loose)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await synced(self._owners, self._pods)
        await self._controller.run()

    def _pod_changed(self, change: Change, pod: Object, previous: Object | None) -> None:
        """The more pods an owner has, the more of their changes are taken together."""
        for version in (pod, previous):
            key = owner_key(version, self._kind.resource.group, self._kind.resource.kind)
            if key is not None:
                self._due(key, self._owners.get(key[1], key[0]) or {})

    def _owner_changed(self, change: Change, owner: Object, previous: Object | None) -> None:
        """Our own word in its status is nothing new."""
        asked = [(spec_of(each), labels_of(each), is_deleting(each)) for each in (owner, previous or {})]
        if change == "modified" and asked[0] == asked[1]:
            self._due(key_of(owner), owner)
        else:
            self._controller.enqueue(key_of(owner))

    def _due(self, key: Key, owner: Object) -> None:
        size = int(spec_of(owner).get("replicas") or 0)
        self._controller.queue.add_after(key, min(_LONGEST_SETTLE_SECONDS, size / 2000) if size > _SMALL else 0.0)

    def _loose(self, change: Change, pod: Object, previous: Object | None) -> None:
        """A pod without a controller wakes whoever may take it over."""
        if change == "deleted" or any(ref.get("controller") for ref in metadata_of(pod).get("ownerReferences") or ()):
            return
        for owner in self._owners.in_namespace(key_of(pod)[0]):
            selector = selector_of(owner)
            if selector and selector.matches(labels_of(pod)):
                self._controller.enqueue(key_of(owner))

    async def reconcile(self, key: Key) -> float | None:
        """Makes the pods of one owner right, then tells in its status."""
        owner = self._owners.get(key[1], key[0])
        if owner is None:
            self._expectations.drop(key)
            return None
        selector = selector_of(owner)
        if selector is None:
            return None
        candidates = [*self._pods.by_index("controller", uid_of(owner)), *self._pods.by_index("loose", key[0])]
        candidates = [pod for pod in candidates if not (pod_facts.is_finished(pod) and not self._mine(owner, pod))]
        pods = await settle(self._context.client, PODS, owner, claims(owner, selector, candidates))
        now = self._context.now()
        failure = None
        if self._expectations.met(key) and not is_deleting(owner):
            failure = await self._scale(key, owner, plan(owner, pods, now))
        await self._tell(owner, pods, failure, now)
        if failure is not None:
            raise failure
        return pod_facts.soonest_available(pods, int(spec_of(owner).get("minReadySeconds") or 0), now)

    @staticmethod
    def _mine(owner: Object, pod: Object) -> bool:
        return any(ref.get("uid") == uid_of(owner) for ref in metadata_of(pod).get("ownerReferences") or ())

    async def _scale(self, key: Key, owner: Object, scaling: Scaling) -> StatusError | None:
        if scaling.create:
            template = spec_of(owner).get("template") or {}
            prefix = f"{name_of(owner)}-"
            pod = pod_facts.from_template(template, key[0], reference_to(owner), generate_name=prefix)
            return await self._maker.create_many(key, owner, scaling.create, lambda number: pod)
        if scaling.delete:
            return await self._maker.delete_many(key, owner, scaling.delete)
        return None

    async def _tell(self, owner: Object, pods: Sequence[Object], failure: StatusError | None, now: datetime) -> None:
        message = failure.message if failure else None
        new = status(self._kind, owner, pods, message, now, self._context.stamp())
        await self._context.write_status(self._kind.resource, owner, new)
