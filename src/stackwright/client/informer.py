"""A live, read-only copy of a resource, kept by list and watch, that tells its listeners what changed."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import aclosing
from typing import Literal

from stackwright.api.meta import Object, Resource, metadata_of, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.errors import ClusterUnreachable
from stackwright.client.kube import KubeClient

logger = logging.getLogger(__name__)

Change = Literal["added", "modified", "deleted"]
Listener = Callable[[Change, Object, Object | None], None]
"""Called with (change, object, previous). Must be quick and must not raise; the objects are shared."""

Key = tuple[str, str]
"""(namespace, name); the namespace is empty for cluster-scoped objects."""

Indexer = Callable[[Object], Iterable[str]]

_BACKOFF_SECONDS = (0.1, 0.5, 2.0, 5.0)


class Informer:
    """Source: client-go's shared informer. One task (`run`) feeds it; reads are synchronous and never block."""

    def __init__(
        self,
        client: KubeClient,
        resource: Resource,
        *,
        namespace: str | None = None,
        labels: str = "",
        fields: str = "",
        slim: bool = False,
    ) -> None:
        self.resource = resource
        self._slim = slim and not client.shares_objects
        self._client = client
        self._namespace = namespace
        self._labels = labels
        self._fields = fields
        self._objects: dict[Key, Object] = {}
        self._listeners: list[Listener] = []
        self._indexers: dict[str, Indexer] = {}
        self._indices: dict[str, dict[str, dict[Key, Object]]] = {}
        self._synced = asyncio.Event()
        self._settled = asyncio.Event()
        self.refused: StatusError | None = None
        """Why nothing can be listed, as the server said it last."""
        self.resource_version = ""

    # -- reading ---------------------------------------------------------------------------------------------------

    def get(self, name: str, namespace: str = "") -> Object | None:
        return self._objects.get((namespace, name))

    @property
    def count(self) -> int:
        return len(self._objects)

    def all(self) -> list[Object]:
        return list(self._objects.values())

    def in_namespace(self, namespace: str) -> list[Object]:
        """Indexed once `index("namespace", …)` is declared, otherwise a scan."""
        if "namespace" in self._indexers:
            return self.by_index("namespace", namespace)
        return [obj for (ns, _), obj in self._objects.items() if ns == namespace]

    def by_index(self, index: str, value: str) -> list[Object]:
        return list(self._indices[index].get(value, {}).values())

    @property
    def synced(self) -> bool:
        """True once the first list has been read."""
        return self._synced.is_set()

    async def wait_synced(self) -> None:
        await self._synced.wait()

    async def wait_settled(self) -> None:
        """As `wait_synced`, but a refusal (`refused`) ends the waiting too."""
        await self._settled.wait()

    # -- declaring -------------------------------------------------------------------------------------------------

    def listen(self, listener: Listener) -> None:
        """A late listener is told of everything that is already there, as `added`."""
        self._listeners.append(listener)
        for obj in list(self._objects.values()):
            listener("added", obj, None)

    def unlisten(self, listener: Listener) -> None:
        """Tells it no more; one that does not listen is passed over."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def index(self, name: str, indexer: Indexer) -> None:
        """Declares an index; asking for the same name twice is harmless."""
        if name in self._indexers:
            return
        self._indexers[name] = indexer
        self._indices[name] = {}
        for key, obj in self._objects.items():
            self._add_to_index(name, key, obj)

    # -- feeding ---------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Lists, watches, and starts over when the watch expires. Ends only by cancellation."""
        failures = 0
        while True:
            try:
                if not self.resource_version:
                    await self._list()
                await self._watch()
                failures = 0
            except StatusError as error:
                if error.expired:
                    self.resource_version = ""
                    continue
                if error.not_found:
                    self._replace({})
                    self.resource_version = ""
                    self._is_known()
                if error.http_status in (401, 403) and not self.synced:
                    self.refused = error
                    self._settled.set()
                failures += 1
                logger.debug("watch of %s failed: %s", self.resource.qualified, error)
            except ClusterUnreachable as error:
                failures += 1
                logger.debug("watch of %s failed: %s", self.resource.qualified, error)
            if failures:
                await asyncio.sleep(_BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS)) - 1])

    async def _list(self) -> None:
        page = await self._client.list_page(self.resource, self._namespace, labels=self._labels, fields=self._fields)
        items = page.items
        while page.continue_token:
            page = await self._client.list_page(
                self.resource, self._namespace, labels=self._labels, fields=self._fields, continue_token=page.continue_token
            )
            items += page.items
        self._replace({(namespace_of(obj), name_of(obj)): obj for obj in items})
        self.resource_version = page.resource_version
        self._is_known()

    def _is_known(self) -> None:
        self.refused = None
        self._synced.set()
        self._settled.set()

    async def _watch(self) -> None:
        events = self._client.watch(
            self.resource, self._namespace, resource_version=self.resource_version, labels=self._labels, fields=self._fields
        )
        async with aclosing(events):
            async for event in events:
                if event.type != "BOOKMARK":
                    self._accept(event.type == "DELETED", event.object)
                self.resource_version = metadata_of(event.object).get("resourceVersion") or self.resource_version

    def _accept(self, deleted: bool, obj: Object) -> None:
        key = (namespace_of(obj), name_of(obj))
        obj = _without_managed_fields(obj) if self._slim else obj
        previous = self._objects.get(key)
        if deleted:
            if previous is not None:
                self._forget(key, previous)
            self._tell("deleted", obj, previous)
            return
        if previous is not None and metadata_of(previous).get("resourceVersion") == metadata_of(obj).get("resourceVersion"):
            return
        self._remember(key, obj, previous)
        self._tell("added" if previous is None else "modified", obj, previous)

    def _replace(self, objects: Mapping[Key, Object]) -> None:
        for key in [key for key in self._objects if key not in objects]:
            gone = self._objects[key]
            self._forget(key, gone)
            self._tell("deleted", gone, gone)
        for obj in objects.values():
            self._accept(False, obj)

    def _remember(self, key: Key, obj: Object, previous: Object | None) -> None:
        for name in self._indexers:
            if previous is not None:
                self._remove_from_index(name, key, previous)
            self._add_to_index(name, key, obj)
        self._objects[key] = obj

    def _forget(self, key: Key, obj: Object) -> None:
        for name in self._indexers:
            self._remove_from_index(name, key, obj)
        del self._objects[key]

    def _add_to_index(self, name: str, key: Key, obj: Object) -> None:
        for value in self._indexers[name](obj):
            self._indices[name].setdefault(value, {})[key] = obj

    def _remove_from_index(self, name: str, key: Key, obj: Object) -> None:
        for value in self._indexers[name](obj):
            bucket = self._indices[name].get(value)
            if bucket is not None:
                bucket.pop(key, None)
                if not bucket:
                    del self._indices[name][value]

    def _tell(self, change: Change, obj: Object, previous: Object | None) -> None:
        for listener in self._listeners:
            try:
                listener(change, obj, previous)
            except Exception:  # one listener that trips over an object must not end the watch for all
                logger.exception("a listener of %s failed on %s/%s", self.resource.qualified, namespace_of(obj), name_of(obj))


