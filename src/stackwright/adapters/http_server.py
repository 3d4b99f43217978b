"""One HTTPS port for everything: granian in front, services behind, chosen by host and path.

Requests become `kernel.http.Request`s; answers may be streams, which end when the client goes away.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl

from granian.constants import Interfaces
from granian.server.embed import Server

from stackwright.kernel.http import BodyTooLarge, Request, Response

BACKLOG = 1024
MAX_OPEN_REQUESTS = 10_000
MAX_QUERY_FIELDS = 1_000


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
        tls: dict[str, Any] = {"ssl_cert": certificate, "ssl_key": key, "ssl_protocol_min": "tls1.2"} if certificate else {}
        self._server: Any = Server(
            self._answer,
            address=address,
            port=port,
            interface=Interfaces.RSGI,
            websockets=False,
            backlog=BACKLOG,
            backpressure=MAX_OPEN_REQUESTS,
            log_enabled=False,
            **tls,
        )

    async def run(self) -> None:
        """Ends only by cancellation; open streams are cut."""
        serving = asyncio.create_task(self._server.serve(), name="http")
        try:
            await asyncio.shield(serving)
        finally:
            self._server.stop()
            await asyncio.wait((serving,), timeout=2)

    async def _answer(self, scope: Any, protocol: Any) -> None:
        request = _request(scope)
        host = request.headers.get("host", "").rpartition("]")[2].split(":")[0].lower()
        try:
            response = await self._choose(host, request.path).serve(request, _body(protocol))
        except BodyTooLarge:
            response = Response(413, b"the request is too large\n", {"content-type": "text/plain"})
        headers = [(name, line) for name, value in response.headers.items() for line in value.split("\n")]
        if response.stream is None:
            protocol.response_bytes(response.status, headers, response.body)
        else:
            await _stream(protocol, response.status, headers, response.stream)


def _request(scope: Any) -> Request:
    query = tuple(parse_qsl(scope.query_string, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS)) if scope.query_string else ()
    headers: dict[str, str] = {}
    for name, value in scope.headers.items():
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    if "host" not in headers and scope.authority:
        headers["host"] = scope.authority
    return Request(scope.method, scope.path, query, headers)


async def _body(protocol: Any) -> AsyncIterator[bytes]:
    async for piece in protocol:
        if piece:
            yield bytes(piece)


async def _stream(protocol: Any, status: int, headers: list[tuple[str, str]], stream: AsyncIterator[bytes]) -> None:
    """Sends until the stream ends or the client is gone; either way the stream is closed."""
    sending = asyncio.ensure_future(_send(protocol.response_stream(status, headers), stream))
    protocol.client_disconnect().add_done_callback(lambda _gone: sending.cancel())
    try:
        await asyncio.wait((sending,))
    except asyncio.CancelledError:
        sending.cancel()
        raise
    if not sending.cancelled() and (error := sending.exception()) is not None:
        raise error


async def _send(transport: Any, stream: AsyncIterator[bytes]) -> None:
    if not hasattr(stream, "aclose"):
        async for piece in stream:
            await transport.send_bytes(piece)
        return
    async with aclosing(stream) as pieces:  # type: ignore[type-var]
        async for piece in pieces:
            await transport.send_bytes(piece)
