"""The story of a CronJob: notice what ended, forget what is old, start what is due.

Source: k8s.io/kubernetes pkg/controller/cronjob/cronjob_controllerv2.go.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from stackwright.api.meta import Object, is_deleting, name_of, namespace_of, uid_of
from stackwright.api.status import StatusError
from stackwright.client.kinds import CRON_JOBS, JOBS
from stackwright.cluster.context import Context, Key, enqueue_each, enqueue_owner, index_by_controller, spec_of, status_of, synced
from stackwright.cluster.workloads.cronjob import plan
from stackwright.kernel.clock import rfc3339
from stackwright.kernel.errors import BadInput
from stackwright.runtime.conditions import find
from stackwright.runtime.controller import Controller

COMPONENT = "cronjob-controller"
_FORBIDDEN = "Not starting job because prior execution is running and concurrency policy is Forbid"


class CronJobController:
    """Keeps the Jobs of every CronJob."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._cron_jobs = context.informers.informer(CRON_JOBS)
        self._jobs = context.informers.informer(JOBS)
        index_by_controller(self._jobs)
        self._controller: Controller[Key] = Controller(COMPONENT, self.reconcile, workers=2)
        enqueue_each(self._cron_jobs, self._controller)
        enqueue_owner(self._jobs, self._controller, "batch", "CronJob")

    async def run(self) -> None:
        """Ends only by cancellation."""
        await synced(self._cron_jobs, self._jobs)
        await self._controller.run()

    async def reconcile(self, key: Key) -> float | None:
        """One pass; answers with the seconds until the next start."""
        cron_job = self._cron_jobs.get(key[1], key[0])
        if cron_job is None or is_deleting(cron_job):
            return None
        jobs = self._jobs.by_index("controller", uid_of(cron_job))
        cron_job = await self._observe(cron_job, jobs)
        for job in plan.to_forget(cron_job, jobs):
            await self._delete(cron_job, job)
        if spec_of(cron_job).get("suspend"):
            return None
        now = self._context.now()
        try:
            timing = plan.timing(cron_job, now)
        except BadInput as error:
            self._tell(cron_job, "Warning", "UnparseableSchedule", f"unparseable schedule: {error}")
            return None
        if timing.missed > 100:
            message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
            self._tell(cron_job, "Warning", "TooManyMissedTimes", message)
        if timing.due is not None:
            await self._start(cron_job, jobs, timing.due, now)
        return None if timing.next is None else max(0.05, (timing.next - now).total_seconds())

    # -- what was --------------------------------------------------------------------------------------------------

    async def _observe(self, cron_job: Object, jobs: Sequence[Object]) -> Object:
        """Takes ended and vanished Jobs off the list of active ones."""
        status, by_uid = dict(status_of(cron_job)), {uid_of(job): job for job in jobs}
        active = []
        for entry in status.get("active") or ():
            job = by_uid.get(str(entry.get("uid")))
            if job is None:
                job = await self._context.client.find(JOBS, str(entry.get("name")), namespace_of(cron_job))
            if job is None or uid_of(job) != entry.get("uid"):
                self._tell(cron_job, "Normal", "MissingJob", f"Active job went missing: {entry.get('name')}")
            elif (ended := plan.ended_as(job)) is None:
                active.append(entry)
            else:
                self._tell(cron_job, "Normal", "SawCompletedJob", f"Saw completed job: {name_of(job)}, condition: {ended}")
        ends = [str(end) for job in jobs if plan.ended_as(job) == "Complete" and (end := _completion(job))]
        return await self._write(cron_job, _with_active(status, active) | _latest(status, ends))

    async def _delete(self, cron_job: Object, job: Object) -> None:
        try:
            await self._context.client.delete(JOBS, name_of(job), namespace_of(job), propagation="Background", uid=uid_of(job))
        except StatusError as error:
            if not error.not_found:
                self._tell(cron_job, "Warning", "FailedDelete", f"Deleted job: {error.message}")
                raise
        self._tell(cron_job, "Normal", "SuccessfulDelete", f"Deleted job {name_of(job)}")

    # -- what is due -----------------------------------------------------------------------------------------------

    async def _start(self, cron_job: Object, jobs: Sequence[Object], due: datetime, now: datetime) -> None:
        if plan.too_late(cron_job, due, now):
            self._tell(cron_job, "Warning", "MissSchedule", f"Missed scheduled time to start a job: {due:%a, %d %b %Y %H:%M:%S +0000}")
            return
        if any(name_of(job) == plan.job_name(cron_job, due) for job in jobs):
            await self._write(cron_job, {**status_of(cron_job), "lastScheduleTime": rfc3339(due)})
            return
        active, policy = list(status_of(cron_job).get("active") or ()), spec_of(cron_job).get("concurrencyPolicy", "Allow")
        if active and policy == "Forbid":
            self._tell(cron_job, "Normal", "JobAlreadyActive", _FORBIDDEN)
            return
        if policy == "Replace":
            running = {str(entry.get("uid")) for entry in active}
            for job in (job for job in jobs if uid_of(job) in running):
                await self._delete(cron_job, job)
            active = []
        await self._create(cron_job, due, active)

    async def _create(self, cron_job: Object, due: datetime, active: list[Any]) -> None:
        try:
            job = await self._context.client.create(plan.new_job(cron_job, due), resource=JOBS)
        except StatusError as error:
            if not error.already_exists:
                self._tell(cron_job, "Warning", "FailedCreate", f"Error creating job: {error.message}")
                raise
            return
        self._tell(cron_job, "Normal", "SuccessfulCreate", f"Created job {name_of(job)}")
        status = {**status_of(cron_job), "active": [*active, plan.active_reference(job)], "lastScheduleTime": rfc3339(due)}
        await self._write(cron_job, status)

    async def _write(self, cron_job: Object, status: dict[str, Any]) -> Object:
        return await self._context.write_status(CRON_JOBS, cron_job, status)

    def _tell(self, cron_job: Object, type: Any, reason: str, message: str) -> None:
        self._context.events.tell(cron_job, type, reason, message, COMPONENT)


def _completion(job: Object) -> str | None:
    found = find(status_of(job).get("conditions"), "Complete")
    return status_of(job).get("completionTime") or (found or {}).get("lastTransitionTime")


def _with_active(status: dict[str, Any], active: list[Any]) -> dict[str, Any]:
    rest = {key: value for key, value in status.items() if key != "active"}
    return ({"active": active} if active else {}) | rest


def _latest(status: dict[str, Any], ends: list[str]) -> dict[str, Any]:
    last = max([*ends, str(status.get("lastSuccessfulTime") or "")], default="")
    return {"lastSuccessfulTime": last} if last else {}
