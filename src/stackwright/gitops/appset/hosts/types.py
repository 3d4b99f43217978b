"""What every git host can be asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from stackwright.gitops.appset.errors import GeneratorError, NotThere
from stackwright.gitops.appset.ports import Answer, Web

PAGE_SIZE = 50
MAX_PAGES = 200


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
    """One branch of a repository."""

    organization: str
    name: str
    id: str
    url: str
    branch: str
    sha: str
    labels: tuple[str, ...] = ()


class Host(Protocol):
    """Raises GeneratorError when the host refuses, SourceError when it does not answer."""

    async def pull_requests(self) -> Sequence[PullRequest]:
        """The open ones that carry all the labels asked for."""
        ...

    async def repositories(self, protocol: str) -> Sequence[Repository]:
        """`protocol` is ssh or https, empty for the host's usual one."""
        ...

    async def has_path(self, repository: Repository, path: str) -> bool: ...


class RestApi:
    """JSON pages of one host."""

    def __init__(self, web: Web, base: str, headers: Mapping[str, str], *, insecure: bool = False) -> None:
        self._web = web
        self._base = base.rstrip("/")
        self._headers = {"accept": "application/json", **headers}
        self._insecure = insecure

    async def ask(self, path: str) -> Answer:
        return await self._web.ask("GET", self._base + path, self._headers, insecure=self._insecure)

    async def get(self, path: str) -> Any:
        """Raises NotThere, and GeneratorError for any other answer that is no success."""
        answer = await self.ask(path)
        if answer.status == 404:
            raise NotThere(f"GET {self._base}{path}: 404")
        if answer.status >= 400:
            raise GeneratorError(f"GET {self._base}{path}: {answer.status}", status=answer.status)
        return answer.body

    async def exists(self, path: str) -> bool:
        answer = await self.ask(path)
        if answer.status == 404:
            return False
        if answer.status >= 400:
            raise GeneratorError(f"GET {self._base}{path}: {answer.status}", status=answer.status)
        return True

    async def pages(self, path: str, size_name: str = "per_page") -> list[Mapping[str, Any]]:
        """All items of all pages, up to a bound."""
        found: list[Mapping[str, Any]] = []
        join = "&" if "?" in path else "?"
        for number in range(1, MAX_PAGES + 1):
            items = await self.get(f"{path}{join}page={number}&{size_name}={PAGE_SIZE}")
            if not isinstance(items, list):
                raise GeneratorError(f"GET {self._base}{path}: expected a list")
            found += [item for item in items if isinstance(item, Mapping)]
            if len(items) < PAGE_SIZE:
                break
        return found


def at(value: Any, *keys: str) -> Any:
    """A member of nested maps, None where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def text(value: Any, *keys: str) -> str:
    found = at(value, *keys)
    return "" if found is None else str(found)


def has_all(labels: Sequence[str], wanted: Sequence[str]) -> bool:
    return set(wanted) <= set(labels)


def pull_request_of(item: Mapping[str, Any]) -> PullRequest:
    """As GitHub has them, and Gitea after it."""
    return PullRequest(
        int(item.get("number") or 0), text(item, "title"), text(item, "head", "ref"), text(item, "base", "ref"),
        text(item, "head", "sha"), text(item, "user", "login"), tuple(text(label, "name") for label in item.get("labels") or ()),
    )  # fmt: skip
