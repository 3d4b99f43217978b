"""How a Job may say it is: what is finished has no pods left, says when and why, and stays finished.

Source: k8s.io/kubernetes pkg/apis/batch/validation (ValidateJobStatusUpdate) and pkg/registry/batch/job (getStatusValidationOptions).
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.validation.amounts import counts
from stackwright.apiserver.builtin.validation.jobpolicies import count_indexes
from stackwright.apiserver.builtin.validation.rules import Problems, duplicate, invalid, items, mapping, refused, required
from stackwright.kernel.errors import BadInput

_ENDS = ("Complete", "Failed")


def _held(status: Any) -> frozenset[str]:
    """The conditions that are true."""
    return frozenset(each.get("type") for each in items(status, "conditions") if each.get("status") == "True")


def job_status(new: Object, old: Object) -> Problems:
    """Much is looked at only when it changes."""
    now, then = mapping(new, "status"), mapping(old, "status")
    held, before = _held(now), _held(then)
    turned = {each for each in (*_ENDS, "FailureTarget", "SuccessCriteriaMet") if (each in held) != (each in before)}
    moved = turned | {key for key in (*now, *then) if now.get(key) != then.get(key)}
    if bool(held & set(_ENDS)) != bool(before & set(_ENDS)):
        moved.add("finished")
    yield from counts("status", now, "active", "succeeded", "failed", "ready", "terminating")
    yield from _uncounted(mapping(now, "uncountedTerminatedPods"))
    yield from _complete(now, held, moved)
    if held & set(_ENDS):
        yield from _finished(mapping(new, "spec"), now, moved)
    yield from _indexes(mapping(new, "spec"), now, moved)
    yield from _late(now, held, moved)
    yield from _contradictions(mapping(new, "spec"), held)
    yield from _kept(new, (now, held), (then, before))


def _uncounted(found: Any) -> Problems:
    seen: set[str] = set()
    for key in ("succeeded", "failed"):
        for index, uid in enumerate(items(found, key)):
            path = f"status.uncountedTerminatedPods.{key}[{index}]"
            if not uid:
                yield invalid(path, uid, "must not be empty")
            elif uid in seen:
                yield duplicate(path, uid)
            seen.add(uid)


def _complete(status: Any, held: frozenset[str], moved: set[str]) -> Problems:
    complete, failed, path = "Complete" in held, "Failed" in held, "status.conditions"
    started, completed = status.get("startTime"), status.get("completionTime")
    if complete and failed and moved & set(_ENDS):
        yield refused(path, "cannot set Complete=True and Failed=true conditions")
    if complete and "FailureTarget" in held and moved & {"Complete", "FailureTarget"}:
        yield refused(path, "cannot set Complete=True and FailureTarget=true conditions")
    if moved & {"Complete", "completionTime"}:
        if completed is not None and not complete:
            detail = "cannot set completionTime when there is no Complete=True condition"
            yield invalid("status.completionTime", completed, detail)
        if completed is None and complete:
            yield required("status.completionTime", "completionTime is required for Complete jobs")
    if started is not None and completed is not None and completed < started and moved & {"startTime", "completionTime"}:
        yield invalid("status.completionTime", completed, "completionTime cannot be set before startTime")
    if failed and "FailureTarget" not in held and moved & {"Failed", "failedIndexes"}:
        yield refused(path, "cannot set Failed=True condition without the FailureTarget=true condition")
    if complete and "SuccessCriteriaMet" not in held and moved & {"Complete", "SuccessCriteriaMet"}:
        yield refused(path, "cannot set Complete=True condition without the SuccessCriteriaMet=true condition")


def _finished(spec: Any, status: Any, moved: set[str]) -> Problems:
    if status.get("active") and moved & {"finished", "active"}:
        yield invalid("status.active", status["active"], "active>0 is invalid for finished job")
    never_ran = spec.get("suspend") is True and spec.get("completions") == 0
    if status.get("startTime") is None and moved & {"finished", "startTime"} and not never_ran:
        yield required("status.startTime", "startTime is required for finished job")
    uncounted = mapping(status, "uncountedTerminatedPods")
    if moved & {"finished", "uncountedTerminatedPods"} and (items(uncounted, "succeeded") or items(uncounted, "failed")):
        shown = {"Succeeded": items(uncounted, "succeeded") or None, "Failed": items(uncounted, "failed") or None}
        yield invalid("status.uncountedTerminatedPods", shown, "uncountedTerminatedPods needs to be empty for finished job")


def _indexes(spec: Any, status: Any, moved: set[str]) -> Problems:
    completed, failed = status.get("completedIndexes") or "", status.get("failedIndexes")
    if "completedIndexes" in moved:
        yield from _readable("completedIndexes", completed, spec)
    if "failedIndexes" in moved and failed is not None and spec.get("backoffLimitPerIndex") is not None:
        yield from _readable("failedIndexes", failed, spec)
    if "completedIndexes" in moved and completed and spec.get("completionMode") != "Indexed":
        detail = "cannot set non-empty completedIndexes when non-indexed completion mode"
        yield invalid("status.completedIndexes", completed, detail)
    if "failedIndexes" in moved and failed is not None and spec.get("backoffLimitPerIndex") is None:
        yield invalid("status.failedIndexes", failed, "cannot set non-null failedIndexes when backoffLimitPerIndex is null")


def _readable(key: str, text: str, spec: Any) -> Problems:
    if spec.get("completions") is None:
        return
    try:
        count_indexes(text, spec["completions"])
    except BadInput as error:
        yield invalid(f"status.{key}", text, f"error parsing {key}: {error}")


def _late(status: Any, held: frozenset[str], moved: set[str]) -> Problems:
    if status.get("terminating") and held & set(_ENDS) and moved & {"finished", "terminating"}:
        yield invalid("status.terminating", status["terminating"], "terminating>0 is invalid for finished job")
    ready = status.get("ready")
    if isinstance(ready, int) and ready > (status.get("active") or 0) and moved & {"ready", "active"}:
        yield invalid("status.ready", ready, "cannot set more ready pods than active")


def _contradictions(spec: Any, held: frozenset[str]) -> Problems:
    path = "status.conditions"
    if "SuccessCriteriaMet" in held and "Failed" in held:
        yield refused(path, "cannot set SuccessCriteriaMet=True and Failed=true conditions")
    if "SuccessCriteriaMet" in held and "FailureTarget" in held:
        yield refused(path, "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions")
    if spec.get("successPolicy") is not None and "Complete" in held and "SuccessCriteriaMet" not in held:
        yield refused(path, "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True")


_State = tuple[Mapping[str, Any], frozenset[str]]


def _kept(job: Object, new: _State, old: _State) -> Problems:
    """What was once said stays. Shape: a state is a status and its true conditions."""
    (now, held), (then, before) = new, old
    spec, path = mapping(job, "spec"), "status.conditions"
    for kind in ("Failed", "Complete", "FailureTarget"):
        if kind in before and kind not in held:
            yield refused(path, f"cannot disable the terminal {kind}=True condition")
    scaled = spec.get("completionMode") == "Indexed" and spec.get("completions") == spec.get("parallelism")
    for key in ("failed",) if scaled else ("failed", "succeeded"):
        if (now.get(key) or 0) < (then.get(key) or 0):
            yield invalid(f"status.{key}", now.get(key) or 0, f"cannot decrease the {key} counter")
    completed = now.get("completionTime")
    if completed is not None and then.get("completionTime") not in (None, completed):
        yield invalid("status.completionTime", completed, "completionTime cannot be mutated")
    if then.get("startTime") not in (None, now.get("startTime")) and not spec.get("suspend"):
        yield required("status.startTime", "startTime cannot be removed for unsuspended job")
    if "SuccessCriteriaMet" in before and "SuccessCriteriaMet" not in held:
        yield refused(path, "cannot disable the SuccessCriteriaMet=True condition")
    if "Complete" in before and "SuccessCriteriaMet" not in before and "SuccessCriteriaMet" in held:
        yield refused(path, "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions")
