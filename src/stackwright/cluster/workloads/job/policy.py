"""What a Job's podFailurePolicy and successPolicy say. Pure.

Source: k8s.io/kubernetes pkg/controller/job (pod_failure_policy.go, success_policy.go).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.cluster.context import spec_of, status_of
from stackwright.cluster.workloads.job.indexes import parse


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a failed pod means for its Job. Shape: `action` as FailJob, FailIndex, Ignore or Count."""

    action: str
    message: str = ""


COUNT = Ruling("Count")


def ruling(job: Object, pod: Object) -> Ruling:
    """The first rule that matches; without one the failure counts."""
    for number, rule in enumerate((spec_of(job).get("podFailurePolicy") or {}).get("rules") or ()):
        action = str(rule.get("action"))
        found = _by_exit_code(rule, pod) or _by_condition(rule, pod)
        if found:
            return Ruling(action, f"{found} matching {action} rule at index {number}")
    return COUNT


def _by_exit_code(rule: Mapping[str, Any], pod: Object) -> str | None:
    wanted = rule.get("onExitCodes")
    if not wanted:
        return None
    statuses = [*(status_of(pod).get("containerStatuses") or ()), *(status_of(pod).get("initContainerStatuses") or ())]
    for status in statuses:
        if wanted.get("containerName") not in (None, status.get("name")):
            continue
        code = ((status.get("state") or {}).get("terminated") or {}).get("exitCode")
        values = wanted.get("values") or ()
        if code and (code in values) == (wanted.get("operator") == "In"):
            return f"Container {status.get('name')} for pod {namespace_of(pod)}/{name_of(pod)} failed with exit code {code}"
    return None


def _by_condition(rule: Mapping[str, Any], pod: Object) -> str | None:
    conditions = status_of(pod).get("conditions") or ()
    for wanted in rule.get("onPodConditions") or ():
        for condition in conditions:
            if (condition.get("type"), condition.get("status")) == (wanted.get("type"), wanted.get("status", "True")):
                return f"Pod {namespace_of(pod)}/{name_of(pod)} has condition {condition.get('type')}"
    return None


def success_rule(job: Object, succeeded: frozenset[int]) -> str | None:
    """The message of the success policy's rule that the succeeded indexes meet."""
    rules: Sequence[Mapping[str, Any]] = (spec_of(job).get("successPolicy") or {}).get("rules") or ()
    for number, rule in enumerate(rules):
        listed = rule.get("succeededIndexes")
        counted = succeeded & parse(listed, int(spec_of(job).get("completions") or 0)) if listed else succeeded
        enough = rule.get("succeededCount")
        needed = int(enough) if enough is not None else len(parse(listed, int(spec_of(job).get("completions") or 0)))
        if len(counted) >= needed:
            return f"Matched rules at index {number}"
    return None
