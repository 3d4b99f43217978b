"""What the payloads of git hosts' webhooks say: of pushes, and of pull requests. Pure.

Source: Argo CD's util/webhook and applicationset/webhook, and the hosts' own descriptions of their events.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Push:
    """A repository's branch or tag moved.

    Shape: `urls` are web or clone addresses; `revision` is the bare name of the branch or tag; `changed` is empty when the host
    does not tell which files; `touches_head` says whether it is, or may be, the default branch.
    """

    urls: tuple[str, ...]
    revision: str
    touches_head: bool
    changed: tuple[str, ...] = ()
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class PullRequestEvent:
    """Something that may change which pull requests are open, or what they hold.

    Shape: `host` is the name that the pullRequest generator has for it; `owner` is the organisation, project or workspace;
    `repositories` are the names that a generator may know it by; `address` is the host's name, empty when it is not told.
    """

    host: str
    owner: str
    repositories: tuple[str, ...]
    address: str = ""


def azure_pushes(payload: Payload) -> Iterator[Push]:
    if payload.get("eventType") != "git.push":
        return
    repository = payload["resource"]["repository"]
    for update in payload["resource"].get("refUpdates") or ():
        default = str(repository.get("defaultBranch") or "")
        before, after = str(update.get("oldObjectId") or ""), str(update.get("newObjectId") or "")
        yield Push((repository["remoteUrl"],), bare(update["name"]), update["name"] == default, (), before, after)


def github_like_pushes(payload: Payload) -> Iterator[Push]:
    repository = payload["repository"]
    yield _with_commits(payload, (repository["html_url"],), str(repository.get("default_branch") or ""))


def gitlab_pushes(payload: Payload) -> Iterator[Push]:
    yield _with_commits(payload, (payload["project"]["web_url"],), str(payload["project"].get("default_branch") or ""))


def _with_commits(payload: Mapping[str, Any], urls: tuple[str, ...], default_branch: str) -> Push:
    revision = bare(payload["ref"])
    changed = [
        str(name)
        for commit in payload.get("commits") or ()
        for field in ("added", "modified", "removed")
        for name in commit.get(field) or ()
    ]
    before, after = str(payload.get("before") or ""), str(payload.get("after") or "")
    return Push(urls, revision, revision == default_branch, tuple(dict.fromkeys(changed)), before, after)


def bitbucket_pushes(payload: Payload) -> Iterator[Push]:
    """The host does not say which files; the default branch only sometimes."""
    repository = payload["repository"]
    main = (repository.get("mainbranch") or {}).get("name")
    for change in payload["push"].get("changes") or ():
        new, old = change.get("new") or {}, change.get("old") or {}
        name = str(new.get("name") or old.get("name") or "")
        before, after = (str((side.get("target") or {}).get("hash") or "") for side in (old, new))
        yield Push((repository["links"]["html"]["href"],), name, main in (None, name), (), before, after)


def bitbucket_server_pushes(payload: Payload) -> Iterator[Push]:
    links = payload["repository"]["links"].get("clone") or ()
    urls = tuple(link["href"] for link in links if link.get("name") in ("http", "https", "ssh"))
    for change in payload.get("changes") or ():
        name = bare(change["ref"]["id"])
        yield Push(urls, name, True, (), str(change.get("fromHash") or ""), str(change.get("toHash") or ""))


def bare(ref: str) -> str:
    return str(ref).removeprefix("refs/heads/").removeprefix("refs/tags/")


# -- pull requests -----------------------------------------------------------------------------------------------------

_GITHUB_ACTIONS = frozenset(("opened", "closed", "synchronize", "labeled", "reopened", "unlabeled"))
_GITEA_ACTIONS = _GITHUB_ACTIONS | {"synchronized", "label_updated", "label_cleared", "edited"}
_GITLAB_ACTIONS = frozenset(("open", "close", "reopen", "update", "merge"))
_AZURE_EVENTS = frozenset(("git.pullrequest.created", "git.pullrequest.merged", "git.pullrequest.updated"))


def github_pull_requests(payload: Payload) -> Iterator[PullRequestEvent]:
    if payload.get("action") in _GITHUB_ACTIONS:
        repository = payload["repository"]
        yield PullRequestEvent("github", repository["owner"]["login"], (repository["name"],), _host(repository.get("url")))


def gitea_pull_requests(payload: Payload) -> Iterator[PullRequestEvent]:
    if payload.get("action") in _GITEA_ACTIONS:
        repository = payload["repository"]
        yield PullRequestEvent("gitea", repository["owner"]["login"], (repository["name"],), _host(repository.get("html_url")))


def gitlab_merge_requests(payload: Payload) -> Iterator[PullRequestEvent]:
    """A generator names the project by number or by path."""
    attributes, project = payload["object_attributes"], payload["project"]
    if attributes.get("action") in _GITLAB_ACTIONS:
        names = (str(attributes["target_project_id"]), str(project.get("path_with_namespace") or ""))
        yield PullRequestEvent("gitlab", "", names, _host(project.get("web_url")))


def azure_pull_requests(payload: Payload) -> Iterator[PullRequestEvent]:
    if payload.get("eventType") in _AZURE_EVENTS:
        repository = payload["resource"]["repository"]
        yield PullRequestEvent("azuredevops", repository["project"]["name"], (repository["name"],))


def bitbucket_pull_requests(payload: Payload) -> Iterator[PullRequestEvent]:
    owner, _, name = str(payload["repository"]["full_name"]).partition("/")
    yield PullRequestEvent("bitbucket", owner, (name,))


def bitbucket_server_pull_requests(payload: Payload) -> Iterator[PullRequestEvent]:
    repository = payload["pullRequest"]["toRef"]["repository"]
    names = tuple(str(repository[field]) for field in ("slug", "name") if repository.get(field))
    yield PullRequestEvent("bitbucketServer", repository["project"]["key"], names)


def _host(url: Any) -> str:
    return urlsplit(str(url or "")).hostname or ""
