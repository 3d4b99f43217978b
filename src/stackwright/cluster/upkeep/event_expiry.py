"""Events are forgotten after an hour.

Source: k8s.io/kubernetes cmd/kube-apiserver (--event-ttl); etcd does it there by a lease.
"""

import asyncio
import logging
from datetime import datetime, timedelta

from stackwright.api.meta import Object, metadata_of, name_of, namespace_of, uid_of
from stackwright.api.status import StatusError
from stackwright.client.errors import ClusterUnreachable
from stackwright.client.kinds import EVENTS
from stackwright.cluster.context import Context
from stackwright.kernel.clock import parse_rfc3339

TIME_TO_LIVE = timedelta(hours=1)
_LOOK_SECONDS = 600.0
_PAUSE_SECONDS = 0.005
_PAGE = 500
logger = logging.getLogger(__name__)


def last_told(event: Object) -> datetime:
    """When it was last written to."""
    series = event.get("series") or {}
    stamp = series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
    return parse_rfc3339(str(stamp or metadata_of(event)["creationTimestamp"]))


def is_over(event: Object, now: datetime) -> bool:
    return last_told(event) + TIME_TO_LIVE < now


class EventExpiry:
    """Looks every ten minutes, and removes at an easy pace."""

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
        token = ""
        while True:
            page = await self._context.client.list_page(EVENTS, limit=_PAGE, continue_token=token)
            for event in page.items:
                if is_over(event, self._context.now()):
                    await self._remove(event)
                    await asyncio.sleep(_PAUSE_SECONDS)
            token = page.continue_token
            if not token:
                return

    async def _remove(self, event: Object) -> None:
        try:
            await self._context.client.delete(EVENTS, name_of(event), namespace_of(event), uid=uid_of(event))
        except StatusError as error:
            if not (error.not_found or error.conflict):
                raise
