"""The story of a StatefulSet: its revisions, its claims, then its pods, one after the other.

Source: k8s.io/kubernetes pkg/controller/statefulset.
"""

from collections.abc import Sequence

from stackwright.api.meta import Object, is_deleting, name_of, namespace_of, uid_of
from stackwright.api.selectors import from_object
from stackwright.api.status import StatusError
from stackwright.client.kinds import CONTROLLER_REVISIONS, PERSISTENT_VOLUME_CLAIMS, PODS, STATEFUL_SETS
from stackwright.cluster import pods as pod_facts
from stackwright.cluster.claims import claims, settle
from stackwright.cluster.context import Context, Key, enqueue_each, enqueue_owner, index_by_controller, spec_of, status_of, synced
from stackwright.cluster.expectations import Expectations
from stackwright.cluster.workloads.history import REVISION_HASH, Chronicle, History
from stackwright.cluster.workloads.making import PodMaker, Texts
from stackwright.cluster.workloads.statefulset import identity, plan
from stackwright.runtime.controller import Controller

COMPONENT = "statefulset-controller"
_DEFAULT_HISTORY = 10


def _texts(sset: Object) -> Texts:
    whose = f"Pod {{name}} in StatefulSet {name_of(sset)}"
    return Texts(
        created=f"create {whose} successful",
        not_created=f"create {whose} failed error: {{error}}",
        deleted=f"delete {whose} successful",
        not_deleted=f"delete {whose} failed error: {{error}}",
    )


class StatefulSetController:
    """Keeps the pods and claims of every StatefulSet."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._sets = context.informers.informer(STATEFUL_SETS)
        self._pods = context.informers.informer(PODS)
        self._claims = context.informers.informer(PERSISTENT_VOLUME_CLAIMS)
        self._revisions = context.informers.informer(CONTROLLER_REVISIONS)
        for informer in (self._pods, self._revisions):
            index_by_controller(informer)
        self._history = History(context, self._revisions, REVISION_HASH)
        self._expectations: Expectations[Key] = Expectations()
        self._maker = PodMaker(context, self._pods, COMPONENT, self._expectations)
        self._controller: Controller[Key] = Controller(COMPONENT, self.reconcile, workers=5)
        self._pods.listen(self._expectations.observe)
        enqueue_each(self._sets, self._controller)
        for informer in (self._pods, self._revisions):
            enqueue_owner(informer, self._controller, "apps", "StatefulSet")

    async def run(self) -> None:
        """Ends only by cancellation."""
        await synced(self._sets, self._pods, self._claims, self._revisions)
        await self._controller.run()

    async def reconcile(self, key: Key) -> float | None:
        """One pass; each write brings the next."""
        sset = self._sets.get(key[1], key[0])
        if sset is None:
            self._expectations.drop(key)
            return None
        selector = from_object(spec_of(sset).get("selector"))
        if not selector:
            return None
        candidates = [*self._pods.by_index("controller", uid_of(sset)), *self._pods.by_index("loose", key[0])]
        candidates = [pod for pod in candidates if identity.ordinal_of(sset, pod) is not None]
        pods = await settle(self._context.client, PODS, sset, claims(sset, selector, candidates))
        chronicle = await self._history.of(sset, selector)
        if not is_deleting(sset) and self._expectations.met(key):
            await self._move(key, sset, pods, chronicle)
        return await self._tell(sset, pods, chronicle)

    def _current(self, sset: Object, chronicle: Chronicle) -> Object:
        return chronicle.named(str(status_of(sset).get("currentRevision"))) or chronicle.latest

    # -- moves -----------------------------------------------------------------------------------------------------

    async def _move(self, key: Key, sset: Object, pods: Sequence[Object], chronicle: Chronicle) -> None:
        await self._retain(sset, pods)
        for move in plan.plan(sset, pods, name_of(chronicle.latest), self._context.now()):
            match move:
                case plan.Make(ordinal, version):
                    revision = chronicle.latest if version == "update" else self._current(sset, chronicle)
                    await self._ensure_claims(sset, ordinal)
                    await self._maker.create(key, sset, identity.new_pod(sset, ordinal, revision), _texts(sset))
                case plan.Remove(pod, why):
                    if why == "ended":
                        self._tell_recreation(sset, pod)
                    await self._maker.delete(key, sset, pod, _texts(sset))

    def _tell_recreation(self, sset: Object, pod: Object) -> None:
        ended = "Failed" if pod_facts.phase(pod) == "Failed" else "Succeeded"
        word = "failed" if ended == "Failed" else "terminated"
        message = f"StatefulSet {namespace_of(sset)}/{name_of(sset)} is recreating {word} Pod {name_of(pod)}"
        reason = "RecreatingFailedPod" if ended == "Failed" else "RecreatingTerminatedPod"
        self._context.events.tell(sset, "Warning" if ended == "Failed" else "Normal", reason, message, COMPONENT)

    async def _ensure_claims(self, sset: Object, ordinal: int) -> None:
        for claim in identity.new_claims(sset, ordinal):
            name, whose = name_of(claim), f"Pod {name_of(sset)}-{ordinal} in StatefulSet {name_of(sset)}"
            if self._claims.get(name, namespace_of(sset)) is not None:
                continue
            try:
                await self._context.client.create(claim, resource=PERSISTENT_VOLUME_CLAIMS)
            except StatusError as error:
                if error.already_exists:
                    continue
                message = f"create Claim {name} for {whose} failed error: {error.message}"
                self._context.events.tell(sset, "Warning", "FailedCreate", message, COMPONENT)
                raise
            self._context.events.tell(sset, "Normal", "SuccessfulCreate", f"create Claim {name} {whose} success", COMPONENT)

    async def _retain(self, sset: Object, pods: Sequence[Object]) -> None:
        """Claims belong to whom the retention policy says."""
        places = identity.ordinals(sset)
        for pod in pods:
            ordinal = identity.ordinal_of(sset, pod)
            for name in identity.claim_names(sset, ordinal).values() if ordinal is not None else ():
                claim = self._claims.get(name, namespace_of(sset))
                owners = identity.claim_owners(sset, claim, None if ordinal in places else pod) if claim else None
                if owners is not None:
                    patch = {"metadata": {"ownerReferences": owners or None}}
                    await self._context.client.patch(PERSISTENT_VOLUME_CLAIMS, name, namespace_of(sset), patch)

    # -- telling ---------------------------------------------------------------------------------------------------

    async def _tell(self, sset: Object, pods: Sequence[Object], chronicle: Chronicle) -> float | None:
        now, current = self._context.now(), name_of(self._current(sset, chronicle))
        status = plan.status(sset, pods, current, name_of(chronicle.latest), chronicle.collisions, now)
        await self._context.write_status(STATEFUL_SETS, sset, status)
        alive = {identity.revision_of(pod) for pod in pods} | {current, name_of(chronicle.latest)}
        limit = int(spec_of(sset).get("revisionHistoryLimit", _DEFAULT_HISTORY))
        await self._history.forget(chronicle, alive, limit)
        return pod_facts.soonest_available(pods, int(spec_of(sset).get("minReadySeconds") or 0), now)
