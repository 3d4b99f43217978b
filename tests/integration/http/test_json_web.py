"""JSON from services outside, over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from stackwright.adapters import json_web
from stackwright.adapters.json_web import JsonWeb
from stackwright.gitops.ports import SourceError

Serve = Callable[[bytes], Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts a server that answers any request with the same bytes; gives its address."""
    servers: list[asyncio.Server] = []

    async def start(answer: bytes) -> str:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
            writer.close()

        servers.append(await asyncio.start_server(handle, "127.0.0.1", 0))
        return f"http://127.0.0.1:{servers[-1].sockets[0].getsockname()[1]}/x"

    yield start
    for server in servers:
        server.close()


@pytest.fixture
async def web() -> AsyncIterator[JsonWeb]:
    found = JsonWeb()
    yield found
    await found.aclose()


def answer(status: str, body: bytes, *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


async def ask(web: JsonWeb, url: str) -> Any:
    return await web.ask("GET", url, {"accept": "application/json"})


async def test_json_is_read_with_its_status_and_headers(serve: Serve, web: JsonWeb) -> None:
    found = await ask(web, await serve(answer("201 Created", b'{"a": 1}', "X-Total: 3")))
    assert (found.status, found.body, found.headers["x-total"]) == (201, {"a": 1}, "3")


async def test_an_error_may_come_without_json_but_a_success_may_not(serve: Serve, web: JsonWeb) -> None:
    assert (await ask(web, await serve(answer("502 Bad Gateway", b"<html>")))).status == 502
    with pytest.raises(SourceError, match="does not answer with JSON"):
        await ask(web, await serve(answer("200 OK", b"<html>")))


async def test_redirects_are_not_followed_so_that_no_token_goes_elsewhere(serve: Serve, web: JsonWeb) -> None:
    other = await serve(answer("200 OK", b'{"stolen": true}'))
    assert (await ask(web, await serve(answer("302 Found", b"", f"Location: {other}")))).status == 302


async def test_what_is_out_of_reach_too_large_or_no_address_is_an_error(
    serve: Serve, web: JsonWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SourceError, match="ConnectError"):
        await ask(web, "http://127.0.0.1:1/")
    with pytest.raises(SourceError, match="expected an http or https address"):
        await ask(web, "file:///etc/passwd")
    monkeypatch.setattr(json_web, "MAX_BODY_BYTES", 5)
    with pytest.raises(SourceError, match="more than 5 bytes"):
        await ask(web, await serve(answer("200 OK", b'{"aaaaaaa": 1}')))
