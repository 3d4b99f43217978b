"""What a set tells of itself."""

from typing import Any

from stackwright.gitops.appset.status import MAX_RESOURCES, all_well, failed, health, resources

NOW, LATER = "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"


def statuses(conditions: Any) -> dict[str, tuple[str, str]]:
    return {one["type"]: (one["status"], one["reason"]) for one in conditions}


def test_an_error_before_and_after_the_parameters_are_had() -> None:
    early = failed(all_well(None, NOW), "ApplicationParamsGenerationError", "no", LATER, generated=False)
    assert statuses(early) == {
        "ErrorOccurred": ("True", "ApplicationParamsGenerationError"),
        "ParametersGenerated": ("False", "ErrorOccurred"),
        "ResourcesUpToDate": ("False", "ApplicationParamsGenerationError"),
    }
    late = failed(None, "ApplicationValidationError", "no", NOW, generated=True)
    assert statuses(late)["ParametersGenerated"] == ("True", "ParametersGenerated")


def test_transition_times_stay_while_nothing_changes() -> None:
    first = all_well(None, NOW)
    assert all_well(first, LATER) == first
    well = health(first, None, NOW)
    assert (well["status"], well["lastTransitionTime"]) == ("Healthy", NOW)
    assert health(first, well, LATER) == well
    ill = health(failed(first, "X", "no", LATER, generated=True), well, LATER)
    assert ill == {"status": "Degraded", "message": "no", "lastTransitionTime": LATER}
    assert health([], None, NOW)["status"] == "Progressing"


def test_applications_are_listed_by_name_up_to_a_bound_and_counted() -> None:
    app: dict[str, Any] = {
        "metadata": {"name": "b", "namespace": "argocd"},
        "status": {"sync": {"status": "Synced"}, "health": {"status": "Healthy"}},
    }
    entries, count = resources([app, {"metadata": {"name": "a", "namespace": "argocd"}}])
    common = {"group": "argoproj.io", "version": "v1alpha1", "kind": "Application", "namespace": "argocd"}
    assert entries == [{**common, "name": "a"}, {**common, "name": "b", "status": "Synced", "health": {"status": "Healthy"}}]
    many, count = resources([{"metadata": {"name": str(number)}} for number in range(MAX_RESOURCES + 5)])
    assert (len(many), count) == (MAX_RESOURCES, MAX_RESOURCES + 5)
