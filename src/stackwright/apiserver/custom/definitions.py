"""CustomResourceDefinitions come and go while the server runs: accepted, served, and taken away with all their objects.

Source: k8s.io/apiextensions-apiserver pkg/controller (establish, status, finalizer).
"""

import asyncio
import logging
from collections.abc import Sequence, Set
from functools import partial
from typing import Any

from stackwright.api.meta import Object, is_deleting, metadata_of, name_of
from stackwright.apiserver.builtin.kinds import BuiltinKind
from stackwright.apiserver.calling.ports import Caller
from stackwright.apiserver.calling.telling import SkipRecorder
from stackwright.apiserver.custom.accepting import taken_names, with_names
from stackwright.apiserver.custom.conversion.webhook import Surroundings, WebhookConversions
from stackwright.apiserver.custom.definition.kind import FINALIZER, DefinitionKind
from stackwright.apiserver.custom.kind import CustomKind, kinds_of
from stackwright.apiserver.patching import KindPatches
from stackwright.apiserver.ports import Writer
from stackwright.apiserver.registry import Registry
from stackwright.kernel.clock import Clock, rfc3339
from stackwright.runtime.conditions import is_true, with_condition
from stackwright.store.entry import Entry
from stackwright.store.objects import Changed, NotThere, ObjectStore
from stackwright.store.watchlog import WatchTooSlow

BUCKET = "customresourcedefinitions.apiextensions.k8s.io"
_LOOK_AGAIN_SECONDS = 0.2
_log = logging.getLogger(__name__)


