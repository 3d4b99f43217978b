"""All objects of one cluster: in memory to be read at once, journalled before a write is visible or answered.

Source: etcd's guarantees as k8s.io/apiserver pkg/storage uses them: one revision for all buckets, compare-and-swap by revision.
"""

import asyncio
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.kernel.errors import StackwrightError
from stackwright.store.bucket import Bucket, Place, Walk
from stackwright.store.entry import Entry, loaded, stored
from stackwright.store.index import Held, Index
from stackwright.store.journal import Journal, Record
from stackwright.store.watchlog import Change, Watch, WatchLog

Key = tuple[str, str, str]
"""Bucket, namespace, name."""

Entries = list[Entry]
Objects = list[Object]


_EMPTY = Bucket()


class AlreadyThere(StackwrightError):
    """An object of that name exists."""

    code = "already-there"


class NotThere(StackwrightError):
    """No object of that name exists."""

    code = "not-there"


class Changed(StackwrightError):
    """The object is no longer at the revision that the write was made for."""

    code = "changed"


class Compacted(StackwrightError):
    """The asked revision is older than what is remembered."""

    code = "compacted"


@dataclass(frozen=True, slots=True)
class _Pending:
    change: Change
    key: Key
    done: "asyncio.Future[None]"

    def record(self) -> Record:
        data = None if self.change.type == "DELETED" else self.change.entry.encoded
        return Record(self.change.revision, *self.key, data)


