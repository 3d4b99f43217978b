"""One HTTPS port for everything: granian in front, services behind, chosen by host and path.

Requests become `kernel.http.Request`s; answers may be streams, which end when the client goes away or takes nothing for a while.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import parse_qsl

from granian.constants import Interfaces
from granian.server.embed import Server

from stackwright.adapters.sockets import guarded_listener
from stackwright.kernel.http import BodyTooLarge, Request, Response

BACKLOG = 1024
MAX_OPEN_REQUESTS = 10_000
MAX_QUERY_FIELDS = 1_000
PATIENCE_SECONDS = 60
"""So long may a client take nothing of a stream, or of anything that was sent to it."""
PIECE_BYTES = 1 << 16
"""granian keeps up to 32 pieces of a stream for a client that does not read."""

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Service(Protocol):
    """Answers requests. `body` yields what the client sends, piece by piece; `request.body` is empty."""

    async def serve(self, request: Request, body: AsyncIterator[bytes]) -> Response: ...


class HttpServer:
    """Listens on one address until `run` is cancelled.

    Shape: `choose` gives the service for a host name (lower-case, without port) and a decoded path.
    """

    def __init__(
        self, choose: Callable[[str, str], Service], *, address: str, port: int, certificate: Path | None, key: Path | None
    ) -> None:
        self._choose = choose
        self._where = address, port
        self._patience = Patience(PATIENCE_SECONDS)
        tls: dict[str, Any] = {"ssl_cert": certificate, "ssl_key": key, "ssl_protocol_min": "tls1.2"} if certificate else {}
        self._server: Any = Server(
            self._answer,
            address=address,
            port=port,
            interface=Interfaces.ASGINL,  # of granian's interfaces the one that waits for slow readers
            websockets=False,
            backlog=BACKLOG,
            backpressure=MAX_OPEN_REQUESTS,
            log_enabled=False,
            **tls,
        )

    async def run(self) -> None:
        """Ends only by cancellation; open streams are cut."""
        serving = asyncio.create_task(self._server.serve(), name="http")
        guarding = asyncio.create_task(guarded_listener(*self._where, PATIENCE_SECONDS), name="listener")
        waiting = asyncio.create_task(self._patience.watch(), name="patience")
        try:
            await asyncio.shield(serving)
        finally:
            guarding.cancel()
            waiting.cancel()
            self._server.stop()
            await asyncio.wait((serving,), timeout=2)

    async def _answer(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        try:
            request = _request(scope)
        except ValueError:  # parse_qsl's word for too many fields
            await _reply(send, Response(400, f"more than {MAX_QUERY_FIELDS} query fields\n".encode(), {"content-type": "text/plain"}))
            return
        body = _Body(receive, expected=request.method not in ("GET", "HEAD"))
        host = request.headers.get("host", "").rpartition("]")[2].split(":")[0].lower()
        try:
            response = await self._choose(host, request.path).serve(request, body.pieces())
        except BodyTooLarge:
            response = Response(413, b"the request is too large\n", {"content-type": "text/plain"})
        headers = [
            (name.encode("latin-1"), line.encode("latin-1")) for name, value in response.headers.items() for line in value.split("\n")
        ]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        if response.stream is None:
            await send({"type": "http.response.body", "body": response.body, "more_body": False})
        else:
            await self._stream(body, send, response.stream)

    async def _stream(self, body: "_Body", send: Send, stream: AsyncIterator[bytes]) -> None:
        """Sends until the stream ends or the client is gone; either way the stream is closed."""
        sending = asyncio.ensure_future(_send(send, stream, self._patience))
        leaving = asyncio.ensure_future(body.client_gone())
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending


class Patience:
    """Ends tasks that wait too long for a client. One look at all of them now and then costs less than a timer for each wait."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: dict[asyncio.Task[None], float] = {}

    async def with_(self, waited: Awaitable[None]) -> None:
        """For what the current task waits for."""
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._since[task] = asyncio.get_running_loop().time()
        try:
            await waited
        finally:
            del self._since[task]

    async def watch(self) -> None:
        """Runs until cancelled."""
        while True:
            await asyncio.sleep(self._seconds / 6)
            too_long = asyncio.get_running_loop().time() - self._seconds
            for task in [task for task, since in self._since.items() if since < too_long]:
                task.cancel()


def _request(scope: Mapping[str, Any]) -> Request:
    query = scope["query_string"].decode("latin-1")
    fields = tuple(parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS)) if query else ()
    return Request(scope["method"], scope["path"], fields, _headers(scope["headers"]))


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """What is sent several times is joined by commas."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, value = pair[0].decode("latin-1"), pair[1].decode("latin-1")
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _pairs(headers: Mapping[str, str]) -> Iterator[tuple[bytes, bytes]]:
    for name, value in headers.items():
        for line in value.split("\n"):
            yield name.encode("latin-1"), line.encode("latin-1", "replace")


class _Body:
    """What the client sends: read by the service first, then looked at for the client's leaving."""

    def __init__(self, receive: Receive, *, expected: bool) -> None:
        self._receive = receive
        self._expected = expected
        self._read = asyncio.Event()
        if not expected:
            self._read.set()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Nothing when none is expected, whatever is sent."""
        more = self._expected
        while more:
            message = await self._receive()
            if message.get("body"):
                yield message["body"]
            more = bool(message.get("more_body"))
        self._read.set()

    async def client_gone(self) -> None:
        """Returns when the client has left. A service may answer while it still reads: nobody takes pieces away from it."""
        await self._read.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass


async def _reply(send: Send, response: Response) -> None:
    """The whole of it, or the head of a stream."""
    await send({"type": "http.response.start", "status": response.status, "headers": list(_pairs(response.headers))})
    if response.stream is None:
        await send({"type": "http.response.body", "body": response.body, "more_body": False})


async def _send(send: Send, stream: AsyncIterator[bytes], patience: Patience) -> None:
    if not hasattr(stream, "aclose"):
        await _forward(send, stream, patience)
    else:
        async with aclosing(stream) as pieces:  # type: ignore[type-var]
            await _forward(send, pieces, patience)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _forward(send: Send, pieces: AsyncIterator[bytes], patience: Patience) -> None:
    """The head goes out at once: it waits for the first piece otherwise."""
    await send({"type": "http.response.body", "body": b"", "more_body": True})
    async for piece in pieces:
        for start in range(0, len(piece), PIECE_BYTES):
            await patience.with_(send({"type": "http.response.body", "body": piece[start : start + PIECE_BYTES], "more_body": True}))
