"""Actions of the workloads that Kubernetes brings.

Source: Argo CD's resource_customizations for apps and batch.
"""

from collections.abc import Sequence

from stackwright.api.meta import Object
from stackwright.gitops.actions.editing import at, named_by_time, owner_of, sets, stamps, with_value, without_empty
from stackwright.gitops.actions.types import (
    Action,
    ActionRefused,
    Builtin,
    Effect,
    KindActions,
    Parameter,
    Request,
    created,
    patched,
)
from stackwright.kernel.clock import rfc3339

RESTARTED_AT = ("spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt")
PAUSE_ICON, PLAY_ICON, STOP_ICON, PLUS_ICON = (f"fa fa-fw fa-{name}" for name in ("pause", "play", "stop", "plus"))
_FINAL_CONDITIONS = frozenset(("Complete", "Failed", "FailureTarget", "SuccessCriteriaMet"))


def _restart_only(_obj: Object) -> Sequence[Action]:
    return [Action("restart")]


def _scale(obj: Object) -> Action:
    replicas = at(obj, ("spec", "replicas"))
    return Action("scale", parameters=(Parameter("replicas", "nil" if replicas is None else str(replicas)),))


def _of_deployment(obj: Object) -> Sequence[Action]:
    paused = at(obj, ("spec", "paused"))
    found = [Action("restart"), Action("resume", disabled=not paused), _scale(obj)]
    return found if paused is None else [*found, Action("pause")]


def _of_stateful_set(obj: Object) -> Sequence[Action]:
    return [Action("restart"), _scale(obj)]


def number(text: str | None) -> int:
    """Raises ActionRefused."""
    if text is None:
        raise ActionRefused("replicas parameter is required")
    try:
        found = int(text)
    except ValueError as error:
        raise ActionRefused(f"invalid number: {text}") from error
    if found < 0:
        raise ActionRefused(f"invalid number: {text}")
    return found


def _run_scale(obj: Object, request: Request) -> Sequence[Effect]:
    return patched(with_value(obj, ("spec", "replicas"), number(request.parameters.get("replicas"))))


def _of_cron_job(obj: Object) -> Sequence[Action]:
    create = Action("create-job", display_name="Create Job", icon_class=PLUS_ICON)
    if at(obj, ("spec", "suspend")):
        return [create, Action("resume", icon_class=PLAY_ICON)]
    return [create, Action("suspend", icon_class=PAUSE_ICON)]


def _create_job(obj: Object, request: Request) -> Sequence[Effect]:
    """As `kubectl create job --from` would."""
    template = without_empty(at(obj, ("spec", "jobTemplate"))) or {}
    metadata = dict(template.get("metadata") or {})
    metadata["name"] = named_by_time(obj, request, "%y%m%d%H%M")
    metadata["namespace"] = at(obj, ("metadata", "namespace"))
    metadata["annotations"] = {**(metadata.get("annotations") or {}), "cronjob.kubernetes.io/instantiate": "manual"}
    metadata["ownerReferences"] = [{**owner_of(obj), "blockOwnerDeletion": True, "controller": True}]
    return created({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": template.get("spec")})


def _is_completed(job: Object) -> bool:
    conditions = at(job, ("status", "conditions")) or ()
    return any(item.get("type") in _FINAL_CONDITIONS and item.get("status") == "True" for item in conditions)


def _of_job(obj: Object) -> Sequence[Action]:
    if _is_completed(obj):
        return []
    suspended = at(obj, ("spec", "suspend"))
    found = [Action("resume", icon_class=PLAY_ICON) if suspended else Action("suspend", icon_class=PAUSE_ICON)]
    return found if obj.get("status") is None else [*found, Action("terminate", icon_class=STOP_ICON)]


def _terminate_job(obj: Object, request: Request) -> Sequence[Effect]:
    if obj.get("status") is None or _is_completed(obj):
        return patched(obj)
    condition = {
        "lastTransitionTime": rfc3339(request.now),
        "message": "Job was terminated explicitly through Argo CD",
        "reason": "ManuallyTerminated",
        "status": "True",
        "type": "FailureTarget",
    }
    known = at(obj, ("status", "conditions")) or []
    return patched(with_value(obj, ("status", "conditions"), [*known, condition]))


_SUSPEND, _RESUME = sets(("spec", "suspend"), True), sets(("spec", "suspend"), False)
_RESTART = stamps(RESTARTED_AT)

WORKLOADS: Builtin = {
    ("apps", "DaemonSet"): KindActions(_restart_only, {"restart": _RESTART}),
    ("apps", "Deployment"): KindActions(
        _of_deployment,
        {"restart": _RESTART, "pause": sets(("spec", "paused"), True), "resume": sets(("spec", "paused"), False), "scale": _run_scale},
    ),
    ("apps", "StatefulSet"): KindActions(_of_stateful_set, {"restart": _RESTART, "scale": _run_scale}),
    ("batch", "CronJob"): KindActions(_of_cron_job, {"create-job": _create_job, "suspend": _SUSPEND, "resume": _RESUME}),
    ("batch", "Job"): KindActions(_of_job, {"suspend": _SUSPEND, "resume": _RESUME, "terminate": _terminate_job}),
}
