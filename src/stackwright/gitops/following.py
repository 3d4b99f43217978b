"""Which part of a cluster is followed, and one kind of it: in all namespaces at once, or in each that counts by itself.

Source: Argo CD's gitops-engine pkg/cache/cluster.go (`processApi`, `GetManagedLiveObjs`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from stackwright.api.meta import Object, ObjectKey, Resource
from stackwright.api.status import StatusError
from stackwright.client.informer import Change, Indexer, Informer, InformerSet


@dataclass(frozen=True, slots=True)
class Scope:
    """Shape: `namespaces` empty for all; `cluster_resources` says whether objects without a namespace count as well."""

    namespaces: tuple[str, ...] = ()
    cluster_resources: bool = True

    def places(self, resource: Resource) -> tuple[str | None, ...]:
        """The namespaces to list; None for everything at once, nothing for a kind that is left alone."""
        if not self.namespaces or (not resource.namespaced and self.cluster_resources):
            return (None,)
        return self.namespaces if resource.namespaced else ()

    def refusal(self, key: ObjectKey) -> str:
        """Why an object cannot be managed; empty when it can."""
        if not self.namespaces:
            return ""
        if not key.namespace:
            return "" if self.cluster_resources else f'cluster level {key.kind} "{key.name}" can not be managed when in namespaced mode'
        if key.namespace not in self.namespaces:
            return f'namespace "{key.namespace}" for {key.kind} "{key.name}" is not managed'
        return ""


class Following:
    """The objects of one kind."""

    def __init__(self, resource: Resource, informers: InformerSet, scope: Scope) -> None:
        self.resource = resource
        self._informers = informers
        self._by_place = {place: informers.informer(resource, place) for place in scope.places(resource)}

    def get(self, key: ObjectKey) -> Object | None:
        namespace = key.namespace if self.resource.namespaced else ""
        informer = self._by_place.get(None) or self._by_place.get(namespace)
        return None if informer is None else informer.get(key.name, namespace)

    def by_index(self, index: str, value: str) -> list[Object]:
        return [obj for informer in self._all() for obj in informer.by_index(index, value)]

    def in_namespace(self, namespace: str) -> list[Object]:
        informer = self._by_place.get(None) or self._by_place.get(namespace)
        return [] if informer is None else informer.in_namespace(namespace)

    @property
    def count(self) -> int:
        return sum(informer.count for informer in self._all())

    def index(self, name: str, indexer: Indexer) -> None:
        for informer in self._all():
            informer.index(name, indexer)

    def listen(self, listener: Callable[[Change, Object, Object | None], None]) -> None:
        for informer in self._all():
            informer.listen(listener)

    def stop(self) -> None:
        for place in self._by_place:
            self._informers.drop(self.resource, place)

    async def settle(self) -> StatusError | None:
        """Waits until everything is known; gives the refusal where the cluster does not let it be listed."""
        for informer in self._all():
            await informer.wait_settled()
        return next((informer.refused for informer in self._all() if informer.refused is not None), None)

    def _all(self) -> Iterable[Informer]:
        return self._by_place.values()
