"""Changes that nobody needs to look at."""

from typing import Any

import pytest

from stackwright.gitops.settings import parse_settings
from stackwright.gitops.updates import IGNORE_UPDATES, Updates

HPA = "resource.customizations.ignoreResourceUpdates.autoscaling_HorizontalPodAutoscaler"


def hpa(status: Any = None, **metadata: Any) -> dict[str, Any]:
    head = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler"}
    return {**head, "metadata": {"name": "a", "namespace": "n", **metadata}, "status": status or {}}


def deployment(available: int, **status: Any) -> dict[str, Any]:
    told = {"replicas": 1, "updatedReplicas": 1, "availableReplicas": available, "observedGeneration": 1, **status}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "a", "namespace": "n", "generation": 1},
        "spec": {"replicas": 1},
        "status": told,
    }


def matters(raw: dict[str, str], obj: Any, previous: Any, *, managed: bool = True) -> bool:
    return Updates(parse_settings(raw)).matters(obj, previous, managed=managed)


@pytest.mark.parametrize(
    ("raw", "obj", "previous", "want", "reason"),
    [
        ({}, hpa(), None, True, "what came or went always counts"),
        ({}, hpa(resourceVersion="2", generation=2, managedFields=[{}]), hpa(resourceVersion="1"), False, "bookkeeping never does"),
        ({}, hpa({"a": 1}), hpa({"a": 2}), True, "a status does, until somebody says otherwise"),
        ({HPA: "jsonPointers: [/status]"}, hpa({"a": 1}), hpa({"a": 2}), False, "by pointer"),
        ({HPA: "jqPathExpressions: ['.status.a']"}, hpa({"a": 1}), hpa({"a": 2}), False, "by expression"),
        ({HPA: "jqPathExpressions: ['.status.b']"}, hpa({"a": 1}), hpa({"a": 2}), True, "another field"),
        ({HPA: "jqPathExpressions: ['][']"}, hpa({"a": 1}), hpa({"a": 1}), True, "what cannot be read ignores nothing"),
        (
            {"resource.customizations.ignoreResourceUpdates.all": "jsonPointers: [/status]"},
            hpa({"a": 1}),
            hpa({"a": 2}),
            False,
            "all kinds",
        ),
    ],
)
def test_rules_say_what_counts(raw: dict[str, str], obj: Any, previous: Any, want: bool, reason: str) -> None:
    assert matters(raw, obj, previous) is want, reason


def test_a_change_of_health_counts_even_when_the_status_is_ignored() -> None:
    raw = {"resource.customizations.ignoreResourceUpdates.apps_Deployment": "jsonPointers: [/status]"}
    assert matters(raw, deployment(1), deployment(0))
    assert not matters(raw, deployment(1, readyReplicas=1), deployment(1))


def test_rules_for_differences_count_for_updates_unless_it_is_said_otherwise() -> None:
    raw = {HPA.replace("ResourceUpdates", "Differences"): "jsonPointers: [/status]"}
    assert not matters(raw, hpa({"a": 1}), hpa({"a": 2}))
    assert matters(raw | {"resource.compareoptions": "ignoreDifferencesOnResourceUpdates: false"}, hpa({"a": 1}), hpa({"a": 2}))


def test_the_switch_makes_everything_count() -> None:
    assert matters({"resource.ignoreResourceUpdatesEnabled": "false"}, hpa(resourceVersion="2"), hpa(resourceVersion="1"))


def test_what_belongs_to_nobody_is_ignored_only_by_annotation() -> None:
    marked = {"annotations": {IGNORE_UPDATES: "true"}}
    assert matters({}, hpa(resourceVersion="2"), hpa(resourceVersion="1"), managed=False)
    assert not matters({}, hpa(resourceVersion="2", **marked), hpa(resourceVersion="1", **marked), managed=False)


def test_fields_of_trusted_managers_do_not_count() -> None:
    def owned(value: int) -> Any:
        entry = {"manager": "scaler", "fieldsV1": {"f:spec": {"f:maxReplicas": {}}}}
        return {**hpa(managedFields=[entry]), "spec": {"maxReplicas": value}}

    assert not matters({HPA: "managedFieldsManagers: [scaler]"}, owned(2), owned(1))
    assert matters({HPA: "managedFieldsManagers: [other]"}, owned(2), owned(1))
