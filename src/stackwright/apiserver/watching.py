"""WATCH: changes as lines of JSON, each encoded once for all who watch it.

Source: k8s.io/apiserver pkg/endpoints/handlers/watch.go and pkg/storage/cacher.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from stackwright.api.status import StatusError, gone
from stackwright.apiserver.answers import HEADERS, flag
from stackwright.apiserver.kind import Kind
from stackwright.apiserver.reading import revision_of
from stackwright.apiserver.registry import bucket_of, served
from stackwright.apiserver.selection import Selection, selection
from stackwright.apiserver.target import Target
from stackwright.kernel import json
from stackwright.kernel.http import Request, Response
from stackwright.store.entry import Entry
from stackwright.store.objects import Compacted, ObjectStore
from stackwright.store.watchlog import Change, Watch, WatchTooSlow

BOOKMARK_SECONDS = 55.0
LONGEST_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class _Plan:
    kind: Kind
    wanted: Selection
    first: list[Entry]
    initial_bookmark: bool
    bookmarks: bool
    seconds: float


def watch(store: ObjectStore, target: Target, request: Request) -> Response:
    """Raises StatusError for selectors and versions that cannot be read; a version too old is told in the stream."""
    wanted = selection(request, target.kind, target.name)
    since = revision_of(request)
    bucket = bucket_of(target.kind.resource)
    initial = flag(request, "sendInitialEvents") or (request.param("sendInitialEvents") is None and not since)
    try:
        opened = store.watch(bucket, target.namespace, since=None if initial or not since else since)
    except Compacted:
        error = gone(f"too old resource version: {since} ({store.oldest_revision})")
        return Response(200, headers=HEADERS, stream=_single(_error(error)))
    bookmarks = flag(request, "allowWatchBookmarks")
    announce = bookmarks and initial and (not since or flag(request, "sendInitialEvents")) and request.param("resourceVersion") != "0"
    first = store.entries(bucket, target.namespace) if initial else []
    plan = _Plan(target.kind, wanted, first, announce, bookmarks, _seconds(request))
    return Response(200, headers=HEADERS, stream=_lines(store, opened, plan, store.revision))


def _seconds(request: Request) -> float:
    text = request.param("timeoutSeconds") or ""
    return min(int(text), LONGEST_SECONDS) if text.isascii() and text.isdigit() and len(text) < 10 and int(text) else LONGEST_SECONDS


async def _single(line: bytes) -> AsyncIterator[bytes]:
    yield line


async def _lines(store: ObjectStore, opened: Watch, plan: _Plan, revision: int) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    end = loop.time() + plan.seconds
    try:
        first = b"".join([_line("ADDED", plan.kind, entry) for entry in plan.first if plan.wanted.matches(entry)])
        if plan.initial_bookmark:
            first += _bookmark(plan.kind, revision, initial=True)
        if first:
            yield first
        while (left := end - loop.time()) > 0:
            changes = await opened.next(min(left, BOOKMARK_SECONDS))
            piece = b"".join([_change_line(change, plan) for change in changes])
            if not changes and plan.bookmarks:
                piece = _bookmark(plan.kind, store.revision, initial=False)
            if piece:
                yield piece
    except WatchTooSlow:
        yield _error(gone("The resourceVersion for the provided watch is too old."))
    finally:
        store.unwatch(opened)


def _change_line(change: Change, plan: _Plan) -> bytes:
    """A change as this selection sees it: what starts to match is added, what ceases to is deleted."""
    before = change.previous is not None and plan.wanted.matches(change.previous)
    after = change.type != "DELETED" and plan.wanted.matches(change.entry)
    if after:
        return _line("MODIFIED" if before else "ADDED", plan.kind, change.entry)
    if not before:
        return b""
    if change.type == "DELETED" or change.previous is None:
        return _line("DELETED", plan.kind, change.entry)
    meta = {**change.previous.object["metadata"], "resourceVersion": str(change.revision)}
    return _line("DELETED", plan.kind, Entry({**change.previous.object, "metadata": meta}, change.revision))


def _line(type: str, kind: Kind, entry: Entry) -> bytes:
    shown = served(kind, entry.object)
    body = entry.encoded if shown is entry.object else json.dumps(shown)
    return b'{"type":"' + type.encode() + b'","object":' + body + b"}\n"


def _bookmark(kind: Kind, revision: int, *, initial: bool) -> bytes:
    meta: dict[str, object] = {"resourceVersion": str(revision), "creationTimestamp": None}
    meta |= {"annotations": {"k8s.io/initial-events-end": "true"}} if initial else {}
    found = {"kind": kind.resource.kind, "apiVersion": kind.resource.api_version, "metadata": meta}
    return json.dumps({"type": "BOOKMARK", "object": found}) + b"\n"


def _error(error: StatusError) -> bytes:
    return json.dumps({"type": "ERROR", "object": error.to_status()}) + b"\n"
