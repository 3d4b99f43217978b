"""What goes with an Application, and in which order."""

from typing import Any

import pytest

from stackwright.api.meta import Object, ObjectKey, key_of, name_of
from stackwright.gitops import deletion
from stackwright.gitops.health.types import Health
from stackwright.gitops.options import SyncOptions, parse_options

APP = ObjectKey("argoproj.io", "Application", "argocd", "web")


def obj(name: str, *, wave: int = 0, kind: str = "ConfigMap", **metadata: Any) -> dict[str, Any]:
    annotations = {**metadata.pop("annotations", {}), "argocd.argoproj.io/sync-wave": str(wave)}
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "ns", "annotations": annotations, **metadata}}


def app(*finalizers: str) -> dict[str, Any]:
    return {"metadata": {"name": "web", "finalizers": list(finalizers)}}


def hook(name: str, phase: str, **more: Any) -> dict[str, Any]:
    return obj(name, annotations={"argocd.argoproj.io/hook": phase, **more.pop("annotations", {})}, **more)


def test_waves_go_backwards_one_at_a_time() -> None:
    low, high, highest = obj("low", wave=-1), obj("high", wave=2), obj("other", wave=2)
    assert deletion.next_deletions([low, high, highest]) == [high, highest]
    assert deletion.next_deletions([low]) == [low]
    assert deletion.next_deletions([]) == []


def test_a_wave_is_waited_for_until_it_is_gone() -> None:
    leaving = obj("high", wave=2, deletionTimestamp="2026-01-01T00:00:00Z")
    assert deletion.next_deletions([obj("low"), leaving]) == []


@pytest.mark.parametrize(
    ("thing", "options", "goes"),
    [
        (obj("a"), "", True),
        (obj("a"), "Delete=false", False),
        (obj("a", annotations={"argocd.argoproj.io/sync-options": "Delete=false"}), "", False),
        (obj("a", annotations={"argocd.argoproj.io/sync-options": "Delete=true"}), "Delete=false", True),
        (obj("a", annotations={"helm.sh/resource-policy": "keep"}), "", False),
        ({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "a"}}, "", False),
        ({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "web", "namespace": "argocd"}}, "", False),
    ],
)
def test_some_objects_stay(thing: Object, options: str, goes: bool) -> None:
    assert deletion.is_to_be_deleted(thing, APP, parse_options([options])) is goes


def test_confirmation_is_asked_for_by_objects_or_the_application() -> None:
    asking = obj("a", annotations={"argocd.argoproj.io/sync-options": "Delete=confirm"})
    assert deletion.unconfirmed([asking, obj("b")], SyncOptions()) == [key_of(asking)]
    assert len(deletion.unconfirmed([obj("b")], parse_options(["Prune=confirm"]))) == 1


def test_finalizers_are_worked_off_in_order() -> None:
    pre, post = deletion.PRE_DELETE, deletion.POST_DELETE
    order = []
    left = [post + "/cleanup", deletion.CASCADE, post, "somebody.else/theirs", pre, pre + "/cleanup"]
    while finalizer := deletion.next_finalizer(app(*left)):
        order.append(finalizer)
        left.remove(finalizer)
    assert order == [pre, deletion.CASCADE, post, pre + "/cleanup", post + "/cleanup"]
    assert left == ["somebody.else/theirs"]


def test_hooks_of_the_end_hold_their_application() -> None:
    wanted = deletion.hook_finalizers(app("mine"), [hook("a", "PostDelete")])
    assert wanted == ["mine", deletion.POST_DELETE, deletion.POST_DELETE + "/cleanup"]
    assert deletion.hook_finalizers(app(*wanted), [hook("a", "PreSync")]) == ["mine"]


def test_hooks_are_made_wave_after_wave_and_waited_for() -> None:
    hooks = [hook("first", "PreDelete", wave=0), hook("second", "PreDelete", wave=1)]
    live: dict[ObjectKey, Object] = {}
    health = {"first": Health("Progressing"), "second": Health("Healthy")}

    def plan() -> deletion.HookPlan:
        return deletion.plan_hooks(hooks, live.get, lambda found: health[name_of(found)])

    assert plan() == deletion.HookPlan(create=[hooks[0]])
    live[key_of(hooks[0])] = hooks[0]
    assert plan() == deletion.HookPlan()
    health["first"] = Health("Healthy")
    assert plan() == deletion.HookPlan(create=[hooks[1]])
    live[key_of(hooks[1])] = hooks[1]
    assert plan() == deletion.HookPlan(done=True)


def test_a_hook_that_failed_is_taken_away_to_be_made_again() -> None:
    failing = hook("migrate", "PreDelete")
    plan = deletion.plan_hooks([failing], {key_of(failing): failing}.get, lambda _obj: Health("Degraded", "exit 1"))
    assert plan.delete == [failing]
    assert plan.problem == "hook /ConfigMap/ns/migrate failed: exit 1"


def test_policies_decide_which_hooks_outlive_the_application() -> None:
    kept = hook("kept", "PostDelete")
    dropped = hook("dropped", "PostDelete", annotations={"argocd.argoproj.io/hook-delete-policy": "HookSucceeded"})
    live = {key_of(item): item for item in (kept, dropped)}
    assert deletion.to_clean_up([kept, dropped], live.get, lambda _obj: Health("Healthy")) == [dropped]
    assert deletion.to_clean_up([kept, dropped], live.get, lambda _obj: Health("Degraded")) == []


def test_unnamed_hooks_get_the_same_name_every_time() -> None:
    unnamed = hook("", "PreDelete", generateName="clean-")
    names = [name_of(item) for item in deletion.of_phase([unnamed], "PreDelete", "0123456789", 1700000000)]
    assert names == ["clean-0123456-predelete-1700000000"]
