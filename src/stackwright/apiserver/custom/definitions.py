"""CustomResourceDefinitions come and go while the server runs: accepted, served, and taken away with all their objects.

Source: k8s.io/apiextensions-apiserver pkg/controller (establish, status, finalizer).
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Any

from stackwright.api.meta import Object, is_deleting, metadata_of, name_of
from stackwright.apiserver.custom.kind import CustomKind, kinds_of
from stackwright.apiserver.registry import Registry
from stackwright.kernel.clock import Clock, rfc3339
from stackwright.runtime.conditions import find, is_true, with_condition
from stackwright.store.entry import Entry
from stackwright.store.objects import Changed, NotThere, ObjectStore
from stackwright.store.watchlog import WatchTooSlow

BUCKET = "customresourcedefinitions.apiextensions.k8s.io"
FINALIZER = "customresourcecleanup.apiextensions.k8s.io"
_LOOK_AGAIN_SECONDS = 0.2
_log = logging.getLogger(__name__)


class CustomDefinitions:
    """Keeps the registry in step with the definitions in the store.

    Call `load` before the first request; `run` follows what changes and ends only by cancellation.
    """

    def __init__(self, store: ObjectStore, registry: Registry, clock: Clock) -> None:
        self._store = store
        self._registry = registry
        self._clock = clock
        self._later: list[asyncio.Task[None]] = []
        self._served: dict[str, tuple[Any, Sequence[CustomKind]]] = {}

    def load(self) -> None:
        """Serves what was established before."""
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
        wanted = accepted(definition, self._conflict(definition), self._clock.now())
        if is_true(wanted["status"]["conditions"], "Established"):
            self._serve(definition)
        if wanted != definition:
            await self._store.update(BUCKET, wanted, entry.revision)

    def _conflict(self, definition: Object) -> str:
        """Why the names cannot be accepted; empty when they can."""
        spec = definition["spec"]
        for other in self._store.entries(BUCKET):
            if name_of(other.object) == name_of(definition) or other.object["spec"]["group"] != spec["group"]:
                continue
            taken = (other.object.get("status") or {}).get("acceptedNames") or {}
            if taken.get("kind") == spec["names"]["kind"]:
                return f'"{spec["names"]["kind"]}" is already in use'
        return ""

    def _serve(self, definition: Object) -> None:
        """Nothing is built anew while the spec stays the same."""
        name, spec = name_of(definition), definition["spec"]
        known = self._served.get(name)
        if known is not None and known[0] == spec:
            return
        kinds = kinds_of(definition)
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
        """Deletes every object, then lets the definition go."""
        bucket = name_of(entry.object)
        left = 0
        for item in self._store.entries(bucket):
            left += not await self._removed(bucket, item)
        if left:
            self._later.append(asyncio.create_task(self._again(bucket)))
            return
        self._withdraw(bucket)
        finalizers = [item for item in metadata_of(entry.object).get("finalizers") or () if item != FINALIZER]
        if finalizers:
            rest = {**entry.object, "metadata": {**metadata_of(entry.object), "finalizers": finalizers}}
            if rest != entry.object:
                await self._store.update(BUCKET, rest, entry.revision)
        else:
            await self._store.delete(BUCKET, "", bucket, entry.revision)

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
                await self._store.update(bucket, {**obj, "metadata": marked}, entry.revision)
        except (Changed, NotThere):
            return False
        return False


def accepted(definition: Object, problem: str, now: datetime) -> dict[str, Any]:
    """The definition with its status told, and the finalizer that lets it end with its objects. Pure."""
    spec, status, moment = definition["spec"], dict(definition.get("status") or {}), rfc3339(now)
    conditions: Any = status.get("conditions") or []
    if problem:
        conditions = with_condition(conditions, "NamesAccepted", "False", "KindConflict", problem, moment)
        if find(conditions, "Established") is None:
            conditions = with_condition(conditions, "Established", "False", "NotAccepted", "not all names are accepted", moment)
    else:
        conditions = with_condition(conditions, "NamesAccepted", "True", "NoConflicts", "no conflicts found", moment)
        conditions = with_condition(
            conditions, "Established", "True", "InitialNamesAccepted", "the initial names have been accepted", moment
        )
        status["acceptedNames"] = _names(spec["names"])
    stored = next((version["name"] for version in spec["versions"] if version.get("storage")), None)
    versions = list(status.get("storedVersions") or ())
    status["storedVersions"] = versions if stored is None or stored in versions else [*versions, stored]
    metadata = dict(metadata_of(definition))
    finalizers = list(metadata.get("finalizers") or ())
    metadata["finalizers"] = finalizers if FINALIZER in finalizers else [*finalizers, FINALIZER]
    return {**definition, "metadata": metadata, "status": {**status, "conditions": conditions}}


def _names(names: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **names,
        "singular": names.get("singular") or names["kind"].lower(),
        "listKind": names.get("listKind") or f"{names['kind']}List",
    }
