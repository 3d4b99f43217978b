"""WATCH: changes as lines of JSON, each encoded once for all who watch it plainly.

Source: k8s.io/apiserver pkg/endpoints/handlers/watch.go and pkg/storage/cacher.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from stackwright.api.meta import Object
from stackwright.api.status import StatusError, gone
from stackwright.apiserver.converting import prepare
from stackwright.apiserver.kind import Kind
from stackwright.apiserver.listoptions import ListOptions, list_options, revision_of
from stackwright.apiserver.memo import Memo
from stackwright.apiserver.protobuf import framed_event
from stackwright.apiserver.registry import bucket_of, is_served_as_kept, served
from stackwright.apiserver.representation import Representation, headers_of
from stackwright.apiserver.selection import Selection, selection
from stackwright.apiserver.target import Target
from stackwright.kernel import json
from stackwright.kernel.http import Request, Response
from stackwright.store.entry import Entry
from stackwright.store.objects import Compacted, ObjectStore
from stackwright.store.watchlog import Change, Watch, WatchTooSlow

WatchType = Literal["ADDED", "MODIFIED", "DELETED"]
BOOKMARK_SECONDS = 55.0
LONGEST_SECONDS = 3600
AT_ONCE = 100
"""So many events are told before others have their turn."""


@dataclass(frozen=True, slots=True)
class _Plan:
    wanted: Selection
    options: ListOptions
    first: list[Entry]
    initial_bookmark: bool
    since: int


def watch(store: ObjectStore, target: Target, request: Request, shape: Representation, memo: Memo) -> Response:
    """Raises StatusError for selectors and versions that cannot be read; a version too old is told in the stream."""
    wanted, options = selection(request, target.kind, target.name), list_options(request, watching=True)
    since = revision_of(options.version) or 0
    initial = bool(options.initial) or (options.initial is None and not since)
    oldest = store.oldest_revision
    if since and not initial and since < oldest:
        error = gone(f"too old resource version: {since} ({oldest})")
        return Response(200, headers=_headers(shape), stream=_single(_error(error, shape)))
    bucket = bucket_of(target.kind.resource)
    first = store.entries(bucket, target.namespace) if initial else []
    start = store.revision if initial or not since else since
    plan = _Plan(wanted, options, first, bool(options.initial and options.bookmarks), start)
    return Response(200, headers=_headers(shape), stream=_opened(store, target, plan, _Lines(wanted, shape, memo, target.namespace)))


def _headers(shape: Representation) -> Mapping[str, str]:
    found = headers_of(shape.media)
    return found if shape.media.format == "json" else {**found, "content-type": f"{found['content-type']};stream=watch"}


async def _single(line: bytes) -> AsyncIterator[bytes]:
    yield line


async def _opened(store: ObjectStore, target: Target, plan: _Plan, lines: "_Lines") -> AsyncIterator[bytes]:
    """Registers only once somebody reads: an answer that is thrown away leaves nothing behind."""
    try:
        opened = store.watch(bucket_of(target.kind.resource), target.namespace, since=plan.since)
    except Compacted:
        yield lines.error(gone(f"too old resource version: {plan.since} ({store.oldest_revision})"))
        return
    try:
        async for piece in _pieces(store, opened, plan, lines):
            yield piece
    except WatchTooSlow:
        yield lines.error(gone("The resourceVersion for the provided watch is too old."))
    except StatusError as error:  # a webhook that cannot convert
        yield lines.error(error)
    finally:
        store.unwatch(opened)


async def _pieces(store: ObjectStore, opened: Watch, plan: _Plan, lines: "_Lines") -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    end = loop.time() + (min(plan.options.seconds, LONGEST_SECONDS) or LONGEST_SECONDS)
    await prepare(lines.kind, (entry.object for entry in plan.first))
    for start in range(0, len(plan.first) or 1, AT_ONCE):
        piece = lines.beginning(plan.first[start : start + AT_ONCE], plan.since, start)
        if plan.initial_bookmark and start + AT_ONCE >= len(plan.first):
            piece += lines.bookmark(plan.since, initial=True)
        if piece:
            yield piece
            await asyncio.sleep(0)
    while (left := end - loop.time()) > 0:
        changes = await opened.next(min(left, BOOKMARK_SECONDS))
        await _prepared(lines.kind, changes)
        for start in range(0, len(changes), AT_ONCE):
            if piece := lines.changes(changes[start : start + AT_ONCE]):
                yield piece
        if not changes and plan.options.bookmarks:
            yield lines.bookmark(store.revision, initial=False)


async def _prepared(kind: Kind, changes: Sequence[Change]) -> None:
    """Both states of each: which of them is shown depends on what is selected. Raises StatusError 500."""
    if getattr(kind, "conversions", None) is not None:
        entries = (entry for change in changes for entry in (change.previous, change.entry) if entry is not None)
        await prepare(kind, (entry.object for entry in entries))


def seen(change: Change, wanted: Selection) -> tuple[WatchType, Entry] | None:
    """A change as a selection sees it: what starts to match is added, what ceases to is deleted; None for what never matched."""
    before = change.previous is not None and wanted.matches(change.previous)
    after = change.type != "DELETED" and wanted.matches(change.entry)
    if after:
        return "MODIFIED" if before else "ADDED", change.entry
    if not before:
        return None
    if change.type == "DELETED" or change.previous is None:
        return "DELETED", change.entry
    meta = {**change.previous.object["metadata"], "resourceVersion": str(change.revision)}
    return "DELETED", Entry({**change.previous.object, "metadata": meta}, change.revision)


async def shared_changes(
    store: ObjectStore, target: Target, wanted: Selection, since: int
) -> AsyncGenerator[tuple[WatchType, Object], None]:
    """Changes as the very objects of the store, for programs in this process. Raises StatusError 410 as a watch does."""
    try:
        opened = store.watch(bucket_of(target.kind.resource), target.namespace, since=since)
    except Compacted as error:
        raise gone(f"too old resource version: {since} ({store.oldest_revision})") from error
    try:
        while True:
            changes = await opened.next()
            await _prepared(target.kind, changes)
            for change in changes:
                found = seen(change, wanted)
                if found is not None:
                    yield found[0], served(target.kind, found[1].object)
    except WatchTooSlow as error:
        raise gone("The resourceVersion for the provided watch is too old.") from error
    finally:
        store.unwatch(opened)


class _Lines:
    """Changes as one watcher sees them; what others who see the same have been told is not made again."""

    def __init__(self, wanted: Selection, shape: Representation, memo: Memo, namespace: str) -> None:
        self._wanted = wanted
        self._shape = shape
        self._memo = memo
        self._namespace = namespace
        self._told_columns = False

    @property
    def kind(self) -> Kind:
        return self._shape.kind

    def beginning(self, entries: Sequence[Entry], revision: int, start: int) -> bytes:
        """What was there at the beginning of the watch, from the entry number `start` on."""

        def made() -> bytes:
            return b"".join([self.line("ADDED", entry) for entry in entries if self._wanted.matches(entry)])

        return self._shared(("first", revision, start), made)

    def changes(self, changes: Sequence[Change]) -> bytes:
        def made() -> bytes:
            return b"".join([self.line(*found) for change in changes if (found := seen(change, self._wanted)) is not None])

        return self._shared((changes[0].revision, changes[-1].revision, len(changes)), made)

    def _shared(self, what: Hashable, make: Callable[[], bytes]) -> bytes:
        if not self._wanted.everything:
            return make()
        tables = self._shape.media.form == "Table"
        made = self._memo.once((self._shape.key, self._namespace, what, tables and self._told_columns), make)
        self._told_columns |= tables and bool(made)
        return made

    def line(self, type: str, entry: Entry) -> bytes:
        if self._shape.media.plain and is_served_as_kept(self._shape.kind, entry):
            return b'{"type":"' + type.encode() + b'","object":' + entry.encoded + b"}\n"
        shown = served(self._shape.kind, entry.object)
        if self._shape.media.form:
            shown = self._formed(shown)
        return _event(type, shown, self._shape)

    def _formed(self, obj: Object) -> Object:
        """The columns of a table are told with its first row only."""
        if self._shape.media.form != "Table":
            return self._shape.partial(obj)
        meta = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
        table = self._shape.table([obj], meta, columns=not self._told_columns)
        self._told_columns = True
        return table

    def bookmark(self, revision: int, *, initial: bool) -> bytes:
        resource = self._shape.kind.resource
        meta: dict[str, object] = {"resourceVersion": str(revision)}
        meta |= {"annotations": {"k8s.io/initial-events-end": "true"}} if initial else {}
        found: Object = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": meta}
        if self._shape.media.form:
            found = self._formed(found)
        return _event("BOOKMARK", found, self._shape)

    def error(self, error: StatusError) -> bytes:
        return _error(error, self._shape)


def _error(error: StatusError, shape: Representation) -> bytes:
    return _event("ERROR", error.to_status(), shape)


def _event(type: str, obj: Object, shape: Representation) -> bytes:
    if shape.media.format == "protobuf":
        return framed_event(type, obj)
    return json.dumps({"type": type, "object": obj}) + b"\n"
