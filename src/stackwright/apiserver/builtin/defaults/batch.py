"""Defaults of Jobs and CronJobs.

Source: k8s.io/kubernetes pkg/apis/batch/v1/defaults.go.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.defaults.apps import labelled
from stackwright.apiserver.builtin.defaults.filling import all_of, at, constants, every
from stackwright.apiserver.builtin.defaults.pods import template

_WITHOUT_LIMIT = 2**31 - 1


def _job_spec(given: Mapping[str, Any]) -> Mapping[str, Any]:
    found = constants(completionMode="NonIndexed", manualSelector=False, suspend=False)(given)
    if given.get("completions") is None and given.get("parallelism") is None:
        found = {**found, "completions": 1}
    per_index = given.get("backoffLimitPerIndex") is not None
    replaced = "Failed" if given.get("podFailurePolicy") is not None else "TerminatingOrFailed"
    return constants(parallelism=1, backoffLimit=_WITHOUT_LIMIT if per_index else 6, podReplacementPolicy=replaced)(found)


_FAILURES = at("podFailurePolicy", every("rules", every("onPodConditions", constants(status="True"))))
_JOB = at("spec", all_of(_job_spec, _FAILURES, at("template", template)))


def job(obj: Object) -> Object:
    return labelled(_JOB(obj))


cron_job = at(
    "spec",
    all_of(
        constants(concurrencyPolicy="Allow", suspend=False, successfulJobsHistoryLimit=3, failedJobsHistoryLimit=1),
        at("jobTemplate", at("spec", all_of(_FAILURES, at("template", template)))),
    ),
)
