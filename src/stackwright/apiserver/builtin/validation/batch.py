"""Jobs and CronJobs.

Source: k8s.io/kubernetes pkg/apis/batch/validation.
"""

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stackwright.api.meta import Object, name_of, uid_of
from stackwright.apiserver.builtin.validation.amounts import counts
from stackwright.apiserver.builtin.validation.pods import template
from stackwright.apiserver.builtin.validation.rules import (
    IMMUTABLE,
    Problems,
    chosen,
    indexed,
    invalid,
    items,
    mapping,
    not_supported,
    one_of,
    refused,
    required,
    unchanged,
)
from stackwright.apiserver.builtin.validation.selectors import selector
from stackwright.apiserver.builtin.validation.workloads import labels_shown, matches, readable
from stackwright.kernel.cron import parse as read_schedule
from stackwright.kernel.errors import BadInput

_UID = "batch.kubernetes.io/controller-uid"
_LONGEST_CRON_NAME = 52
_ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
_FREE_WHEN_SUSPENDED = ("nodeSelector", "tolerations", "affinity", "schedulingGates")


def job(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    yield from _generated(obj, spec)
    yield from job_spec("spec", spec)
    yield from _found_pods(spec)


def _generated(obj: Object, spec: Any) -> Problems:
    """Its selector is made for it, unless it brings its own."""
    if spec.get("manualSelector"):
        return
    wanted = mapping(mapping(spec, "selector"), "matchLabels")
    if wanted.get(_UID) != uid_of(obj) or len(wanted) > 2 or items(mapping(spec, "selector"), "matchExpressions"):
        yield invalid("spec.selector", spec.get("selector"), "`selector` not auto-generated")


def _found_pods(spec: Any) -> Problems:
    if spec.get("selector") is None:
        yield required("spec.selector")
        return
    yield from selector("spec.selector", spec["selector"])
    if readable(spec) and not matches(spec):
        yield invalid("spec.template.metadata.labels", labels_shown(spec), "`selector` does not match template `labels`")


def job_spec(path: str, spec: Any) -> Problems:
    yield from counts(path, spec, "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished")
    yield from counts(path, spec, "backoffLimitPerIndex", "maxFailedIndexes")
    mode = spec.get("completionMode")
    if mode is not None:
        yield from one_of(f"{path}.completionMode", mode, ("Indexed", "NonIndexed"))
        if mode == "Indexed" and spec.get("completions") is None:
            yield required(f"{path}.completions", "when completion mode is Indexed")
    if mode != "Indexed" and spec.get("backoffLimitPerIndex") is not None:
        yield invalid(f"{path}.backoffLimitPerIndex", spec["backoffLimitPerIndex"], "requires indexed completion mode")
    if spec.get("podFailurePolicy") is not None:
        yield from _failures(f"{path}.podFailurePolicy", spec["podFailurePolicy"])
    if spec.get("podReplacementPolicy") is not None:
        yield from one_of(f"{path}.podReplacementPolicy", spec["podReplacementPolicy"], ("Failed", "TerminatingOrFailed"))
    yield from template(f"{path}.template", mapping(spec, "template"))
    yield from _restarts(path, spec)


def _restarts(path: str, spec: Any) -> Problems:
    policy, place = mapping(mapping(spec, "template"), "spec").get("restartPolicy") or "", f"{path}.template.spec.restartPolicy"
    if policy == "Always":
        yield required(place, 'valid values: "OnFailure", "Never"')
    elif policy not in ("OnFailure", "Never"):
        yield not_supported(place, policy, ("OnFailure", "Never"))
    elif spec.get("podFailurePolicy") is not None and policy != "Never":
        yield invalid(place, policy, 'only "Never" is supported when podFailurePolicy is specified')


def _failures(path: str, policy: Any) -> Problems:
    for place, rule in indexed(path, policy, "rules"):
        yield from chosen(f"{place}.action", rule.get("action"), _ACTIONS)
        codes, conditions = rule.get("onExitCodes"), items(rule, "onPodConditions")
        if codes is not None:
            yield from chosen(f"{place}.onExitCodes.operator", codes.get("operator"), ("In", "NotIn"))
            if not items(codes, "values"):
                yield invalid(f"{place}.onExitCodes.values", items(codes, "values"), "at least one value is required")
        elif not conditions:
            yield invalid(place, rule, "specifying one of OnExitCodes and OnPodConditions is required")
        if codes is not None and conditions:
            yield invalid(place, rule, "specifying both OnExitCodes and OnPodConditions is not supported")


def changed_job(new: Object, old: Object) -> Problems:
    spec, before = mapping(new, "spec"), mapping(old, "spec")
    if not _elastic(spec, before):
        yield from unchanged("spec.completions", spec.get("completions"), before.get("completions"))
    yield from unchanged("spec.selector", spec.get("selector"), before.get("selector"))
    if _template(spec, before) != before.get("template"):
        yield invalid("spec.template", spec.get("template"), IMMUTABLE)
    for key in ("completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"):
        yield from unchanged(f"spec.{key}", spec.get(key), before.get(key))


def _elastic(new: Any, old: Any) -> bool:
    """An indexed Job may grow and shrink in completions and parallelism alike."""
    return bool(new.get("completionMode") == "Indexed" and new.get("completions") == new.get("parallelism") and old.get("completions"))


def _template(new: Any, old: Any) -> Any:
    """The template, with what a suspended Job may change as it was."""
    found, before = mapping(new, "template"), mapping(old, "template")
    if not old.get("suspend"):
        return found
    pod, old_pod = mapping(found, "spec"), mapping(before, "spec")
    kept = {key: value for key, value in pod.items() if key not in _FREE_WHEN_SUSPENDED}
    kept |= {key: old_pod[key] for key in _FREE_WHEN_SUSPENDED if key in old_pod}
    return {**found, "metadata": before.get("metadata", {}), "spec": kept}


def cron_job(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    name = name_of(obj)
    if len(name) > _LONGEST_CRON_NAME:
        yield invalid("metadata.name", name, f"must be no more than {_LONGEST_CRON_NAME} characters")
    yield from _schedule(spec)
    yield from counts("spec", spec, "startingDeadlineSeconds")
    yield from chosen("spec.concurrencyPolicy", spec.get("concurrencyPolicy"), ("Allow", "Forbid", "Replace"))
    job_template = mapping(mapping(spec, "jobTemplate"), "spec")
    yield from job_spec("spec.jobTemplate.spec", job_template)
    if job_template.get("manualSelector") is not None:
        yield not_supported("spec.jobTemplate.spec.manualSelector", job_template["manualSelector"], ("nil",))
    yield from counts("spec", spec, "successfulJobsHistoryLimit", "failedJobsHistoryLimit")


def _schedule(spec: Any) -> Problems:
    text, zone = spec.get("schedule") or "", spec.get("timeZone")
    if not text:
        yield required("spec.schedule")
    elif "TZ" in text:
        if zone is not None:
            yield invalid("spec.schedule", text, "cannot use both timeZone field and TZ or CRON_TZ in schedule")
        else:
            yield invalid("spec.schedule", text, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead")
    else:
        yield from _readable_schedule(text)
    if zone is not None:
        yield from _zone(zone)


def _readable_schedule(text: str) -> Problems:
    try:
        read_schedule(text)
    except BadInput as error:
        yield invalid("spec.schedule", text, str(error))


def _zone(zone: str) -> Problems:
    if not zone:
        yield invalid("spec.timeZone", zone, "timeZone must be nil or non-empty string")
    elif zone.lower() == "local":
        yield invalid("spec.timeZone", zone, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones")
    elif not _is_zone(zone):
        yield invalid("spec.timeZone", zone, f"unknown time zone {zone}")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def job_status(new: Object, old: Object) -> Problems:
    """How a Job is: finished ones have no pods left, and say when and why they ended."""
    found = mapping(new, "status")
    yield from counts("status", found, "active", "succeeded", "failed", "ready", "terminating")
    held = {each.get("type") for each in items(found, "conditions") if each.get("status") == "True"}
    if "Complete" in held:
        if found.get("completionTime") is None:
            yield required("status.completionTime", "completionTime is required for Complete jobs")
        if "SuccessCriteriaMet" not in held:
            yield refused("status.conditions", "cannot set Complete=True condition without the SuccessCriteriaMet=true condition")
    if "Failed" in held and "FailureTarget" not in held:
        yield refused("status.conditions", "cannot set Failed=True condition without the FailureTarget=true condition")
    if held & {"Complete", "Failed"}:
        for key in ("active", "ready", "terminating"):
            if found.get(key):
                yield invalid(f"status.{key}", found[key], f"{key}>0 is invalid for finished job")
