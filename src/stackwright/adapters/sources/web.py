"""Downloads over HTTPS: bounded, with the repository's access, failures in Go's words."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from stackwright.adapters import tls
from stackwright.adapters.sources.credentials import Access
from stackwright.adapters.sources.git_remote import Authorities
from stackwright.adapters.sources.problems import RenderProblem

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
TOTAL_SECONDS = 60.0
MAX_REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """Shape: header names are lower-case."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Web:
    """Fetches with one repository's access. Its authorization goes to the repository's own host only, unless told otherwise."""

    def __init__(self, access: Access, authorities: Authorities, origin: str) -> None:
        self._access = access
        self._authorities = authorities
        self._origin = urlsplit(origin)

    async def get(self, url: str, *, limit: int, headers: Mapping[str, str] | None = None, everywhere: bool = False) -> Answer:
        """Raises RenderProblem when no answer came or it is too large; any status is an answer."""
        return await self.ask("GET", url, limit=limit, headers={**self._authorization(url, everywhere), **(headers or {})})

    async def ask(self, method: str, url: str, *, limit: int, headers: Mapping[str, str]) -> Answer:
        """Without the repository's authorization. Raises RenderProblem as `get`."""
        try:
            async with (
                asyncio.timeout(TOTAL_SECONDS),
                self._client(url) as client,
                client.stream(method, url, headers=headers) as response,
            ):
                return Answer(response.status_code, await _body(response, url, limit), dict(response.headers))
        except TimeoutError as error:
            raise RenderProblem(f'{method.title()} "{url}": context deadline exceeded', transient=True) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise RenderProblem(f'{method.title()} "{url}": {_reason(error, url)}', transient=True) from error

    def _authorization(self, url: str, everywhere: bool) -> dict[str, str]:
        same = urlsplit(url)
        own = (same.scheme, same.netloc.rpartition("@")[2]) == (self._origin.scheme, self._origin.netloc.rpartition("@")[2])
        return {"authorization": self._access.authorization} if self._access.authorization and (own or everywhere) else {}

    @asynccontextmanager
    async def _client(self, url: str) -> AsyncIterator[httpx.AsyncClient]:
        timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        context = self._context(url) if url.startswith("https:") else True
        proxy = self._access.proxy or None
        async with httpx.AsyncClient(
            verify=context, timeout=timeout, follow_redirects=True, max_redirects=MAX_REDIRECTS, proxy=proxy
        ) as client:
            yield client

    def _context(self, url: str) -> ssl.SSLContext:
        found = (self._access.certificate_authority, self._authorities(urlsplit(url).hostname or ""))
        try:
            return tls.client_context(
                authorities=tuple(text for text in found if text),
                certificate=self._access.client_certificate,
                key=self._access.client_key,
                insecure=self._access.insecure,
            )
        except (ssl.SSLError, ValueError) as error:
            raise RenderProblem(f"the repository's certificate, key or authority cannot be read: {error}") from error


async def _body(response: httpx.Response, url: str, limit: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in response.aiter_bytes():
        size += len(piece)
        if size > limit:
            raise RenderProblem(f'Get "{url}": the answer is larger than {limit} bytes')
        pieces.append(piece)
    return b"".join(pieces)


def _reason(error: Exception, url: str) -> str:
    host = urlsplit(url).hostname or ""
    text = str(error).lower()
    if isinstance(error, httpx.ConnectTimeout):
        return f"dial tcp: {host}: i/o timeout"
    if isinstance(error, httpx.TimeoutException):
        return "context deadline exceeded"
    if any(sign in text for sign in ("name or service not known", "name resolution", "nodename nor servname", "no address associated")):
        return f"dial tcp: lookup {host}: no such host"
    if isinstance(error, httpx.ConnectError) and "certificate" in text:
        return f"tls: failed to verify certificate: {error}"
    if isinstance(error, httpx.ConnectError):
        return f"dial tcp: {host}: connect: connection refused" if "refused" in text or "all connection" in text else str(error)
    return str(error) or type(error).__name__
