"""What is done to the Applications of a set."""

from typing import Any

import pytest

from stackwright.gitops.appset.plan import Kept, plan
from stackwright.gitops.appset.policy import Policy, policy_of

REFRESH = "argocd.argoproj.io/refresh"


def a_set(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ApplicationSet",
        "metadata": {"name": "set", "namespace": "argocd", "uid": "u-1"},
        "spec": {"generators": [], "template": {}, **spec},
    }


def app(name: str, **fields: Any) -> dict[str, Any]:
    spec = fields.pop("spec", {"project": "default"})
    operation = {"operation": fields.pop("operation")} if "operation" in fields else {}
    metadata = {"name": name, "namespace": "argocd", **fields}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec, **operation}


def live(name: str, owner: str = "u-1", **fields: Any) -> dict[str, Any]:
    references = [{"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "name": "set", "uid": owner, "controller": True,
                   "blockOwnerDeletion": True}]  # fmt: skip
    return {**app(name, ownerReferences=references, **fields), "status": {"sync": {"status": "Synced"}}}


def names(objects: Any) -> list[str]:
    return [obj["metadata"]["name"] for obj in objects]


def test_a_new_application_is_made_with_the_set_as_its_controller() -> None:
    found = plan(a_set(), [app("a")], {}, Policy())
    assert [(one["kind"], one["uid"], one["controller"]) for one in found.creates[0]["metadata"]["ownerReferences"]] == [
        ("ApplicationSet", "u-1", True)
    ]


def test_nothing_is_done_when_all_is_as_asked_whatever_is_empty() -> None:
    wanted = app("a", labels={}, spec={"project": "default", "source": {"helm": {}}})
    assert not plan(a_set(), [wanted], {"a": live("a", spec={"project": "default", "source": {}})}, Policy())


def test_an_update_replaces_what_the_set_says_and_keeps_status_and_what_others_may_write() -> None:
    before = live("a", labels={"old": "1", "theirs": "1"}, annotations={"old": "1", REFRESH: "hard", "kept": "1", "all": "1"},
                  finalizers=["post-delete-finalizer.argocd.argoproj.io/cleanup", "gone"], resourceVersion="7")  # fmt: skip
    appset = a_set(preservedFields={"annotations": ["kept"], "labels": ["theirs"]})
    found = plan(appset, [app("a", labels={"new": "1"}, spec={"project": "x"})], {"a": before}, Policy(), Kept(annotations=["all"]))
    after = found.updates[0]
    assert after["metadata"]["labels"] == {"new": "1", "theirs": "1"}
    assert after["metadata"]["annotations"] == {REFRESH: "hard", "kept": "1", "all": "1"}
    assert after["metadata"]["finalizers"] == ["post-delete-finalizer.argocd.argoproj.io/cleanup"]
    assert (after["spec"], after["status"], after["metadata"]["resourceVersion"]) == ({"project": "x"}, before["status"], "7")


def test_differences_that_the_set_ignores_are_left_as_they_live() -> None:
    appset = a_set(ignoreApplicationDifferences=[{"jsonPointers": ["/spec/source/targetRevision"]}])
    wanted = app("a", spec={"source": {"targetRevision": "main", "path": "x"}})
    assert not plan(appset, [wanted], {"a": live("a", spec={"source": {"targetRevision": "v1", "path": "x"}})}, Policy())
    changed = plan(appset, [wanted], {"a": live("a", spec={"source": {"targetRevision": "v1", "path": "y"}})}, Policy())
    assert changed.updates[0]["spec"]["source"] == {"targetRevision": "v1", "path": "x"}


@pytest.mark.parametrize(
    ("policy", "updates", "deletes"),
    [("sync", ["a"], ["b"]), ("create-only", [], []), ("create-update", ["a"], []), ("create-delete", [], ["b"])],
)
def test_the_policy_says_what_may_be_done(policy: str, updates: list[str], deletes: list[str]) -> None:
    appset = a_set(syncPolicy={"applicationsSync": policy})
    present = {"a": live("a"), "b": live("b"), "other": live("other", "u-2")}
    found = plan(appset, [app("a", spec={"project": "new"}), app("c")], present, policy_of(appset["spec"], {}))
    assert (names(found.creates), names(found.updates), names(found.deletes)) == (["c"], updates, deletes)


def test_the_operators_policy_goes_first_unless_sets_may_override_it() -> None:
    spec = {"syncPolicy": {"applicationsSync": "sync"}}
    settings = {"applicationsetcontroller.policy": "create-only"}
    assert policy_of(spec, settings) == Policy(update=False, delete=False)
    assert policy_of(spec, settings | {"applicationsetcontroller.enable.policy.override": "true"}) == Policy()


def test_refused_applications_are_neither_made_nor_changed_nor_deleted() -> None:
    found = plan(a_set(), [app("a", spec={"project": "new"}), app("b")], {"a": live("a")}, Policy(), refused=["a", "b"])
    assert not found


def test_applications_of_another_set_are_left_alone_and_unowned_ones_taken_over() -> None:
    present = {"a": live("a", "u-2"), "b": app("b")}
    found = plan(a_set(), [app("a", spec={"project": "new"}), app("b")], present, Policy())
    assert names(found.updates) == ["b"]


def test_an_application_that_is_going_is_not_deleted_again() -> None:
    assert not plan(a_set(), [], {"a": live("a", deletionTimestamp="2026-01-01T00:00:00Z")}, Policy()).deletes
