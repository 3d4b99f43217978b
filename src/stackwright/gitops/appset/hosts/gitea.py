"""Gitea and Forgejo.

Source: the REST API described at /api/swagger of either.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from stackwright.gitops.appset.hosts.github import pull_request_of
from stackwright.gitops.appset.hosts.rest import RestApi, quoted, text
from stackwright.gitops.appset.hosts.types import PullRequest, Repository, cloned_over, has_all


class Gitea:
    def __init__(self, spec: Mapping[str, Any], api: RestApi) -> None:
        self._spec = spec
        self._api = api
        self._owner = quoted(spec.get("owner"))

    async def pull_requests(self) -> Sequence[PullRequest]:
        path = f"/repos/{self._owner}/{quoted(self._spec.get('repo'))}/pulls?state=open"
        found = [pull_request_of(item) for item in await self._api.pages(path, "limit")]
        return [request for request in found if has_all(request.labels, self._spec.get("labels") or ())]

    async def repositories(self, protocol: str) -> Sequence[Repository]:
        wanted = [item for item in await self._listed() if not (self._spec.get("excludeArchivedRepos") and item.get("archived"))]
        return [_repository(item, protocol, await self._labels(text(item, "name"))) for item in wanted]

    async def _listed(self) -> list[Mapping[str, Any]]:
        """Of an organisation, or of a user by that name."""
        kind = "orgs" if await self._api.exists(f"/orgs/{self._owner}") else "users"
        return await self._api.pages(f"/{kind}/{self._owner}/repos", "limit")

    async def _labels(self, name: str) -> tuple[str, ...]:
        """Those for its issues, which Argo CD goes by, and its topics, which people set for this."""
        place = f"/repos/{self._owner}/{quoted(name)}"
        labels = await self._api.ask(f"{place}/labels")
        topics = await self._api.ask(f"{place}/topics")
        named = [text(label, "name") for label in labels.body] if labels.status < 400 and isinstance(labels.body, list) else []
        told = topics.body.get("topics") if topics.status < 400 and isinstance(topics.body, Mapping) else None
        return tuple(dict.fromkeys([*named, *(str(topic) for topic in told or ())]))

    async def branches(self, repository: Repository) -> Sequence[Repository]:
        path = f"/repos/{self._owner}/{quoted(repository.name)}/branches"
        if self._spec.get("allBranches"):
            found = await self._api.pages(path, "limit")
        else:
            found = await self._api.found(f"{path}/{quoted(repository.branch)}") if repository.branch else []
        return [repository.at(text(branch, "name"), text(branch, "commit", "id")) for branch in found]

    async def has_path(self, repository: Repository, path: str) -> bool:
        place = f"/repos/{self._owner}/{quoted(repository.name)}/contents/{quote(path.strip('/'))}"
        return await self._api.exists(f"{place}?ref={quoted(repository.branch)}")


def _repository(item: Mapping[str, Any], protocol: str, labels: tuple[str, ...]) -> Repository:
    https = text(item, "clone_url")
    url = cloned_over(protocol, "Gitea", ssh=text(item, "ssh_url") or https, https=https)
    return Repository(text(item, "owner", "login"), text(item, "name"), text(item, "id"), url, text(item, "default_branch"), "", labels)
