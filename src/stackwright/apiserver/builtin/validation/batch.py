"""Jobs and CronJobs.

Source: k8s.io/kubernetes pkg/apis/batch/validation.
"""

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stackwright.api.meta import Object, name_of, uid_of
from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.amounts import counts
from stackwright.apiserver.builtin.validation.internal import internal
from stackwright.apiserver.builtin.validation.jobpolicies import failure_policy, success_policy
from stackwright.apiserver.builtin.validation.pods import template
from stackwright.apiserver.builtin.validation.prefixed import prefixed_path
from stackwright.apiserver.builtin.validation.rules import (
    IMMUTABLE,
    Problems,
    chosen,
    invalid,
    items,
    mapping,
    not_supported,
    one_of,
    required,
    too_long,
    unchanged,
)
from stackwright.apiserver.builtin.validation.selectors import selector
from stackwright.apiserver.builtin.validation.workloads import labels_shown, matches, readable
from stackwright.kernel.cron import parse as read_schedule
from stackwright.kernel.errors import BadInput

_UID = "batch.kubernetes.io/controller-uid"
_LONGEST_CRON_NAME = 52
_LONGEST_MANAGER = 63
_MANY, _FEWER = 100_000, 10_000
_FREE_WHEN_SUSPENDED = ("nodeSelector", "tolerations", "affinity", "schedulingGates")


