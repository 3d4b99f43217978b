"""What Jobs and CronJobs are refused for, in the words, at the places and in the order of the API."""

from typing import Any

import pytest
from kind_bench import changed, made, problems, workload

_NEVER = workload(restartPolicy="Never")["template"]
_INDEXED = {"completionMode": "Indexed", "completions": 3}
_EARLY = "1970-01-01T00:00:00Z"
_LATE = "1970-01-02T00:00:00Z"


def _job(**spec: Any) -> list[str]:
    return problems("batch/v1", "Job", spec={"template": _NEVER, **spec})


def _failing(**rule: Any) -> list[str]:
    return _job(podFailurePolicy={"rules": [{"action": "Ignore", **rule}]})


@pytest.mark.parametrize(
    ("reason", "spec", "wanted"),
    [
        (
            "counted failures need a limit",
            {**_INDEXED, "maxFailedIndexes": 1},
            ["spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified"],
        ),
        (
            "more failures than indexes",
            {**_INDEXED, "maxFailedIndexes": 4, "backoffLimitPerIndex": 1},
            ["spec.maxFailedIndexes: Invalid value: 4: must be less than or equal to completions"],
        ),
        (
            "limits of indexes without indexes",
            {"maxFailedIndexes": 1, "backoffLimitPerIndex": 1},
            [
                "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode",
                "spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode",
            ],
        ),
        (
            "another controller without a domain",
            {"managedBy": "x"},
            ['spec.managedBy: Invalid value: "x": must be a domain-prefixed path (such as "acme.io/foo")'],
        ),
        (
            "an unknown way to complete",
            {"completionMode": "Odd"},
            ['spec.completionMode: Unsupported value: "Odd": supported values: "NonIndexed", "Indexed"'],
        ),
        (
            "success of indexes without indexes",
            {"successPolicy": {"rules": [{"succeededCount": 1}]}},
            [
                'spec.successPolicy: Invalid value: {"Rules":[{"SucceededIndexes":null,"SucceededCount":1}]}: '
                "requires indexed completion mode"
            ],
        ),
        (
            "success after more than there are",
            {**_INDEXED, "successPolicy": {"rules": [{"succeededCount": 4}, {}, {"succeededIndexes": "2,1"}]}},
            [
                "spec.successPolicy.rules[0].succeededCount: Invalid value: 4: "
                "must be less than or equal to 3 (the number of specified completions)",
                "spec.successPolicy.rules[1]: Required value: at least one of succeededCount or succeededIndexes must be specified",
                'spec.successPolicy.rules[2].succeededIndexes: Invalid value: "2,1": '
                "error parsing succeededIndexes: non-increasing order, previous: 2, current: 1",
            ],
        ),
        (
            "pods that are replaced too early for their policy",
            {"podReplacementPolicy": "TerminatingOrFailed", "podFailurePolicy": {"rules": []}},
            ['spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"'],
        ),
    ],
)
def test_jobs_have_rules(reason: str, spec: dict[str, Any], wanted: list[str]) -> None:
    assert _job(**spec) == wanted, reason


@pytest.mark.parametrize(
    ("reason", "rule", "wanted"),
    [
        ("no sign", {}, ["Invalid value: specifying one of OnExitCodes and OnPodConditions is required"]),
        (
            "no action",
            {"action": "", "onExitCodes": {"operator": "In", "values": [1]}},
            ['.action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]'],
        ),
        (
            "an index that fails without a limit",
            {"action": "FailIndex", "onExitCodes": {"operator": "In", "values": [1]}},
            ['.action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set'],
        ),
        (
            "odd codes",
            {"onExitCodes": {"containerName": "x", "operator": "In", "values": [2, 0, 2]}},
            [
                '.onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template',
                ".onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator",
                ".onExitCodes.values[2]: Duplicate value: 2",
                ".onExitCodes.values: Invalid value: [2,0,2]: must be ordered",
            ],
        ),
        (
            "an odd condition",
            {"onPodConditions": [{"type": "a", "status": "Odd"}]},
            ['.onPodConditions[0].status: Unsupported value: "Odd": supported values: "False", "True", "Unknown"'],
        ),
    ],
)
def test_rules_of_failure_have_rules(reason: str, rule: dict[str, Any], wanted: list[str]) -> None:
    path = "spec.podFailurePolicy.rules[0]"
    assert _failing(**rule) == [f"{path}{each}" if each.startswith(".") else f"{path}: {each}" for each in wanted], reason


