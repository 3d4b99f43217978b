"""What lives in a cluster, followed by watches: found by name and by the Application that it says it belongs to."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal

from stackwright.api.meta import (
    GroupVersionKind,
    Object,
    ObjectKey,
    Resource,
    annotations_of,
    gvk_of,
    key_of,
    labels_of,
    namespace_of,
    owners_of,
    revision_of,
    uid_of,
)
from stackwright.api.status import StatusError
from stackwright.client.informer import Change, InformerSet
from stackwright.client.kinds import CRDS
from stackwright.client.kube import KubeClient
from stackwright.gitops.following import Following, Scope
from stackwright.gitops.tracking import TRACKING_ID, Tracking, parse_id

logger = logging.getLogger(__name__)

CATCH_UP_SECONDS = 10.0
_LOOK_AGAIN_SECONDS = 0.5
Excluded = Callable[[str, str], bool]
Rbac = Literal["", "normal", "strict"]
"""What is done about kinds that may not be listed: a failure, passed over, or passed over when the cluster says so on asking."""


class LiveState:
    """One cluster's objects. Call `follow` before the first question; reads are synchronous.

    An object that was just written is shown as written until the watch has caught up.
    """

    def __init__(
        self,
        client: KubeClient,
        informers: InformerSet,
        excluded: Excluded,
        scope: Scope | None = None,
        rbac: Callable[[], Rbac] = lambda: "",
    ) -> None:
        self.client = client
        self._informers = informers
        self._excluded = excluded
        self.scope = scope or Scope()
        self._rbac = rbac
        self._refused: set[tuple[str, str]] = set()
        self._followed: dict[tuple[str, str], Following] = {}
        self._written: dict[ObjectKey, tuple[Object, float]] = {}
        self._written_by: dict[str, set[ObjectKey]] = {}
        self._listeners: list[Callable[[Object, Object | None], None]] = []
        self._looking = asyncio.Lock()
        self._labels: set[str] = set()
        self._served: set[tuple[str, str]] = set()
        self._listening: set[tuple[str, str]] = set()
        self._looked_at = 0.0
        self._look_again = False
        self._look: asyncio.Future[None] | None = None
        self._capabilities: tuple[str, tuple[str, ...]] | None = None
        self.generation = 0
        """Counts how often the served kinds changed."""

    # -- following -------------------------------------------------------------------------------------------------

    async def follow(self) -> None:
        """Looks at everything the cluster serves; again when definitions come and go. Raises StatusError for what may not be listed,
        unless `resource.respectRBAC` lets that be passed over.
        """
        await self._discover()
        await self._settle()
        if self.scope.places(CRDS) and (CRDS.group, CRDS.kind) not in self._refused:
            self._informers.informer(CRDS).listen(self._definition_changed)

    async def _settle(self) -> None:
        """Kinds that may not be listed are left alone, or are a failure: Argo CD's respectRBAC decides."""
        for key, following in list(self._followed.items()):
            refusal = await following.settle()
            if refusal is not None and self._followed.get(key) is following:
                if not self._rbac() or (self._rbac() == "strict" and await self._may_list(following.resource)):
                    raise _not_listed(following.resource, refusal)
                self._refused.add(key)
                self._followed.pop(key)
                self._listening.discard(key)
                following.stop()

    async def _may_list(self, resource: Resource) -> bool:
        """The cluster's own word for it, in every namespace that counts."""
        places = self.scope.places(resource)
        return all([await self.client.may("list", resource, place) for place in places])

    def on_change(self, listener: Callable[[Object, Object | None], None]) -> None:
        """`listener` is told the object and its former state, None for what came or went; it must be quick and must not raise."""
        self._listeners.append(listener)

    async def _discover(self) -> None:
        async with self._looking:
            self.client.forget_resources()
            served = {(resource.group, resource.kind): resource for resource in (await self.client.discover()).all_preferred()}
            self._looked_at = asyncio.get_running_loop().time()
            for key, resource in served.items():
                if key not in self._followed and self._is_wanted(key, resource):
                    self._begin(key, resource)
            for key in [key for key in self._followed if key not in served]:
                self._listening.discard(key)
                self._followed.pop(key).stop()
            self._refused &= set(served)
            for key in [key for key in self._followed if self._excluded(*key)]:
                del self._followed[key]
            if set(served) != self._served:
                self._served = set(served)
                self._capabilities = None
                self.generation += 1

    def _is_wanted(self, key: tuple[str, str], resource: Resource) -> bool:
        can_be = {"list", "watch"} <= set(resource.verbs) and key not in self._refused
        return can_be and bool(self.scope.places(resource)) and not self._excluded(*key)

    def _begin(self, key: tuple[str, str], resource: Resource) -> None:
        following = self._followed[key] = Following(resource, self._informers, self.scope)
        following.index("tracking-id", _tracking_owner)
        for label in self._labels:
            following.index(f"label:{label}", partial(_label_owner, label))
        if key not in self._listening:
            self._listening.add(key)
            following.listen(partial(self._changed, resource))

    def _definition_changed(self, change: Change, definition: Object, previous: Object | None) -> None:
        """Several changes at once lead to one look."""
        if self._look is None or self._look.done():
            self._look = asyncio.ensure_future(self._rediscover())
        else:
            self._look_again = True

    async def _rediscover(self) -> None:
        self._look_again = True
        while self._look_again:
            self._look_again = False
            try:
                await self._discover()
            except Exception:  # the next definition, or the next miss, tries again
                logger.warning("discovery failed", exc_info=True)

    def _changed(self, resource: Resource, change: Change, obj: Object, previous: Object | None) -> None:
        shown = {"apiVersion": resource.api_version, "kind": resource.kind, **obj}
        self._seen(key_of(shown), shown)
        if (resource.group, resource.kind) in self._followed:
            for listener in self._listeners:
                listener(shown, None if change == "deleted" else previous)

    async def look_again(self) -> None:
        """After the kinds that are left out changed, or what is done about refusals."""
        self._refused.clear()
        await self._discover()
        await self._settle()

    # -- asking ----------------------------------------------------------------------------------------------------

    async def capabilities(self) -> tuple[str, tuple[str, ...]]:
        """The version of the cluster, and the `group/version` and `group/version/Kind` that it serves, as charts may ask."""
        if self._capabilities is None:
            version = await self.client.version()
            served = (await self.client.resources()).all()
            names = {item.api_version for item in served} | {f"{item.api_version}/{item.kind}" for item in served}
            self._capabilities = (str(version.get("gitVersion", "")), tuple(sorted(names)))
        return self._capabilities

    @property
    def known_version(self) -> str:
        """Of the cluster; empty until somebody asked for its capabilities."""
        return self._capabilities[0] if self._capabilities is not None else ""

    def numbers(self) -> tuple[int, int, float]:
        """Kinds that are followed, objects that are known, and the seconds since it was asked for what it serves."""
        followed = list(self._followed.values())
        return len(followed), sum(following.count for following in followed), asyncio.get_running_loop().time() - self._looked_at

    def get(self, key: ObjectKey) -> Object | None:
        following = self._followed.get((key.group, key.kind))
        return self._newer(key, None if following is None else following.get(key))

    def owned(self, instance: str, tracking: Tracking) -> list[Object]:
        """Everything that says it belongs to the Application."""
        index = "tracking-id" if tracking.method != "label" else f"label:{tracking.label}"
        if tracking.method == "label" and tracking.label not in self._labels:
            self._index_label(tracking.label)
        found: dict[ObjectKey, Object] = {}
        for following in list(self._followed.values()):
            for obj in following.by_index(index, instance):
                if tracking.owner_of(obj) == instance:
                    found[key_of(obj)] = obj
        for key in self._written_by.get(instance, ()):
            written = self._written.get(key)
            if written is not None and tracking.owner_of(written[0]) == instance and not owners_of(written[0]):
                found[key] = written[0]
        shown = ((key, self._newer(key, obj)) for key, obj in found.items())
        return [obj for _, obj in shown if obj is not None]

    def _index_label(self, label: str) -> None:
        self._labels.add(label)
        for following in self._followed.values():
            following.index(f"label:{label}", partial(_label_owner, label))

    def children_of(self, owner: Object) -> list[Object]:
        """What names the object among its owners, in its namespace."""
        uid = uid_of(owner)
        return [obj for obj in self.in_namespace(namespace_of(owner)) if any(ref.get("uid") == uid for ref in owners_of(obj))]

    def in_namespace(self, namespace: str) -> list[Object]:
        """Every object there, for who looks for orphans."""
        followed = [following for following in self._followed.values() if following.resource.namespaced]
        return [obj for following in followed for obj in following.in_namespace(namespace)]

    def namespaced(self, obj: Object) -> bool | None:
        """None for a kind that the cluster does not serve."""
        gvk = gvk_of(obj)
        return self.is_namespaced(gvk)

    def is_namespaced(self, gvk: GroupVersionKind) -> bool | None:
        following = self._followed.get((gvk.group, gvk.kind))
        found = following.resource if following is not None else self.client.known_resource(gvk)
        return None if found is None else found.namespaced

    async def knows(self, gvk: GroupVersionKind) -> bool:
        """Looks again at discovery when the kind is not known."""
        if self.is_namespaced(gvk) is None and asyncio.get_running_loop().time() - self._looked_at > _LOOK_AGAIN_SECONDS:
            await self._discover()
            await self._settle()
        return self.is_namespaced(gvk) is not None

    # -- what we wrote ourselves -----------------------------------------------------------------------------------

    def note(self, written: Mapping[ObjectKey, Object | None], instance: str) -> None:
        """Objects of an Application as they are after a write, None for deleted ones."""
        due = asyncio.get_running_loop().time() + CATCH_UP_SECONDS
        for key, obj in written.items():
            if obj is not None:
                self._written[key] = (obj, due)
            else:
                self._written.pop(key, None)
        mine = {key for key in self._written_by.pop(instance, set()) | set(written) if key in self._written}
        if mine:
            self._written_by[instance] = mine

    def _newer(self, key: ObjectKey, seen: Object | None) -> Object | None:
        noted = self._written.get(key)
        if noted is None:
            return seen
        obj, due = noted
        if _overtakes(seen, obj) or due < asyncio.get_running_loop().time():
            del self._written[key]
            return seen
        return obj

    def _seen(self, key: ObjectKey, obj: Object) -> None:
        """The watch caught up with a write."""
        noted = self._written.get(key)
        if noted is not None and _overtakes(obj, noted[0]):
            del self._written[key]


def _not_listed(resource: Resource, refusal: StatusError) -> StatusError:
    kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    return StatusError(refusal.http_status, refusal.reason, f"failed to load initial state of resource {kind}: {refusal}", {})


def _overtakes(seen: Object | None, written: Object) -> bool:
    return seen is not None and revision_of(seen) >= revision_of(written)


def _tracking_owner(obj: Object) -> tuple[str, ...]:
    """What another object owns carries a copy of its owner's mark at most."""
    if owners_of(obj):
        return ()
    owner = parse_id(annotations_of(obj).get(TRACKING_ID, ""))[0]
    return (owner,) if owner else ()


def _label_owner(label: str, obj: Object) -> tuple[str, ...]:
    owner = labels_of(obj).get(label)
    return (owner,) if owner and not owners_of(obj) else ()
