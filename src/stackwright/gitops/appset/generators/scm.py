"""`scmProvider`: the repositories of an organisation."""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.gitops.appset.generators.inquiry import Inquiry, Spec
from stackwright.gitops.appset.generators.pull_request import matches
from stackwright.gitops.appset.hosts import Host, Repository, host_of
from stackwright.gitops.appset.names import normalised
from stackwright.gitops.appset.parameters import Params, with_values


async def generate(spec: Spec, inquiry: Inquiry) -> list[Params]:
    """Raises GeneratorError and SourceError."""
    host = await host_of(spec, inquiry.objects, inquiry.web, inquiry.namespace, inquiry.settings)
    protocol = str(spec.get("cloneProtocol") or "")
    there = await host.repositories(protocol)
    chosen = [repository for repository in there if await _is_wanted(repository, spec.get("filters") or (), host)]
    return [with_values(params_of(repository), spec.get("values"), inquiry.templating) for repository in chosen]


async def _is_wanted(repository: Repository, filters: Sequence[Mapping[str, Any]], host: Host) -> bool:
    """All conditions of one filter, any filter. Cheap conditions are looked at first."""
    if not filters:
        return True
    for wanted in filters:
        if _matches(repository, wanted) and await _holds(repository, wanted, host):
            return True
    return False


def _matches(repository: Repository, wanted: Mapping[str, Any]) -> bool:
    return (
        (not wanted.get("repositoryMatch") or matches(str(wanted["repositoryMatch"]), repository.name))
        and (not wanted.get("branchMatch") or matches(str(wanted["branchMatch"]), repository.branch))
        and (not wanted.get("labelMatch") or any(matches(str(wanted["labelMatch"]), label) for label in repository.labels))
    )


async def _holds(repository: Repository, wanted: Mapping[str, Any], host: Host) -> bool:
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
