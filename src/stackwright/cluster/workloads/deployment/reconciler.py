"""The story of a Deployment: find its ReplicaSets, move them towards the new template, tell how far it got.

Source: k8s.io/kubernetes pkg/controller/deployment/deployment_controller.go.
"""

from collections.abc import Sequence
from typing import Any

from stackwright.api.meta import Object, annotations_of, controller_of, is_deleting, metadata_of, name_of, namespace_of, uid_of
from stackwright.api.selectors import from_object
from stackwright.api.status import StatusError
from stackwright.client.kinds import DEPLOYMENTS, PODS, REPLICA_SETS
from stackwright.cluster import pods as pod_facts
from stackwright.cluster.claims import claims, settle
from stackwright.cluster.context import (
    Context,
    Key,
    enqueue_each,
    enqueue_owner,
    index_by_controller,
    owner_key,
    spec_of,
    status_of,
    synced,
)
from stackwright.cluster.workloads.deployment import progress, revisions, rolling
from stackwright.runtime.conditions import find
from stackwright.runtime.controller import Controller

COMPONENT = "deployment-controller"


class DeploymentController:
    """Keeps the ReplicaSets of every Deployment."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._deployments = context.informers.informer(DEPLOYMENTS)
        self._replica_sets = context.informers.informer(REPLICA_SETS)
        self._pods = context.informers.informer(PODS)
        index_by_controller(self._replica_sets)
        index_by_controller(self._pods)
        self._controller: Controller[Key] = Controller(COMPONENT, self.reconcile, workers=5)
        enqueue_each(self._deployments, self._controller)
        enqueue_owner(self._replica_sets, self._controller, "apps", "Deployment")
        self._pods.listen(self._pod_gone)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await synced(self._deployments, self._replica_sets, self._pods)
        await self._controller.run()

    def _pod_gone(self, change: str, pod: Object, previous: Object | None) -> None:
        """A Recreate waits for the last old pod to go."""
        if change != "deleted":
            return
        owner = owner_key(pod, "apps", "ReplicaSet")
        rs = self._replica_sets.get(owner[1], owner[0]) if owner else None
        key = owner_key(rs, "apps", "Deployment")
        deployment = self._deployments.get(key[1], key[0]) if key else None
        if key and deployment and (spec_of(deployment).get("strategy") or {}).get("type") == "Recreate":
            self._controller.enqueue(key)

    async def reconcile(self, key: Key) -> float | None:
        """One pass; each write brings the next."""
        deployment = self._deployments.get(key[1], key[0])
        if deployment is None:
            return None
        selector = from_object(spec_of(deployment).get("selector"))
        if not selector:
            return None
        candidates = [*self._replica_sets.by_index("controller", uid_of(deployment)), *self._replica_sets.by_index("loose", key[0])]
        found = await settle(self._context.client, REPLICA_SETS, deployment, claims(deployment, selector, candidates))
        new = revisions.find_new(deployment, found)
        old = [rs for rs in found if rs is not new]
        if is_deleting(deployment):
            return await self._tell(deployment, new, old)
        if await self._note_pause(deployment):
            return None
        return await self._step(deployment, new, old)

    async def _step(self, deployment: Object, new: Object | None, old: list[Object]) -> float | None:
        everything = [rs for rs in (new, *old) if rs is not None]
        if spec_of(deployment).get("paused") or rolling.is_scaling(deployment, everything):
            if new is not None and not spec_of(deployment).get("paused"):
                new = await self._numbered(deployment, new, old)
                if new is None:
                    return None
            await self._resize(deployment, rolling.rescale(deployment, new, old))
            if spec_of(deployment).get("paused"):
                await self._forget(deployment, old)
            return await self._tell(deployment, new, old)
        if (spec_of(deployment).get("strategy") or {}).get("type") == "Recreate":
            return await self._recreate(deployment, new, old)
        return await self._roll(deployment, new, old)

    async def _roll(self, deployment: Object, new: Object | None, old: list[Object]) -> float | None:
        new = await self._made(deployment, new, old)
        if new is None:
            return None
        growth = rolling.grow(deployment, new, old)
        changes = [growth] if growth else rolling.shrink(deployment, new, old)
        await self._resize(deployment, changes)
        return await self._finish(deployment, new, old, quiet=not changes)

    async def _recreate(self, deployment: Object, new: Object | None, old: list[Object]) -> float | None:
        shrinking = [rolling.Resize(rs, 0) for rs in old if rolling.replicas_of(rs)]
        if shrinking:
            await self._resize(deployment, shrinking)
            return await self._tell(deployment, new, old)
        if any(self._still_running(rs) for rs in old):
            return await self._tell(deployment, new, old)
        new = await self._made(deployment, new, old)
        if new is None:
            return None
        growth = rolling.grow(deployment, new, old)
        await self._resize(deployment, [growth] if growth else [])
        return await self._finish(deployment, new, old, quiet=growth is None)

    def _still_running(self, rs: Object) -> bool:
        return any(not pod_facts.is_finished(pod) for pod in self._pods.by_index("controller", uid_of(rs)))

    async def _finish(self, deployment: Object, new: Object, old: list[Object], *, quiet: bool) -> float | None:
        if quiet and progress.is_complete(deployment, status_of(deployment)):
            await self._forget(deployment, old)
        return await self._tell(deployment, new, old)

    # -- the new ReplicaSet ----------------------------------------------------------------------------------------

    async def _made(self, deployment: Object, new: Object | None, old: list[Object]) -> Object | None:
        """The new ReplicaSet, created when it is missing. None: something was written that brings another pass."""
        if new is not None:
            return await self._numbered(deployment, new, old)
        limits = rolling.limits_of(deployment)
        size = rolling.size_of_new(deployment, None, old)
        wanted = revisions.new_replica_set(deployment, size, revisions.max_revision(old) + 1, limits.surge)
        try:
            created = await self._context.client.create(wanted, resource=REPLICA_SETS)
        except StatusError as error:
            if error.already_exists:
                return await self._collided(deployment, wanted)
            await self._not_created(deployment, wanted, error)
            raise
        if size:
            message = f"Scaled up replica set {name_of(created)} from 0 to {size}"
            self._context.events.tell(deployment, "Normal", "ScalingReplicaSet", message, COMPONENT)
        message = f'Created new replica set "{name_of(created)}"'
        await self._note(deployment, revisions.revision_of(created), "NewReplicaSetCreated", message)
        return None

    async def _collided(self, deployment: Object, wanted: Object) -> Object | None:
        """Somebody has the name: our own earlier self (the informer lags), or another template with the same hash."""
        there = await self._context.client.find(REPLICA_SETS, name_of(wanted), namespace_of(wanted))
        if there is None:
            return None
        owner = controller_of(there)
        template = spec_of(wanted).get("template") or {}
        mine = owner is not None and owner.get("uid") == uid_of(deployment)
        if mine and pod_facts.same_template(spec_of(there).get("template") or {}, template, revisions.HASH_LABEL):
            return there
        status = status_of(deployment)
        count = int(status.get("collisionCount") or 0) + 1
        await self._context.write_status(DEPLOYMENTS, deployment, {**status, "collisionCount": count})
        return None

    async def _not_created(self, deployment: Object, wanted: Object, error: StatusError) -> None:
        message = f'Failed to create new replica set "{name_of(wanted)}": {error.message}'
        self._context.events.tell(deployment, "Warning", "ReplicaSetCreateError", message, COMPONENT)
        status, now = status_of(deployment), self._context.now()
        conditions = progress.with_deployment_condition(
            status.get("conditions") or (), "Progressing", "False", "ReplicaSetCreateError", message, now
        )
        await self._context.write_status(DEPLOYMENTS, deployment, {**status, "conditions": conditions})

    async def _numbered(self, deployment: Object, new: Object, old: Sequence[Object]) -> Object | None:
        """The new ReplicaSet with the highest revision and the Deployment's annotations; None: the Deployment was written."""
        revision = max(revisions.max_revision(old) + 1, revisions.revision_of(new))
        annotations = revisions.annotations_for(deployment, new, revision)
        patch: dict[str, Any] = {}
        if annotations != annotations_of(new):
            patch["metadata"] = {"annotations": annotations}
        young = int(spec_of(deployment).get("minReadySeconds") or 0)
        if young != int(spec_of(new).get("minReadySeconds") or 0):
            patch["spec"] = {"minReadySeconds": young}
        if patch:
            new = await self._context.client.patch(REPLICA_SETS, name_of(new), namespace_of(new), patch)
        number = revisions.revision_of(new)
        found = find(status_of(deployment).get("conditions"), "Progressing")
        if annotations_of(deployment).get(revisions.REVISION) != str(number) or (progress.has_deadline(deployment) and found is None):
            await self._note(deployment, number, "FoundNewReplicaSet", f'Found new replica set "{name_of(new)}"')
            return None
        return new

    async def _note(self, deployment: Object, revision: int, reason: str, message: str) -> None:
        """The revision in the Deployment's annotations, and a first word on its progress."""
        status, meta, now = status_of(deployment), metadata_of(deployment), self._context.now()
        annotations = {**annotations_of(deployment), revisions.REVISION: str(revision)}
        changed: dict[str, Any] = {**deployment, "metadata": {**meta, "annotations": annotations}}
        if progress.has_deadline(deployment):
            conditions = status.get("conditions") or ()
            changed["status"] = {
                **status,
                "conditions": progress.with_deployment_condition(conditions, "Progressing", "True", reason, message, now),
            }
        await self._context.client.update_status(changed, resource=DEPLOYMENTS)

    # -- writes ----------------------------------------------------------------------------------------------------

    async def _resize(self, deployment: Object, changes: Sequence[rolling.Resize]) -> None:
        limits = rolling.limits_of(deployment)
        sizes = revisions.size_annotations(limits.desired, limits.surge)
        for change in changes:
            rs, before = change.replica_set, rolling.replicas_of(change.replica_set)
            same = {key: annotations_of(rs).get(key) for key in sizes} == sizes
            if before == change.replicas and same:
                continue
            meta = {"annotations": sizes, "resourceVersion": metadata_of(rs).get("resourceVersion")}
            patch = {"metadata": meta, "spec": {"replicas": change.replicas}}
            await self._context.client.patch(REPLICA_SETS, name_of(rs), namespace_of(rs), patch)
            if before != change.replicas:
                way = "up" if change.replicas > before else "down"
                message = f"Scaled {way} replica set {name_of(rs)} from {before} to {change.replicas}"
                self._context.events.tell(deployment, "Normal", "ScalingReplicaSet", message, COMPONENT)

    async def _forget(self, deployment: Object, old: Sequence[Object]) -> None:
        for rs in revisions.to_forget(deployment, old):
            try:
                await self._context.client.delete(REPLICA_SETS, name_of(rs), namespace_of(rs), uid=uid_of(rs))
            except StatusError as error:
                if not error.not_found:
                    raise

    async def _note_pause(self, deployment: Object) -> bool:
        """True when it wrote that the Deployment was paused or resumed."""
        if not progress.has_deadline(deployment):
            return False
        status, now = status_of(deployment), self._context.now()
        conditions = status.get("conditions") or ()
        current = find(conditions, "Progressing")
        noted = current is not None and current.get("reason") == "DeploymentPaused"
        if current is not None and current.get("reason") == progress.TIMED_OUT:
            return False
        if bool(spec_of(deployment).get("paused")) == noted:
            return False
        told = ("DeploymentResumed", "Deployment is resumed") if noted else ("DeploymentPaused", "Deployment is paused")
        changed = progress.with_deployment_condition(conditions, "Progressing", "Unknown", *told, now)
        await self._context.write_status(DEPLOYMENTS, deployment, {**status, "conditions": changed})
        return True

    async def _tell(self, deployment: Object, new: Object | None, old: Sequence[Object]) -> float | None:
        """Writes the status when it changed; answers with the seconds until the progress deadline."""
        now = self._context.now()
        status = progress.counted(deployment, new, old)
        conditions = progress.availability(deployment, status, status_of(deployment).get("conditions") or (), now)
        if not spec_of(deployment).get("paused") and not is_deleting(deployment):
            conditions = list(progress.progressed(deployment, new, status, conditions, now))
            conditions = list(progress.with_failure(conditions, new, old))
        status["conditions"] = conditions
        await self._context.write_status(DEPLOYMENTS, deployment, status)
        until = progress.deadline(deployment, conditions)
        return None if until is None else max(0.1, (until - now).total_seconds())
