"""Follows every resource that can be listed, watched and deleted: what the garbage collector and the namespaces need to know.

Resources come and go with their CRDs; discovery is read again when one does.
"""

import asyncio
import logging
from collections.abc import Callable

from stackwright.api.meta import GroupKind, Object, Resource
from stackwright.api.status import StatusError
from stackwright.client.errors import ClusterUnreachable
from stackwright.client.informer import Change, Informer
from stackwright.client.kinds import CRDS
from stackwright.cluster.context import Context
from stackwright.runtime.conditions import is_true

logger = logging.getLogger(__name__)

_NEEDED = frozenset({"list", "watch", "delete"})
_NOT_FOLLOWED = frozenset({GroupKind("", "Event"), GroupKind("events.k8s.io", "Event")})
_SETTLE_SECONDS = 0.05
_RETRY_SECONDS = 1.0

Told = Callable[[Resource, Change, Object, Object | None], None]


class Inventory:
    """One shared informer for each kind, in its preferred version."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._followed: dict[GroupKind, Resource] = {}
        self._listeners: list[Told] = []
        self._changed = asyncio.Event()
        self._ready = asyncio.Event()

    def listen(self, told: Told) -> None:
        """Declared before `run`. Called with (resource, change, object, previous)."""
        self._listeners.append(told)

    async def wait_ready(self) -> None:
        """Returns once everything that was served at the start has been read."""
        await self._ready.wait()

    def resource_of(self, group: str, kind: str) -> Resource | None:
        return self._followed.get(GroupKind(group, kind))

    def informer_of(self, resource: Resource) -> Informer:
        return self._context.informers.informer(resource)

    def namespaced(self) -> list[Resource]:
        """The followed resources that live in namespaces."""
        return [resource for resource in self._followed.values() if resource.namespaced]

    async def run(self) -> None:
        """Ends only by cancellation."""
        self._context.informers.informer(CRDS).listen(self._crd_changed)
        while True:
            self._changed.clear()
            try:
                await self._look()
            except (StatusError, ClusterUnreachable) as error:
                logger.debug("discovery failed: %s", error)
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            self._ready.set()
            await self._changed.wait()
            await asyncio.sleep(_SETTLE_SECONDS)

    def _crd_changed(self, change: Change, crd: Object, previous: Object | None) -> None:
        def shape(obj: Object | None) -> object:
            spec, status = (obj or {}).get("spec") or {}, (obj or {}).get("status") or {}
            versions = [(version.get("name"), version.get("served")) for version in spec.get("versions") or ()]
            return obj is not None and (is_true(status.get("conditions"), "Established"), versions)

        if change == "deleted" or shape(crd) != shape(previous):
            self._changed.set()

    async def _look(self) -> None:
        found = await self._context.client.discover()
        served = {resource.group_kind: resource for resource in found.all_preferred() if self._wanted(resource)}
        for kind, resource in list(self._followed.items()):
            if served.get(kind) != resource:
                self._context.informers.drop(resource)
                del self._followed[kind]
        added = [resource for kind, resource in served.items() if kind not in self._followed]
        for resource in added:
            self._followed[resource.group_kind] = resource
            self._context.informers.informer(resource).listen(self._tell(resource))
        for resource in added:
            await self._context.informers.informer(resource).wait_synced()

    @staticmethod
    def _wanted(resource: Resource) -> bool:
        return set(resource.verbs) >= _NEEDED and resource.group_kind not in _NOT_FOLLOWED

    def _tell(self, resource: Resource) -> Callable[[Change, Object, Object | None], None]:
        def listener(change: Change, obj: Object, previous: Object | None) -> None:
            for told in self._listeners:
                told(resource, change, obj, previous)

        return listener
