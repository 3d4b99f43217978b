"""`pullRequest`: what is open at a git host."""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.gitops.appset.errors import GeneratorError, NotThere
from stackwright.gitops.appset.generators.inquiry import Inquiry, Spec
from stackwright.gitops.appset.hosts.choose import pull_request_host
from stackwright.gitops.appset.hosts.types import PullRequest
from stackwright.gitops.appset.names import slug
from stackwright.gitops.appset.parameters import Params, with_values
from stackwright.kernel import regex


async def generate(spec: Spec, inquiry: Inquiry) -> list[Params]:
    """Raises GeneratorError and SourceError."""
    host = await pull_request_host(spec, inquiry)
    try:
        there = await host.pull_requests()
    except NotThere:
        if not spec.get("continueOnRepoNotFoundError"):
            raise
        there = ()
    chosen = [request for request in there if is_wanted(request, spec.get("filters") or ())]
    return [with_values(params_of(request, go=inquiry.go), spec.get("values"), inquiry.templating) for request in chosen]


def is_wanted(request: PullRequest, filters: Sequence[Mapping[str, Any]]) -> bool:
    """All conditions of one filter, any filter."""
    return not filters or any(_passes(request, each) for each in filters)


def _passes(request: PullRequest, wanted: Mapping[str, Any]) -> bool:
    return all(
        not wanted.get(name) or matches(str(wanted[name]), text, name)
        for name, text in (("branchMatch", request.branch), ("targetBranchMatch", request.target_branch), ("titleMatch", request.title))
    )


def matches(pattern: str, text: str, what: str) -> bool:
    """Raises GeneratorError for a pattern that cannot be read."""
    try:
        return regex.matches(pattern, text)
    except regex.RegexError as error:
        name = what[0].upper() + what[1:]
        raise GeneratorError(f'error compiling {name} regexp "{pattern}": {error.message}') from error


def params_of(request: PullRequest, *, go: bool) -> Params:
    found: Params = {
        "number": str(request.number),
        "title": request.title,
        "branch": request.branch,
        "branch_slug": slug(request.branch),
        "target_branch": request.target_branch,
        "target_branch_slug": slug(request.target_branch),
        "head_sha": request.head_sha,
        "head_short_sha": request.head_sha[:8],
        "head_short_sha_7": request.head_sha[:7],
        "author": request.author,
    }
    return found | ({"labels": list(request.labels)} if go and request.labels else {})
