"""Actions of the Argo projects' own kinds.

Source: Argo CD's resource_customizations for argoproj.io and promoter.argoproj.io.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object
from stackwright.gitops.actions.editing import at, named_by_time, owner_of, sets, stamps, with_value, without, without_empty
from stackwright.gitops.actions.types import Action, Builtin, Effect, KindActions, Request, created, patched
from stackwright.gitops.actions.workloads import PLUS_ICON
from stackwright.kernel.clock import rfc3339

_STEPS = ("spec", "strategy", "canary", "steps")
_CREATE_WORKFLOW = "create-workflow"


# -- Rollouts --------------------------------------------------------------------------------------------------------


def _of_rollout(obj: Object) -> Sequence[Action]:
    status = obj.get("status") or {}
    promoted = status.get("currentPodHash") == status.get("stableRS")
    aborted = bool(status.get("abort"))
    return [
        Action("restart"),
        Action("resume", disabled=not _is_paused(obj)),
        Action("abort", disabled=promoted or aborted),
        Action("retry", disabled=promoted or not aborted),
        Action("promote-full", disabled=not _may_promote(obj, promoted=promoted)),
        Action("pause", disabled=promoted or at(obj, ("spec", "paused")) is True),
        Action("skip-current-step", disabled=not at(obj, _STEPS) or status.get("currentStepIndex") == len(at(obj, _STEPS))),
    ]


def _is_paused(obj: Object) -> bool:
    conditions = at(obj, ("status", "pauseConditions"))
    return len(conditions) > 0 if conditions is not None else bool(at(obj, ("spec", "paused")))


def _may_promote(obj: Object, *, promoted: bool) -> bool:
    if not obj.get("status") or promoted:
        return False
    return _promotes_itself(obj) or at(obj, ("spec", "strategy", "blueGreen")) is None


def _promotes_itself(obj: Object) -> bool:
    """Rollouts of 0.10 and later tell which generation they observed; older ones wrote a hash there."""
    observed, generation = at(obj, ("status", "observedGeneration")), at(obj, ("metadata", "generation"))
    text = str(observed if observed is not None else "")
    return text.isdigit() and (generation is None or int(text) <= int(generation))


def _promote_full(obj: Object, _request: Request) -> Sequence[Effect]:
    if obj.get("status") is None:
        return patched(obj)
    if _promotes_itself(obj):
        return patched(with_value(obj, ("status", "promoteFull"), True))
    obj, steps = without(obj, ("status", "abort")), at(obj, _STEPS)
    return patched(obj if steps is None else with_value(obj, ("status", "currentStepIndex"), len(steps)))


def _resume(obj: Object, _request: Request) -> Sequence[Effect]:
    if at(obj, ("status", "pauseConditions")):
        obj = without(obj, ("status", "pauseConditions"))
    return patched(with_value(obj, ("spec", "paused"), False) if at(obj, ("spec", "paused")) else obj)


def _retry(obj: Object, _request: Request) -> Sequence[Effect]:
    return patched(without(obj, ("status", "abort")))


def _skip_step(obj: Object, _request: Request) -> Sequence[Effect]:
    steps, index = at(obj, _STEPS), at(obj, ("status", "currentStepIndex"))
    if steps is None or index is None or index >= len(steps):
        return patched(obj)
    if at(obj, ("status", "pauseConditions")):
        obj = without(obj, ("status", "pauseConditions"))
    return patched(with_value(obj, ("status", "currentStepIndex"), index + 1))


# -- analyses, Applications ------------------------------------------------------------------------------------------


def _of_analysis_run(obj: Object) -> Sequence[Action]:
    over = at(obj, ("status", "phase")) in ("Successful", "Failed", "Error", "Inconclusive")
    return [Action("terminate", disabled=bool(at(obj, ("spec", "terminate"))) or over)]


def _is_automatic(app: Object) -> bool:
    automated = at(app, ("spec", "syncPolicy", "automated"))
    return automated is not None and automated.get("enabled") in (True, None)


def _of_application(obj: Object) -> Sequence[Action]:
    return [Action("toggle-auto-sync", display_name="Disable Auto-Sync" if _is_automatic(obj) else "Enable Auto-Sync")]


def _toggle(obj: Object, _request: Request) -> Sequence[Effect]:
    return patched(with_value(obj, ("spec", "syncPolicy", "automated", "enabled"), not _is_automatic(obj)))


# -- workflows -------------------------------------------------------------------------------------------------------


def _of_cron_workflow(_obj: Object) -> Sequence[Action]:
    return [Action(_CREATE_WORKFLOW, display_name="Create Workflow", icon_class=PLUS_ICON)]


def _of_workflow_template(_obj: Object) -> Sequence[Action]:
    return [Action(_CREATE_WORKFLOW)]


def _workflow(obj: Object, request: Request, metadata: Mapping[str, Any], spec: Any) -> Sequence[Effect]:
    own = {
        "name": named_by_time(obj, request, "%Y%m%d%H%M"),
        "namespace": at(obj, ("metadata", "namespace")),
        "ownerReferences": [owner_of(obj)],
    }
    return created({"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {**own, **metadata}, "spec": spec})


def _of_cron(obj: Object, request: Request) -> Sequence[Effect]:
    """As `argo submit --from=cronwf/…` would."""
    wanted = without_empty(at(obj, ("spec", "workflowMetadata"))) or {}
    labels = {**(wanted.get("labels") or {}), "workflows.argoproj.io/cron-workflow": at(obj, ("metadata", "name"))}
    instance = at(obj, ("metadata", "labels", "workflows.argoproj.io/controller-instanceid"))
    if instance is not None:
        labels["workflows.argoproj.io/controller-instanceid"] = instance
    annotations = {**(wanted.get("annotations") or {}), "workflows.argoproj.io/scheduled-time": rfc3339(request.now)}
    metadata: dict[str, Any] = {"labels": labels, "annotations": annotations}
    metadata |= {"finalizers": wanted["finalizers"]} if wanted.get("finalizers") else {}
    return _workflow(obj, request, metadata, without_empty(at(obj, ("spec", "workflowSpec"))))


def _of_template(obj: Object, request: Request) -> Sequence[Effect]:
    name = at(obj, ("metadata", "name"))
    metadata = {"labels": {"workflows.argoproj.io/workflow-template": name}}
    return _workflow(obj, request, metadata, {"workflowTemplateRef": {"name": name}})


def _of_pull_request(_obj: Object) -> Sequence[Action]:
    return [Action("merge")]


ARGO: Builtin = {
    ("argoproj.io", "AnalysisRun"): KindActions(_of_analysis_run, {"terminate": sets(("spec", "terminate"), True)}),
    ("argoproj.io", "Application"): KindActions(_of_application, {"toggle-auto-sync": _toggle}),
    ("argoproj.io", "CronWorkflow"): KindActions(_of_cron_workflow, {_CREATE_WORKFLOW: _of_cron}),
    ("argoproj.io", "WorkflowTemplate"): KindActions(_of_workflow_template, {_CREATE_WORKFLOW: _of_template}),
    ("argoproj.io", "Rollout"): KindActions(
        _of_rollout,
        {
            "abort": sets(("status", "abort"), True),
            "pause": sets(("spec", "paused"), True),
            "promote-full": _promote_full,
            "restart": stamps(("spec", "restartAt")),
            "resume": _resume,
            "retry": _retry,
            "skip-current-step": _skip_step,
        },
    ),
    ("promoter.argoproj.io", "PullRequest"): KindActions(_of_pull_request, {"merge": sets(("spec", "state"), "merged")}),
}
