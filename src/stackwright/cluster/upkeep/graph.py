"""Who owns whom: the objects of the cluster as a graph by uid. Pure: no I/O, told of changes, asked questions.

Source: k8s.io/kubernetes pkg/controller/garbagecollector/graph_builder.go.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from stackwright.api.meta import Object, Resource, metadata_of

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"


class Identity(NamedTuple):
    """Where an object is. Shape: `namespace` is empty for cluster-scoped kinds."""

    resource: Resource
    namespace: str
    name: str
    uid: str


class Owner(NamedTuple):
    """An owner reference."""

    group: str
    version: str
    kind: str
    name: str
    uid: str
    blocks: bool

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


@dataclass(slots=True)
class Node:
    """An object, with what deletion turns on."""

    identity: Identity
    owners: tuple[Owner, ...] = ()
    deleting: bool = False
    finalizers: tuple[str, ...] = ()

    @property
    def waits_for_dependents(self) -> bool:
        return self.deleting and FOREGROUND in self.finalizers

    @property
    def orphans_dependents(self) -> bool:
        return self.deleting and ORPHAN in self.finalizers


@dataclass(slots=True)
class Graph:
    """Only nodes with owners, and nodes somebody owns or that are being deleted, matter; all are known by uid."""

    nodes: dict[str, Node] = field(default_factory=dict)
    dependents: dict[str, dict[str, None]] = field(default_factory=dict)

    def observe(self, resource: Resource, obj: Object) -> set[str]:
        """Takes in a new or changed object; answers with the uids that are due a look."""
        node = node_of(resource, obj)
        uid = node.identity.uid
        before = self.nodes.get(uid)
        self.nodes[uid] = node
        self._link(uid, before.owners if before else (), node.owners)
        return set(self._due(node, before))

    def forget(self, uid: str) -> set[str]:
        """Takes an object out; its dependents are due a look, and so are owners that wait for it."""
        node = self.nodes.pop(uid, None)
        if node is None:
            return set()
        self._link(uid, node.owners, ())
        return {*self.dependents.get(uid, ()), *self._waiting(node.owners)}

    def dependents_of(self, uid: str) -> list[Node]:
        return [self.nodes[each] for each in self.dependents.get(uid, ()) if each in self.nodes]

    def blockers_of(self, uid: str) -> list[Node]:
        """The dependents that hold up the foreground deletion of their owner."""
        return [node for node in self.dependents_of(uid) if any(owner.uid == uid and owner.blocks for owner in node.owners)]

    def _due(self, node: Node, before: Node | None) -> Iterable[str]:
        uid = node.identity.uid
        if node.owners and (before is None or before.owners != node.owners):
            yield uid
        if node.deleting and (before is None or not before.deleting or before.finalizers != node.finalizers):
            yield uid
            if node.waits_for_dependents:
                yield from self.dependents.get(uid, ())
        if before is not None and before.owners != node.owners:
            yield from self._waiting(before.owners)

    def _waiting(self, owners: Iterable[Owner]) -> Iterable[str]:
        for owner in owners:
            node = self.nodes.get(owner.uid)
            if node is not None and node.waits_for_dependents:
                yield owner.uid

    def _link(self, uid: str, before: tuple[Owner, ...], after: tuple[Owner, ...]) -> None:
        for owner in before:
            held = self.dependents.get(owner.uid)
            if held is not None:
                held.pop(uid, None)
                if not held:
                    del self.dependents[owner.uid]
        for owner in after:
            self.dependents.setdefault(owner.uid, {})[uid] = None


def node_of(resource: Resource, obj: Object) -> Node:
    meta = metadata_of(obj)
    identity = Identity(resource, str(meta.get("namespace") or ""), str(meta.get("name") or ""), str(meta.get("uid") or ""))
    owners = tuple(_owner(reference) for reference in meta.get("ownerReferences") or ())
    return Node(identity, owners, bool(meta.get("deletionTimestamp")), tuple(meta.get("finalizers") or ()))


def _owner(reference: Object) -> Owner:
    group, _, version = str(reference.get("apiVersion", "")).rpartition("/")
    name, uid = str(reference.get("name", "")), str(reference.get("uid", ""))
    return Owner(group, version, str(reference.get("kind", "")), name, uid, bool(reference.get("blockOwnerDeletion")))
