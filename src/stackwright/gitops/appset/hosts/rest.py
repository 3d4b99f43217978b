"""A git host's REST API: pages of JSON, and how they are read."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from stackwright.gitops.appset.errors import GeneratorError, NotThere
from stackwright.gitops.appset.ports import Answer, Web

PAGE_SIZE = 50
MAX_PAGES = 200


class RestApi:
    """JSON of one host. Shape: `authorities` are PEM certificates to trust besides the usual ones."""

    def __init__(self, web: Web, base: str, headers: Mapping[str, str], *, insecure: bool = False, authorities: str = "") -> None:
        self._web = web
        self._base = base.rstrip("/")
        self._headers = {"accept": "application/json", **headers}
        self._insecure = insecure
        self._authorities = authorities

    async def ask(self, path: str) -> Answer:
        return await self._web.ask("GET", self._base + path, self._headers, insecure=self._insecure, authorities=self._authorities)

    async def get(self, path: str) -> Any:
        """Raises NotThere, and GeneratorError for any other answer that is no success."""
        answer = await self.ask(path)
        self._check(path, answer)
        return answer.body

    async def exists(self, path: str) -> bool:
        answer = await self.ask(path)
        if answer.status == 404:
            return False
        self._check(path, answer)
        return True

    async def found(self, path: str) -> list[Mapping[str, Any]]:
        """The one object that lies there, if there is any: none for 404 and for an empty answer. Raises GeneratorError."""
        answer = await self.ask(path)
        if answer.status == 404:
            return []
        self._check(path, answer)
        return [answer.body] if isinstance(answer.body, Mapping) else []

    def _check(self, path: str, answer: Answer) -> None:
        if answer.status == 404:
            raise NotThere(f"GET {self._base}{path}: 404")
        if not 200 <= answer.status < 300:
            raise GeneratorError(f"GET {self._base}{path}: {answer.status}{_said(answer.body)}", status=answer.status)

    async def pages(self, path: str, size_name: str = "per_page") -> list[Mapping[str, Any]]:
        """All items of all numbered pages, up to a bound. The number of a full page says that there may be another."""
        found: list[Mapping[str, Any]] = []
        for number in range(1, MAX_PAGES + 1):
            items = items_of(await self.get(joined(path, f"page={number}&{size_name}={PAGE_SIZE}")), path)
            found += items
            if len(items) < PAGE_SIZE:
                break
        return found


def joined(path: str, query: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}{query}"


def quoted(text: Any) -> str:
    """One segment of a path."""
    return quote(str(text or ""), safe="")


def items_of(value: Any, asked: str) -> list[Mapping[str, Any]]:
    """Raises GeneratorError when it is no list."""
    if not isinstance(value, list):
        raise GeneratorError(f"GET {asked}: expected a list")
    return [item for item in value if isinstance(item, Mapping)]


def at(value: Any, *keys: str) -> Any:
    """A member of nested maps, None where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def text(value: Any, *keys: str) -> str:
    found = at(value, *keys)
    return "" if found is None else str(found)


def link_named(links: Any, name: str) -> str:
    """Of Bitbucket's lists of `{name, href}`."""
    found: Sequence[Any] = links if isinstance(links, list) else ()
    return next((text(link, "href") for link in found if text(link, "name") == name), "")


def _said(body: Any) -> str:
    message = text(body, "message")
    return f": {message[:300]}" if message else ""