class ObjectStore:
    """Reads are synchronous and never wait; writes return once they are durable and visible.

    Objects are shared between all readers: never change one, build another. Those of `seldom_read` buckets are kept as JSON.
    """

    def __init__(
        self, journal: Journal, *, remembered_changes: int = 4_000, watch_queue: int = 4_000, seldom_read: Container[str] = ()
    ) -> None:
        self._journal = journal
        self._watch_queue = watch_queue
        self._buckets: dict[str, Bucket] = {}
        self._revision, records = journal.load()
        self._revision = self._assigned = max(1, self._revision)
        for record in records:
            entry = loaded(record.data or b"{}", record.revision)
            self._buckets.setdefault(record.bucket, Bucket()).put(entry)
            if record.bucket in seldom_read:
                entry.rest()
        self._log = WatchLog(self._revision, remembered_changes, seldom_read)
        self._pending: dict[Key, asyncio.Future[None]] = {}
        self._queue: list[_Pending] = []
        self._flusher: asyncio.Task[None] | None = None

    # -- reading ---------------------------------------------------------------------------------------------------

    @property
    def revision(self) -> int:
        """The revision of the last visible write."""
        return self._revision

    @property
    def oldest_revision(self) -> int:
        """Watches and pages may start here or later."""
        return self._log.oldest

    def get(self, bucket: str, namespace: str, name: str) -> Object | None:
        entry = self.entry(bucket, namespace, name)
        return entry.object if entry else None

    def entry(self, bucket: str, namespace: str, name: str) -> Entry | None:
        found = self._buckets.get(bucket)
        return found.entries.get((namespace or "", name)) if found else None

    def list(self, bucket: str, namespace: str | None = None) -> Objects:
        """By namespace and name, as paths."""
        return [entry.object for entry in self.entries(bucket, namespace)]

    def entries(self, bucket: str, namespace: str | None = None) -> Entries:
        return list(self.walk(bucket, namespace))

    def index(self, bucket: str, held: Callable[[Object], Iterable[Held]]) -> Index[Held]:
        """What the objects of a bucket hold from now on, for as long as the store lives."""
        found, where = Index(held), self._buckets.setdefault(bucket, Bucket())
        for entry in where.entries.values():
            found.replace(None, entry.object)
        where.indexes.append(found)
        return found

    def count(self, bucket: str) -> int:
        found = self._buckets.get(bucket)
        return len(found.entries) if found else 0

    def buckets(self) -> Sequence[str]:
        """Those that hold an object, or once did."""
        return list(self._buckets)

    def walk(self, bucket: str, namespace: str | None = None, *, at: int | None = None, after: Place | None = None) -> Walk:
        """The entries behind a place, as the bucket was at a revision (now by default). Raises Compacted.

        What has been walked is what was so when the walk began: read it before you wait for anything.
        """
        found = self._buckets.get(bucket) or _EMPTY
        if at is None or at >= self._revision:
            return found.walk(namespace, after)
        if at < self._log.oldest:
            raise Compacted(f"revision {at} is older than {self._log.oldest}")
        return found.walk(namespace, after, self._log.undone(at, bucket))

    # -- watching --------------------------------------------------------------------------------------------------

    def watch(self, bucket: str, namespace: str | None = None, *, since: int | None = None) -> Watch:
        """Everything after revision `since` (now by default). The caller gives it back to `unwatch`. Raises Compacted."""
        if since is not None and since < self._log.oldest:
            raise Compacted(f"revision {since} is older than {self._log.oldest}")
        watch = Watch(bucket, namespace or None, self._watch_queue)
        for change in self._log.after(since, bucket) if since is not None else ():
            watch.offer(change)
        self._log.open(watch)
        return watch

    def unwatch(self, watch: Watch) -> None:
        self._log.close(watch)

    # -- writing ---------------------------------------------------------------------------------------------------

    async def create(self, bucket: str, obj: Object) -> Entry:
        """Raises AlreadyThere."""
        key = (bucket, namespace_of(obj), name_of(obj))
        await self._settled(key)
        if self.entry(*key) is not None:
            raise AlreadyThere(f"{bucket} {key[1]}/{key[2]} exists")
        return await self._write(key, Change("ADDED", bucket, stored(obj, self._next()), None))

    async def update(self, bucket: str, obj: Object, expected: int) -> Entry:
        """Replaces the object that is at revision `expected`. Raises NotThere, Changed."""
        key = (bucket, namespace_of(obj), name_of(obj))
        previous = await self._expected(key, expected)
        return await self._write(key, Change("MODIFIED", bucket, stored(obj, self._next()), previous))

    async def delete(self, bucket: str, namespace: str, name: str, expected: int) -> Entry:
        """Removes the object that is at revision `expected`; returns what watchers are shown. Raises NotThere, Changed."""
        key = (bucket, namespace or "", name)
        previous = await self._expected(key, expected)
        return await self._write(key, Change("DELETED", bucket, stored(previous.object, self._next()), previous))

    async def _expected(self, key: Key, revision: int) -> Entry:
        await self._settled(key)
        found = self.entry(*key)
        if found is None:
            raise NotThere(f"{key[0]} {key[1]}/{key[2]} is not there")
        if found.revision != revision:
            raise Changed(f"{key[0]} {key[1]}/{key[2]} is at revision {found.revision}, expected {revision}")
        return found

    async def _settled(self, key: Key) -> None:
        while (pending := self._pending.get(key)) is not None:
            await asyncio.wait([pending])

    def _next(self) -> int:
        self._assigned += 1
        return self._assigned

    async def _write(self, key: Key, change: Change) -> Entry:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.add_done_callback(_retrieved)
        self._pending[key] = done
        self._queue.append(_Pending(change, key, done))
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush(), name="store-flush")
        await asyncio.shield(done)
        return change.entry

    async def _flush(self) -> None:
        """One journal transaction for all writes that came while the last one was on its way."""
        try:
            while self._queue:
                batch, self._queue = self._queue, []
                try:
                    await self._journal.append([pending.record() for pending in batch])
                except Exception as error:
                    self._settle(batch, error)
                else:
                    for pending in batch:
                        self._show(pending.change)
                    self._settle(batch, None)
        finally:
            self._flusher = None

    def _settle(self, batch: Sequence[_Pending], error: Exception | None) -> None:
        for pending in batch:
            del self._pending[pending.key]
            if error is None:
                pending.done.set_result(None)
            else:
                pending.done.set_exception(error)

    def _show(self, change: Change) -> None:
        self._revision = change.revision
        bucket = self._buckets.setdefault(change.bucket, Bucket())
        if change.type == "DELETED":
            bucket.drop(change.entry)
        else:
            bucket.put(change.entry)
        self._log.append(change)


def _retrieved(done: "asyncio.Future[None]") -> None:
    """A writer that was cancelled leaves nobody to read the failure."""
    if not done.cancelled():
        done.exception()
