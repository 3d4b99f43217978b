"""Changes of Applications as they happen."""

import asyncio
from collections.abc import AsyncIterator

from stackwright.api.meta import Object
from stackwright.client.informer import Change
from stackwright.kernel import json
from stackwright.kernel.http import Response
from stackwright.portal.rest.api import JSON, KEEPALIVE_SECONDS, Call, RestApi, route, typed
from stackwright.portal.rest.applications import chosen

_WORDS = {"added": "ADDED", "modified": "MODIFIED", "deleted": "DELETED"}


@route("GET", "/stream/applications")
async def stream(api: RestApi, call: Call) -> Response:
    """As grpc-gateway streams: lines of JSON, or server-sent events for a browser."""
    sse = "text/event-stream" in call.request.headers.get("accept", "")
    headers = {**JSON, "content-type": "text/event-stream" if sse else "application/json"}
    return Response(200, headers=headers, stream=_changes(api, call, sse=sse))


async def _changes(api: RestApi, call: Call, *, sse: bool) -> AsyncIterator[bytes]:
    queue: asyncio.Queue[tuple[str, Object]] = asyncio.Queue(10_000)

    def tell(change: Change, app: Object, previous: Object | None) -> None:
        if chosen([app], call.request) and not queue.full() and api.access.may_app(call.session, "get", app):
            queue.put_nowait((_WORDS[change], app))

    api.ports.applications.listen(tell)
    try:
        while True:
            try:
                kind, app = await asyncio.wait_for(queue.get(), KEEPALIVE_SECONDS)
            except TimeoutError:
                yield b":\n\n" if sse else b"\n"
                continue
            line = json.dumps({"result": {"type": kind, "application": typed(app)}})
            yield b"data: " + line + b"\n\n" if sse else line + b"\n"
    finally:
        api.ports.applications.unlisten(tell)
