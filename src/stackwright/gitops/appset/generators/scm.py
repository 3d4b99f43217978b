"""`scmProvider`: the repositories of an organisation."""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.gitops.appset.generators.inquiry import Inquiry, Spec
from stackwright.gitops.appset.generators.pull_request import matches
from stackwright.gitops.appset.hosts.choose import scm_host
from stackwright.gitops.appset.hosts.types import Host, Repository
from stackwright.gitops.appset.names import normalised
from stackwright.gitops.appset.parameters import Params, with_values

Filter = Mapping[str, Any]


async def generate(spec: Spec, inquiry: Inquiry) -> list[Params]:
    """Raises GeneratorError and SourceError."""
    host = await scm_host(spec, inquiry)
    filters = spec.get("filters") or ()
    chosen: list[Repository] = []
    for repository in await host.repositories(str(spec.get("cloneProtocol") or "")):
        if _is_named_by_any(repository, filters):
            chosen += await _branches(host, repository, filters)
    return [with_values(params_of(repository), spec.get("values"), inquiry.templating) for repository in chosen]


_OF_REPOSITORIES = ("repositoryMatch", "labelMatch")
_OF_BRANCHES = ("branchMatch", "pathsExist", "pathsDoNotExist")


async def _branches(host: Host, repository: Repository, filters: Sequence[Filter]) -> list[Repository]:
    mine = [wanted for wanted in filters if _has(wanted, _OF_BRANCHES)]
    there = await host.branches(repository)
    return [branch for branch in there if not mine or await _passes_any(branch, mine, host)]


async def _passes_any(branch: Repository, filters: Sequence[Filter], host: Host) -> bool:
    for wanted in filters:
        name = str(wanted.get("branchMatch") or "")
        if (not name or matches(name, branch.branch, "branchMatch")) and await _holds(branch, wanted, host):
            return True
    return False


def _is_named_by_any(repository: Repository, filters: Sequence[Filter]) -> bool:
    """Filters are looked at twice, for repositories and for branches, and each time those only that say something of them: as Argo CD."""
    mine = [wanted for wanted in filters if _has(wanted, _OF_REPOSITORIES)]
    return not mine or any(_is_named(repository, wanted) for wanted in mine)


def _has(wanted: Filter, conditions: Sequence[str]) -> bool:
    return any(wanted.get(name) for name in conditions)


def _is_named(repository: Repository, wanted: Filter) -> bool:
    return (not wanted.get("repositoryMatch") or matches(str(wanted["repositoryMatch"]), repository.name, "repositoryMatch")) and (
        not wanted.get("labelMatch") or any(matches(str(wanted["labelMatch"]), label, "labelMatch") for label in repository.labels)
    )


async def _holds(repository: Repository, wanted: Filter, host: Host) -> bool:
    for path in wanted.get("pathsExist") or ():
        if not await host.has_path(repository, str(path)):
            return False
    for path in wanted.get("pathsDoNotExist") or ():
        if await host.has_path(repository, str(path)):
            return False
    return True


def params_of(repository: Repository) -> Params:
    return {
        "organization": repository.organization,
        "repository": repository.name,
        "repository_id": repository.id,
        "url": repository.url,
        "branch": repository.branch,
        "branchNormalized": normalised(repository.branch),
        "sha": repository.sha,
        "short_sha": repository.sha[:8],
        "short_sha_7": repository.sha[:7],
        "labels": ",".join(repository.labels),
    }
