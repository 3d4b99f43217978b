"""Projects, repositories and clusters as fields of forms, and back."""

from stackwright.gitops.clusters import decoded
from stackwright.portal import project_forms, repository_forms

PROJECT = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "AppProject",
    "metadata": {"name": "pay", "namespace": "argocd"},
    "spec": {
        "description": "money",
        "sourceRepos": ["https://h/r"],
        "destinations": [{"server": "https://k", "namespace": "pay-*"}, {"name": "in-cluster", "namespace": "x"}],
        "clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}],
        "roles": [
            {"name": "ci", "policies": ["p, proj:pay:ci, applications, sync, pay/*, allow"], "jwtTokens": [{"iat": 1, "id": "kept"}]}
        ],
        "syncWindows": [{"kind": "deny", "schedule": "0 22 * * *", "duration": "8h", "applications": ["*"], "manualSync": True}],
        "orphanedResources": {"warn": True},
    },
}


def test_a_form_that_nobody_changed_changes_nothing() -> None:
    assert project_forms.project_from(project_forms.fields_of(PROJECT), PROJECT, "argocd") == (PROJECT, {})


def test_a_role_without_a_name_is_removed() -> None:
    made, problems = project_forms.project_from(project_forms.fields_of(PROJECT) | {"roles.0.name": ""}, PROJECT, "argocd")
    assert ("roles" in made["spec"], problems) == (False, {})


def test_what_is_wrong_with_a_project_is_told_at_its_field() -> None:
    form = project_forms.fields_of(PROJECT) | {
        "clusterResourceWhitelist": "Namespace",
        "roles.0.policies": "p, nobody",
        "syncWindows.0.schedule": "at night",
        "sourceRepos": "https://h/r\nhttps://h/r",
    }
    assert set(project_forms.project_from(form, PROJECT, "argocd")[1]) == {
        "clusterResourceWhitelist",
        "roles.0.policies",
        "syncWindows.0.schedule",
        "sourceRepos",
    }


def test_a_secret_that_is_left_empty_stays_and_is_not_shown() -> None:
    known = {"url": "https://h/r", "type": "git", "username": "ann", "password": "kept"}
    assert "kept" not in repository_forms.shown(known).values()
    form = {"kind": "repository", "url": "https://h/r", "type": "git", "username": "bob", "password": ""}
    secret, problems = repository_forms.repository_from(form, known, "argocd")
    data = decoded(secret)["data"]
    assert (data["username"], data["password"], problems) == ("bob", "kept", {})


def test_what_is_wrong_with_a_repository_or_a_cluster_is_told_at_its_field() -> None:
    assert set(repository_forms.repository_from({"url": "nowhere", "type": "svn", "sshPrivateKey": "x"}, {}, "argocd")[1]) == {
        "url",
        "type",
        "sshPrivateKey",
    }
    assert set(repository_forms.cluster_from({"server": "http://k", "caData": "x"}, "argocd")[1]) == {"name", "server", "caData"}