class CustomDefinitions:
    """Keeps the registry in step with the definitions in the store.

    Call `load` before the first request; `run` follows what changes and ends only by cancellation.
    """

    def __init__(self, store: ObjectStore, registry: Registry, clock: Clock, caller: Caller | None = None) -> None:
        """Without a `caller` versions that a webhook converts differ by their name only."""
        self._conversions_of = None
        if caller is not None:
            around = Surroundings(store, caller, SkipRecorder(store, clock))
            self._conversions_of = partial(WebhookConversions, around=around)
        self._store = store
        self._registry = registry
        self._clock = clock
        self._patches = KindPatches()
        self._later: list[asyncio.Task[None]] = []
        self._served: dict[str, tuple[Any, Sequence[CustomKind]]] = {}

    def load(self) -> None:
        """Serves what was established before, and definitions themselves with all that is asked of them."""
        known = self._registry.find("apiextensions.k8s.io", "v1", "customresourcedefinitions")
        if isinstance(known, BuiltinKind) and not isinstance(known, DefinitionKind):
            self._registry.add(DefinitionKind(known.resource, known.schema))
        for entry in self._store.entries(BUCKET):
            if is_true((entry.object.get("status") or {}).get("conditions"), "Established"):
                self._serve(entry.object)

    async def run(self) -> None:
        while True:
            watch = self._store.watch(BUCKET)
            try:
                for entry in self._store.entries(BUCKET):
                    await self._settle(name_of(entry.object))
                while True:
                    for change in await watch.next():
                        await self._settle(name_of(change.entry.object))
            except WatchTooSlow:
                continue
            finally:
                self._store.unwatch(watch)

    async def _settle(self, name: str) -> None:
        """Makes one definition right; a write that somebody overtook is made again by the change that overtook it."""
        entry = self._store.entry(BUCKET, "", name)
        try:
            if entry is None:
                self._withdraw(name)
            elif is_deleting(entry.object):
                await self._terminate(entry)
            else:
                await self._accept(entry)
        except (Changed, NotThere):
            _log.debug("definition %s changed meanwhile", name)
        except Exception:  # one definition that nobody foresaw must not stop the others
            _log.exception("definition %s could not be served", name)

    async def _accept(self, entry: Entry) -> None:
        definition = entry.object
        others = (each.object for each in self._store.entries(BUCKET))
        wanted = with_names(definition, taken_names(definition, others), self._clock.now())
        if is_true(wanted["status"]["conditions"], "Established"):
            self._serve(definition)
        if wanted != definition:
            await self._written(wanted, entry)

    def _serve(self, definition: Object) -> None:
        """Nothing is built anew while the spec stays the same."""
        name, spec = name_of(definition), definition["spec"]
        known = self._served.get(name)
        if known is not None and known[0] == spec:
            return
        kinds = kinds_of(definition, self._conversions_of)
        self._withdraw(name, keep={kind.resource.version for kind in kinds})
        for kind in kinds:
            self._registry.add(kind)
        self._served[name] = (spec, kinds)

    def _withdraw(self, name: str, keep: Set[str] = frozenset()) -> None:
        _, kinds = self._served.pop(name, (None, ()))
        for kind in kinds:
            if kind.resource.version not in keep:
                self._registry.remove(kind.resource)

    async def _terminate(self, entry: Entry) -> None:
        """Deletes every object, then lets the definition go. New objects are refused from here on."""
        bucket = name_of(entry.object)
        if FINALIZER not in (metadata_of(entry.object).get("finalizers") or ()):
            return
        self._close(bucket)
        if next(iter(self._store.entries(bucket)), None) is not None:
            entry = await self._tell(entry, "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress")
            if await self._still_there(bucket):
                self._later.append(asyncio.create_task(self._again(bucket)))
                return
        self._withdraw(bucket)
        finalizers = [item for item in metadata_of(entry.object).get("finalizers") or () if item != FINALIZER]
        if finalizers:
            released = _told(entry.object, "False", "InstanceDeletionCompleted", "removed all instances", rfc3339(self._clock.now()))
            await self._store.update(BUCKET, {**released, "metadata": {**metadata_of(released), "finalizers": finalizers}}, entry.revision)
        else:
            await self._store.delete(BUCKET, "", bucket, entry.revision)

    async def _still_there(self, bucket: str) -> bool:
        """Whether objects are left after all that can go went."""
        left = [item for item in self._store.entries(bucket) if not await self._removed(bucket, item)]
        return bool(left)

    def _close(self, name: str) -> None:
        spec, kinds = self._served.get(name, (None, ()))
        if any(not kind.closing for kind in kinds):
            closed = [kind.closed() for kind in kinds]
            for kind in closed:
                self._registry.add(kind)
            self._served[name] = spec, closed

    async def _tell(self, entry: Entry, status: str, reason: str, message: str) -> Entry:
        told = _told(entry.object, status, reason, message, rfc3339(self._clock.now()))
        return entry if told == entry.object else await self._written(told, entry)

    async def _written(self, new: Object, entry: Entry) -> Entry:
        """The status is the server's own."""
        kind = self._registry.find("apiextensions.k8s.io", "v1", "customresourcedefinitions")
        if kind is not None:
            new = self._patches.owned(kind, new, entry.object, Writer("kube-apiserver", "status", self._clock.now()))
        return await self._store.update(BUCKET, new, entry.revision)

    async def _again(self, name: str) -> None:
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        self._later.pop(0)
        await self._settle(name)

    async def _removed(self, bucket: str, entry: Entry) -> bool:
        obj, meta = entry.object, metadata_of(entry.object)
        try:
            if not meta.get("finalizers"):
                await self._store.delete(bucket, meta.get("namespace") or "", meta["name"], entry.revision)
                return True
            if not is_deleting(obj):
                marked = {**meta, "deletionTimestamp": rfc3339(self._clock.now()), "deletionGracePeriodSeconds": 0}
                marked["generation"] = int(meta.get("generation") or 0) + 1
                await self._store.update(bucket, {**obj, "metadata": marked}, entry.revision)
        except (Changed, NotThere):
            return False
        return False


def _told(definition: Object, status: str, reason: str, message: str, moment: str) -> dict[str, Any]:
    known = definition.get("status") or {}
    conditions = with_condition(known.get("conditions"), "Terminating", status, reason, message, moment)
    return {**definition, "status": {**known, "conditions": conditions}}