def job(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    yield from _generated(obj, spec)
    yield from job_spec("spec", spec)
    yield from _found_pods(spec)
    if spec.get("completionMode") == "Indexed" and (spec.get("completions") or 0) > 0:
        last = f"{name_of(obj)}-{spec['completions'] - 1}"
        if names.label(last):
            yield invalid("metadata.name", name_of(obj), f"will not able to create pod with invalid DNS label: {last}")


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
    if spec.get("maxFailedIndexes") is not None and spec.get("backoffLimitPerIndex") is None:
        yield required(f"{path}.backoffLimitPerIndex", "when maxFailedIndexes is specified")
    yield from _manager(f"{path}.managedBy", spec.get("managedBy"))
    yield from _mode(path, spec)
    if spec.get("podFailurePolicy") is not None:
        yield from failure_policy(f"{path}.podFailurePolicy", spec)
    if spec.get("successPolicy") is not None:
        yield from success_policy(f"{path}.successPolicy", spec)
    if spec.get("podReplacementPolicy") is not None:
        supported = ("Failed",) if spec.get("podFailurePolicy") is not None else ("Failed", "TerminatingOrFailed")
        yield from one_of(f"{path}.podReplacementPolicy", spec["podReplacementPolicy"], supported)
    yield from template(f"{path}.template", mapping(spec, "template"))
    yield from _restarts(path, spec)


def _manager(path: str, name: Any) -> Problems:
    """Another controller than the built-in one."""
    if name is None:
        return
    yield from prefixed_path(path, name)
    if len(name) > _LONGEST_MANAGER:
        yield too_long(path, _LONGEST_MANAGER)


def _mode(path: str, spec: Any) -> Problems:
    mode = spec.get("completionMode")
    if mode is not None:
        yield from one_of(f"{path}.completionMode", mode, ("NonIndexed", "Indexed"))
    if mode == "Indexed":
        yield from _indexed(path, spec)
    elif mode in (None, "NonIndexed"):
        for key in ("backoffLimitPerIndex", "maxFailedIndexes"):
            if spec.get(key) is not None:
                yield invalid(f"{path}.{key}", spec[key], "requires indexed completion mode")


def _indexed(path: str, spec: Any) -> Problems:
    completions, parallelism, failed = spec.get("completions"), spec.get("parallelism") or 0, spec.get("maxFailedIndexes")
    if completions is None:
        yield required(f"{path}.completions", "when completion mode is Indexed")
    if parallelism > _MANY:
        yield invalid(f"{path}.parallelism", parallelism, f"must be less than or equal to {_MANY} when completion mode is Indexed")
    if failed is not None and completions is not None and failed > completions:
        yield invalid(f"{path}.maxFailedIndexes", failed, "must be less than or equal to completions")
    if failed is not None and failed > _MANY:
        yield invalid(f"{path}.maxFailedIndexes", failed, f"must be less than or equal to {_MANY}")
    if (completions or 0) <= _MANY or spec.get("backoffLimitPerIndex") is None:
        return
    if failed is None:
        yield required(f"{path}.maxFailedIndexes", f"must be specified when completions is above {_MANY}")
    for key, value in (("parallelism", parallelism), ("maxFailedIndexes", failed or 0)):
        if value > _FEWER:
            told = f"must be less than or equal to {_FEWER} when completions are above {_MANY} and used with backoff limit per index"
            yield invalid(f"{path}.{key}", value, told)


def _restarts(path: str, spec: Any) -> Problems:
    policy, place = mapping(mapping(spec, "template"), "spec").get("restartPolicy") or "", f"{path}.template.spec.restartPolicy"
    if policy == "Always":
        yield required(place, 'valid values: "OnFailure", "Never"')
    elif policy not in ("OnFailure", "Never"):
        yield not_supported(place, policy, ("OnFailure", "Never"))
    elif spec.get("podFailurePolicy") is not None and policy != "Never":
        yield invalid(place, policy, 'only "Never" is supported when podFailurePolicy is specified')


def changed_job(new: Object, old: Object) -> Problems:
    spec, before = mapping(new, "spec"), mapping(old, "spec")
    yield from _completions(spec, before)
    yield from unchanged("spec.selector", spec.get("selector"), before.get("selector"))
    if _template(spec, before) != before.get("template"):
        yield invalid("spec.template", _shown(spec.get("template")), IMMUTABLE)
    for key in ("completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"):
        yield from unchanged(f"spec.{key}", spec.get(key), before.get(key))


def _completions(new: Any, old: Any) -> Problems:
    """An indexed Job may grow and shrink in completions and parallelism alike."""
    completions = new.get("completions")
    if new.get("completionMode") != "Indexed":
        yield from unchanged("spec.completions", completions, old.get("completions"))
    elif completions not in (None, old.get("completions")) and completions != new.get("parallelism"):
        yield invalid("spec.completions", completions, "can only be modified in tandem with spec.parallelism")


def _shown(template: Any) -> dict[str, Any]:
    """As the API prints its own form of a template."""
    meta = mapping(template, "metadata")
    kept = {key: dict(sorted(meta[key].items())) for key in ("labels", "annotations") if meta.get(key)}
    return {**kept, "Spec": internal("PodSpec", mapping(template, "spec"))}


def _template(new: Any, old: Any) -> Any:
    """The template, with what a suspended Job may change as it was."""
    found, before = mapping(new, "template"), mapping(old, "template")
    if not old.get("suspend"):
        return found
    pod, old_pod = mapping(found, "spec"), mapping(before, "spec")
    kept = {key: value for key, value in pod.items() if key not in _FREE_WHEN_SUSPENDED}
    kept |= {key: old_pod[key] for key in _FREE_WHEN_SUSPENDED if key in old_pod}
    return {**found, "metadata": before.get("metadata", {}), "spec": kept}


def new_cron_job(obj: Object) -> Problems:
    """Names of old ones may be longer."""
    yield from cron_job(obj)
    if len(name_of(obj)) > _LONGEST_CRON_NAME:
        yield invalid("metadata.name", name_of(obj), f"must be no more than {_LONGEST_CRON_NAME} characters")


def cron_job(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    yield from _schedule(spec)
    yield from counts("spec", spec, "startingDeadlineSeconds")
    if spec.get("timeZone") is not None:
        yield from _zone(spec["timeZone"])
    yield from chosen("spec.concurrencyPolicy", spec.get("concurrencyPolicy"), ("Allow", "Forbid", "Replace"))
    job_template, path = mapping(mapping(spec, "jobTemplate"), "spec"), "spec.jobTemplate.spec"
    yield from job_spec(path, job_template)
    if job_template.get("selector") is not None:
        yield invalid(f"{path}.selector", job_template["selector"], "`selector` will be auto-generated")
    if job_template.get("manualSelector"):
        yield not_supported(f"{path}.manualSelector", True, ("nil", "false"))
    yield from counts("spec", spec, "successfulJobsHistoryLimit", "failedJobsHistoryLimit")


def _schedule(spec: Any) -> Problems:
    text = spec.get("schedule") or ""
    if not text:
        yield required("spec.schedule")
        return
    yield from _readable_schedule(text)
    if "TZ" in text:
        yield invalid("spec.schedule", text, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead")


def _readable_schedule(text: str) -> Problems:
    """A zone in front is read too, and told of apart."""
    zoned = text.startswith(("TZ=", "CRON_TZ="))
    try:
        read_schedule(text.partition(" ")[2].strip() if zoned else text)
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
