"""Changes as they happen, as grpc-gateway streams them: lines of JSON, or server-sent events for a browser."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from stackwright.api.meta import Object, name_of, namespace_of, owners_of, revision_of, uid_of
from stackwright.client.informer import Change, Informer
from stackwright.client.kinds import APPLICATION_SETS
from stackwright.kernel import json
from stackwright.kernel.http import Response
from stackwright.portal import shapes
from stackwright.portal.rest.api import JSON, KEEPALIVE_SECONDS, Call, RestApi, route, typed
from stackwright.portal.rest.applications import chosen
from stackwright.portal.rest.sets import is_chosen, set_object

_WORDS = {"added": "ADDED", "modified": "MODIFIED", "deleted": "DELETED"}
TREE_SECONDS = 0.5
"""So often at most is a tree looked at."""


@route(
    "GET",
    "/stream/applications",
    "v1alpha1ApplicationWatchEvent",
    query="name projects project selector repo appNamespace resourceVersion",
    streams=True,
)
async def stream(api: RestApi, call: Call) -> Response:
    def wanted(app: Object) -> bool:
        return bool(chosen([app], call.request)) and api.access.may_app(call.session, "get", app)

    wanted({"metadata": {}})
    return _streamed(call, _changes(api, call, api.ports.applications, wanted, lambda kind, app: {"type": kind, "application": typed(app)}))


@route(
    "GET",
    "/stream/applicationsets",
    "v1alpha1ApplicationSetWatchEvent",
    query="name projects selector appSetNamespace resourceVersion",
    streams=True,
)
async def stream_sets(api: RestApi, call: Call) -> Response:
    def wanted(found: Object) -> bool:
        return is_chosen(found, call) and api.access.may(call.session, "applicationsets", "get", set_object(api, found))

    def shown(kind: str, found: Object) -> dict[str, Any]:
        return {"type": kind, "applicationSet": {"apiVersion": APPLICATION_SETS.api_version, "kind": "ApplicationSet", **found}}

    wanted({"metadata": {}})
    return _streamed(call, _changes(api, call, api.ports.sets, wanted, shown))


@route("GET", "/stream/applications/{name}/resource-tree", "v1alpha1ApplicationTree", query="appNamespace project", streams=True)
async def stream_tree(api: RestApi, call: Call) -> Response:
    await api.app(call)
    return _streamed(call, _trees(api, call))


def _streamed(call: Call, results: AsyncIterator[Any]) -> Response:
    sse = "text/event-stream" in call.request.headers.get("accept", "")
    headers = {**JSON, "content-type": "text/event-stream" if sse else "application/json"}
    return Response(200, headers=headers, stream=_written(results, sse=sse))


async def _written(results: AsyncIterator[Any], *, sse: bool) -> AsyncIterator[bytes]:
    """Shape: a result that is None only shows that the connection lives."""
    async for result in results:
        if result is None:
            yield b":\n\n" if sse else b"\n"
            continue
        line = json.dumps({"result": result})
        yield b"data: " + line + b"\n\n" if sse else line + b"\n"


class Pending:
    """What a slow reader has not seen yet: of each object the last state, so that no change is lost and none piles up."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], tuple[str, Object]] = {}
        self._news = asyncio.Event()

    def put(self, kind: str, obj: Object) -> None:
        key = (namespace_of(obj), name_of(obj))
        before = self._waiting.pop(key, None)
        unseen = before is not None and before[0] == "ADDED" and kind == "MODIFIED"
        self._waiting[key] = ("ADDED" if unseen else kind, obj)
        self._news.set()

    async def take(self, seconds: float) -> tuple[str, Object] | None:
        """The one that waits longest. Units: `seconds` to wait for one; None when there is none by then."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return None
        key = next(iter(self._waiting))
        found = self._waiting.pop(key)
        if not self._waiting:
            self._news.clear()
        return found


async def _changes(
    api: RestApi, call: Call, informer: Informer, wanted: Callable[[Object], bool], shown: Callable[[str, Object], Any]
) -> AsyncIterator[Any]:
    """From how things are, or from the resourceVersion that is asked for; until the session ends."""
    asked = call.param("resourceVersion")
    pending, since = Pending(), int(asked) if asked.isdigit() else 0

    def tell(change: Change, obj: Object, previous: Object | None) -> None:
        if revision_of(obj) >= since and wanted(obj):
            pending.put(_WORDS[change], obj)

    informer.listen(tell)
    try:
        while api.stands(call):
            found = await pending.take(KEEPALIVE_SECONDS)
            yield None if found is None else shown(*found)
    finally:
        informer.unlisten(tell)


async def _trees(api: RestApi, call: Call) -> AsyncIterator[Any]:
    """The whole tree, now and whenever it is another one."""
    news = asyncio.Event()
    known: set[str] = set()

    def lives(server: str, obj: Object, previous: Object | None) -> None:
        if uid_of(obj) in known or any(owner.get("uid") in known for owner in owners_of(obj)):
            news.set()

    def changed(change: Change, app: Object, previous: Object | None) -> None:
        if (namespace_of(app), name_of(app)) == (call.namespace, call.name):
            news.set()

    api.ports.applications.listen(changed)
    unfollow = api.ports.follow(lives)
    last: dict[str, Any] | None = None
    try:
        while api.stands(call):
            news.clear()
            app = api.ports.applications.get(call.name, call.namespace)
            if app is None or not api.access.may_app(call.session, "get", app):
                return
            state = await api.ports.state_of(app)
            tree = shapes.whole_tree(state, api.ports.children_of)
            known = {str(node.get("uid")) for node in tree["nodes"]}
            if tree != last:
                last = tree
                yield tree
            await asyncio.sleep(TREE_SECONDS)
            try:
                async with asyncio.timeout(KEEPALIVE_SECONDS):
                    await news.wait()
            except TimeoutError:
                yield None
    finally:
        unfollow()
        api.ports.applications.unlisten(changed)
