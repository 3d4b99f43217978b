"""The shell around a reconcile function: workers, backoff by class of error, and a loop that survives."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from stackwright.api.status import StatusError
from stackwright.kernel.errors import Stalled, Waiting
from stackwright.runtime.queue import WorkQueue

logger = logging.getLogger(__name__)

K = TypeVar("K")

Reconcile = Callable[[K], Awaitable[float | None]]
"""Makes one key right. Returns the seconds after which to look again, or None to wait for an event."""


class Controller(Generic[K]):
    """Runs `reconcile` for each key that is enqueued; the same key is never worked on twice at once.

    Errors: Waiting is retried after its own delay or on an event; Stalled is logged and left until an event comes;
    anything else is retried with a doubling delay.
    """

    def __init__(
        self,
        name: str,
        reconcile: Reconcile[K],
        *,
        workers: int = 1,
        base_delay_seconds: float = 0.05,
        max_delay_seconds: float = 60.0,
        rank: Callable[[K], int] = lambda key: 0,
    ) -> None:
        self.name = name
        self.queue: WorkQueue[K] = WorkQueue(rank)
        self._reconcile = reconcile
        self._workers = workers
        self._base_delay_seconds = base_delay_seconds
        self._max_delay_seconds = max_delay_seconds

    def enqueue(self, key: K) -> None:
        self.queue.add(key)

    async def run(self) -> None:
        """Ends only by cancellation."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._workers):
                group.create_task(self._work(), name=f"{self.name} worker {number}")

    async def _work(self) -> None:
        while True:
            key = await self.queue.get()
            try:
                await self._attempt(key)
            finally:
                self.queue.done(key)

    async def _attempt(self, key: K) -> None:
        try:
            delay = await self._reconcile(key)
        except Waiting as error:
            logger.debug("%s %s waits: %s", self.name, key, error)
            if error.retry_after_seconds is not None:
                self.queue.add_after(key, error.retry_after_seconds)
        except Stalled as error:
            logger.warning("%s %s needs a human: %s", self.name, key, error)
        except StatusError as error:
            level = logging.DEBUG if error.transient or error.not_found else logging.WARNING
            logger.log(level, "%s %s failed: %s", self.name, key, error)
            self._retry(key)
        except Exception:  # the loop must survive whatever a reconcile does
            logger.exception("%s %s failed", self.name, key)
            self._retry(key)
        else:
            self.queue.succeeded(key)
            if delay is not None:
                self.queue.add_after(key, delay)

    def _retry(self, key: K) -> None:
        self.queue.add_failed(key, base_seconds=self._base_delay_seconds, cap_seconds=self._max_delay_seconds)
