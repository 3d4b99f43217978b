"""Built-in actions: what is offered in which state, and what running one changes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stackwright.gitops.actions.discovery import BUILTIN, actions_of, run_action
from stackwright.gitops.actions.types import ActionRefused

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def obj(api_version: str, kind: str, spec: Any = None, status: Any = None, **metadata: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", "namespace": "n", "uid": "u", **metadata}}
    found |= {"spec": spec} if spec is not None else {}
    return found | ({"status": status} if status is not None else {})


def offered(of: dict[str, Any]) -> dict[str, bool]:
    """Whether each can be used."""
    return {action.name: not action.disabled for action in actions_of(of)}


def after(name: str, of: dict[str, Any], **parameters: str) -> Any:
    [effect] = run_action(name, of, parameters=parameters, now=NOW)
    return effect.object


PAUSED = obj("apps/v1", "Deployment", {"paused": True, "replicas": 2})
RUNNING = obj("apps/v1", "Deployment", {"replicas": 2})
STEPS = {"strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}]}}}
OFFERS = [
    ("a running Deployment cannot be resumed", RUNNING, {"restart": True, "resume": False, "scale": True}),
    ("a paused one can", PAUSED, {"pause": True, "restart": True, "resume": True, "scale": True}),
    ("a DaemonSet is not scaled", obj("apps/v1", "DaemonSet", {}), {"restart": True}),
    ("a suspended CronJob is resumed", obj("batch/v1", "CronJob", {"suspend": True}), {"create-job": True, "resume": True}),
    ("a CronJob is suspended", obj("batch/v1", "CronJob", {}), {"create-job": True, "suspend": True}),
    ("a Job that nobody runs yet is not terminated", obj("batch/v1", "Job", {}), {"suspend": True}),
    ("a running Job is", obj("batch/v1", "Job", {}, {"active": 1}), {"suspend": True, "terminate": True}),
    (
        "a finished Job has no actions",
        obj("batch/v1", "Job", {}, {"conditions": [{"type": "Failed", "status": "True"}]}),
        {},
    ),
    (
        "a Rollout in the middle of its steps",
        obj(
            "argoproj.io/v1alpha1",
            "Rollout",
            STEPS,
            {"currentPodHash": "b", "stableRS": "a", "currentStepIndex": 1, "observedGeneration": "2"},
            generation=2,
        ),
        {"abort": True, "pause": True, "promote-full": True, "restart": True, "resume": False, "retry": False, "skip-current-step": True},
    ),
    (
        "an aborted Rollout is retried",
        obj("argoproj.io/v1alpha1", "Rollout", STEPS, {"currentPodHash": "b", "stableRS": "a", "currentStepIndex": 2, "abort": True}),
        {"abort": False, "pause": True, "promote-full": True, "restart": True, "resume": False, "retry": True, "skip-current-step": False},
    ),
    (
        "a promoted Rollout is only restarted",
        obj("argoproj.io/v1alpha1", "Rollout", {"strategy": {"blueGreen": {}}}, {"currentPodHash": "a", "stableRS": "a"}),
        {
            "abort": False,
            "pause": False,
            "promote-full": False,
            "restart": True,
            "resume": False,
            "retry": False,
            "skip-current-step": False,
        },
    ),
    (
        "what Flux suspended is only resumed",
        obj("source.toolkit.fluxcd.io/v1", "GitRepository", {"suspend": True}),
        {"reconcile": False, "resume": True, "suspend": False},
    ),
    ("alerts are not reconciled", obj("notification.toolkit.fluxcd.io/v1beta3", "Alert", {}), {"resume": False, "suspend": True}),
    (
        "the rollout that owns a vertex decides",
        obj("numaflow.numaproj.io/v1alpha1", "MonoVertex", {}, ownerReferences=[{"kind": "MonoVertexRollout"}]),
        {"force-promote": False, "pause": False, "unpause-fast": False, "unpause-gradual": False},
    ),
    (
        "a paused pipeline goes on gradually unless told otherwise",
        obj("numaflow.numaproj.io/v1alpha1", "Pipeline", {"lifecycle": {"desiredPhase": "Paused"}}),
        {"force-promote": False, "pause": False, "unpause-fast": False, "unpause-gradual": True},
    ),
    (
        "one instance cannot be promoted",
        obj("postgresql.cnpg.io/v1", "Cluster", {}, {"instancesStatus": {"healthy": ["x-1"]}}),
        {"promote": False, "reload": True, "restart": True, "suspend": True},
    ),
    (
        "scalers stand still at a number",
        obj("keda.sh/v1alpha1", "ScaledObject", {}, annotations={"autoscaling.keda.sh/paused-replicas": "2"}),
        {"pause": False, "paused-replicas": True, "resume": True},
    ),
    ("a secret that is never refreshed", obj("external-secrets.io/v1", "ExternalSecret", {"refreshInterval": "0s"}), {"refresh": False}),
    ("kinds without actions", obj("v1", "ConfigMap"), {}),
]


@pytest.mark.parametrize(("reason", "of", "want"), OFFERS, ids=[row[0] for row in OFFERS])
def test_actions_are_offered_as_the_state_asks(reason: str, of: dict[str, Any], want: dict[str, bool]) -> None:
    assert offered(of) == want, reason


def test_actions_tell_their_names_icons_and_parameters() -> None:
    by_name = {action.name: action for action in actions_of(RUNNING)}
    assert [(item.name, item.default) for item in by_name["scale"].parameters] == [("replicas", "2")]
    create = actions_of(obj("batch/v1", "CronJob", {}))[0]
    assert (create.display_name, create.icon_class) == ("Create Job", "fa fa-fw fa-plus")


def test_every_action_of_every_kind_can_be_run_without_changing_its_argument() -> None:
    for (group, kind), known in BUILTIN.items():
        of = obj(f"{group}/v1", kind, {"jobTemplate": {"spec": {}}}, {"instancesStatus": {"healthy": ["x-1", "x-2"]}})
        before = repr(of)
        for name in known.runs:
            assert run_action(name, of, parameters={"replicas": "1"}, now=NOW), (kind, name)
        assert {action.name for action in known.discover(of)} <= set(known.runs), kind
        assert repr(of) == before


def test_a_restart_stamps_the_template() -> None:
    annotations = after("restart", RUNNING)["spec"]["template"]["metadata"]["annotations"]
    assert annotations == {"kubectl.kubernetes.io/restartedAt": "2026-03-04T05:06:07Z"}


def test_scaling_takes_numbers_only() -> None:
    assert after("scale", RUNNING, replicas="0")["spec"]["replicas"] == 0
    for text in ("many", "-1", "1.5"):
        with pytest.raises(ActionRefused, match=f"invalid number: {text}"):
            after("scale", RUNNING, replicas=text)
    with pytest.raises(ActionRefused, match="replicas parameter is required"):
        after("scale", RUNNING)


def test_a_job_of_a_cron_job_is_owned_by_it_and_named_by_the_minute() -> None:
    cron = obj(
        "batch/v1",
        "CronJob",
        {
            "jobTemplate": {
                "metadata": {"labels": {"a": "b"}, "annotations": {}},
                "spec": {"template": {"spec": {"containers": [{"name": "c", "resources": {}}]}}},
            }
        },
    )
    [effect] = run_action("create-job", cron, parameters={}, now=NOW)
    assert effect.operation == "create"
    assert effect.object == {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": "x-2603040506",
            "namespace": "n",
            "labels": {"a": "b"},
            "annotations": {"cronjob.kubernetes.io/instantiate": "manual"},
            "ownerReferences": [
                {"apiVersion": "batch/v1", "kind": "CronJob", "name": "x", "uid": "u", "blockOwnerDeletion": True, "controller": True}
            ],
        },
        "spec": {"template": {"spec": {"containers": [{"name": "c"}]}}},
    }


def test_a_rollout_is_promoted_the_way_its_controller_understands() -> None:
    new = obj("argoproj.io/v1alpha1", "Rollout", STEPS, {"observedGeneration": "3", "abort": True}, generation=3)
    assert after("promote-full", new)["status"] == {"observedGeneration": "3", "abort": True, "promoteFull": True}
    old = obj("argoproj.io/v1alpha1", "Rollout", STEPS, {"observedGeneration": "6c9f8b", "abort": True}, generation=3)
    assert after("promote-full", old)["status"] == {"observedGeneration": "6c9f8b", "currentStepIndex": 2}


def test_a_rollout_goes_on_from_a_pause_of_either_kind() -> None:
    waiting = obj(
        "argoproj.io/v1alpha1", "Rollout", {"paused": True}, {"pauseConditions": [{"reason": "CanaryPauseStep"}], "controllerPause": True}
    )
    assert after("resume", waiting) == obj("argoproj.io/v1alpha1", "Rollout", {"paused": False}, {"controllerPause": True})


def test_automation_of_an_application_is_switched() -> None:
    app = obj("argoproj.io/v1alpha1", "Application", {"syncPolicy": {"automated": {"prune": True}}})
    off = after("toggle-auto-sync", app)
    assert off["spec"]["syncPolicy"]["automated"] == {"prune": True, "enabled": False}
    assert after("toggle-auto-sync", off)["spec"]["syncPolicy"]["automated"] == {"prune": True, "enabled": True}
    assert actions_of(off)[0].display_name == "Enable Auto-Sync"


PRIMARY = obj("postgresql.cnpg.io/v1", "Cluster", {}, {"currentPrimary": "x-2", "instancesStatus": {"healthy": ["x-1", "x-2", "x-3"]}})


@pytest.mark.parametrize(("asked", "chosen"), [("any", "x-3"), ("1", "x-1"), ("x-3", "x-3")])
def test_another_instance_becomes_primary(asked: str, chosen: str) -> None:
    status = after("promote", PRIMARY, instance=asked)["status"]
    assert (status["targetPrimary"], status["phaseReason"]) == (chosen, f"Switching over to {chosen}")


def test_only_a_healthy_instance_becomes_primary() -> None:
    with pytest.raises(ActionRefused, match="Could not find a healthy instance matching the criteria: 9"):
        after("promote", PRIMARY, instance="9")


def test_an_unknown_action_is_refused() -> None:
    with pytest.raises(ActionRefused, match="action not found: fly"):
        after("fly", RUNNING)
