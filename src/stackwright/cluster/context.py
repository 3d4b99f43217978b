"""What every controller of the cluster is given, and the few moves that all of them make."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from stackwright.api.meta import Object, Resource, controller_of, gvk_of, metadata_of, name_of, namespace_of
from stackwright.client.informer import Change, Informer, InformerSet
from stackwright.client.kube import KubeClient
from stackwright.cluster.events import Recorder
from stackwright.kernel.clock import Clock, rfc3339
from stackwright.runtime.controller import Controller

Key = tuple[str, str]
"""(namespace, name)."""


class Component(Protocol):
    """A part of the cluster. `run` ends only by cancellation."""

    async def run(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Context:
    """Shape: `client` writes as kube-controller-manager; the informers are shared by all."""

    client: KubeClient
    informers: InformerSet
    clock: Clock
    events: Recorder

    def now(self) -> datetime:
        return self.clock.now()

    def stamp(self) -> str:
        """The present moment as metav1.Time."""
        return rfc3339(self.clock.now())

    async def write_status(self, resource: Resource, obj: Object, status: Object) -> Object:
        """Replaces the status, unless it is that already. Raises StatusError (Conflict when somebody wrote since)."""
        if (obj.get("status") or {}) == status:
            return obj
        return await self.client.update_status({**obj, "status": status}, resource=resource)


def key_of(obj: Object) -> Key:
    return namespace_of(obj), name_of(obj)


def enqueue_each(informer: Informer, controller: Controller[Key]) -> None:
    """Every change of an object makes its own key due."""
    informer.listen(lambda change, obj, previous: controller.enqueue(key_of(obj)))


def enqueue_owner(informer: Informer, controller: Controller[Key], group: str, kind: str) -> None:
    """Every change of an object makes the key of its controller due: of the one it has, and of the one it had."""

    def listener(change: Change, obj: Object, previous: Object | None) -> None:
        for version in (obj, previous):
            owner = owner_key(version, group, kind)
            if owner is not None:
                controller.enqueue(owner)

    informer.listen(listener)


def owner_key(obj: Object | None, group: str, kind: str) -> Key | None:
    """The key of the object's controller, when that is of the kind asked for."""
    owner = controller_of(obj) if obj is not None else None
    if owner is None or obj is None or owner.get("kind") != kind:
        return None
    if str(owner.get("apiVersion", "")).rpartition("/")[0] != group:
        return None
    return namespace_of(obj), str(owner.get("name"))


def index_by_controller(informer: Informer) -> None:
    """Declares the indices `controller` (by its uid) and `loose` (no controller, by namespace)."""
    informer.index("controller", _controller_uid)
    informer.index("loose", lambda obj: () if controller_of(obj) else (namespace_of(obj),))


def _controller_uid(obj: Object) -> Iterable[str]:
    owner = controller_of(obj)
    return (str(owner.get("uid")),) if owner else ()


def spec_of(obj: Object) -> Object:
    return obj.get("spec") or {}


def status_of(obj: Object) -> Object:
    return obj.get("status") or {}


def reference_to(obj: Object, *, blocking: bool = True) -> dict[str, object]:
    """The owner reference of a controller."""
    gvk = gvk_of(obj)
    meta = metadata_of(obj)
    return {
        "apiVersion": gvk.api_version,
        "kind": gvk.kind,
        "name": meta.get("name"),
        "uid": meta.get("uid"),
        "controller": True,
        "blockOwnerDeletion": blocking,
    }


async def synced(*informers: Informer) -> None:
    """Waits until each has read its first list."""
    for informer in informers:
        await informer.wait_synced()


Enqueue = Callable[[Key], None]
