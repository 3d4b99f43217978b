"""Events, as the real components write them: one object for what repeats, with a count.

Source: k8s.io/client-go tools/record (EventCorrelator: same event counted, similar events aggregated, spam dropped).
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from stackwright.api.meta import Object, gvk_of, metadata_of
from stackwright.api.status import StatusError
from stackwright.client.errors import ClusterUnreachable
from stackwright.client.kinds import EVENTS
from stackwright.client.kube import KubeClient
from stackwright.kernel.clock import Clock, rfc3339

EventType = Literal["Normal", "Warning"]
logger = logging.getLogger(__name__)

_REMEMBERED = 4096
_BURST = 25
_REFILL_SECONDS = 300.0
_QUEUE = 20_000
_RUSH, _RUSH_PAUSE_SECONDS = 50, 0.005
"""Beyond so many that wait, what happens comes before what is told of it."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing that happened. Shape: `field_path` names a container (`spec.containers{web}`) or is empty."""

    about: Mapping[str, Any]
    type: EventType
    reason: str
    message: str
    component: str
    host: str = ""

    @property
    def source(self) -> dict[str, str]:
        return {"component": self.component} | ({"host": self.host} if self.host else {})

    @property
    def identity(self) -> tuple[str, ...]:
        """Equal for tellings that are one event with a count."""
        about = self.about
        keys = ("kind", "namespace", "name", "uid", "fieldPath")
        return (*(str(about.get(key, "")) for key in keys), self.type, self.reason, self.message, self.component)

    @property
    def subject(self) -> tuple[str, ...]:
        """Equal for tellings of one component about one object: what the rate is limited by."""
        about = self.about
        return (self.component, str(about.get("kind", "")), str(about.get("namespace", "")), str(about.get("name", "")))


def reference(obj: Object, field_path: str = "") -> dict[str, Any]:
    """The object as an event's involvedObject."""
    gvk, meta = gvk_of(obj), metadata_of(obj)
    found = {"kind": gvk.kind, "namespace": meta.get("namespace"), "name": meta.get("name"), "uid": meta.get("uid")}
    found |= {"apiVersion": gvk.api_version, "resourceVersion": meta.get("resourceVersion"), "fieldPath": field_path}
    return {key: value for key, value in found.items() if value}


def new_event(telling: Telling, name: str, now: datetime) -> dict[str, Any]:
    """The Event object of something that happened for the first time."""
    namespace = telling.about.get("namespace") or "default"
    stamp = rfc3339(now)
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": namespace},
        "involvedObject": telling.about,
        "reason": telling.reason,
        "message": telling.message[:1024],
        "source": telling.source,
        "firstTimestamp": stamp,
        "lastTimestamp": stamp,
        "count": 1,
        "type": telling.type,
        "eventTime": None,
        "reportingComponent": telling.component,
        "reportingInstance": telling.host,
    }


@dataclass(slots=True)
class _Known:
    name: str
    namespace: str
    count: int = 1


@dataclass(slots=True)
class _Budget:
    tokens: float = _BURST
    since: float = 0.0


@dataclass(slots=True)
class _Memory:
    """What was told lately, oldest first, so that memory stays bounded."""

    known: OrderedDict[tuple[str, ...], _Known] = field(default_factory=OrderedDict)
    budgets: OrderedDict[tuple[str, ...], _Budget] = field(default_factory=OrderedDict)

    def spend(self, subject: tuple[str, ...], now: float) -> bool:
        """False when this subject has been spoken of too much."""
        budget = self.budgets.pop(subject, None) or _Budget(since=now)
        budget.tokens = min(_BURST, budget.tokens + (now - budget.since) / _REFILL_SECONDS)
        budget.since = now
        self.budgets[subject] = budget
        while len(self.budgets) > _REMEMBERED:
            self.budgets.popitem(last=False)
        if budget.tokens < 1:
            return False
        budget.tokens -= 1
        return True

    def remember(self, identity: tuple[str, ...], known: _Known) -> None:
        self.known[identity] = known
        self.known.move_to_end(identity)
        while len(self.known) > _REMEMBERED:
            self.known.popitem(last=False)


class Recorder:
    """Takes tellings at once and writes them one by one in the background; loses the newest when far behind."""

    def __init__(self, client: KubeClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._queue: asyncio.Queue[Telling] = asyncio.Queue(_QUEUE)
        self._memory = _Memory()

    def tell(
        self, obj: Object, type: EventType, reason: str, message: str, component: str, *, host: str = "", field_path: str = ""
    ) -> None:
        """Never blocks and never raises."""
        telling = Telling(reference(obj, field_path), type, reason, message, component, host)
        if not self._memory.spend(telling.subject, self._clock.now().timestamp()):
            return
        try:
            self._queue.put_nowait(telling)
        except asyncio.QueueFull:
            logger.warning("an event about %s was lost: too many are waiting", telling.subject)

    async def run(self) -> None:
        """Ends only by cancellation."""
        while True:
            telling = await self._queue.get()
            try:
                await self._write(telling)
            except (StatusError, ClusterUnreachable) as error:
                logger.debug("event %s of %s was not written: %s", telling.reason, telling.subject, error)
            if self._queue.qsize() > _RUSH:
                await asyncio.sleep(_RUSH_PAUSE_SECONDS)

    async def _write(self, telling: Telling) -> None:
        known = self._memory.known.get(telling.identity)
        if known is not None:
            try:
                await self._count(telling, known)
            except StatusError as error:
                if not error.not_found:
                    raise
            else:
                return
        await self._create(telling)

    async def _count(self, telling: Telling, known: _Known) -> None:
        patch = {"count": known.count + 1, "lastTimestamp": rfc3339(self._clock.now())}
        await self._client.patch(EVENTS, known.name, known.namespace, patch)
        known.count += 1
        self._memory.remember(telling.identity, known)

    async def _create(self, telling: Telling) -> None:
        now = self._clock.now()
        name = f"{telling.about.get('name')}.{int(now.timestamp() * 1e9):x}"
        created = await self._client.create(new_event(telling, name, now), resource=EVENTS)
        meta = metadata_of(created)
        self._memory.remember(telling.identity, _Known(str(meta.get("name")), str(meta.get("namespace"))))
