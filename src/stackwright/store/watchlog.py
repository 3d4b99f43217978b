"""The recent past of a store: what changed, for watchers that come late and for pages of an older list.

Source: k8s.io/apiserver pkg/storage/cacher (watch cache, and its closing of slow watchers).
"""

import asyncio
from collections import deque
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from typing import Literal

from stackwright.store.entry import Entry

RECENT = 256
"""So many of the last changes are kept as objects, all others as their JSON."""

ChangeType = Literal["ADDED", "MODIFIED", "DELETED"]


@dataclass(frozen=True, slots=True)
class Change:
    """One visible write. Shape: `entry` is what a watcher is shown (for DELETED the last state, at the deletion's revision)."""

    type: ChangeType
    bucket: str
    entry: Entry
    previous: Entry | None

    @property
    def revision(self) -> int:
        return self.entry.revision


class WatchTooSlow(Exception):
    """The watcher did not keep up and was dropped: it must list again."""


@dataclass(eq=False, slots=True)
class Watch:
    """One watcher's bounded queue. Filled by the store, never waited for."""

    bucket: str
    namespace: str | None
    limit: int
    _queue: deque[Change] = field(default_factory=deque)
    _ready: asyncio.Event = field(default_factory=asyncio.Event)
    _overflown: bool = False

    def offer(self, change: Change) -> None:
        if self.namespace and change.entry.namespace != self.namespace:
            return
        if len(self._queue) >= self.limit:
            self._overflown = True
            self._queue.clear()
        if not self._overflown:
            self._queue.append(change)
        self._ready.set()

    async def next(self, timeout_seconds: float | None = None) -> list[Change]:
        """All that has happened since, at least one change; empty when the time passed without any. Raises WatchTooSlow."""
        if not self._queue and not self._overflown:
            try:
                async with asyncio.timeout(timeout_seconds):  # wait_for may swallow a cancellation that meets the wake-up
                    await self._ready.wait()
            except TimeoutError:
                return []
        self._ready.clear()
        if self._overflown:
            raise WatchTooSlow
        changes = list(self._queue)
        self._queue.clear()
        return changes


class WatchLog:
    """The last `capacity` changes, and those who want to hear of the next ones. Objects of `seldom_read` buckets rest once heard of."""

    def __init__(self, start: int, capacity: int = 20_000, seldom_read: Container[str] = ()) -> None:
        self._oldest = start
        self._capacity = capacity
        self._seldom_read = seldom_read
        self._changes: deque[Change] = deque()
        self._watches: dict[str, set[Watch]] = {}

    @property
    def oldest(self) -> int:
        """The oldest revision whose successors are all known."""
        return self._oldest

    def append(self, change: Change) -> None:
        self._changes.append(change)
        if len(self._changes) > self._capacity:
            self._oldest = self._changes.popleft().revision
        if len(self._changes) > RECENT:
            self._shrink(self._changes[-RECENT - 1])
        for watch in self._watches.get(change.bucket, ()):
            watch.offer(change)

    def _shrink(self, change: Change) -> None:
        """Those who keep up have seen it: the states that it tells of are past."""
        if change.previous is not None:
            change.previous.pack()
        if change.type == "DELETED":
            change.entry.pack()
        elif change.bucket in self._seldom_read:
            change.entry.rest()

    def after(self, revision: int, bucket: str) -> list[Change]:
        """In the order of revisions."""
        found = [change for change in self._backwards(lambda change: change.revision > revision) if change.bucket == bucket]
        found.reverse()
        return found

    def _backwards(self, wanted: Callable[[Change], bool]) -> Iterator[Change]:
        for change in reversed(self._changes):
            if not wanted(change):
                return
            yield change

    def open(self, watch: Watch) -> None:
        self._watches.setdefault(watch.bucket, set()).add(watch)

    def close(self, watch: Watch) -> None:
        self._watches.get(watch.bucket, set()).discard(watch)
