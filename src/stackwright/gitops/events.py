"""Kubernetes Events about Applications.

Source: Argo CD's util/argo/audit_logger.go.
"""

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Literal

from stackwright.api.meta import Object, annotations_of, gvk_of, name_of, namespace_of, uid_of
from stackwright.api.status import StatusError
from stackwright.client.errors import ClusterUnreachable
from stackwright.client.kinds import EVENTS
from stackwright.client.kube import KubeClient
from stackwright.kernel.clock import Clock, rfc3339

logger = logging.getLogger(__name__)

EventType = Literal["Normal", "Warning"]
COMPONENT = "argocd-application-controller"
OPERATION_STARTED, OPERATION_COMPLETED = "OperationStarted", "OperationCompleted"
RESOURCE_UPDATED = "ResourceUpdated"
_QUEUE = 5_000
_REMEMBERED = 4_096
_MAX_MESSAGE = 1_024


Labels = Callable[[Object], Mapping[str, str]]


def _no_labels(_app: Object) -> Mapping[str, str]:
    return {}


class Events:
    """Tells what happens without ever holding up who tells it: a full queue drops, a failed write is forgotten."""

    def __init__(self, client: KubeClient, clock: Clock, component: str = COMPONENT, labels: Labels = _no_labels) -> None:
        self._client = client
        self._clock = clock
        self._component = component
        self._labels = labels
        self._queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(_QUEUE)
        self._counts: OrderedDict[str, int] = OrderedDict()

    def tell(self, app: Object, reason: str, message: str, type: EventType = "Normal") -> None:
        event = new_event(app, reason, message, type, rfc3339(self._clock.now()), self._component, self._labels(app))
        logger.info("%s/%s: %s: %s", namespace_of(app), name_of(app), reason, event["message"])
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            logger.debug("too many events: %s of %s is not told", reason, name_of(app))

    async def run(self) -> None:
        """Ends only by cancellation."""
        while True:
            event = await self._queue.get()
            try:
                await self._write(event)
            except (StatusError, ClusterUnreachable) as error:
                logger.debug("event %s could not be written: %s", event["metadata"]["name"], error)

    async def _write(self, event: dict[str, Any]) -> None:
        """What was told before only counts up."""
        name, namespace = event["metadata"]["name"], event["metadata"]["namespace"]
        known = self._counts.pop(name, 0)
        if known:
            patch = {"count": known + 1, "lastTimestamp": event["lastTimestamp"]}
            try:
                await self._client.patch(EVENTS, name, namespace, patch)
            except StatusError as error:
                if not error.not_found:
                    raise
                known = 0
        if not known:
            try:
                await self._client.create(event, resource=EVENTS)
            except StatusError as error:
                if not error.already_exists:
                    raise
        self._counts[name] = known + 1
        while len(self._counts) > _REMEMBERED:
            self._counts.popitem(last=False)


def new_event(
    app: Object, reason: str, message: str, type: EventType, now: str, component: str = COMPONENT, labels: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Its name is made of what it says: the same twice is one event."""
    text = message[:_MAX_MESSAGE]
    gvk = gvk_of(app)
    identity = "\0".join((uid_of(app), reason, type, text))
    about = {
        "apiVersion": gvk.api_version,
        "kind": gvk.kind,
        "namespace": namespace_of(app),
        "name": name_of(app),
        "uid": uid_of(app),
    }
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{name_of(app)[:200]}.{hashlib.sha256(identity.encode()).hexdigest()[:16]}",
            "namespace": namespace_of(app),
            "annotations": _project(app),
        }
        | ({"labels": dict(labels)} if labels else {}),
        "involvedObject": about,
        "reason": reason,
        "message": text,
        "type": type,
        "count": 1,
        "firstTimestamp": now,
        "lastTimestamp": now,
        "source": {"component": component},
        "reportingComponent": component,
    }


def _project(app: Object) -> dict[str, str]:
    found = {"project": str((app.get("spec") or {}).get("project") or "")}
    return found | {key: annotations_of(app)[key] for key in ("argocd.argoproj.io/managed-by-url",) if key in annotations_of(app)}