def test_pods_of_an_index_can_be_named() -> None:
    name = "a" * 62
    assert problems("batch/v1", "Job", metadata={"name": name}, spec={"template": _NEVER, **_INDEXED}) == [
        f'metadata.name: Invalid value: "{name}": will not able to create pod with invalid DNS label: {name}-2'
    ]


def test_an_indexed_job_grows_in_tandem() -> None:
    old = made("batch/v1", "Job", spec={"template": _NEVER, **_INDEXED, "parallelism": 3})
    assert changed(old, spec={"completions": 4, "parallelism": 4}) == []
    assert changed(old, spec={"completions": 4}) == [
        "spec.completions: Invalid value: 4: can only be modified in tandem with spec.parallelism"
    ]


def test_a_template_that_may_not_change_is_shown_as_the_server_has_it() -> None:
    old = made("batch/v1", "Job", spec={"template": _NEVER, "manualSelector": True, "selector": {"matchLabels": {"app": "web"}}})
    (told,) = changed(old, spec={"template": workload(restartPolicy="OnFailure")["template"]})
    assert told.startswith(
        'spec.template: Invalid value: {"labels":{"app":"web"},"Spec":{"Volumes":null,"InitContainers":null,"Containers":['
    )
    assert told.endswith(": field is immutable")


_DONE = [{"type": kind, "status": "True"} for kind in ("SuccessCriteriaMet", "Complete")]


@pytest.mark.parametrize(
    ("reason", "before", "after", "wanted"),
    [
        ("as the controller ends one", {}, {"conditions": _DONE, "startTime": _EARLY, "completionTime": _LATE}, []),
        (
            "an end without a start",
            {},
            {"conditions": _DONE, "completionTime": _LATE},
            ["status.startTime: Required value: startTime is required for finished job"],
        ),
        (
            "an end before the start",
            {},
            {"conditions": _DONE, "startTime": _LATE, "completionTime": _EARLY},
            [f'status.completionTime: Invalid value: "{_EARLY}": completionTime cannot be set before startTime'],
        ),
        (
            "a time of what is not complete",
            {},
            {"completionTime": _LATE},
            [f'status.completionTime: Invalid value: "{_LATE}": cannot set completionTime when there is no Complete=True condition'],
        ),
        (
            "fewer failures than before",
            {"failed": 2},
            {"failed": 1},
            ["status.failed: Invalid value: 1: cannot decrease the failed counter"],
        ),
        ("more ready than there are", {}, {"ready": 1}, ["status.ready: Invalid value: 1: cannot set more ready pods than active"]),
        (
            "what had ended",
            {"conditions": _DONE, "startTime": _EARLY, "completionTime": _LATE},
            {"startTime": _EARLY, "conditions": []},
            [
                "status.conditions: Invalid value: cannot disable the terminal Complete=True condition",
                "status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition",
            ],
        ),
        (
            "indexes of a Job without them",
            {},
            {"completedIndexes": "0"},
            ['status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode'],
        ),
    ],
)
def test_the_status_of_a_job_has_rules(reason: str, before: dict[str, Any], after: dict[str, Any], wanted: list[str]) -> None:
    old = {**made("batch/v1", "Job", spec={"template": _NEVER}), "status": before}
    found = changed({**old, "status": before}, "status", status={**dict.fromkeys(before), **after})
    assert found == wanted, reason


def test_cron_jobs_have_rules() -> None:
    spec = {"schedule": "TZ=UTC * * * * *", "jobTemplate": {"spec": {"template": _NEVER, "manualSelector": True}}}
    assert problems("batch/v1", "CronJob", spec=spec) == [
        'spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
        'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
    ]


def test_the_long_name_of_an_old_cron_job_is_left_alone() -> None:
    spec = {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": _NEVER}}}
    old = made("batch/v1", "CronJob", metadata={"name": "a" * 53}, spec=spec)
    assert changed(old, spec={"suspend": True}) == []
    assert problems("batch/v1", "CronJob", metadata={"name": "a" * 53}, spec=spec) == [
        f'metadata.name: Invalid value: "{"a" * 53}": must be no more than 52 characters'
    ]
