"""Forms, read into objects."""

from typing import Any

from stackwright.portal.forms import application_of, editable, edited

FORM = {
    "name": "web",
    "repoURL": "https://h/r",
    "path": "deploy",
    "server": "https://k",
    "namespace": "shop",
    "automated": "true",
    "prune": "true",
}


def test_a_form_becomes_an_application() -> None:
    app, problems = application_of(FORM, "argocd")
    assert problems == {}
    assert app == {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "web", "namespace": "argocd"},
        "spec": {
            "project": "default",
            "source": {"repoURL": "https://h/r", "targetRevision": "HEAD", "path": "deploy"},
            "destination": {"server": "https://k", "namespace": "shop"},
            "syncPolicy": {"automated": {"prune": True, "selfHeal": False}},
        },
    }


def test_everything_that_is_wrong_is_told_at_once() -> None:
    _, problems = application_of({"name": "No", "chart": "nginx"}, "argocd")
    assert set(problems) == {"name", "repoURL", "targetRevision", "server", "namespace"}


def live() -> dict[str, Any]:
    metadata = {"name": "web", "namespace": "argocd", "uid": "u", "labels": {"a": "b"}, "resourceVersion": "5"}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": {"project": "x"}, "status": {"s": 1}}


def test_what_is_not_edited_stays() -> None:
    app = live()
    found, problems = edited(editable(app).replace("project: x", "project: shop"), app)
    assert (found, problems) == ({**live(), "spec": {"project": "shop"}}, [])


def test_what_cannot_be_edited_is_told() -> None:
    text = "apiVersion: v2\nkind: Application\nmetadata: {name: other}\nspec: {}\nmore: 1\n"
    _, problems = edited(text, live())
    assert [problem.partition(":")[0] for problem in problems] == ["apiVersion", "metadata.name", "more"]


def test_text_that_is_no_object_changes_nothing() -> None:
    for text in ("a: [", "- 1", "metadata: 1", ""):
        found, problems = edited(text, live())
        assert (found, bool(problems)) == (live(), True)
