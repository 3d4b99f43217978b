"""Webhooks over real sockets and TLS."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stackwright.adapters.certificates import CertificateAuthority
from stackwright.adapters.webhook_calls import MAX_ANSWER_BYTES, WebhookCalls
from stackwright.kernel.calls import Call, CallFailed


@pytest.fixture
async def hook(tmp_path: Path) -> AsyncIterator[Any]:
    """Yields (port, authority, answers): a server named s.ns.svc that answers what `answers` holds for a path."""
    authority = CertificateAuthority(tmp_path, datetime.now(UTC))
    certificate, key = authority.server_files(["s.ns.svc", "127.0.0.1"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    answers: dict[str, tuple[int, bytes]] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ")[1].split("?")[0]
        if path == "/slow":
            await asyncio.sleep(2)
        status, body = answers.get(path, (404, b""))
        body = head.encode() if body == b"echo" else body
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[1], authority.certificate.encode(), answers
    server.close()
    await server.wait_closed()


async def failure(call: Call) -> str:
    with pytest.raises(CallFailed) as failed:
        await WebhookCalls().post(call)
    return str(failed.value)


async def test_a_hook_answers_by_url_and_by_the_name_of_its_service(hook: Any) -> None:
    port, authority, answers = hook
    answers["/a"] = (200, b"echo")
    found = await WebhookCalls().post(Call(f"https://127.0.0.1:{port}/a?timeout=5s", b"{}", 5, authority))
    assert found.startswith(b"POST /a?timeout=5s HTTP/1.1")
    named = Call("https://s.ns.svc:443/a?timeout=5s", b"{}", 5, authority, ("127.0.0.1", port))
    assert b"host: s.ns.svc:443" in (await WebhookCalls().post(named)).lower()


async def test_a_certificate_of_somebody_else_is_not_trusted(hook: Any) -> None:
    port, _, _ = hook
    url = f"https://127.0.0.1:{port}/a?timeout=5s"
    assert await failure(Call(url, b"{}", 5)) == (
        f'Post "{url}": tls: failed to verify certificate: x509: certificate signed by unknown authority'
    )  # fmt: skip


async def test_failures_are_worded_as_go_words_them(hook: Any) -> None:
    port, authority, answers = hook
    base = f"https://127.0.0.1:{port}"
    answers["/broken"] = (503, b"not today")
    answers["/large"] = (200, b"x" * (MAX_ANSWER_BYTES + 1))
    assert await failure(Call("https://127.0.0.1:9/x?timeout=1s", b"{}", 1)) == (
        'Post "https://127.0.0.1:9/x?timeout=1s": dial tcp 127.0.0.1:9: connect: connection refused'
    )  # fmt: skip
    assert await failure(Call(f"{base}/slow", b"{}", 0.2, authority)) == f'Post "{base}/slow": context deadline exceeded'
    assert "not today" in await failure(Call(f"{base}/broken", b"{}", 5, authority))
    assert await failure(Call(f"{base}/missing", b"{}", 5, authority)) == "the server could not find the requested resource"
    assert "too large" in await failure(Call(f"{base}/large", b"{}", 5, authority))
