"""Events are forgotten after an hour, the oldest of very many sooner.

Source: k8s.io/kubernetes cmd/kube-apiserver (--event-ttl); etcd does it there by a lease.
"""

import asyncio
import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from stackwright.api.meta import Object, metadata_of, name_of, namespace_of, uid_of
from stackwright.api.status import StatusError
from stackwright.client.errors import ClusterUnreachable
from stackwright.client.kinds import EVENTS
from stackwright.cluster.context import Context
from stackwright.kernel.clock import parse_rfc3339

TIME_TO_LIVE = timedelta(hours=1)
MOST = 20_000
"""So many are kept: they lie in memory, where etcd would have them on a disk."""

_LOOK_SECONDS = 120.0
_PAUSE_SECONDS = 0.005
_PAGE = 500
logger = logging.getLogger(__name__)


def last_told(event: Object) -> datetime:
    """When it was last written to."""
    series = event.get("series") or {}
    stamp = series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
    return parse_rfc3339(str(stamp or metadata_of(event)["creationTimestamp"]))


class Told(NamedTuple):
    """An event as far as its end depends on it; in order of time."""

    at: datetime
    namespace: str
    name: str
    uid: str


def superfluous(events: Collection[Told], now: datetime, most: int = MOST) -> list[Told]:
    """What is to be forgotten, the oldest first. Pure."""
    ordered = sorted(events)
    too_many = max(0, len(ordered) - most)
    return [event for index, event in enumerate(ordered) if index < too_many or event.at + TIME_TO_LIVE < now]


class EventExpiry:
    """Looks every two minutes, and removes at an easy pace."""

    def __init__(self, context: Context, look_seconds: float = _LOOK_SECONDS) -> None:
        self._context = context
        self._look_seconds = look_seconds

    async def run(self) -> None:
        """Ends only by cancellation."""
        while True:
            await asyncio.sleep(self._look_seconds)
            try:
                await self._sweep()
            except (StatusError, ClusterUnreachable) as error:
                logger.debug("old events were not removed: %s", error)

    async def _sweep(self) -> None:
        for event in superfluous(await self._events(), self._context.now()):
            await self._remove(event)
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _events(self) -> list[Told]:
        found: list[Told] = []
        token = ""
        while True:
            page = await self._context.client.list_page(EVENTS, limit=_PAGE, continue_token=token)
            found += [Told(last_told(event), namespace_of(event), name_of(event), uid_of(event)) for event in page.items]
            token = page.continue_token
            if not token:
                return found
            await asyncio.sleep(0)

    async def _remove(self, event: Told) -> None:
        try:
            await self._context.client.delete(EVENTS, event.name, event.namespace, uid=event.uid)
        except StatusError as error:
            if not (error.not_found or error.conflict):
                raise
