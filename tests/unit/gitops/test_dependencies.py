"""Applications that wait for others."""

from typing import Any

import pytest

from stackwright.api.meta import Object
from stackwright.gitops.dependencies import DEPENDS_ON, Dependency, dependencies_of, held_by, indexed
from stackwright.kernel.errors import BadInput

SOURCE = {"repoURL": "https://git.example.com/a", "path": "."}
HERE = {"server": "https://kubernetes.default.svc", "namespace": "default"}


def app(name: str, *needs: str, sync: str = "Synced", health: str = "Healthy", **more: Any) -> dict[str, Any]:
    compared = {"source": SOURCE, "destination": HERE}
    return {
        "metadata": {"name": name, "namespace": "argocd", "annotations": {DEPENDS_ON: ", ".join(needs)}},
        "spec": compared,
        "status": {"sync": {"status": sync, "comparedTo": compared}, "health": {"status": health}},
        **more,
    }


def asking(text: str, namespace: str = "argocd", project: str = "default") -> dict[str, Any]:
    metadata = {"name": "web", "namespace": namespace, "annotations": {DEPENDS_ON: text, "needs": "2"}}
    return {"metadata": metadata, "spec": {"project": project}}


def told(first: Object, *others: dict[str, Any]) -> tuple[str, str]:
    """Kind and message."""
    known = {(item["metadata"]["namespace"], item["metadata"]["name"]): item for item in others}
    hold = held_by(first, known.get)
    return ("", "") if hold is None else (hold.kind, hold.message)


def waits(first: Object, *others: dict[str, Any]) -> str:
    return told(first, *others)[1]


# -- what is named -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("db, team/cache, db", [Dependency("argocd", "db"), Dependency("team", "cache")]),
        ("", []),
        ("[db, team/cache]", [Dependency("argocd", "db"), Dependency("team", "cache")]),
        ("- name: db\n  readyExpr: dep.ok\n- cache", [Dependency("argocd", "db", "dep.ok"), Dependency("argocd", "cache")]),
        ("- {name: db, namespace: team}", [Dependency("team", "db")]),
    ],
)
def test_dependencies_are_a_list_of_names_or_of_maps(text: str, want: list[Dependency]) -> None:
    assert list(dependencies_of(asking(text))) == want
    assert list(indexed(asking(text))) == [f"{item.namespace}/{item.name}" for item in want]


@pytest.mark.parametrize(
    "text", ["a/b/c", "team/", "[: no", "- {name: db, ready: x}", "- {namespace: team}", "- 5", "- {name: db, readyExpr: 5}"]
)
def test_what_cannot_be_read_is_an_error_and_holds_automation_back(text: str) -> None:
    with pytest.raises(BadInput, match=DEPENDS_ON):
        dependencies_of(asking(text))
    assert told(asking(text))[0] == "DependencyError"
    assert indexed(asking(text)) == ()


# -- whether they are ready ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dependency", "reason"),
    [
        (app("db"), ""),
        (app("other"), "Waiting for argocd/db, which does not exist"),
        (app("db", sync="OutOfSync"), "Waiting for argocd/db, which is OutOfSync"),
        (app("db", health="Degraded"), "Waiting for argocd/db, which is Degraded"),
        (app("db", operation={"sync": {}}), "Waiting for argocd/db, which is being synced"),
        ({**app("db"), "spec": {"source": {}, "destination": HERE}}, "Waiting for argocd/db, which has not been compared yet"),
    ],
)
def test_an_application_waits_until_its_dependency_is_well(dependency: Any, reason: str) -> None:
    assert told(app("web", "db"), dependency) == ("DependencyWarning" if reason else "", reason)


def test_all_reasons_are_told() -> None:
    told = waits(app("web", "db", "cache"), app("db", sync="OutOfSync"))
    assert told == "Waiting for argocd/db, which is OutOfSync; argocd/cache, which does not exist"


@pytest.mark.parametrize(
    ("expression", "kind", "reason"),
    [
        ("dep.status.sync.status == 'OutOfSync'", "", ""),
        (
            "dep.status.health.status == 'Degraded'",
            "DependencyWarning",
            "Waiting for argocd/db, of which `dep.status.health.status == 'Degraded'` does not hold",
        ),
        ("dep.metadata.annotations.version == self.metadata.annotations.needs", "", ""),
        (
            "dep.status.nothing",
            "DependencyWarning",
            "Waiting for argocd/db, of which `dep.status.nothing` cannot be told: no such key: nothing",
        ),
        ("dep.metadata.name", "DependencyWarning", "Waiting for argocd/db, of which `dep.metadata.name` is neither true nor false"),
    ],
)
def test_an_expression_takes_the_place_of_the_usual_question(expression: str, kind: str, reason: str) -> None:
    db = app("db", sync="OutOfSync")
    db["metadata"]["annotations"] = {"version": "2"}
    assert told(asking(f"- name: db\n  readyExpr: {expression}"), db) == (kind, reason)


@pytest.mark.parametrize(
    ("expression", "said"), [("dep.(", "Syntax error"), ("other.ok", "undeclared reference"), ("1 + 1", "expected a bool")]
)
def test_an_expression_that_cannot_be_asked_is_an_error(expression: str, said: str) -> None:
    kind, message = told(asking(f"- name: db\n  readyExpr: {expression}"), app("db"))
    assert (kind, said in message, "readyExpr of argocd/db" in message) == ("DependencyError", True, True)


@pytest.mark.parametrize(
    ("namespace", "project", "allowed", "reason"),
    [
        ("argocd", "a", True, "the control plane may ask everybody"),
        ("team", "b", True, "one project"),
        ("team", "a", False, "neither namespace nor project"),
    ],
)
def test_expressions_do_not_spy_on_others(namespace: str, project: str, allowed: bool, reason: str) -> None:
    db = app("db")
    db["metadata"]["namespace"], db["spec"] = "other", {**db["spec"], "project": "b"}
    first = asking("- {name: db, namespace: other, readyExpr: dep.status.sync.status == 'Synced'}", namespace, project)
    assert (waits(first, db) == "") is allowed, reason
    without = asking("other/db", namespace, project)
    assert waits(without, db) == "", "whether it is well may be asked by everybody"


# -- circles -------------------------------------------------------------------------------------------------------------------


def test_a_circle_is_reported_with_its_way() -> None:
    found = told(app("a", "b"), app("b", "x", "c"), app("c", "a"), app("a", "b"), app("x"))
    assert found == ("DependencyError", "The dependencies are a circle: argocd/a -> argocd/b -> argocd/c -> argocd/a")


def test_a_circle_that_does_not_come_back_is_not_ours() -> None:
    assert waits(app("a", "b"), app("b", "c"), app("c", "b")) == ""