def _without_managed_fields(obj: Object) -> Object:
    metadata = metadata_of(obj)
    if "managedFields" not in metadata:
        return obj
    return {**obj, "metadata": {key: value for key, value in metadata.items() if key != "managedFields"}}


_Followed = tuple[str, str, str, str | None]
"""Group, version, plural and namespace."""


class InformerSet:
    """The informers of one cluster, each started once and shared by whoever asks. Runs inside one TaskGroup.

    Shape: `slim` leaves managedFields out, which are half of what an object takes and which few look at; a set of resources names those
    of which they are left out.
    """

    def __init__(self, client: KubeClient, tasks: asyncio.TaskGroup, *, slim: bool | Collection[Resource] = False) -> None:
        self.client = client
        self._slim = slim
        self._tasks = tasks
        self._informers: dict[_Followed, Informer] = {}
        self._running: dict[_Followed, asyncio.Task[None]] = {}
        self._closed = False

    def informer(self, resource: Resource, namespace: str | None = None) -> Informer:
        """All namespaces unless one is named, no selector. Starts on first use."""
        key = (resource.group, resource.version, resource.plural, namespace)
        if key not in self._informers:
            informer = Informer(self.client, resource, namespace=namespace, slim=self._is_slim(resource))
            informer.index("namespace", lambda obj: (namespace_of(obj),))
            self._informers[key] = informer
            if not self._closed:
                self._running[key] = self._tasks.create_task(informer.run(), name=f"informer {resource.qualified}")
        return self._informers[key]

    def _is_slim(self, resource: Resource) -> bool:
        if isinstance(self._slim, bool):
            return self._slim
        return any((item.group, item.plural) == (resource.group, resource.plural) for item in self._slim)

    def drop(self, resource: Resource, namespace: str | None = None) -> None:
        """Stops following a resource that is no longer served, or may not be listed."""
        key = (resource.group, resource.version, resource.plural, namespace)
        self._informers.pop(key, None)
        task = self._running.pop(key, None)
        if task is not None:
            task.cancel()

    def close(self) -> None:
        """Follows nothing any more."""
        self._closed = True
        for task in self._running.values():
            task.cancel()
        self._running.clear()

    def unsynced(self) -> list[str]:
        """The resources of which nothing is known yet."""
        return [informer.resource.qualified for informer in self._informers.values() if not informer.synced]

    async def wait_synced(self) -> None:
        for informer in list(self._informers.values()):
            await informer.wait_synced()
