"""Asks a provider of OpenID Connect over HTTP: the portal's `ProviderWeb`."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from stackwright.kernel import json
from stackwright.kernel.errors import StackwrightError

TIMEOUT_SECONDS = 10.0
MAX_ANSWER_BYTES = 1024 * 1024


class HttpProvider:
    """Shape: `authority` is PEM to trust besides the system's, `trusted` gives more of it for a host; `insecure` trusts anybody;
    `failed` makes the error that callers expect. Every question is a connection of its own: there are few.
    """

    def __init__(
        self, authority: str, trusted: Callable[[str], str | None], failed: Callable[[str], StackwrightError], *, insecure: bool = False
    ) -> None:
        self._authority = authority
        self._trusted = trusted
        self._failed = failed
        self._insecure = insecure

    async def ask(self, url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
        """GET, or POST of a form; redirects are not followed. Raises what `failed` makes."""
        method = "GET" if form is None else "POST"
        sent = {"accept": "application/json", **(headers or {})}
        try:
            async with (
                asyncio.timeout(TIMEOUT_SECONDS),
                httpx.AsyncClient(verify=self._verify(url), timeout=TIMEOUT_SECONDS, follow_redirects=False) as client,
                client.stream(method, url, data=dict(form) if form is not None else None, headers=sent) as response,
            ):
                return response.status_code, _read(await self._whole(response, url))
        except TimeoutError as error:
            raise self._failed(f"{method} {url}: no answer within {TIMEOUT_SECONDS:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._failed(f"{method} {url}: {type(error).__name__}: {error}") from error

    def _verify(self, url: str) -> ssl.SSLContext | bool:
        if self._insecure:
            return False
        context = ssl.create_default_context()
        further = "\n".join(text for text in (self._authority, self._trusted(urlsplit(url).hostname or "") or "") if text)
        if further:
            try:
                context.load_verify_locations(cadata=further)
            except ssl.SSLError as error:
                raise self._failed("rootCA of oidc.config: expected certificates in PEM") from error
        return context

    async def _whole(self, response: httpx.Response, url: str) -> bytes:
        found = bytearray()
        async for piece in response.aiter_bytes():
            found += piece
            if len(found) > MAX_ANSWER_BYTES:
                raise self._failed(f"{url} answers with more than {MAX_ANSWER_BYTES} bytes")
        return bytes(found)


def _read(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except json.JSONDecodeError:
        return None
