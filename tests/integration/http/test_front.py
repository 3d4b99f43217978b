"""The HTTP front with clients that do not do as they should."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from stackwright.adapters import http_server, sockets
from stackwright.adapters.http_server import HttpServer, Patience
from stackwright.kernel.http import Request, Response

PIECE = b"x" * (1 << 16)
MOST_KEPT = 32 << 20


class Fountain:
    """Streams without end. Remembers how much was taken and whether the stream was closed."""

    def __init__(self) -> None:
        self.given = 0
        self.closed = asyncio.Event()

    async def serve(self, request: Request, body: AsyncIterator[bytes]) -> Response:
        if request.path == "/silent":
            return Response(200, stream=self._silent())
        if request.path == "/hello":
            return Response(200, b"hello", {"warning": "one\ntwo"})
        return Response(200, stream=self._endless())

    async def _endless(self) -> AsyncIterator[bytes]:
        try:
            while self.given < 4 * MOST_KEPT:
                self.given += len(PIECE)
                yield PIECE
                await asyncio.sleep(0)
        finally:
            self.closed.set()

    async def _silent(self) -> AsyncIterator[bytes]:
        try:
            await asyncio.sleep(60)
            yield b""
        finally:
            self.closed.set()


@asynccontextmanager
async def served(service: Fountain) -> AsyncIterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = HttpServer(lambda _host, _path: service, address="127.0.0.1", port=port, certificate=None, key=None)
    serving = asyncio.create_task(server.run())
    try:
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                break
        yield port
    finally:
        serving.cancel()
        await asyncio.wait([serving])


async def asked(port: int, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return reader, writer


async def settled(service: Fountain) -> int:
    """What was given once no more is taken."""
    before = -1
    while before != service.given:
        before = service.given
        await asyncio.sleep(0.3)
    return before


async def test_a_client_that_reads_nothing_is_kept_little_for_and_slows_nobody() -> None:
    service = Fountain()
    async with served(service) as port:
        reader, writer = await asked(port, "/endless")
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        assert 0 < await settled(service) < MOST_KEPT
        other, writer_too = await asked(port, "/hello")
        answer = await asyncio.wait_for(other.readuntil(b"hello"), 2)
        assert answer.lower().count(b"warning: ") == 2
        writer.close()
        writer_too.close()
        await asyncio.wait_for(service.closed.wait(), 5)
        del reader


async def test_a_stream_ends_for_who_takes_nothing_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "PATIENCE_SECONDS", 1)
    service = Fountain()
    async with served(service) as port:
        _, writer = await asked(port, "/endless")
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.wait_for(service.closed.wait(), 5)
        writer.close()


async def test_the_head_of_a_stream_does_not_wait_for_its_first_piece() -> None:
    service = Fountain()
    async with served(service) as port:
        reader, writer = await asked(port, "/silent")
        assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 2)).startswith(b"HTTP/1.1 200")
        writer.close()
        await asyncio.wait_for(service.closed.wait(), 5)


async def test_more_query_fields_than_anybody_needs_are_refused() -> None:
    async with served(Fountain()) as port:
        reader, writer = await asked(port, "/hello?" + "&".join(f"a{number}=1" for number in range(http_server.MAX_QUERY_FIELDS + 1)))
        assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 2)).startswith(b"HTTP/1.1 400")
        writer.close()


async def test_connections_inherit_that_peers_which_are_gone_are_given_up() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        await sockets.guarded_listener("127.0.0.1", listener.getsockname()[1], 7)
        with socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 7000


async def test_waits_that_are_short_are_left_alone() -> None:
    patience = Patience(0.3)
    watching = asyncio.create_task(patience.watch())

    async def several() -> None:
        for _ in range(10):
            await patience.with_(asyncio.sleep(0.05))

    await several()
    watching.cancel()
