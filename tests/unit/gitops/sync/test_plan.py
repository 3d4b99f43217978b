"""The tasks of a sync and their order."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from stackwright.api.meta import Object, key_of
from stackwright.gitops.options import parse_options
from stackwright.gitops.sync.plan import Pair, PlanInput, plan
from stackwright.gitops.sync.types import Task, key_of_result, result_of

WAVE, HOOK, OPTIONS = "argocd.argoproj.io/sync-wave", "argocd.argoproj.io/hook", "argocd.argoproj.io/sync-options"
CLUSTER_KINDS = {"Namespace", "CustomResourceDefinition", "ClusterRole"}


def obj(kind: str, name: str, api_version: str = "v1", namespace: str = "n", spec: Any = None, **annotations: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name, "annotations": annotations}
    metadata |= {} if kind in CLUSTER_KINDS else {"namespace": namespace}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata} | ({"spec": spec} if spec else {})


def at_wave(wave: int, kind: str = "ConfigMap", name: str = "", **annotations: str) -> dict[str, Any]:
    return obj(kind, name or f"w{wave}", **{WAVE: str(wave), **annotations})


def planned(
    wanted: Sequence[Object] = (),
    *,
    pruned: Sequence[Object] = (),
    hooks: Sequence[Object] = (),
    options: Sequence[str] = (),
    results: Mapping[str, Any] | None = None,
    unknown: Sequence[str] = (),
    skip_hooks: bool = False,
    namespace: Object | None = None,
) -> list[Task]:
    pairs = [Pair(key_of(item), item, None) for item in wanted] + [Pair(key_of(item), None, item) for item in pruned]
    given = PlanInput(
        pairs,
        hooks,
        lambda _key: None,
        parse_options(options),
        "0123456789abcdef",
        1700000000,
        skip_hooks,
        lambda item: None if item["kind"] in unknown else item["kind"] not in CLUSTER_KINDS,
        "n",
        namespace,
    )
    return plan(given, results or {})


def told(tasks: Sequence[Task]) -> list[str]:
    return [f"{task.phase} {task.wave} {task.key.kind}/{task.key.name}" for task in tasks]


def test_waves_go_before_kinds_and_kinds_before_names() -> None:
    wanted = [
        at_wave(1, "Secret", "s"),
        obj("Deployment", "b"),
        obj("Deployment", "a"),
        obj("Service", "z"),
        obj("Widget", "w"),
        at_wave(-1),
    ]
    assert told(planned(wanted)) == [
        "Sync -1 ConfigMap/w-1",
        "Sync 0 Service/z",
        "Sync 0 Deployment/a",
        "Sync 0 Deployment/b",
        "Sync 0 Widget/w",
        "Sync 1 Secret/s",
    ]


def test_a_hook_is_a_task_in_each_of_its_phases() -> None:
    tasks = planned([obj("ConfigMap", "c")], hooks=[obj("Job", "j", **{HOOK: "PostSync, PreSync"}), obj("Job", "f", **{HOOK: "SyncFail"})])
    assert told(tasks) == ["PreSync 0 Job/j", "Sync 0 ConfigMap/c", "PostSync 0 Job/j", "SyncFail 0 Job/f"]
    assert tasks[0].target is not None and tasks[0].target["metadata"]["finalizers"] == ["argocd.argoproj.io/hook-finalizer"]


@pytest.mark.parametrize(
    ("reason", "annotations", "phases"),
    [
        ("unknown phases are never run", {HOOK: "Whenever"}, []),
        ("hooks of deletions have their own time", {HOOK: "PreDelete,PostDelete"}, []),
        ("Helm's hooks are mapped", {"helm.sh/hook": "pre-install,pre-upgrade"}, ["PreSync"]),
        ("Helm's tests are not run", {"helm.sh/hook": "test"}, []),
        ("Argo CD's own word counts", {"helm.sh/hook": "pre-install", HOOK: "PostSync"}, ["PostSync"]),
    ],
)
def test_phases_of_hooks(reason: str, annotations: dict[str, str], phases: list[str]) -> None:
    assert [task.phase for task in planned(hooks=[obj("Job", "j", **annotations)])] == phases, reason


def test_hooks_are_left_out_when_the_sync_skips_them() -> None:
    assert planned(hooks=[obj("Job", "j", **{HOOK: "Sync"})], skip_hooks=True) == []


def test_a_hook_without_a_name_is_named_by_revision_phase_and_start() -> None:
    hook = obj("Job", "", **{HOOK: "PreSync"})
    hook["metadata"] = {"generateName": "my-", "annotations": {HOOK: "PreSync"}}
    [task] = planned(hooks=[hook])
    assert (task.key.name, task.key.namespace) == ("my-0123456-presync-1700000000", "n")


def test_a_helm_weight_is_a_wave() -> None:
    assert planned([obj("ConfigMap", "c", **{"helm.sh/hook-weight": "-5"})])[0].wave == -5


def test_deletions_go_in_the_reverse_order() -> None:
    tasks = planned(pruned=[at_wave(0), at_wave(1), at_wave(5)])
    assert told(tasks) == ["Sync 0 ConfigMap/w5", "Sync 1 ConfigMap/w1", "Sync 5 ConfigMap/w0"]


@pytest.mark.parametrize("asked", [{"options": ["PruneLast=true"]}, {"own": {OPTIONS: "PruneLast=true"}}])
def test_prune_last_is_a_wave_after_all_others(asked: dict[str, Any]) -> None:
    pruned = [obj("ConfigMap", "old", **asked.get("own", {}))]
    tasks = planned([at_wave(3)], pruned=pruned, options=asked.get("options", []))
    assert told(tasks) == ["Sync 3 ConfigMap/w3", "Sync 4 ConfigMap/old"]


def test_a_namespace_goes_before_the_first_object_in_it() -> None:
    tasks = planned([at_wave(-2), obj("Namespace", "n")])
    assert told(tasks) == ["Sync -2 Namespace/n", "Sync -2 ConfigMap/w-2"]


def test_a_definition_goes_before_the_first_of_its_kind_which_is_not_tried() -> None:
    crd = obj("CustomResourceDefinition", "widgets.x.io", "apiextensions.k8s.io/v1", spec={"group": "x.io", "names": {"kind": "Widget"}})
    crd["metadata"]["annotations"][WAVE] = "2"
    tasks = planned([crd, obj("Widget", "w", "x.io/v1")], unknown=["Widget"])
    assert told(tasks) == ["Sync 0 CustomResourceDefinition/widgets.x.io", "Sync 0 Widget/w"]
    assert [task.skip_dry_run for task in tasks] == [False, True]


def test_a_kind_that_nobody_serves_fails_unless_it_is_said_to_come() -> None:
    widget = obj("Widget", "w", "x.io/v1")
    [task] = planned([widget], unknown=["Widget"])
    assert (task.code, task.state) == ("SyncFailed", "Failed")
    assert "could not find x.io/Widget" in task.message
    assert planned([widget], unknown=["Widget"], options=["SkipDryRunOnMissingResource=true"])[0].pending


def test_the_namespace_that_is_to_be_made_goes_first_unless_the_sources_bring_it() -> None:
    made = obj("Namespace", "n")
    assert told(planned([at_wave(-9)], namespace=made)) == ["PreSync 0 Namespace/n", "Sync -9 ConfigMap/w-9"]
    assert told(planned([made], namespace=made)) == ["Sync 0 Namespace/n"]


def test_tasks_go_on_from_their_results() -> None:
    first = planned([obj("ConfigMap", "c")])[0].told("Synced", "Running", "configmap/c created")
    result = result_of(first)
    [again] = planned([obj("ConfigMap", "c")], results={key_of_result(result): result})
    assert (again.code, again.state, again.message) == ("Synced", "Running", "configmap/c created")


def test_a_plan_is_the_same_every_time() -> None:
    wanted = [at_wave(wave % 3, kind, f"x{wave}") for wave, kind in enumerate(["Secret", "Service", "Deployment", "ConfigMap"] * 3)]
    assert planned(wanted) == planned(list(reversed(wanted)))
