"""GitLab: merge requests of a project, projects of a group.

Source: GitLab's REST API v4.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from stackwright.gitops.appset.hosts.types import PullRequest, Repository, RestApi, text


class GitLab:
    def __init__(self, spec: Mapping[str, Any], api: RestApi) -> None:
        self._spec = spec
        self._api = api

    async def pull_requests(self) -> Sequence[PullRequest]:
        project = quote(str(self._spec.get("project") or ""), safe="")
        query = [f"state={quote(str(self._spec['pullRequestState']))}"] if self._spec.get("pullRequestState") else []
        labels = ",".join(self._spec.get("labels") or ())
        query += [f"labels={quote(labels)}"] if labels else []
        path = f"/projects/{project}/merge_requests" + ("?" + "&".join(query) if query else "")
        return [_pull_request(item) for item in await self._api.pages(path)]

    async def repositories(self, protocol: str) -> Sequence[Repository]:
        group = quote(str(self._spec.get("group") or ""), safe="")
        deep = "true" if self._spec.get("includeSubgroups") else "false"
        shared = "false" if self._spec.get("includeSharedProjects") is False else "true"
        topic = f"&topic={quote(str(self._spec['topic']))}" if self._spec.get("topic") else ""
        archived = "" if self._spec.get("includeArchivedRepos") else "&archived=false"
        path = f"/groups/{group}/projects?include_subgroups={deep}&with_shared={shared}{topic}{archived}"
        found: list[Repository] = []
        for item in await self._api.pages(path):
            found += [_repository(item, branch, protocol) for branch in await self._branches(item)]
        return found

    async def _branches(self, item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        path = f"/projects/{text(item, 'id')}/repository/branches"
        if self._spec.get("allBranches"):
            return await self._api.pages(path)
        answer = await self._api.ask(f"{path}/{quote(text(item, 'default_branch'), safe='')}")
        return [answer.body] if answer.status < 400 and isinstance(answer.body, Mapping) else []

    async def has_path(self, repository: Repository, path: str) -> bool:
        """A file, or a folder with something in it."""
        plain = path.strip("/")
        base = f"/projects/{repository.id}/repository"
        reference = quote(repository.branch, safe="")
        if await self._api.exists(f"{base}/files/{quote(plain, safe='')}?ref={reference}"):
            return True
        answer = await self._api.ask(f"{base}/tree?path={quote(plain, safe='')}&ref={reference}&per_page=1")
        return answer.status < 400 and bool(answer.body)


def _pull_request(item: Mapping[str, Any]) -> PullRequest:
    return PullRequest(
        int(item.get("iid") or 0), text(item, "title"), text(item, "source_branch"), text(item, "target_branch"), text(item, "sha"),
        text(item, "author", "username"), tuple(str(label) for label in item.get("labels") or ()),
    )  # fmt: skip


def _repository(item: Mapping[str, Any], branch: Mapping[str, Any], protocol: str) -> Repository:
    url = text(item, "http_url_to_repo") if protocol == "https" else text(item, "ssh_url_to_repo")
    return Repository(
        text(item, "namespace", "full_path"), text(item, "path"), text(item, "id"), url, text(branch, "name"),
        text(branch, "commit", "id"), tuple(str(topic) for topic in item.get("topics") or ()),
    )  # fmt: skip
