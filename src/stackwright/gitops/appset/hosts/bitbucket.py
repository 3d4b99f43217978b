"""Bitbucket Cloud: repositories of a workspace, pull requests of a repository.

Source: Bitbucket Cloud's REST API 2.0 and Argo CD's services for it.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from stackwright.gitops.appset.errors import GeneratorError
from stackwright.gitops.appset.hosts.rest import MAX_PAGES, RestApi, items_of, joined, link_named, quoted, text
from stackwright.gitops.appset.hosts.types import PullRequest, Repository

PAGE_SIZE = 50


class Bitbucket:
    def __init__(self, spec: Mapping[str, Any], api: RestApi) -> None:
        self._spec = spec
        self._api = api
        self._owner = str(spec.get("owner") or "")

    async def pull_requests(self) -> Sequence[PullRequest]:
        """Bitbucket has no labels."""
        path = f"/repositories/{quoted(self._owner)}/{quoted(self._spec.get('repo'))}/pullrequests?state=OPEN"
        return [_pull_request(item) for item in await self._pages(path)]

    async def repositories(self, protocol: str) -> Sequence[Repository]:
        items = await self._pages(f"/repositories/{quoted(self._owner)}?role=member")
        return [self._repository(item, protocol or "ssh") for item in items]

    def _repository(self, item: Mapping[str, Any], protocol: str) -> Repository:
        links = item.get("links")
        url = link_named(links.get("clone"), protocol) if isinstance(links, Mapping) else ""
        if not url:
            raise GeneratorError(
                f"error fetching clone url for repo {text(item, 'slug')}: unknown clone protocol for Bitbucket cloud {protocol}"
            )
        return Repository(self._owner, text(item, "slug"), text(item, "uuid"), url, text(item, "mainbranch", "name"))

    async def branches(self, repository: Repository) -> Sequence[Repository]:
        path = f"{self._place(repository)}/refs/branches"
        if self._spec.get("allBranches"):
            found = await self._pages(path)
        elif not repository.branch:
            found = []
        else:
            found = [await self._api.get(f"{path}/{quoted(repository.branch)}")]
        return [repository.at(text(branch, "name"), text(branch, "target", "hash")) for branch in found]

    async def has_path(self, repository: Repository, path: str) -> bool:
        place = f"{self._place(repository)}/src/{quoted(repository.sha)}/{quote(path.strip('/'))}"
        return await self._api.exists(f"{place}?format=meta")

    def _place(self, repository: Repository) -> str:
        return f"/repositories/{quoted(self._owner)}/{quoted(repository.name)}"

    async def _pages(self, path: str) -> list[Mapping[str, Any]]:
        """The address of the next page is not followed, only counted on: it may lead to another host."""
        found: list[Mapping[str, Any]] = []
        for number in range(1, MAX_PAGES + 1):
            page = await self._api.get(joined(path, f"pagelen={PAGE_SIZE}&page={number}"))
            found += items_of(page.get("values") if isinstance(page, Mapping) else None, path)
            if not page.get("next"):
                break
        return found


def _pull_request(item: Mapping[str, Any]) -> PullRequest:
    return PullRequest(
        int(item.get("id") or 0), text(item, "title"), text(item, "source", "branch", "name"), text(item, "destination", "branch", "name"),
        text(item, "source", "commit", "hash"), text(item, "author", "nickname"),
    )  # fmt: skip
