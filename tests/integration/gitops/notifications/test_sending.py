"""Sending, with real servers on the other side."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from stackwright.adapters.outgoing import OutgoingSender
from stackwright.gitops.notifications.ports import Undelivered
from stackwright.gitops.notifications.types import Call, CommitStatus, Mail


@asynccontextmanager
async def http_server(answer: bytes | Callable[[], bytes], seen: list[bytes]) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0)
        seen.append(head + await reader.readexactly(length))
        writer.write(answer() if callable(answer) else answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def mail_server(seen: list[bytes]) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        while line := await reader.readline():
            word = line.split()[0].upper()
            if word == b"DATA":
                writer.write(b"354 go on\r\n")
                seen.append(await reader.readuntil(b"\r\n.\r\n"))
            writer.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                break
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


def response(status: str, body: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n{body}".encode()


async def test_a_request_arrives_as_it_was_made() -> None:
    seen: list[bytes] = []
    async with http_server(response("200 OK"), seen) as url:
        await OutgoingSender(lambda _told: False).send(Call("POST", f"{url}/hook", {"x-key": "word"}, b'{"a": 1}'))
    assert seen[0].startswith(b"POST /hook HTTP/1.1")
    assert (b"x-key: word" in seen[0], seen[0].endswith(b'{"a": 1}')) == (True, True)


@pytest.mark.parametrize(
    ("answer", "transient"),
    [
        (response("503 Service Unavailable"), True),
        (response("429 Too Many Requests"), True),
        (response("404 Not Found"), False),
        (response("302 Found"), False),
    ],
)
async def test_an_answer_tells_whether_trying_again_may_help(answer: bytes, transient: bool) -> None:
    async with http_server(answer, []) as url:
        with pytest.raises(Undelivered) as caught:
            await OutgoingSender(lambda _told: False).send(Call("GET", f"{url}/secret-path"))
    assert (caught.value.transient, "secret-path" in caught.value.message) == (transient, False)


async def test_slack_says_no_in_its_body() -> None:
    async with http_server(response("200 OK", '{"ok": false, "error": "channel_not_found"}'), []) as url:
        with pytest.raises(Undelivered, match="channel_not_found") as caught:
            await OutgoingSender(lambda _told: False).send(Call("POST", url, expects_ok=True))
    assert not caught.value.transient


async def test_nobody_there_may_be_there_later() -> None:
    with pytest.raises(Undelivered) as caught:
        await OutgoingSender(lambda _told: False).send(Call("POST", "http://127.0.0.1:9/"))
    assert caught.value.transient


async def test_a_mail_is_delivered_and_a_password_is_not_sent_in_the_clear() -> None:
    seen: list[bytes] = []
    async with mail_server(seen) as port:
        mail = Mail("127.0.0.1", port, "cd@example.org", ("a@example.org",), "Done", "It is live.")
        await OutgoingSender(lambda _told: False).send(mail)
        with_login = Mail("127.0.0.1", port, "cd@example.org", ("a@example.org",), "Done", "x", username="me", password="word")
        with pytest.raises(Undelivered, match="TLS") as caught:
            await OutgoingSender(lambda _told: False).send(with_login)
    assert (b"Subject: Done" in seen[0], b"It is live." in seen[0], len(seen), caught.value.transient) == (True, True, 1, False)


async def test_a_commit_that_is_not_ours_is_told_once() -> None:
    marked: list[CommitStatus] = []

    def mark(told: CommitStatus) -> bool:
        marked.append(told)
        return told.repository == "ours"

    sender = OutgoingSender(mark)
    await sender.send(CommitStatus("ours", "a" * 40, "success", "cd"))
    with pytest.raises(Undelivered) as caught:
        await sender.send(CommitStatus("theirs", "a" * 40, "success", "cd"))
    assert (len(marked), caught.value.transient) == (2, False)
