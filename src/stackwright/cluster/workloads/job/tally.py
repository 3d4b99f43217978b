"""How a Job's pods add up: each finished pod is counted once, whatever happens in between. Pure.

A finished pod's uid is written to status.uncountedTerminatedPods first; then the pod loses our finalizer; then the uid
becomes a number. A crash between any two of these neither loses nor doubles a pod.
Source: k8s.io/kubernetes pkg/controller/job (trackJobStatusAndRemoveFinalizers).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from stackwright.api.meta import Object, is_deleting, metadata_of, uid_of
from stackwright.cluster import pods as pod_facts
from stackwright.cluster.context import spec_of, status_of
from stackwright.cluster.workloads.job.indexes import index_of, parse
from stackwright.cluster.workloads.job.policy import Ruling, ruling

TRACKING = "batch.kubernetes.io/job-tracking"


@dataclass(frozen=True, slots=True)
class Tally:
    """Shape: `succeeded` and `failed` include the uncounted; `counted_*` are status.succeeded and status.failed."""

    active: tuple[Object, ...]
    terminating: int
    ready: int
    succeeded: int
    failed: int
    counted_succeeded: int
    counted_failed: int
    uncounted_succeeded: tuple[str, ...]
    uncounted_failed: tuple[str, ...]
    succeeded_indexes: frozenset[int]
    failed_indexes: frozenset[int]
    verdict: Ruling | None
    restarts: int

    @property
    def settled(self) -> bool:
        """Every finished pod has become a number."""
        return not self.uncounted_succeeded and not self.uncounted_failed


def is_indexed(job: Object) -> bool:
    return spec_of(job).get("completionMode") == "Indexed"


def tracked(pod: Object) -> bool:
    return TRACKING in (metadata_of(pod).get("finalizers") or ())


def has_failed(job: Object, pod: Object) -> bool:
    """It ended badly, or is on its way out of a Job that replaces such pods at once."""
    if pod_facts.phase(pod) == "Failed":
        return True
    replaces = spec_of(job).get("podReplacementPolicy", "TerminatingOrFailed") == "TerminatingOrFailed"
    unassigned = not spec_of(pod).get("nodeName")
    return is_deleting(pod) and pod_facts.phase(pod) != "Succeeded" and (replaces or unassigned)


def tally(job: Object, pods: Sequence[Object]) -> Tally:
    """Takes the pods together with what the status remembers of those that are gone."""
    status, by_uid = status_of(job), {uid_of(pod): pod for pod in pods}
    waiting = status.get("uncountedTerminatedPods") or {}
    before_ok, before_bad = tuple(waiting.get("succeeded") or ()), tuple(waiting.get("failed") or ())
    kept_ok = tuple(uid for uid in before_ok if uid in by_uid and tracked(by_uid[uid]))
    kept_bad = tuple(uid for uid in before_bad if uid in by_uid and tracked(by_uid[uid]))
    fresh = [pod for pod in pods if tracked(pod) and uid_of(pod) not in {*before_ok, *before_bad}]
    new_ok = [pod for pod in fresh if pod_facts.phase(pod) == "Succeeded"]
    rulings = {uid_of(pod): ruling(job, pod) for pod in pods if has_failed(job, pod)}
    new_bad = [pod for pod in fresh if uid_of(pod) in rulings and rulings[uid_of(pod)].action != "Ignore"]
    counted_ok = int(status.get("succeeded") or 0) + len(before_ok) - len(kept_ok)
    counted_bad = int(status.get("failed") or 0) + len(before_bad) - len(kept_bad)
    ok = kept_ok + tuple(uid_of(pod) for pod in new_ok)
    bad = kept_bad + tuple(uid_of(pod) for pod in new_bad)
    active = tuple(pod for pod in pods if pod_facts.is_active(pod))
    verdict = next((each for each in rulings.values() if each.action == "FailJob"), None)
    return Tally(
        active=active,
        terminating=sum(is_deleting(pod) and not pod_facts.is_finished(pod) for pod in pods),
        ready=sum(pod_facts.is_ready(pod) for pod in active),
        succeeded=counted_ok + len(ok),
        failed=counted_bad + len(bad),
        counted_succeeded=counted_ok,
        counted_failed=counted_bad,
        uncounted_succeeded=ok,
        uncounted_failed=bad,
        succeeded_indexes=_succeeded_indexes(job, pods),
        failed_indexes=_failed_indexes(job, pods, rulings),
        verdict=verdict,
        restarts=sum(pod_facts.restarts(pod) for pod in active),
    )


def _succeeded_indexes(job: Object, pods: Sequence[Object]) -> frozenset[int]:
    if not is_indexed(job):
        return frozenset()
    completions = int(spec_of(job).get("completions") or 0)
    known = parse(status_of(job).get("completedIndexes"), completions)
    fresh = {index_of(pod) for pod in pods if pod_facts.phase(pod) == "Succeeded"}
    return known | {index for index in fresh if index is not None and index < completions}


def _failed_indexes(job: Object, pods: Sequence[Object], rulings: dict[str, Ruling]) -> frozenset[int]:
    """Those that failed more often than backoffLimitPerIndex allows, or that a FailIndex rule ended."""
    limit = spec_of(job).get("backoffLimitPerIndex")
    if not is_indexed(job) or limit is None:
        return frozenset()
    known = parse(status_of(job).get("failedIndexes"), int(spec_of(job).get("completions") or 0))
    counts: Counter[int] = Counter()
    ended: set[int] = set()
    for pod in pods:
        index, found = index_of(pod), rulings.get(uid_of(pod))
        if index is None or found is None or found.action == "Ignore":
            continue
        counts[index] += 1
        if found.action == "FailIndex":
            ended.add(index)
    return known | ended | {index for index, count in counts.items() if count > int(limit)}
