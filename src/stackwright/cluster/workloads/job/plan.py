"""What a Job needs next: whether it is over, and which pods to make or to remove. Pure.

Source: k8s.io/kubernetes pkg/controller/job/job_controller.go (syncJob, manageJob).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from stackwright.api.meta import Object, is_deleting, metadata_of
from stackwright.cluster import pods as pod_facts
from stackwright.cluster.context import spec_of, status_of
from stackwright.cluster.workloads.job.indexes import index_of
from stackwright.cluster.workloads.job.policy import success_rule
from stackwright.cluster.workloads.job.tally import Tally, has_failed, is_indexed
from stackwright.kernel.clock import parse_rfc3339
from stackwright.runtime.conditions import find, is_true

BACKOFF_BASE_SECONDS, BACKOFF_CAP_SECONDS = 10, 600


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a Job. Shape: `target` is the condition that says it will end so, `final` the one that says it has."""

    target: str
    final: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Step:
    """What to do with pods. Shape: `create` holds an index for each pod, None where pods have none;
    `wait_seconds` is until a failed pod may be replaced."""

    create: tuple[int | None, ...] = ()
    delete: tuple[Object, ...] = ()
    wait_seconds: float | None = None


def is_over(job: Object) -> bool:
    conditions = status_of(job).get("conditions")
    return is_true(conditions, "Complete") or is_true(conditions, "Failed")


def outcome(job: Object, tally: Tally, now: datetime) -> Outcome | None:
    """How the Job ends, as far as that is decided; a decision once written stands."""
    conditions = status_of(job).get("conditions")
    for target, final in (("SuccessCriteriaMet", "Complete"), ("FailureTarget", "Failed")):
        decided = find(conditions, target)
        if decided is not None and decided.get("status") == "True":
            return Outcome(target, final, str(decided.get("reason")), str(decided.get("message")))
    return _failure(job, tally, now) or _success(job, tally)


def _fails(reason: str, message: str) -> Outcome:
    return Outcome("FailureTarget", "Failed", reason, message)


def _failure(job: Object, tally: Tally, now: datetime) -> Outcome | None:
    spec = spec_of(job)
    if tally.verdict is not None:
        return _fails("PodFailurePolicy", tally.verdict.message)
    until = deadline(job)
    if until is not None and now >= until:
        return _fails("DeadlineExceeded", "Job was active longer than specified deadline")
    limit = int(spec.get("backoffLimit", 6))
    retried = tally.restarts if (spec.get("template") or {}).get("spec", {}).get("restartPolicy") == "OnFailure" else 0
    if tally.failed > limit or (retried and retried + tally.failed >= max(limit, 1)):
        return _fails("BackoffLimitExceeded", "Job has reached the specified backoff limit")
    most = spec.get("maxFailedIndexes")
    if most is not None and len(tally.failed_indexes) > int(most):
        return _fails("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes")
    completions = int(spec.get("completions") or 0)
    if tally.failed_indexes and len(tally.failed_indexes | tally.succeeded_indexes) >= completions:
        return _fails("FailedIndexes", "Job has failed indexes")
    return None


def _success(job: Object, tally: Tally) -> Outcome | None:
    spec = spec_of(job)
    completions = spec.get("completions")
    if spec.get("successPolicy"):
        message = success_rule(job, tally.succeeded_indexes)
        if message is not None:
            return Outcome("SuccessCriteriaMet", "Complete", "SuccessPolicy", message)
    done = len(tally.succeeded_indexes) if is_indexed(job) else tally.succeeded
    enough = tally.succeeded > 0 and not tally.active if completions is None else done >= int(completions) and not tally.failed_indexes
    if not enough:
        return None
    return Outcome("SuccessCriteriaMet", "Complete", "CompletionsReached", "Reached expected number of succeeded pods")


def deadline(job: Object) -> datetime | None:
    """When the Job has been active too long."""
    seconds, start = spec_of(job).get("activeDeadlineSeconds"), status_of(job).get("startTime")
    if seconds is None or not start or spec_of(job).get("suspend"):
        return None
    return parse_rfc3339(str(start)) + timedelta(seconds=int(seconds))


