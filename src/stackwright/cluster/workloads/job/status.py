"""The status and the pods of a Job, as values. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stackwright.api.meta import Object, is_deleting, name_of, namespace_of
from stackwright.cluster import pods as pod_facts
from stackwright.cluster.context import reference_to, spec_of, status_of
from stackwright.cluster.workloads.job.indexes import INDEX, render
from stackwright.cluster.workloads.job.plan import Outcome
from stackwright.cluster.workloads.job.tally import TRACKING, Tally, is_indexed
from stackwright.kernel.clock import rfc3339
from stackwright.runtime.conditions import find, with_condition


def new_pod(job: Object, index: int | None) -> dict[str, Any]:
    """The pod of one index, or any pod of a Job without indexes."""
    template, name = spec_of(job).get("template") or {}, name_of(job)
    if index is None:
        return pod_facts.from_template(template, namespace_of(job), reference_to(job), generate_name=f"{name}-", finalizers=(TRACKING,))
    mark = {INDEX: str(index)}
    pod = pod_facts.from_template(
        template,
        namespace_of(job),
        reference_to(job),
        generate_name=f"{name}-{index}-",
        labels=mark,
        annotations=mark,
        finalizers=(TRACKING,),
    )
    source = {"fieldRef": {"apiVersion": "v1", "fieldPath": f"metadata.labels['{INDEX}']"}}
    variable = {"name": "JOB_COMPLETION_INDEX", "valueFrom": source}
    spec = {"hostname": f"{name}-{index}", **pod["spec"]}
    for kind in ("containers", "initContainers"):
        if spec.get(kind):
            spec[kind] = [{**each, "env": [*(each.get("env") or ()), variable]} for each in spec[kind]]
    return {**pod, "spec": spec}


def new_status(job: Object, tally: Tally, end: Outcome | None, now: datetime) -> dict[str, Any]:
    """What the status becomes. A Job is over only when its last pod is gone or counted."""
    old, stamp = status_of(job), rfc3339(now)
    suspended = bool(spec_of(job).get("suspend"))
    conditions = _suspension(old.get("conditions") or (), suspended and end is None, stamp)
    final = end is not None and not tally.active and not tally.terminating and tally.settled
    if end is not None:
        conditions = _with(conditions, end.target, end, stamp)
    if end is not None and final:
        conditions = _with(conditions, end.final, end, stamp)
    status: dict[str, Any] = {}
    status |= {"startTime": start} if (start := _start(old, suspended, conditions, stamp)) else {}
    status |= {"conditions": conditions} if conditions else {}
    status |= {"completionTime": stamp} if final and end is not None and end.final == "Complete" else {}
    status |= _numbers(job, tally)
    return status


def _numbers(job: Object, tally: Tally) -> dict[str, Any]:
    waiting: dict[str, Any] = {}
    waiting |= {"succeeded": list(tally.uncounted_succeeded)} if tally.uncounted_succeeded else {}
    waiting |= {"failed": list(tally.uncounted_failed)} if tally.uncounted_failed else {}
    counts = {"active": len(tally.active), "succeeded": tally.counted_succeeded, "failed": tally.counted_failed}
    found: dict[str, Any] = {key: value for key, value in counts.items() if value}
    found |= {"terminating": tally.terminating, "uncountedTerminatedPods": waiting, "ready": tally.ready}
    if is_indexed(job):
        found |= {"completedIndexes": render(tally.succeeded_indexes)} if tally.succeeded_indexes else {}
        found |= {"failedIndexes": render(tally.failed_indexes)} if spec_of(job).get("backoffLimitPerIndex") is not None else {}
    return found


def _start(old: Mapping[str, Any], suspended: bool, conditions: list[Mapping[str, Any]], stamp: str) -> str | None:
    if suspended:
        return None
    resumed = find(conditions, "Suspended")
    was = find(old.get("conditions"), "Suspended")
    if resumed is not None and was is not None and was.get("status") == "True":
        return stamp
    return str(old["startTime"]) if old.get("startTime") else stamp


def _suspension(conditions: Any, suspended: bool, stamp: str) -> list[Mapping[str, Any]]:
    known = find(conditions, "Suspended")
    if suspended:
        return with_condition(conditions, "Suspended", "True", "JobSuspended", "Job suspended", stamp, lastProbeTime=stamp)
    if known is not None and known.get("status") == "True":
        return with_condition(conditions, "Suspended", "False", "JobResumed", "Job resumed", stamp, lastProbeTime=stamp)
    return list(conditions)


def _with(conditions: list[Mapping[str, Any]], type: str, end: Outcome, stamp: str) -> list[Mapping[str, Any]]:
    if find(conditions, type) is not None:
        return conditions
    return with_condition(conditions, type, "True", end.reason, end.message, stamp, lastProbeTime=stamp)


def leftovers(pods: list[Object]) -> list[Object]:
    """Pods that nobody counts any longer but that our finalizer holds."""
    return [pod for pod in pods if is_deleting(pod) or pod_facts.is_finished(pod)]
