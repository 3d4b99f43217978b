"""GitHub, and GitHub Enterprise.

Source: GitHub's REST API.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from stackwright.gitops.appset.hosts.rest import RestApi, quoted, text
from stackwright.gitops.appset.hosts.types import PullRequest, Repository, cloned_over, has_all


class GitHub:
    def __init__(self, spec: Mapping[str, Any], api: RestApi) -> None:
        self._spec = spec
        self._api = api

    async def pull_requests(self) -> Sequence[PullRequest]:
        owner, repo = quoted(self._spec.get("owner")), quoted(self._spec.get("repo"))
        found = [pull_request_of(item) for item in await self._api.pages(f"/repos/{owner}/{repo}/pulls?state=open")]
        return [request for request in found if has_all(request.labels, self._spec.get("labels") or ())]

    async def repositories(self, protocol: str) -> Sequence[Repository]:
        found = await self._api.pages(f"/orgs/{quoted(self._spec.get('organization'))}/repos")
        wanted = [item for item in found if not (self._spec.get("excludeArchivedRepos") and item.get("archived"))]
        return [_repository(item, protocol) for item in wanted]

    async def branches(self, repository: Repository) -> Sequence[Repository]:
        path = f"/repos/{quoted(repository.organization)}/{quoted(repository.name)}/branches"
        if self._spec.get("allBranches"):
            found = await self._api.pages(path)
        else:
            found = await self._api.found(f"{path}/{quoted(repository.branch)}") if repository.branch else []
        return [repository.at(text(branch, "name"), text(branch, "commit", "sha")) for branch in found]

    async def has_path(self, repository: Repository, path: str) -> bool:
        place = f"/repos/{quoted(repository.organization)}/{quoted(repository.name)}/contents/{quote(path.strip('/'))}"
        return await self._api.exists(f"{place}?ref={quoted(repository.branch)}")


def _repository(item: Mapping[str, Any], protocol: str) -> Repository:
    url = cloned_over(protocol, "GitHub", ssh=text(item, "ssh_url"), https=text(item, "clone_url"))
    topics = tuple(str(topic) for topic in item.get("topics") or ())
    return Repository(
        text(item, "owner", "login"), text(item, "name"), text(item, "id"), url, text(item, "default_branch"), "", topics
    )  # fmt: skip


def pull_request_of(item: Mapping[str, Any]) -> PullRequest:
    """As GitHub has them, and Gitea after it."""
    return PullRequest(
        int(item.get("number") or 0), text(item, "title"), text(item, "head", "ref"), text(item, "base", "ref"),
        text(item, "head", "sha"), text(item, "user", "login"), tuple(text(label, "name") for label in item.get("labels") or ()),
    )  # fmt: skip
