"""Work waiting to be done, by key: each key at most once in the queue and never worked on twice at a time."""

import asyncio
import heapq
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

K = TypeVar("K")


class WorkQueue(Generic[K]):
    """Source: client-go's rate-limiting work queue. A key added while it is being worked on is handed out again afterwards.

    Units: delays in seconds of the running event loop's clock.
    Shape: `rank` says which keys come first, the smallest; equal ones in the order they came.
    """

    def __init__(self, rank: Callable[[K], int] = lambda key: 0) -> None:
        self._rank = rank
        self._ready: set[K] = set()
        self._order: list[tuple[int, int, K]] = []
        self._working: set[K] = set()
        self._again: set[K] = set()
        self._due: dict[K, float] = {}
        self._timers: list[tuple[float, int, K]] = []
        self._sequence = 0
        self._wakeup = asyncio.Event()
        self._failures: dict[K, int] = {}
        self.adds = 0
        """How often a key began to wait."""

    def add(self, key: K) -> None:
        """Now, whatever was scheduled for later."""
        self._due.pop(key, None)
        if key in self._working:
            self._again.add(key)
        elif key not in self._ready:
            self._ready.add(key)
            self._sequence += 1
            heapq.heappush(self._order, (self._rank(key), self._sequence, key))
            self.adds += 1
            self._wakeup.set()

    def add_after(self, key: K, delay_seconds: float) -> None:
        """At the latest then: an earlier time already asked for stands."""
        if delay_seconds <= 0:
            self.add(key)
            return
        due = asyncio.get_running_loop().time() + delay_seconds
        if key in self._ready or self._due.get(key, due + 1) <= due:
            return
        self._due[key] = due
        self._sequence += 1
        heapq.heappush(self._timers, (due, self._sequence, key))
        self._wakeup.set()

    def add_failed(self, key: K, *, base_seconds: float, cap_seconds: float) -> float:
        """Again after a delay that doubles with each failure in a row; returns the delay."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        delay = min(cap_seconds, base_seconds * 2.0**failures)
        self.add_after(key, delay)
        return delay

    def succeeded(self, key: K) -> None:
        """Forgets earlier failures."""
        self._failures.pop(key, None)

    async def get(self) -> K:
        """The next key; call `done` with it afterwards."""
        while True:
            self._promote_due()
            if self._ready:
                _, _, key = heapq.heappop(self._order)
                self._ready.discard(key)
                self._working.add(key)
                return key
            self._wakeup.clear()
            await self._sleep_until_due()

    def done(self, key: K) -> None:
        self._working.discard(key)
        if key in self._again:
            self._again.discard(key)
            self.add(key)
        elif self._ready:
            self._wakeup.set()

    def __len__(self) -> int:
        return len(self._ready) + len(self._working)

    def _promote_due(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._timers and self._timers[0][0] <= now:
            due, _, key = heapq.heappop(self._timers)
            if self._due.get(key) == due:
                self.add(key)

    async def _sleep_until_due(self) -> None:
        if not self._timers:
            await self._wakeup.wait()
            return
        delay = self._timers[0][0] - asyncio.get_running_loop().time()
        with suppress(TimeoutError):
            async with asyncio.timeout(max(delay, 0)):  # wait_for may swallow a cancellation that meets the wake-up
                await self._wakeup.wait()
