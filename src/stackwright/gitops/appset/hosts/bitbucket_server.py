"""Bitbucket Server and Data Center: repositories of a project, pull requests of a repository.

Source: Bitbucket Data Center's REST API 1.0 and Argo CD's services for it.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from stackwright.gitops.appset.hosts.rest import MAX_PAGES, RestApi, items_of, joined, link_named, quoted, text
from stackwright.gitops.appset.hosts.types import PullRequest, Repository, cloned_over

PAGE_SIZE = 100
HEADERS: Mapping[str, str] = {"x-atlassian-token": "no-check", "x-requested-with": "XMLHttpRequest"}
"""Without them it takes us for a browser that was led astray."""


class BitbucketServer:
    def __init__(self, spec: Mapping[str, Any], api: RestApi) -> None:
        self._spec = spec
        self._api = api
        self._project = str(spec.get("project") or "")

    async def pull_requests(self) -> Sequence[PullRequest]:
        """It knows no labels."""
        path = f"/projects/{quoted(self._project)}/repos/{quoted(self._spec.get('repo'))}/pull-requests"
        return [_pull_request(item) for item in await self._pages(path)]

    async def repositories(self, protocol: str) -> Sequence[Repository]:
        """The default branch is not told with the repository; one without any is left out."""
        found: list[Repository] = []
        for item in await self._pages(f"/projects/{quoted(self._project)}/repos"):
            links = item.get("links")
            clones = links.get("clone") if isinstance(links, Mapping) else None
            url = cloned_over(protocol, "Bitbucket Server", ssh=link_named(clones, "ssh"), https=link_named(clones, "http"))
            repository = Repository(text(item, "project", "key"), text(item, "name"), text(item, "id"), url, "")
            found += await self._default(repository)
        return found

    async def _default(self, repository: Repository) -> list[Repository]:
        """None when the branch is not there (404), or when no branch was ever chosen (204)."""
        found = await self._api.found(f"{self._place(repository)}/branches/default")
        return [repository.at(text(branch, "displayId"), text(branch, "latestCommit")) for branch in found]

    async def branches(self, repository: Repository) -> Sequence[Repository]:
        if not self._spec.get("allBranches"):
            return await self._default(repository)
        items = await self._pages(f"{self._place(repository)}/branches")
        return [repository.at(text(branch, "displayId"), text(branch, "latestCommit")) for branch in items]

    async def has_path(self, repository: Repository, path: str) -> bool:
        place = f"{self._place(repository)}/browse/{quote(path.strip('/'))}"
        return await self._api.exists(f"{place}?at={quoted(repository.branch)}&limit={PAGE_SIZE}&type=true")

    def _place(self, repository: Repository) -> str:
        return f"/projects/{quoted(repository.organization)}/repos/{quoted(repository.name)}"

    async def _pages(self, path: str) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        start: Any = 0
        for _ in range(MAX_PAGES):
            page = await self._api.get(joined(path, f"limit={PAGE_SIZE}" + (f"&start={start}" if start else "")))
            found += items_of(page.get("values") if isinstance(page, Mapping) else None, path)
            start = page.get("nextPageStart")
            if page.get("isLastPage", True) or not start:
                break
        return found


def base_of(api: str) -> str:
    """Source: Argo CD's NormalizeBitbucketBasePath."""
    plain = api.rstrip("/")
    return plain + "/api/1.0" if plain.endswith("/rest") else plain if plain.endswith("/rest/api/1.0") else plain + "/rest/api/1.0"


def _pull_request(item: Mapping[str, Any]) -> PullRequest:
    return PullRequest(
        int(item.get("id") or 0), text(item, "title"), text(item, "fromRef", "displayId"), text(item, "toRef", "displayId"),
        text(item, "fromRef", "latestCommit"), text(item, "author", "user", "name"),
    )  # fmt: skip
