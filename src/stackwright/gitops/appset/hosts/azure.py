"""Azure DevOps: repositories and pull requests of one project.

Source: Azure DevOps Services' REST API 7.1 and Argo CD's services for it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.gitops.appset.errors import GeneratorError, NotThere
from stackwright.gitops.appset.hosts.rest import MAX_PAGES, RestApi, items_of, quoted, text
from stackwright.gitops.appset.hosts.types import PullRequest, Repository, has_all
from stackwright.gitops.appset.ports import Answer

VERSION = "api-version=7.1"
PAGE_SIZE = 100
_NO_PROJECT = "The following project does not exist"
_NO_ITEM = "GitItemNotFoundException"
_NO_REPOSITORY = "GitRepositoryNotFoundException"


class AzureDevOps:
    """Shape: `api` speaks to the organisation."""

    def __init__(self, spec: Mapping[str, Any], api: RestApi) -> None:
        self._spec = spec
        self._api = api
        self._project = quoted(spec.get("teamProject") or spec.get("project"))

    async def pull_requests(self) -> Sequence[PullRequest]:
        """Those of the whole project that belong to the repository; what lacks a commit or a branch is left out."""
        name = str(self._spec.get("repo") or "")
        items = await self._pages(f"/{self._project}/_apis/git/pullrequests?searchCriteria.status=active")
        found = [_pull_request(item) for item in items if text(item, "repository", "name") == name and _is_whole(item)]
        return [request for request in found if has_all(request.labels, self._spec.get("labels") or ())]

    async def _pages(self, path: str) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        for number in range(MAX_PAGES):
            page = await self._listed(f"{path}&$top={PAGE_SIZE}&$skip={number * PAGE_SIZE}&{VERSION}")
            found += page
            if len(page) < PAGE_SIZE:
                break
        return found

    async def repositories(self, protocol: str) -> Sequence[Repository]:
        """Those with a default branch, always by their address over HTTPS."""
        items = await self._listed(f"/{self._project}/_apis/git/repositories?{VERSION}")
        organization = str(self._spec.get("organization") or "")
        return [
            Repository(organization, text(item, "name"), text(item, "id"), text(item, "remoteUrl"), text(item, "defaultBranch"))
            for item in items
            if all(text(item, field) for field in ("name", "id", "remoteUrl", "defaultBranch"))
        ]

    async def branches(self, repository: Repository) -> Sequence[Repository]:
        path = f"/{self._project}/_apis/git/repositories/{quoted(repository.id)}/stats/branches"
        if self._spec.get("allBranches"):
            answer = await self._api.ask(f"{path}?{VERSION}")
            found = [] if _is(answer, _NO_REPOSITORY) else items_of(_body(answer, path).get("value"), path)
        else:
            name = repository.branch.removeprefix("refs/heads/")
            answer = await self._api.ask(f"{path}?name={quoted(name)}&{VERSION}")
            found = [] if _is(answer, _NO_REPOSITORY) else [_body(answer, path)]
        return [repository.at(text(branch, "name"), text(branch, "commit", "commitId")) for branch in found]

    async def has_path(self, repository: Repository, path: str) -> bool:
        place = f"/{self._project}/_apis/git/repositories/{quoted(repository.id)}/items"
        query = f"path={quoted('/' + path.strip('/'))}&versionDescriptor.version={quoted(repository.branch)}"
        answer = await self._api.ask(f"{place}?{query}&versionDescriptor.versionType=branch&$format=json&{VERSION}")
        if _is(answer, _NO_ITEM):
            return False
        _body(answer, place)
        return True

    async def _listed(self, path: str) -> list[Mapping[str, Any]]:
        return items_of(_body(await self._api.ask(path), path).get("value"), path)


def _body(answer: Answer, path: str) -> Mapping[str, Any]:
    """Raises NotThere and GeneratorError. A sign-in page instead of JSON has the status 203: the token is not good."""
    if 200 <= answer.status < 300 and answer.status != 203 and isinstance(answer.body, Mapping):
        return answer.body
    message = text(answer.body, "message")
    if _NO_PROJECT in message:
        raise NotThere(f"GET {path}: {message}")
    raise GeneratorError(f"GET {path}: {answer.status}{': ' + message[:300] if message else ''}", status=answer.status)


def _is(answer: Answer, type_key: str) -> bool:
    return answer.status >= 400 and text(answer.body, "typeKey") == type_key


def _is_whole(item: Mapping[str, Any]) -> bool:
    wanted = ("pullRequestId",), ("sourceRefName",), ("targetRefName",), ("lastMergeSourceCommit", "commitId")
    return all(text(item, *keys) for keys in wanted)


def _pull_request(item: Mapping[str, Any]) -> PullRequest:
    """The author is what stands before the `@` of the mail address."""
    return PullRequest(
        int(item.get("pullRequestId") or 0), text(item, "title"), text(item, "sourceRefName").replace("refs/heads/", "", 1),
        text(item, "targetRefName").replace("refs/heads/", "", 1), text(item, "lastMergeSourceCommit", "commitId"),
        text(item, "createdBy", "uniqueName").partition("@")[0], tuple(text(label, "name") for label in item.get("labels") or ()),
    )  # fmt: skip