def step(job: Object, pods: Sequence[Object], tally: Tally, now: datetime) -> Step:
    """The pods to make or remove for a Job that goes on."""
    spec = spec_of(job)
    if spec.get("suspend"):
        return Step(delete=tally.active)
    parallelism = int(spec.get("parallelism", 1))
    if len(tally.active) > _wanted(job, tally, parallelism):
        surplus = len(tally.active) - _wanted(job, tally, parallelism)
        return Step(delete=_least_missed(tally.active, surplus))
    occupied = len(tally.active) + (0 if _replaces_terminating(job) else tally.terminating)
    count = _wanted(job, tally, parallelism) - occupied
    missing = _missing(job, pods, tally, count) if is_indexed(job) else (None,) * max(0, count)
    if not missing:
        return Step()
    wait = backoff_left(job, pods, now)
    return Step(wait_seconds=wait) if wait > 0 else Step(create=missing)


def _replaces_terminating(job: Object) -> bool:
    return bool(spec_of(job).get("podReplacementPolicy", "TerminatingOrFailed") == "TerminatingOrFailed")


def _wanted(job: Object, tally: Tally, parallelism: int) -> int:
    completions = spec_of(job).get("completions")
    if completions is None:
        return len(tally.active) if tally.succeeded else parallelism
    if is_indexed(job):
        left = int(completions) - len(tally.succeeded_indexes | tally.failed_indexes)
        return min(parallelism, max(0, left))
    return min(parallelism, max(0, int(completions) - tally.succeeded))


def _missing(job: Object, pods: Sequence[Object], tally: Tally, count: int) -> tuple[int, ...]:
    """The lowest indexes that nobody works on."""
    there = {index_of(pod) for pod in tally.active}
    if not _replaces_terminating(job):
        there |= {index_of(pod) for pod in pods if is_deleting(pod) and not pod_facts.is_finished(pod)}
    taken = {*there, *tally.succeeded_indexes, *tally.failed_indexes}
    free = (index for index in range(int(spec_of(job).get("completions") or 0)) if index not in taken)
    return tuple(index for index, _ in zip(free, range(max(0, count))))


def _least_missed(active: Sequence[Object], count: int) -> tuple[Object, ...]:
    return tuple(sorted(active, key=lambda pod: (pod_facts.is_ready(pod), pod_facts.phase(pod) == "Running"))[:count])


def backoff_left(job: Object, pods: Sequence[Object], now: datetime) -> float:
    """Seconds until failed pods may be replaced: 10 s after one failure, twice as long after each more in a row."""
    ends = sorted((end, pod_facts.phase(pod) == "Succeeded") for pod in pods if (end := finished_at(pod)) is not None)
    failures = 0
    for _, succeeded in reversed(ends):
        if succeeded:
            break
        failures += 1
    failed = [end for end, succeeded in ends if not succeeded]
    if not failures or not failed or not any(has_failed(job, pod) for pod in pods):
        return 0.0
    delay = min(BACKOFF_CAP_SECONDS, BACKOFF_BASE_SECONDS * 2 ** min(failures - 1, 10))
    return float(delay) - (now - failed[-1]).total_seconds()


def finished_at(pod: Object) -> datetime | None:
    """When the last of its containers ended, or the best that is known of it."""
    if not pod_facts.is_finished(pod):
        return None
    states = ((each.get("state") or {}).get("terminated") or {} for each in status_of(pod).get("containerStatuses") or ())
    ends = [parse_rfc3339(str(state["finishedAt"])) for state in states if state.get("finishedAt")]
    found = find(status_of(pod).get("conditions"), "Ready")
    if not ends and found is not None and found.get("lastTransitionTime"):
        return parse_rfc3339(str(found["lastTransitionTime"]))
    asked = metadata_of(pod).get("deletionTimestamp") or metadata_of(pod).get("creationTimestamp")
    return max(ends, default=parse_rfc3339(str(asked)) if asked else None)
