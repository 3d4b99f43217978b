"""Claims and volumes that somebody uses are kept until nobody does, although they are being deleted.

Source: k8s.io/kubernetes pkg/controller/volume/pvcprotection and pvprotection.
"""

import asyncio
from collections.abc import Iterable

from stackwright.api.meta import Object, Resource, is_deleting, metadata_of, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.informer import Change
from stackwright.client.kinds import PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, PODS
from stackwright.cluster import pods as pod_facts
from stackwright.cluster.context import Context, Key, enqueue_each, spec_of, status_of, synced
from stackwright.runtime.controller import Controller

CLAIM_FINALIZER = "kubernetes.io/pvc-protection"
VOLUME_FINALIZER = "kubernetes.io/pv-protection"


def claims_of(pod: Object) -> Iterable[str]:
    """The names of the claims that a pod mounts, its ephemeral ones included."""
    for volume in spec_of(pod).get("volumes") or ():
        if volume.get("persistentVolumeClaim"):
            yield str(volume["persistentVolumeClaim"].get("claimName"))
        elif volume.get("ephemeral"):
            yield f"{name_of(pod)}-{volume.get('name')}"


def _uses(pod: Object) -> Iterable[str]:
    """The index: `namespace/claim` of pods that have a node and have not ended."""
    if not spec_of(pod).get("nodeName") or pod_facts.is_finished(pod):
        return ()
    return tuple(f"{namespace_of(pod)}/{name}" for name in claims_of(pod))


class StorageProtection:
    """Takes the finalizers away once nothing is in the way."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._claims = context.informers.informer(PERSISTENT_VOLUME_CLAIMS)
        self._volumes = context.informers.informer(PERSISTENT_VOLUMES)
        self._pods = context.informers.informer(PODS)
        self._pods.index("claims in use", _uses)
        self._claim_queue: Controller[Key] = Controller("pvc-protection-controller", self.reconcile_claim)
        self._volume_queue: Controller[Key] = Controller("pv-protection-controller", self.reconcile_volume)
        enqueue_each(self._claims, self._claim_queue)
        enqueue_each(self._volumes, self._volume_queue)
        self._pods.listen(self._pod_changed)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await synced(self._claims, self._volumes, self._pods)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._claim_queue.run())
            tasks.create_task(self._volume_queue.run())

    def _pod_changed(self, change: Change, pod: Object, previous: Object | None) -> None:
        if change == "deleted" or pod_facts.is_finished(pod):
            for name in claims_of(pod):
                self._claim_queue.enqueue((namespace_of(pod), name))

    async def reconcile_claim(self, key: Key) -> float | None:
        """Key: the claim's."""
        claim = self._claims.get(key[1], key[0])
        if claim is not None and is_deleting(claim) and not self._pods.by_index("claims in use", f"{key[0]}/{key[1]}"):
            await self._release(PERSISTENT_VOLUME_CLAIMS, claim, CLAIM_FINALIZER)
        return None

    async def reconcile_volume(self, key: Key) -> float | None:
        """Key: the volume's."""
        volume = self._volumes.get(key[1])
        if volume is not None and is_deleting(volume) and status_of(volume).get("phase") != "Bound":
            await self._release(PERSISTENT_VOLUMES, volume, VOLUME_FINALIZER)
        return None

    async def _release(self, resource: Resource, obj: Object, finalizer: str) -> None:
        meta = metadata_of(obj)
        kept = [name for name in meta.get("finalizers") or () if name != finalizer]
        if len(kept) == len(meta.get("finalizers") or ()):
            return
        patch = {"metadata": {"uid": meta.get("uid"), "resourceVersion": meta.get("resourceVersion"), "finalizers": kept or None}}
        try:
            await self._context.client.patch(resource, name_of(obj), namespace_of(obj) or None, patch)
        except StatusError as error:
            if not error.not_found:
                raise
