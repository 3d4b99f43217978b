"""JSON over HTTP to services outside: the `Web` port of ApplicationSet generators."""

import ssl
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from stackwright.gitops.appset.ports import Answer
from stackwright.gitops.ports import SourceError
from stackwright.kernel import json

TIMEOUT_SECONDS = 30.0
MAX_BODY_BYTES = 32 * 1024 * 1024
_JSON = {"content-type": "application/json"}


Authorities = Callable[[str], str | None]


class JsonWeb:
    """Shape: `authorities` gives the PEM certificates to trust for a host besides the usual ones. One connection pool for each trust."""

    def __init__(self, authorities: Authorities = lambda _host: None) -> None:
        self._authorities = authorities
        self._clients: dict[str | None, httpx.AsyncClient] = {}

    async def ask(
        self, method: str, url: str, headers: Mapping[str, str], body: Any = None, *, insecure: bool = False, authorities: str = ""
    ) -> Answer:
        """Raises SourceError. Redirects are not followed: a token is not carried to another host."""
        if not url.startswith(("http://", "https://")):
            raise SourceError(f"{url}: expected an http or https address")
        content, sent = (body, dict(headers)) if body is None or isinstance(body, bytes) else (json.dumps(body), {**headers, **_JSON})
        try:
            async with self._client(url, insecure, authorities).stream(method, url, headers=sent, content=content) as response:
                text = await _bounded(response, url)
                return Answer(response.status_code, _read(text, response, url), {k.lower(): v for k, v in response.headers.items()})
        except httpx.HTTPError as error:
            raise SourceError(f"{method} {url}: {type(error).__name__}: {error}", transient=True) from error

    def _client(self, url: str, insecure: bool, authorities: str) -> httpx.AsyncClient:
        """By what is trusted: None for anybody, else further certificates. Raises SourceError when these cannot be read."""
        trust = None if insecure else "\n".join(filter(None, (self._authorities(urlsplit(url).hostname or ""), authorities)))
        if trust not in self._clients:
            verify: ssl.SSLContext | bool = False if trust is None else _context(trust)
            self._clients[trust] = httpx.AsyncClient(verify=verify, timeout=TIMEOUT_SECONDS, follow_redirects=False)
        return self._clients[trust]

    async def aclose(self) -> None:
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()


def _context(certificates: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if certificates:
        try:
            context.load_verify_locations(cadata=certificates)
        except (ssl.SSLError, ValueError) as error:
            raise SourceError(f"the certificates to trust cannot be read: {error}") from error
    return context


async def _bounded(response: httpx.Response, url: str) -> bytes:
    found = bytearray()
    async for piece in response.aiter_bytes():
        found += piece
        if len(found) > MAX_BODY_BYTES:
            raise SourceError(f"{url} answers with more than {MAX_BODY_BYTES} bytes")
    return bytes(found)


def _read(text: bytes, response: httpx.Response, url: str) -> Any:
    """An error may come without JSON; a success may not."""
    if not text:
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if response.is_success:
            raise SourceError(f"{url} does not answer with JSON") from error
        return None
