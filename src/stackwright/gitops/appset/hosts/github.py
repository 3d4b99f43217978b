"""GitHub, and GitHub Enterprise.

Source: GitHub's REST API.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from stackwright.gitops.appset.hosts.types import PullRequest, Repository, RestApi, has_all, pull_request_of, text


class GitHub:
    def __init__(self, spec: Mapping[str, Any], api: RestApi) -> None:
        self._spec = spec
        self._api = api

    async def pull_requests(self) -> Sequence[PullRequest]:
        owner, repo = (quote(str(self._spec.get(key) or ""), safe="") for key in ("owner", "repo"))
        found = [pull_request_of(item) for item in await self._api.pages(f"/repos/{owner}/{repo}/pulls?state=open")]
        return [request for request in found if has_all(request.labels, self._spec.get("labels") or ())]

    async def repositories(self, protocol: str) -> Sequence[Repository]:
        owner = quote(str(self._spec.get("organization") or ""), safe="")
        found: list[Repository] = []
        for item in await self._api.pages(f"/orgs/{owner}/repos"):
            if self._spec.get("excludeArchivedRepos") and item.get("archived"):
                continue
            found += [_repository(item, branch, protocol) for branch in await self._branches(item)]
        return found

    async def _branches(self, item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        path = f"/repos/{text(item, 'full_name')}/branches"
        if self._spec.get("allBranches"):
            return await self._api.pages(path)
        answer = await self._api.ask(f"{path}/{quote(text(item, 'default_branch'), safe='')}")
        return [answer.body] if answer.status < 400 and isinstance(answer.body, Mapping) else []

    async def has_path(self, repository: Repository, path: str) -> bool:
        place = f"/repos/{quote(repository.organization)}/{quote(repository.name)}/contents/{quote(path.strip('/'))}"
        return await self._api.exists(f"{place}?ref={quote(repository.branch, safe='')}")


def _repository(item: Mapping[str, Any], branch: Mapping[str, Any], protocol: str) -> Repository:
    url = text(item, "clone_url") if protocol == "https" else text(item, "ssh_url")
    return Repository(
        text(item, "owner", "login"), text(item, "name"), text(item, "id"), url, text(branch, "name"),
        text(branch, "commit", "sha"), tuple(str(topic) for topic in item.get("topics") or ()),
    )  # fmt: skip
