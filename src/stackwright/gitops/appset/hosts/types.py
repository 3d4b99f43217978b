"""What every git host can be asked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from stackwright.gitops.appset.errors import GeneratorError


@dataclass(frozen=True, slots=True)
class PullRequest:
    number: int
    title: str
    branch: str
    target_branch: str
    head_sha: str
    author: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repository:
    """One branch of a repository. Shape: `sha` is empty until the branch was asked for."""

    organization: str
    name: str
    id: str
    url: str
    branch: str
    sha: str = ""
    labels: tuple[str, ...] = ()

    def at(self, branch: str, sha: str) -> "Repository":
        return replace(self, branch=branch, sha=sha)


class Host(Protocol):
    """Raises GeneratorError when the host refuses, SourceError when it does not answer."""

    async def pull_requests(self) -> Sequence[PullRequest]:
        """The open ones that carry all the labels asked for."""
        ...

    async def repositories(self, protocol: str) -> Sequence[Repository]:
        """On their default branches. `protocol` is ssh or https, empty for ssh."""
        ...

    async def branches(self, repository: Repository) -> Sequence[Repository]:
        """Of one repository: its default branch, or all; none when it is empty."""
        ...

    async def has_path(self, repository: Repository, path: str) -> bool: ...


def has_all(labels: Sequence[str], wanted: Sequence[str]) -> bool:
    return set(wanted) <= set(labels)


def cloned_over(protocol: str, host: str, *, ssh: str, https: str) -> str:
    """The address to clone from. Raises GeneratorError for a protocol that the host does not speak."""
    if protocol in ("", "ssh"):
        return ssh
    if protocol == "https":
        return https
    raise GeneratorError(f"unknown clone protocol for {host} {protocol}")
