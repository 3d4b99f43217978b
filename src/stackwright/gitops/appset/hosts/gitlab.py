"""GitLab: merge requests of a project, projects of a group.

Source: GitLab's REST API v4.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.gitops.appset.hosts.rest import RestApi, quoted, text
from stackwright.gitops.appset.hosts.types import PullRequest, Repository, cloned_over


class GitLab:
    def __init__(self, spec: Mapping[str, Any], api: RestApi) -> None:
        self._spec = spec
        self._api = api

    async def pull_requests(self) -> Sequence[PullRequest]:
        project = quoted(self._spec.get("project"))
        query = [f"state={quoted(self._spec['pullRequestState'])}"] if self._spec.get("pullRequestState") else []
        labels = ",".join(self._spec.get("labels") or ())
        query += [f"labels={quoted(labels)}"] if labels else []
        path = f"/projects/{project}/merge_requests" + ("?" + "&".join(query) if query else "")
        return [_pull_request(item) for item in await self._api.pages(path)]

    async def repositories(self, protocol: str) -> Sequence[Repository]:
        group = quoted(self._spec.get("group"))
        deep = "true" if self._spec.get("includeSubgroups") else "false"
        shared = "false" if self._spec.get("includeSharedProjects") is False else "true"
        topic = f"&topic={quoted(self._spec['topic'])}" if self._spec.get("topic") else ""
        archived = "" if self._spec.get("includeArchivedRepos") else "&archived=false"
        path = f"/groups/{group}/projects?include_subgroups={deep}&with_shared={shared}{topic}{archived}"
        return [_repository(item, protocol) for item in await self._api.pages(path)]

    async def branches(self, repository: Repository) -> Sequence[Repository]:
        path = f"/projects/{repository.id}/repository/branches"
        if self._spec.get("allBranches"):
            found = await self._api.pages(path)
        else:
            found = await self._api.found(f"{path}/{quoted(repository.branch)}") if repository.branch else []
        return [repository.at(text(branch, "name"), text(branch, "commit", "id")) for branch in found]

    async def has_path(self, repository: Repository, path: str) -> bool:
        """A file, or a folder with something in it."""
        plain = path.strip("/")
        base = f"/projects/{repository.id}/repository"
        reference = quoted(repository.branch)
        if await self._api.exists(f"{base}/files/{quoted(plain)}?ref={reference}"):
            return True
        answer = await self._api.ask(f"{base}/tree?path={quoted(plain)}&ref={reference}&per_page=1")
        return answer.status < 400 and bool(answer.body)


def _pull_request(item: Mapping[str, Any]) -> PullRequest:
    return PullRequest(
        int(item.get("iid") or 0), text(item, "title"), text(item, "source_branch"), text(item, "target_branch"), text(item, "sha"),
        text(item, "author", "username"), tuple(str(label) for label in item.get("labels") or ()),
    )  # fmt: skip


def _repository(item: Mapping[str, Any], protocol: str) -> Repository:
    url = cloned_over(protocol, "Gitlab", ssh=text(item, "ssh_url_to_repo"), https=text(item, "http_url_to_repo"))
    topics = tuple(str(topic) for topic in item.get("topics") or item.get("tag_list") or ())
    return Repository(
        text(item, "namespace", "full_path"), text(item, "path"), text(item, "id"), url, text(item, "default_branch"), "", topics
    )  # fmt: skip
