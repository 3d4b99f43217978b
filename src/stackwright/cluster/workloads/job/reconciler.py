"""The story of a Job: count its pods, decide how it stands, make or remove pods, tell.

Source: k8s.io/kubernetes pkg/controller/job and pkg/controller/ttlafterfinished.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from stackwright.api.meta import Object, is_deleting, metadata_of, name_of, namespace_of, uid_of
from stackwright.api.selectors import from_object
from stackwright.api.status import StatusError
from stackwright.client.kinds import JOBS, PODS
from stackwright.cluster.claims import claims, settle
from stackwright.cluster.context import (
    Context,
    Key,
    enqueue_each,
    enqueue_owner,
    index_by_controller,
    owner_key,
    spec_of,
    status_of,
    synced,
)
from stackwright.cluster.expectations import Expectations
from stackwright.cluster.workloads.job import plan
from stackwright.cluster.workloads.job.status import leftovers, new_pod, new_status
from stackwright.cluster.workloads.job.tally import TRACKING, Tally, tally, tracked
from stackwright.cluster.workloads.making import PodMaker
from stackwright.kernel.clock import parse_rfc3339
from stackwright.runtime.conditions import find
from stackwright.runtime.controller import Controller

COMPONENT = "job-controller"
_MANAGER = "kubernetes.io/job-controller"


class JobController:
    """Keeps every Job that no other controller manages."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._jobs = context.informers.informer(JOBS)
        self._pods = context.informers.informer(PODS)
        index_by_controller(self._pods)
        self._expectations: Expectations[Key] = Expectations()
        self._maker = PodMaker(context, self._pods, COMPONENT, self._expectations)
        self._controller: Controller[Key] = Controller(COMPONENT, self.reconcile, workers=5)
        self._pods.listen(self._expectations.observe)
        enqueue_each(self._jobs, self._controller)
        enqueue_owner(self._pods, self._controller, "batch", "Job")

    async def run(self) -> None:
        """Ends only by cancellation."""
        await synced(self._jobs, self._pods)
        await self._controller.run()

    async def reconcile(self, key: Key) -> float | None:
        """One pass over one Job."""
        job = self._jobs.get(key[1], key[0])
        if job is None:
            self._expectations.drop(key)
            held = [pod for pod in self._pods.in_namespace(key[0]) if tracked(pod) and owner_key(pod, "batch", "Job") == key]
            await self._release(held)
            return None
        if spec_of(job).get("managedBy", _MANAGER) != _MANAGER:
            return None
        pods = await self._owned(job)
        if is_deleting(job):
            await self._release([pod for pod in pods if tracked(pod) and is_deleting(pod)])
            return None
        if plan.is_over(job):
            await self._release([pod for pod in leftovers(pods) if tracked(pod)])
            return await self._expire(job)
        return await self._advance(key, job, pods)

    async def _owned(self, job: Object) -> list[Object]:
        selector = from_object(spec_of(job).get("selector"))
        mine = self._pods.by_index("controller", uid_of(job))
        if not selector:
            return mine
        candidates = [*mine, *self._pods.by_index("loose", namespace_of(job))]
        return await settle(self._context.client, PODS, job, claims(job, selector, candidates))

    async def _advance(self, key: Key, job: Object, pods: list[Object]) -> float | None:
        now = self._context.now()
        counted = tally(job, pods)
        end = plan.outcome(job, counted, now)
        status = new_status(job, counted, end, now)
        written = await self._context.write_status(JOBS, job, status)
        self._tell(job, written)
        await self._release(self._counted_pods(pods, counted))
        if end is not None:
            await self._remove(key, job, counted.active)
            return None
        if not self._expectations.met(key):
            return None
        next = plan.step(job, pods, counted, now)
        failure = await self._carry_out(key, job, next)
        if failure is not None:
            raise failure
        return self._look_again(job, next, now)

    async def _carry_out(self, key: Key, job: Object, next: plan.Step) -> StatusError | None:
        if next.create:
            return await self._maker.create_many(key, job, len(next.create), lambda number: new_pod(job, next.create[number]))
        await self._remove(key, job, next.delete)
        return None

    async def _remove(self, key: Key, job: Object, pods: Sequence[Object]) -> None:
        failure = await self._maker.delete_many(key, job, [pod for pod in pods if not is_deleting(pod)]) if pods else None
        if failure is not None:
            raise failure

    @staticmethod
    def _counted_pods(pods: Iterable[Object], counted: Tally) -> list[Object]:
        uids = {*counted.uncounted_succeeded, *counted.uncounted_failed}
        ended = (pod for pod in pods if tracked(pod))
        return [pod for pod in ended if uid_of(pod) in uids]

    async def _release(self, pods: Iterable[Object]) -> None:
        """Takes our finalizer away."""
        await asyncio.gather(*(self._release_one(pod) for pod in pods))

    async def _release_one(self, pod: Object) -> None:
        kept = [name for name in metadata_of(pod).get("finalizers") or () if name != TRACKING]
        meta = {"uid": uid_of(pod), "resourceVersion": metadata_of(pod).get("resourceVersion"), "finalizers": kept or None}
        try:
            await self._context.client.patch(PODS, name_of(pod), namespace_of(pod), {"metadata": meta})
        except StatusError as error:
            if not error.not_found:
                raise

    def _look_again(self, job: Object, next: plan.Step, now: datetime) -> float | None:
        until = plan.deadline(job)
        waits = [wait for wait in (next.wait_seconds, (until - now).total_seconds() if until else None) if wait is not None]
        return max(0.05, min(waits)) if waits else None

    def _tell(self, old: Object, new: Object) -> None:
        """Events for conditions that this pass brought."""
        before, after = status_of(old).get("conditions"), status_of(new).get("conditions")

        def came(type: str, status: str = "True") -> bool:
            was, now = find(before, type), find(after, type)
            return now is not None and now.get("status") == status and (was is None or was.get("status") != status)

        events = self._context.events
        if came("Complete"):
            events.tell(old, "Normal", "Completed", "Job completed", COMPONENT)
        if came("FailureTarget"):
            found = find(after, "FailureTarget") or {}
            events.tell(old, "Warning", str(found.get("reason")), str(found.get("message")), COMPONENT)
        if came("Suspended"):
            events.tell(old, "Normal", "Suspended", "Job suspended", COMPONENT)
        if find(before, "Suspended") is not None and came("Suspended", "False"):
            events.tell(old, "Normal", "Resumed", "Job resumed", COMPONENT)

    async def _expire(self, job: Object) -> float | None:
        """Removes a finished Job when its time to live is over."""
        seconds, conditions = spec_of(job).get("ttlSecondsAfterFinished"), status_of(job).get("conditions")
        found = find(conditions, "Complete") or find(conditions, "Failed")
        if seconds is None or found is None:
            return None
        due = parse_rfc3339(str(found["lastTransitionTime"])) + timedelta(seconds=int(seconds))
        left = (due - self._context.now()).total_seconds()
        if left > 0:
            return left
        try:
            await self._context.client.delete(JOBS, name_of(job), namespace_of(job), propagation="Foreground", uid=uid_of(job))
        except StatusError as error:
            if not error.not_found:
                raise
        return None
