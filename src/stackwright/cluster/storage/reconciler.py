"""The story of claims and volumes: find or make a volume, bind both, release it when the claim has gone.

Source: k8s.io/kubernetes pkg/controller/volume/persistentvolume.
"""

import asyncio
from typing import Any

from stackwright.api.meta import Object, annotations_of, is_deleting, name_of, namespace_of, uid_of
from stackwright.api.status import StatusError
from stackwright.client.informer import Change
from stackwright.client.kinds import PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, STORAGE_CLASSES
from stackwright.cluster.bootstrap import PROVISIONER
from stackwright.cluster.context import Context, Key, enqueue_each, key_of, spec_of, status_of, synced
from stackwright.cluster.storage import binding, provisioning
from stackwright.runtime.controller import Controller

COMPONENT = "persistentvolume-controller"
_SELECTED_NODE = "volume.kubernetes.io/selected-node"
_MARKS = ("volume.beta.kubernetes.io/storage-provisioner", "volume.kubernetes.io/storage-provisioner")
_NO_CLASS = "no persistent volumes available for this claim and no storage class is set"
_WAITS = "waiting for first consumer to be created before binding"
_LOST = "Bound claim has lost its PersistentVolume. Data on the volume is lost!"


class VolumeBinder:
    """Binds claims. Shape: `provisions` is whether volumes are made for claims of any class that names a provisioner."""

    def __init__(self, context: Context, *, provisions: bool) -> None:
        self._context = context
        self._provisions = provisions
        self._claims = context.informers.informer(PERSISTENT_VOLUME_CLAIMS)
        self._volumes = context.informers.informer(PERSISTENT_VOLUMES)
        self._classes = context.informers.informer(STORAGE_CLASSES)
        self._claim_queue: Controller[Key] = Controller(COMPONENT, self.reconcile_claim, workers=1)
        self._volume_queue: Controller[Key] = Controller(f"{COMPONENT} volumes", self.reconcile_volume, workers=1)
        enqueue_each(self._claims, self._claim_queue)
        enqueue_each(self._volumes, self._volume_queue)
        self._claims.listen(self._claim_changed)
        self._volumes.listen(self._world_changed)
        self._classes.listen(self._world_changed)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await synced(self._claims, self._volumes, self._classes)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._claim_queue.run())
            tasks.create_task(self._volume_queue.run())

    def _claim_changed(self, change: Change, claim: Object, previous: Object | None) -> None:
        volume = spec_of(claim).get("volumeName")
        if volume:
            self._volume_queue.enqueue(("", str(volume)))

    def _world_changed(self, change: Change, obj: Object, previous: Object | None) -> None:
        """A volume or a class may be what an unbound claim waits for."""
        ref = spec_of(obj).get("claimRef") or {}
        if ref:
            self._claim_queue.enqueue((str(ref.get("namespace")), str(ref.get("name"))))
            return
        for claim in self._claims.all():
            if status_of(claim).get("phase") != "Bound":
                self._claim_queue.enqueue(key_of(claim))

    # -- claims ----------------------------------------------------------------------------------------------------

    async def reconcile_claim(self, key: Key) -> float | None:
        """One pass over one claim."""
        claim = self._claims.get(key[1], key[0])
        if claim is None:
            return None
        if annotations_of(claim).get(binding.BIND_COMPLETED):
            await self._keep(claim)
        elif not is_deleting(claim):
            await self._find(claim)
        return None

    async def _keep(self, claim: Object) -> None:
        """A bound claim stays so while its volume says the same."""
        volume = self._volumes.get(str(spec_of(claim).get("volumeName") or ""))
        if volume is None or not binding.is_claimed_by(volume, claim):
            if status_of(claim).get("phase") != "Lost":
                await self._write(claim, {**status_of(claim), "phase": "Lost"})
                self._tell(claim, "Warning", "ClaimLost", _LOST)
            return
        if self._grows(claim, volume):
            size = {"capacity": {"storage": binding.requested(claim).get("storage")}}
            volume = await self._context.client.patch(PERSISTENT_VOLUMES, name_of(volume), None, {"spec": size})
        await self._write(claim, binding.bound_status(claim, volume))

    def _grows(self, claim: Object, volume: Object) -> bool:
        """A volume that we made takes any size asked for later."""
        ours = annotations_of(volume).get(binding.PROVISIONED_BY) == PROVISIONER
        return ours and self._provisions and binding.request_of(claim) > binding.capacity_of(volume)

    async def _find(self, claim: Object) -> None:
        named = spec_of(claim).get("volumeName")
        if named:
            volume = self._volumes.get(str(named))
            free = volume is not None and (not spec_of(volume).get("claimRef") or binding.is_claimed_by(volume, claim))
            await (self._bind(claim, volume) if volume is not None and free else self._pend(claim))
            return
        claim = await self._classed(claim)
        storage_class = self._classes.get(binding.class_of(claim))
        waits = storage_class is not None and storage_class.get("volumeBindingMode") == "WaitForFirstConsumer"
        chosen = bool(annotations_of(claim).get(_SELECTED_NODE))
        volume = binding.best_volume(claim, self._volumes.all(), reserved_only=waits and not chosen)
        if volume is not None:
            await self._bind(claim, volume)
        elif waits and not chosen:
            await self._pend(claim, "Normal", "WaitForFirstConsumer", _WAITS)
        else:
            await self._provision(claim, storage_class)

    async def _classed(self, claim: Object) -> Object:
        """A claim without any word on its class gets the default one, as soon as there is one."""
        chosen = binding.default_class(self._classes.all())
        if chosen is None or "storageClassName" in spec_of(claim) or binding.class_of(claim):
            return claim
        patch = {"spec": {"storageClassName": name_of(chosen)}}
        return await self._context.client.patch(PERSISTENT_VOLUME_CLAIMS, name_of(claim), namespace_of(claim), patch)

    async def _provision(self, claim: Object, storage_class: Object | None) -> None:
        name, provisioner = binding.class_of(claim), str((storage_class or {}).get("provisioner"))
        if not name:
            await self._pend(claim, "Normal", "FailedBinding", _NO_CLASS)
        elif storage_class is None:
            await self._pend(claim, "Warning", "ProvisioningFailed", f'storageclass.storage.k8s.io "{name}" not found')
        elif provisioner == provisioning.MANUAL:
            await self._pend(claim)
        elif not self._provisions:
            await self._pend(await self._marked(claim, provisioner), "Normal", "ExternalProvisioning", _external(provisioner))
        else:
            claim = await self._marked(claim, provisioner)
            await self._pend(claim)
            await self._make(claim, storage_class)

    async def _marked(self, claim: Object, provisioner: str) -> Object:
        """The claim says who is to make its volume."""
        marks = {mark: provisioner for mark in _MARKS if annotations_of(claim).get(mark) != provisioner}
        if not marks:
            return claim
        patch = {"metadata": {"annotations": marks}}
        return await self._context.client.patch(PERSISTENT_VOLUME_CLAIMS, name_of(claim), namespace_of(claim), patch)

    async def _make(self, claim: Object, storage_class: Object) -> None:
        try:
            await self._context.client.create(provisioning.new_volume(claim, storage_class), resource=PERSISTENT_VOLUMES)
        except StatusError as error:
            if not error.already_exists:
                raise
            return
        message = f"Successfully provisioned volume {provisioning.volume_name(claim)}"
        self._context.events.tell(claim, "Normal", "ProvisioningSucceeded", message, PROVISIONER)

    async def _pend(self, claim: Object, type: Any = "", reason: str = "", message: str = "") -> None:
        if reason:
            self._tell(claim, type, reason, message)
        await self._write(claim, {**status_of(claim), "phase": "Pending"})

    async def _bind(self, claim: Object, volume: Object) -> None:
        """First the volume, so that two claims never have the same; then the claim."""
        client, patch = self._context.client, binding.volume_patch(volume, claim)
        if patch is not None:
            volume = await client.patch(PERSISTENT_VOLUMES, name_of(volume), None, patch)
        await self._context.write_status(PERSISTENT_VOLUMES, volume, {**status_of(volume), "phase": "Bound"})
        mine = binding.claim_patch(claim, volume)
        if mine is not None:
            claim = await client.patch(PERSISTENT_VOLUME_CLAIMS, name_of(claim), namespace_of(claim), mine)
        await self._write(claim, binding.bound_status(claim, volume))

    async def _write(self, claim: Object, status: Object) -> None:
        try:
            await self._context.write_status(PERSISTENT_VOLUME_CLAIMS, claim, status)
        except StatusError as error:
            if not error.not_found:
                raise

    def _tell(self, obj: Object, type: Any, reason: str, message: str) -> None:
        self._context.events.tell(obj, type, reason, message, COMPONENT)

    # -- volumes ---------------------------------------------------------------------------------------------------

    async def reconcile_volume(self, key: Key) -> float | None:
        """One pass over one volume."""
        volume = self._volumes.get(key[1])
        if volume is None:
            return None
        ref = spec_of(volume).get("claimRef") or {}
        claim = self._claims.get(str(ref.get("name")), str(ref.get("namespace"))) if ref else None
        phase = binding.volume_phase(volume, claim)
        if status_of(volume).get("phase") != phase:
            volume = await self._context.write_status(PERSISTENT_VOLUMES, volume, {**status_of(volume), "phase": phase})
        if phase == "Released" and spec_of(volume).get("persistentVolumeReclaimPolicy") == "Delete" and not is_deleting(volume):
            await self._reclaim(volume)
        return None

    async def _reclaim(self, volume: Object) -> None:
        """Volumes of others' provisioners and of CSI drivers are theirs to delete."""
        provisioner = annotations_of(volume).get(binding.PROVISIONED_BY)
        if provisioner == PROVISIONER:
            await self._remove(volume)
        if provisioner or spec_of(volume).get("csi"):
            return
        problem = binding.undeletable(volume)
        if problem is None:
            await self._remove(volume)
            return
        self._tell(volume, "Warning", "VolumeFailedDelete", problem)
        failed = {**status_of(volume), "phase": "Failed", "message": problem}
        await self._context.write_status(PERSISTENT_VOLUMES, volume, failed)

    async def _remove(self, volume: Object) -> None:
        try:
            await self._context.client.delete(PERSISTENT_VOLUMES, name_of(volume), uid=uid_of(volume))
        except StatusError as error:
            if not error.not_found:
                raise


def _external(provisioner: str) -> str:
    return (
        f"Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the system administrator. "
        "If volume creation is delayed, please verify that the provisioner is running and correctly registered."
    )
