"""What conditions and templates may call."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stackwright.gitops.notifications.commits import MAX_ASKED, Commits
from stackwright.gitops.notifications.rendering import environment_of, render
from stackwright.gitops.notifications.settings import parse_settings
from stackwright.gitops.notifications.types import Destination
from stackwright.gitops.ports import RevisionMetadata, SourceError
from stackwright.kernel.expr import ExprError, compile

SHA = "a" * 40
URL = "https://git.example.org/team/shop.git"
APP: dict[str, Any] = {
    "metadata": {"name": "shop"},
    "spec": {"source": {"repoURL": URL}},
    "status": {
        "sync": {"revision": SHA},
        "operationState": {"operation": {"info": [{"name": "Ticket", "value": "OPS-7"}]}},
    },
}
PROJECT: dict[str, Any] = {"metadata": {"name": "team"}, "spec": {"sourceRepos": ["https://git.example.org/team/*"]}}
METADATA = RevisionMetadata("Ada <ada@example.org>", "2026-03-01T11:00:00Z", "Make it fast", ("v1",))
SETTINGS = parse_settings(
    {"template.t": "message: '{{with call .repo.GetCommitMetadata .app.status.sync.revision}}{{.Message}} {{.Date.Year}}{{end}}'"}, {}
)


def environment(commits: Commits | None = None) -> dict[str, Any]:
    return environment_of(APP, SETTINGS, lambda: datetime(2026, 3, 1, 12, tzinfo=UTC), commits)


async def commit_of(repo_url: str, revision: str) -> RevisionMetadata:
    assert repo_url == URL
    if revision != SHA:
        raise SourceError(f"revision {revision} was not fetched yet")
    return METADATA


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("repo.ExtractHostNameFromRepoURL('git@github.com:team/shop.git')", "github.com"),
        ("repo.ExtractHostNameFromRepoURL('https://me:word@git.example.org:8443/a/b')", "git.example.org"),
        ("repo.QueryEscape('a b&c')", "a+b%26c"),
        ("repo.FullNameByRepoURL(app.spec.source.repoURL)", "team/shop"),
        ("strings.ToUpper(strings.ReplaceAll('a-b', '-', '+'))", "A+B"),
        ("sync.GetInfoItem(app, 'Ticket')", "OPS-7"),
        ("now() == time.Now()", True),
    ],
)
def test_functions_give(source: str, expected: Any) -> None:
    assert compile(source).value(environment()) == expected


def test_an_info_item_that_is_not_there_has_no_value() -> None:
    with pytest.raises(ExprError, match="no info item 'Owner'"):
        compile("sync.GetInfoItem(app, 'Owner')").value(environment())


async def test_a_commit_that_is_asked_for_is_fetched_and_known_then() -> None:
    commits = Commits()
    asked = compile("repo.GetCommitMetadata(app.status.sync.revision).Author contains 'ada@'")
    with pytest.raises(ExprError, match="not known"):
        asked.value(environment(commits))
    assert await commits.fetched(APP, PROJECT, commit_of)
    assert asked.value(environment(commits)) is True
    assert compile("repo.GetCommitMetadata(app.status.sync.revision).Tags").value(environment(commits)) == ["v1"]
    assert render(("t",), SETTINGS, Destination("slack", ""), environment(commits)).message == "Make it fast 2026"
    assert not await commits.fetched(APP, PROJECT, commit_of)


@pytest.mark.parametrize(
    ("project", "revision", "told"),
    [
        (PROJECT, "b" * 40, "was not fetched yet"),
        ({"metadata": {"name": "other"}, "spec": {"sourceRepos": []}}, SHA, "not permitted in project 'other'"),
        (None, SHA, "not permitted"),
    ],
)
async def test_a_commit_that_cannot_be_had_says_why_and_is_asked_for_once(project: Any, revision: str, told: str) -> None:
    commits = Commits()
    for _ in range(2):
        with pytest.raises(ExprError):
            commits.look(revision)
        await commits.fetched(APP, project, commit_of)
    assert told in commits.failures[revision]
    assert not await commits.fetched(APP, project, commit_of)


async def test_an_application_asks_for_a_bounded_number_of_commits() -> None:
    commits, rounds = Commits(), 0
    for number in range(100):
        with pytest.raises(ExprError):
            commits.look(f"revision-{number}")
        rounds += await commits.fetched(APP, PROJECT, commit_of)
    assert rounds == MAX_ASKED
