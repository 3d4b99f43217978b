"""What a set tells of itself. Pure.

Source: Argo CD's applicationset/controllers (setApplicationSetStatusCondition, updateResourcesStatus).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.runtime.conditions import find, is_true, with_condition

UP_TO_DATE, PARAMETERS_GENERATED, ERROR_OCCURRED = "ApplicationSetUpToDate", "ParametersGenerated", "ErrorOccurred"
GENERATION_FAILED, RENDERING_FAILED = "ApplicationParamsGenerationError", "RenderTemplateParamsError"
VALIDATION_FAILED, CREATE_FAILED, DELETE_FAILED = "ApplicationValidationError", "CreateApplicationError", "DeleteApplicationError"
_ALL_WELL = "All applications have been generated successfully"
_GENERATED = "Successfully generated parameters for all Applications"
MAX_RESOURCES = 5_000
Conditions = Sequence[Mapping[str, Any]]


def all_well(conditions: Conditions | None, now: str) -> list[Mapping[str, Any]]:
    found = with_condition(conditions, ERROR_OCCURRED, "False", UP_TO_DATE, _ALL_WELL, now)
    found = with_condition(found, PARAMETERS_GENERATED, "True", PARAMETERS_GENERATED, _GENERATED, now)
    return with_condition(found, "ResourcesUpToDate", "True", UP_TO_DATE, _ALL_WELL, now)


def failed(conditions: Conditions | None, reason: str, message: str, now: str, *, generated: bool) -> list[Mapping[str, Any]]:
    """`generated` says whether the parameters were had before it went wrong."""
    found = with_condition(conditions, ERROR_OCCURRED, "True", reason, message, now)
    if generated:
        found = with_condition(found, PARAMETERS_GENERATED, "True", PARAMETERS_GENERATED, _GENERATED, now)
    else:
        found = with_condition(found, PARAMETERS_GENERATED, "False", ERROR_OCCURRED, message, now)
    return with_condition(found, "ResourcesUpToDate", "False", reason, message, now)


def health(conditions: Conditions, before: Mapping[str, Any] | None, now: str) -> dict[str, Any]:
    """As the conditions say; its transition time stays while its status does."""
    found = _health(conditions)
    same = before is not None and before.get("status") == found["status"] and before.get("lastTransitionTime")
    return {**found, "lastTransitionTime": before["lastTransitionTime"] if before and same else now}


def _health(conditions: Conditions) -> dict[str, Any]:
    for type, status in ((ERROR_OCCURRED, "Degraded"), ("RolloutProgressing", "Progressing"), ("ResourcesUpToDate", "Healthy")):
        if is_true(conditions, type):
            condition = find(conditions, type) or {}
            return {"status": status, "message": condition.get("message") or ""}
    return {"status": "Progressing", "message": "Waiting for health status to be determined"}


def resources(applications: Iterable[Object]) -> tuple[list[dict[str, Any]], int]:
    """One entry for each Application, by name, up to a bound; and how many there are."""
    found = sorted(applications, key=name_of)
    return [_resource(app) for app in found[:MAX_RESOURCES]], len(found)


def _resource(app: Object) -> dict[str, Any]:
    status = app.get("status") or {}
    found: dict[str, Any] = {
        "group": "argoproj.io",
        "version": "v1alpha1",
        "kind": "Application",
        "name": name_of(app),
        "namespace": namespace_of(app),
        "status": (status.get("sync") or {}).get("status") or "",
    }
    health = {
        key: value for key, value in (status.get("health") or {}).items() if key in ("status", "message", "lastTransitionTime") and value
    }
    return {key: value for key, value in (found | {"health": health}).items() if value}
