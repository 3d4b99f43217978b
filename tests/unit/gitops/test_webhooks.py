"""Webhooks of git hosts: what they tell, whom they concern, and which are believed."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from stackwright.gitops.paths import MANIFEST_PATHS, is_touched, refresh_paths
from stackwright.gitops.webhook_events import Push
from stackwright.gitops.webhooks import WebhookRefused, concerns, follows, parse, same_repository

GITHUB = {
    "ref": "refs/heads/main",
    "before": "a" * 40,
    "after": "b" * 40,
    "repository": {"html_url": "https://git.example.com/team/app", "default_branch": "main"},
    "commits": [{"added": ["web/new.yaml"], "modified": ["web/old.yaml"], "removed": []}],
}
GITLAB = {
    "ref": "refs/tags/v1.2.0",
    "project": {"web_url": "https://git.example.com/team/app", "default_branch": "main"},
    "commits": [],
}
BITBUCKET = {
    "repository": {"links": {"html": {"href": "https://bitbucket.org/team/app"}}},
    "push": {"changes": [{"new": {"name": "main", "target": {"hash": "b"}}, "old": {"target": {"hash": "a"}}}]},
}
BITBUCKET_SERVER = {
    "repository": {"links": {"clone": [{"name": "http", "href": "https://git.example.com/scm/team/app.git"}]}},
    "changes": [{"ref": {"id": "refs/heads/main"}, "fromHash": "a", "toHash": "b"}],
}
AZURE = {
    "eventType": "git.push",
    "resource": {
        "refUpdates": [{"name": "refs/heads/main", "oldObjectId": "a", "newObjectId": "b"}],
        "repository": {"remoteUrl": "https://dev.azure.com/org/team/_git/app", "defaultBranch": "refs/heads/main"},
    },
}


def told(payload: Any, headers: dict[str, str], secrets: dict[str, str] | None = None) -> tuple[Push, ...]:
    return parse("POST", headers, json.dumps(payload).encode(), secrets or {}).pushes


@pytest.mark.parametrize(
    ("payload", "headers", "url", "revision", "head"),
    [
        (GITHUB, {"x-github-event": "push"}, "https://git.example.com/team/app", "main", True),
        (GITHUB, {"x-gitea-event": "push", "x-github-event": "push"}, "https://git.example.com/team/app", "main", True),
        (GITHUB, {"x-gogs-event": "push"}, "https://git.example.com/team/app", "main", True),
        (GITLAB, {"x-gitlab-event": "Tag Push Hook"}, "https://git.example.com/team/app", "v1.2.0", False),
        (BITBUCKET, {"x-hook-uuid": "u", "x-event-key": "repo:push"}, "https://bitbucket.org/team/app", "main", True),
        (BITBUCKET_SERVER, {"x-event-key": "repo:refs_changed"}, "https://git.example.com/scm/team/app.git", "main", True),
        (AZURE, {"x-vss-activityid": "1"}, "https://dev.azure.com/org/team/_git/app", "main", True),
    ],
)
def test_each_host_tells_of_a_push_in_its_own_way(payload: Any, headers: dict[str, str], url: str, revision: str, head: bool) -> None:
    [push] = told(payload, headers)
    assert (push.urls, push.revision, push.touches_head) == ((url,), revision, head)


def test_changed_files_of_all_commits_are_told() -> None:
    assert told(GITHUB, {"x-github-event": "push"})[0].changed == ("web/new.yaml", "web/old.yaml")


@pytest.mark.parametrize("headers", [{"x-github-event": "ping"}, {"x-gitlab-event": "Note Hook"}])
def test_other_events_are_passed_over(headers: dict[str, str]) -> None:
    assert told(GITHUB, headers) == ()


def test_a_signature_must_fit_when_a_secret_is_set() -> None:
    body, secrets = json.dumps(GITHUB).encode(), {"webhook.github.secret": "s3cret"}
    good = "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert parse("POST", {"x-github-event": "push", "x-hub-signature-256": good}, body, secrets).pushes
    with pytest.raises(WebhookRefused):
        parse("POST", {"x-github-event": "push", "x-hub-signature-256": "sha256=00"}, body, secrets)
    with pytest.raises(WebhookRefused):
        parse("POST", {"x-github-event": "push"}, body, secrets)


@pytest.mark.parametrize(
    ("method", "headers", "body", "status"),
    [
        ("POST", {}, b"{}", 400),
        ("GET", {"x-github-event": "push"}, b"{}", 405),
        ("POST", {"x-github-event": "push"}, b"{", 400),
        ("POST", {"x-github-event": "push"}, b"[]", 400),
        ("POST", {"x-github-event": "push"}, b"{}", 400),
    ],
)
def test_what_cannot_be_read_is_refused(method: str, headers: dict[str, str], body: bytes, status: int) -> None:
    with pytest.raises(WebhookRefused) as refused:
        parse(method, headers, body, {})
    assert refused.value.http_status == status


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example.com/team/app.git",
        "HTTPS://Git.Example.com/team/app",
        "ssh://git@git.example.com:22/team/app.git",
        "git@git.example.com:team/app.git",
        "https://token@git.example.com:8443/team/app/",
    ],
)
def test_one_repository_has_many_addresses(url: str) -> None:
    assert same_repository("https://git.example.com/team/app", url)


@pytest.mark.parametrize("url", ["https://git.example.com/team/application", "https://other.example.com/team/app", "team/app", ""])
def test_other_repositories_are_others(url: str) -> None:
    assert not same_repository("https://git.example.com/team/app", url)


@pytest.mark.parametrize(
    ("target", "revision", "head", "follows_it"),
    [
        ("HEAD", "main", True, True),
        ("", "topic", False, False),
        ("topic", "topic", False, True),
        ("refs/heads/topic", "topic", False, True),
        ("other", "topic", False, False),
        ("1.x", "v1.2.3", False, True),
        (">=1.0 <2", "1.2.3", False, True),
        ("1.x", "topic", False, False),
    ],
)
def test_a_push_concerns_those_who_follow_its_branch(target: str, revision: str, head: bool, follows_it: bool) -> None:
    assert follows(Push((), revision, head), target) is follows_it


def application(paths: str = "", path: str = "web") -> dict[str, Any]:
    source = {"repoURL": "https://git.example.com/team/app.git", "path": path, "targetRevision": "HEAD"}
    return {"metadata": {"annotations": {MANIFEST_PATHS: paths} if paths else {}}, "spec": {"source": source}}


@pytest.mark.parametrize(
    ("paths", "concerned"),
    [("", True), (".", True), ("/other", False), ("../other", False), ("/web;/other", True), ("/**/*.yaml", True), ("/*.yaml", False)],
)
def test_an_application_may_say_which_files_it_is_made_of(paths: str, concerned: bool) -> None:
    push = Push(("https://git.example.com/team/app",), "main", True, ("web/old.yaml",))
    assert concerns(push, application(paths)) is concerned


def test_without_knowing_what_changed_everything_may_have() -> None:
    paths = refresh_paths(application("/other"), [application()["spec"]["source"]])
    assert paths == ("other",)
    assert is_touched(paths, ())
    assert not is_touched(paths, ("web/old.yaml",))
