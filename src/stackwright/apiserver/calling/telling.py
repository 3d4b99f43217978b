"""Tells, once for each webhook, that it is not asked.

Source: k8s.io/api core/v1 Event; events about cluster-scoped objects live in the namespace `default`.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from stackwright.api.meta import Object
from stackwright.kernel.clock import Clock, rfc3339
from stackwright.store.objects import AlreadyThere, ObjectStore

REASON = "WebhookSkipped"
_COMPONENT = "stackwright-apiserver"
_log = logging.getLogger(__name__)


class Named(Protocol):
    """A webhook. Shape: `configuration` refers to the object that declares it."""

    @property
    def name(self) -> str: ...

    @property
    def configuration(self) -> Mapping[str, str]: ...


def skipped_text(hook: Named) -> str:
    return f'webhook "{hook.name}" was not asked: its Service is served by simulated pods only'


@dataclass(frozen=True, slots=True)
class SkipRecorder:
    """Shape: `told` holds the uid of the configuration and the name of each webhook that an event tells of."""

    store: ObjectStore
    clock: Clock
    told: set[tuple[str, str]] = field(default_factory=set)

    async def skipped(self, hook: Named) -> None:
        key = (hook.configuration.get("uid", ""), hook.name)
        if key in self.told:
            return
        self.told.add(key)
        _log.warning("%s", skipped_text(hook))
        try:
            await self.store.create("events", event(hook, rfc3339(self.clock.now())))
        except AlreadyThere:
            return


def event(hook: Named, now: str) -> Object:
    name = f"{hook.configuration['name']}.{hook.name}"
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": "default", "creationTimestamp": now},
        "involvedObject": dict(hook.configuration),
        "reason": REASON,
        "message": skipped_text(hook),
        "type": "Warning",
        "source": {"component": _COMPONENT},
        "reportingComponent": _COMPONENT,
        "reportingInstance": "",
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }
