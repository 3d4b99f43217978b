"""The recent past of a store: what changed, for watchers that come late and for pages of an older list.

Source: k8s.io/apiserver pkg/storage/cacher (watch cache, and its closing of slow watchers).
"""

import asyncio
from collections import deque
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from math import inf
from typing import Literal

from stackwright.store.entry import Entry

RECENT = 256
"""So many of the last changes are kept as objects, all others as their JSON."""

FEW = 16
TURN_SECONDS = 0.00005
"""A turn of more watchers than a few comes after so much time for each of them."""

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
    _until: float = inf
    _timer: asyncio.TimerHandle | None = None

    def offer(self, change: Change) -> None:
        """Nobody hears of it before `wake`."""
        if self.namespace and change.entry.namespace != self.namespace:
            return
        if len(self._queue) >= self.limit:
            self._overflown = True
            self._queue.clear()
        if not self._overflown:
            self._queue.append(change)

    def wake(self) -> None:
        if self._queue or self._overflown:
            self._ready.set()

    async def next(self, timeout_seconds: float | None = None) -> list[Change]:
        """All that has happened since, at least one change; empty when the time passed without any. Raises WatchTooSlow."""
        if not self._queue and not self._overflown:
            self._wait_until(timeout_seconds)
            await self._ready.wait()
        self._ready.clear()
        if self._overflown:
            raise WatchTooSlow
        changes = list(self._queue)
        self._queue.clear()
        return changes

    def _wait_until(self, timeout_seconds: float | None) -> None:
        """One timer serves many waits: it is only put off when it rings."""
        loop = asyncio.get_running_loop()
        self._until = inf if timeout_seconds is None else loop.time() + timeout_seconds
        if timeout_seconds is not None and self._timer is None:
            self._timer = loop.call_at(self._until, self._ring)

    def _ring(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        if loop.time() >= self._until:
            self._ready.set()
        elif self._until < inf:
            self._timer = loop.call_at(self._until, self._ring)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


class WatchLog:
    """The last `capacity` changes, and those who want to hear of the next ones. Objects of `seldom_read` buckets rest once heard of."""

    def __init__(self, start: int, capacity: int = 20_000, seldom_read: Container[str] = ()) -> None:
        self._oldest = start
        self._capacity = capacity
        self._seldom_read = seldom_read
        self._changes: deque[Change] = deque()
        self._watches: dict[str, _Crowd] = {}

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
        crowd = self._watches.get(change.bucket)
        if crowd is not None:
            crowd.hear(change)

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
        found = list(self._backwards(revision, bucket))
        found.reverse()
        return found

    def undone(self, revision: int, bucket: str) -> dict[tuple[str, str], Entry | None]:
        """By place what a later change has replaced: the entry as it was at the revision, None for what was not there."""
        return {change.entry.place: change.previous for change in self._backwards(revision, bucket)}

    def _backwards(self, revision: int, bucket: str) -> Iterator[Change]:
        for change in reversed(self._changes):
            if change.entry.revision <= revision:
                return
            if change.bucket == bucket:
                yield change

    def open(self, watch: Watch) -> None:
        self._watches.setdefault(watch.bucket, _Crowd()).watches.add(watch)
        watch.wake()

    def close(self, watch: Watch) -> None:
        watch.close()
        crowd = self._watches.get(watch.bucket)
        if crowd is not None:
            crowd.watches.discard(watch)
            if not crowd.watches:
                del self._watches[watch.bucket]


class _Crowd:
    """Those who watch one bucket. Few are woken at once; many in turns, so that under load each is woken for several changes together."""

    def __init__(self) -> None:
        self.watches: set[Watch] = set()
        self._next_turn = 0.0
        self._planned = False

    def hear(self, change: Change) -> None:
        for watch in self.watches:
            watch.offer(change)
        if self._planned:
            return
        loop = asyncio.get_running_loop()
        self._planned = True
        if loop.time() >= self._next_turn:
            loop.call_soon(self._wake)
        else:
            loop.call_at(self._next_turn, self._wake)

    def _wake(self) -> None:
        self._planned = False
        for watch in self.watches:
            watch.wake()
        if len(self.watches) > FEW:
            self._next_turn = asyncio.get_running_loop().time() + len(self.watches) * TURN_SECONDS
