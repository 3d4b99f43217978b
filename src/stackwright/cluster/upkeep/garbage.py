"""The garbage collector: what nobody owns any longer goes; foreground and orphan deletions are carried out.

Source: k8s.io/kubernetes pkg/controller/garbagecollector.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Literal, NamedTuple

from stackwright.api.meta import Object, Resource, metadata_of, uid_of
from stackwright.api.status import StatusError
from stackwright.client.informer import Change
from stackwright.client.kube import Propagation
from stackwright.cluster.context import Context
from stackwright.cluster.inventory import Inventory
from stackwright.cluster.upkeep.graph import FOREGROUND, ORPHAN, Graph, Node, Owner, node_of
from stackwright.runtime.controller import Controller

Standing = Literal["solid", "dangling", "waiting", "unknown"]
_REMEMBERED_ABSENT = 500


class Judgement(NamedTuple):
    """What becomes of an object with owners. Shape: `drop` are uids of owner references to remove."""

    drop: frozenset[str] = frozenset()
    delete: Propagation | None = None
    unblock: frozenset[str] = frozenset()


def judge(node: Node, standings: Sequence[tuple[Owner, Standing]], dependents: Sequence[Node]) -> Judgement:
    """Pure. One owner that stands keeps the object; without one it goes, in the way its finalizers ask for."""
    by = {standing: [owner.uid for owner, found in standings if found == standing] for standing in ("dangling", "waiting")}
    if any(standing in ("solid", "unknown") for _, standing in standings):
        gone = frozenset(by["dangling"] + by["waiting"])
        return Judgement(drop=gone if any(standing == "solid" for _, standing in standings) else frozenset())
    if by["waiting"] and dependents:
        circular = any(dependent.waits_for_dependents for dependent in dependents)
        return Judgement(delete="Foreground", unblock=frozenset(by["waiting"]) if circular else frozenset())
    if ORPHAN in node.finalizers:
        return Judgement(delete="Orphan")
    return Judgement(delete="Foreground" if FOREGROUND in node.finalizers else "Background")


class GarbageCollector:
    """Told of every object by the inventory; looks at one uid at a time."""

    def __init__(self, context: Context, inventory: Inventory) -> None:
        self._context = context
        self._inventory = inventory
        self._graph = Graph()
        self._absent: OrderedDict[str, None] = OrderedDict()
        self._controller: Controller[str] = Controller("garbage-collector-controller", self.reconcile, workers=5, max_delay_seconds=30)
        inventory.listen(self._changed)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await self._inventory.wait_ready()
        await self._controller.run()

    def _changed(self, resource: Resource, change: Change, obj: Object, previous: Object | None) -> None:
        replaced = previous is not None and uid_of(previous) != uid_of(obj)
        due = self._graph.forget(uid_of(previous)) if replaced and previous is not None else set()
        due |= self._graph.forget(uid_of(obj)) if change == "deleted" else self._graph.observe(resource, obj)
        for uid in due:
            node = self._graph.nodes.get(uid)
            if node is None or change == "deleted" or node.deleting or not self._all_stand(node):
                self._controller.enqueue(uid)

    def _all_stand(self, node: Node) -> bool:
        """Every owner is known, where the reference says, and not going: nothing to ask the server for."""
        return all(self._known_standing(node, owner) == "solid" for owner in node.owners)

    async def reconcile(self, uid: str) -> float | None:
        """Looks at one object, as the server has it now."""
        known = self._graph.nodes.get(uid)
        if known is None:
            return None
        resource, namespace, name, _ = known.identity
        live = await self._context.client.find(resource, name, namespace or None)
        if live is None or uid_of(live) != uid:
            return None
        node = node_of(resource, live)
        if node.orphans_dependents:
            await self._orphan(node)
        elif node.waits_for_dependents:
            await self._foreground(node)
        elif node.owners and not node.deleting:
            standings = [(owner, await self._standing(node, owner)) for owner in node.owners]
            await self._carry_out(node, live, judge(node, standings, self._graph.dependents_of(uid)))
        return None

    # -- owners ----------------------------------------------------------------------------------------------------

    def _known_standing(self, node: Node, owner: Owner) -> Standing:
        found = self._graph.nodes.get(owner.uid)
        if found is None:
            return "unknown"
        identity = found.identity
        same_place = identity.namespace in ("", node.identity.namespace) and identity.name == owner.name
        if not same_place or (identity.resource.group, identity.resource.kind) != (owner.group, owner.kind):
            return "dangling"
        return "waiting" if found.waits_for_dependents else "solid"

    async def _standing(self, node: Node, owner: Owner) -> Standing:
        """What became of an owner; the server decides what the graph does not know."""
        if owner.uid in self._absent:
            return "dangling"
        known = self._known_standing(node, owner)
        if known in ("solid", "waiting"):
            return known
        resource = self._inventory.resource_of(owner.group, owner.kind)
        if resource is None or (resource.namespaced and not node.identity.namespace):
            return "unknown"
        live = await self._context.client.find(resource, owner.name, node.identity.namespace if resource.namespaced else None)
        if live is not None and uid_of(live) == owner.uid:
            return "waiting" if node_of(resource, live).waits_for_dependents else "solid"
        if known == "dangling":
            self._warn_misplaced(node, owner)
        else:
            self._remember_absent(owner.uid)
        return "dangling"

    def _remember_absent(self, uid: str) -> None:
        self._absent[uid] = None
        if len(self._absent) > _REMEMBERED_ABSENT:
            self._absent.popitem(last=False)

    def _warn_misplaced(self, node: Node, owner: Owner) -> None:
        where, resource = node.identity, node.identity.resource
        reference = f"[{owner.api_version}/{owner.kind}, namespace: {where.namespace}, name: {owner.name}, uid: {owner.uid}]"
        message = f'ownerRef {reference} does not exist in namespace "{where.namespace}"'
        meta = {"namespace": where.namespace, "name": where.name, "uid": where.uid}
        about = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": meta}
        self._context.events.tell(about, "Warning", "OwnerRefInvalidNamespace", message, "garbage-collector-controller")

    # -- acts ------------------------------------------------------------------------------------------------------

    async def _carry_out(self, node: Node, live: Object, judgement: Judgement) -> None:
        if judgement.drop:
            await self._set_owners(node, live, drop=judgement.drop)
        if judgement.unblock:
            live = await self._set_owners(node, live, unblock=judgement.unblock) or live
        if judgement.delete:
            version = metadata_of(live).get("resourceVersion")
            await self._delete(node, judgement.delete, version)

    async def _delete(self, node: Node, propagation: Propagation, resource_version: str | None) -> None:
        resource, namespace, name, uid = node.identity
        try:
            await self._context.client.delete(
                resource, name, namespace or None, propagation=propagation, uid=uid, resource_version=resource_version
            )
        except StatusError as error:
            if not error.not_found:
                raise

    async def _set_owners(
        self, node: Node, live: Object, *, drop: frozenset[str] = frozenset(), unblock: frozenset[str] = frozenset()
    ) -> Object | None:
        references = [reference for reference in metadata_of(live).get("ownerReferences") or () if reference.get("uid") not in drop]
        references = [{**ref, "blockOwnerDeletion": False} if ref.get("uid") in unblock else ref for ref in references]
        return await self._patch(node, live, {"ownerReferences": references or None})

    async def _patch(self, node: Node, live: Object, meta: Object) -> Object | None:
        """Only if nobody wrote since; None when it is gone."""
        resource, namespace, name, uid = node.identity
        guarded = {"uid": uid, "resourceVersion": metadata_of(live).get("resourceVersion"), **meta}
        try:
            return await self._context.client.patch(resource, name, namespace or None, {"metadata": guarded})
        except StatusError as error:
            if error.not_found:
                return None
            raise

    async def _orphan(self, node: Node) -> None:
        """Frees every dependent, then lets the owner go."""
        uid = node.identity.uid
        for dependent in self._graph.dependents_of(uid):
            await self._free(dependent, uid)
        await self._drop_finalizer(node, ORPHAN)

    async def _free(self, dependent: Node, owner_uid: str) -> None:
        resource, namespace, name, uid = dependent.identity
        live = await self._context.client.find(resource, name, namespace or None)
        if live is not None and uid_of(live) == uid:
            await self._set_owners(dependent, live, drop=frozenset({owner_uid}))

    async def _foreground(self, node: Node) -> None:
        """Waits for the blocking dependents, which are due a look of their own, then lets the owner go."""
        blockers = self._graph.blockers_of(node.identity.uid)
        for blocker in blockers:
            if not blocker.deleting:
                self._controller.enqueue(blocker.identity.uid)
        if not blockers:
            await self._drop_finalizer(node, FOREGROUND)

    async def _drop_finalizer(self, node: Node, finalizer: str) -> None:
        resource, namespace, name, uid = node.identity
        live = await self._context.client.find(resource, name, namespace or None)
        if live is None or uid_of(live) != uid:
            return
        kept = [each for each in metadata_of(live).get("finalizers") or () if each != finalizer]
        await self._patch(node, live, {"finalizers": kept or None})
