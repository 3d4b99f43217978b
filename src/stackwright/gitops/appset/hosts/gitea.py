"""Gitea and Forgejo.

Source: the REST API described at /api/swagger of either.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from stackwright.gitops.appset.hosts.types import PullRequest, Repository, RestApi, has_all, pull_request_of, text


class Gitea:
    def __init__(self, spec: Mapping[str, Any], api: RestApi) -> None:
        self._spec = spec
        self._api = api
        self._owner = quote(str(spec.get("owner") or ""), safe="")

    async def pull_requests(self) -> Sequence[PullRequest]:
        repo = quote(str(self._spec.get("repo") or ""), safe="")
        found = [pull_request_of(item) for item in await self._api.pages(f"/repos/{self._owner}/{repo}/pulls?state=open", "limit")]
        return [request for request in found if has_all(request.labels, self._spec.get("labels") or ())]

    async def repositories(self, protocol: str) -> Sequence[Repository]:
        found: list[Repository] = []
        for item in await self._listed():
            if self._spec.get("excludeArchivedRepos") and item.get("archived"):
                continue
            labels = await self._topics(text(item, "name"))
            found += [_repository(item, branch, protocol, labels) for branch in await self._branches(item)]
        return found

    async def _listed(self) -> list[Mapping[str, Any]]:
        """Of an organisation, or of a user by that name."""
        kind = "orgs" if await self._api.exists(f"/orgs/{self._owner}") else "users"
        return await self._api.pages(f"/{kind}/{self._owner}/repos", "limit")

    async def _topics(self, name: str) -> tuple[str, ...]:
        answer = await self._api.ask(f"/repos/{self._owner}/{quote(name, safe='')}/topics")
        topics = answer.body.get("topics") if answer.status < 400 and isinstance(answer.body, Mapping) else None
        return tuple(str(topic) for topic in topics or ())

    async def _branches(self, item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        path = f"/repos/{self._owner}/{quote(text(item, 'name'), safe='')}/branches"
        if self._spec.get("allBranches"):
            return await self._api.pages(path, "limit")
        answer = await self._api.ask(f"{path}/{quote(text(item, 'default_branch'), safe='')}")
        return [answer.body] if answer.status < 400 and isinstance(answer.body, Mapping) else []

    async def has_path(self, repository: Repository, path: str) -> bool:
        place = f"/repos/{self._owner}/{quote(repository.name, safe='')}/contents/{quote(path.strip('/'))}"
        return await self._api.exists(f"{place}?ref={quote(repository.branch, safe='')}")


def _repository(item: Mapping[str, Any], branch: Mapping[str, Any], protocol: str, labels: tuple[str, ...]) -> Repository:
    url = text(item, "clone_url") if protocol == "https" else text(item, "ssh_url") or text(item, "clone_url")
    return Repository(
        text(item, "owner", "login"), text(item, "name"), text(item, "id"), url, text(branch, "name"), text(branch, "commit", "id"), labels
    )
