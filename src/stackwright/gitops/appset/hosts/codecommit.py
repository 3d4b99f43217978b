"""AWS CodeCommit: repositories of an account in one region, all or by their tags.

Source: AWS CodeCommit's, Resource Groups Tagging's and STS' APIs, and Argo CD's services for them.
"""

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from stackwright.gitops.appset.errors import GeneratorError
from stackwright.gitops.appset.hosts.rest import MAX_PAGES, at, text
from stackwright.gitops.appset.hosts.types import PullRequest, Repository
from stackwright.gitops.appset.ports import Web
from stackwright.kernel import json
from stackwright.kernel.sigv4 import Keys, signed

_HTTPS, _FIPS = "https://git-codecommit.", "https://git-codecommit-fips."
_GONE = ("RepositoryDoesNotExistException", "CommitDoesNotExistException", "FolderDoesNotExistException")
_TAGGED = "codecommit:repository"


@dataclass(frozen=True, slots=True)
class Region:
    """Where to ask, and as whom."""

    web: Web
    keys: Keys
    name: str
    now: datetime

    async def call(self, service: str, target: str, body: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
        """The answer, or the name of the failure. Raises GeneratorError when there is neither."""
        host = "tagging" if service == "tagging" else service
        url, content = f"https://{host}.{self.name}.amazonaws.com/", json.dumps(body)
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": target}
        answer = await self.web.ask("POST", url, signed("POST", url, headers, content, self.keys, self.name, service, self.now), content)
        found = answer.body if isinstance(answer.body, Mapping) else {}
        if answer.status < 300:
            return found, ""
        failure = text(found, "__type").rpartition("#")[2]
        if not failure:
            raise GeneratorError(f"{target}: AWS answers with {answer.status}")
        return found, failure

    async def asked(self, service: str, target: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Raises GeneratorError."""
        found, failure = await self.call(service, target, body)
        if failure:
            raise GeneratorError(f"{failure}: {text(found, 'message') or text(found, 'Message')}")
        return found


async def as_role(region: Region, role: str) -> Region:
    """As somebody who took on a role. Raises GeneratorError."""
    url = f"https://sts.{region.name}.amazonaws.com/"
    body = urlencode({"Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": role, "RoleSessionName": "stackwright"}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8", "accept": "application/json"}
    answer = await region.web.ask("POST", url, signed("POST", url, headers, body, region.keys, region.name, "sts", region.now), body)
    found = at(answer.body, "AssumeRoleResponse", "AssumeRoleResult", "Credentials")
    if answer.status >= 300 or not found:
        raise GeneratorError(f"the role {role} cannot be assumed: {text(answer.body, 'Error', 'Message') or answer.status}")
    keys = Keys(text(found, "AccessKeyId"), text(found, "SecretAccessKey"), text(found, "SessionToken"))
    return Region(region.web, keys, region.name, region.now)


class CodeCommit:
    def __init__(self, spec: Mapping[str, Any], region: Region) -> None:
        self._spec = spec
        self._region = region

    async def pull_requests(self) -> Sequence[PullRequest]:
        raise GeneratorError("no Pull Request provider implementation configured")

    async def repositories(self, protocol: str) -> Sequence[Repository]:
        """Those with a default branch. CodeCommit has no organisations: the account stands in."""
        found: list[Repository] = []
        for name in await self._names():
            told = await self._commit("GetRepository", {"repositoryName": name})
            item = told.get("repositoryMetadata") or {}
            if text(item, "defaultBranch"):
                found.append(_repository(item, protocol))
        return found

    async def _names(self) -> list[str]:
        filters = _tag_filters(self._spec.get("tagFilters") or ())
        if filters:
            asked = {"ResourceTypeFilters": [_TAGGED], "TagFilters": filters}
            target = "ResourceGroupsTaggingAPI_20170126.GetResources"
            items = await self._pages("tagging", target, asked, "ResourceTagMappingList", "PaginationToken")
            return [text(item, "ResourceARN").split(":", 5)[-1] for item in items]
        items = await self._pages("codecommit", "CodeCommit_20150413.ListRepositories", {}, "repositories", "nextToken")
        return [text(item, "repositoryName") for item in items]

    async def branches(self, repository: Repository) -> Sequence[Repository]:
        """Without their commits: to ask for each would cost a call."""
        if not self._spec.get("allBranches"):
            return [repository]
        asked = {"repositoryName": repository.name}
        names = await self._pages("codecommit", "CodeCommit_20150413.ListBranches", asked, "branches", "nextToken")
        return [repository.at(str(name), "") for name in names]

    async def has_path(self, repository: Repository, path: str) -> bool:
        """The folder above is looked into: so files, folders, links and submodules are found alike."""
        place = posixpath.normpath("/" + path.strip("/"))
        if place == "/":
            return True
        folder, name = posixpath.split(place)
        body = {"commitSpecifier": repository.branch, "folderPath": folder, "repositoryName": repository.name}
        found, failure = await self._region.call("codecommit", "CodeCommit_20150413.GetFolder", body)
        if failure in _GONE:
            return False
        if failure:
            raise GeneratorError(f"{failure}: {text(found, 'message')}")
        kinds = ("subModules", "subFolders", "files", "symbolicLinks")
        return any(text(item, "relativePath") == name for kind in kinds for item in found.get(kind) or ())

    async def _commit(self, action: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        return await self._region.asked("codecommit", f"CodeCommit_20150413.{action}", body)

    async def _pages(self, service: str, target: str, body: Mapping[str, Any], field: str, token: str) -> list[Any]:
        found: list[Any] = []
        more = ""
        for _ in range(MAX_PAGES):
            page = await self._region.asked(service, target, {**body, token: more} if more else body)
            found += page.get(field) or ()
            more = text(page, token)
            if not more:
                break
        return found


def _tag_filters(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Values of one key are alternatives; a key alone means any value."""
    found: dict[str, list[str]] = {}
    for each in given:
        values = found.setdefault(str(each.get("key") or ""), [])
        if each.get("value"):
            values.append(str(each["value"]))
    return [{"Key": key, **({"Values": values} if values else {})} for key, values in found.items()]


def _repository(item: Mapping[str, Any], protocol: str) -> Repository:
    return Repository(
        text(item, "accountId"), text(item, "repositoryName"), text(item, "repositoryId"), _clone_url(item, protocol),
        text(item, "defaultBranch"),
    )  # fmt: skip


def _clone_url(item: Mapping[str, Any], protocol: str) -> str:
    https = text(item, "cloneUrlHttp")
    if protocol in ("", "ssh"):
        return text(item, "cloneUrlSsh")
    if protocol == "https":
        return https
    if protocol != "https-fips":
        raise GeneratorError(f"unknown clone protocol for codecommit {protocol}")
    if https.startswith(_FIPS):
        return https
    if not https.startswith(_HTTPS):
        raise GeneratorError(
            "https-fips is provided but repoUrl can't be transformed to FIPS endpoint: the provided https endpoint isn't recognized, "
            f"cannot be transformed to FIPS endpoint: {https}"
        )
    return https.replace(_HTTPS, _FIPS, 1)
