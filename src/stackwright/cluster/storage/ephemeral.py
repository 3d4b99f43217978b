"""Claims of generic ephemeral volumes: made for the pod that mounts them, and gone with it.

Source: k8s.io/kubernetes pkg/controller/volume/ephemeral.
"""

from collections.abc import Iterator
from typing import Any

from stackwright.api.meta import Object, is_deleting, name_of, namespace_of, owners_of, uid_of
from stackwright.api.status import StatusError
from stackwright.client.informer import Change
from stackwright.client.kinds import PERSISTENT_VOLUME_CLAIMS, PODS
from stackwright.cluster import pods as pod_facts
from stackwright.cluster.context import Context, Key, key_of, reference_to, spec_of, synced
from stackwright.runtime.controller import Controller

COMPONENT = "ephemeral_volume"


def new_claims(pod: Object) -> Iterator[dict[str, Any]]:
    """The claims that the pod's ephemeral volumes need. Pure."""
    for volume in spec_of(pod).get("volumes") or ():
        template = (volume.get("ephemeral") or {}).get("volumeClaimTemplate")
        if not template:
            continue
        base = template.get("metadata") or {}
        meta = {key: base[key] for key in ("labels", "annotations") if base.get(key)}
        meta |= {"name": f"{name_of(pod)}-{volume.get('name')}", "namespace": namespace_of(pod), "ownerReferences": [reference_to(pod)]}
        yield {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": template.get("spec") or {}}


class EphemeralVolumes:
    """Makes the missing claims of every pod."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._pods = context.informers.informer(PODS)
        self._claims = context.informers.informer(PERSISTENT_VOLUME_CLAIMS)
        self._controller: Controller[Key] = Controller(COMPONENT, self.reconcile)
        self._pods.listen(self._pod_changed)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await synced(self._pods, self._claims)
        await self._controller.run()

    def _pod_changed(self, change: Change, pod: Object, previous: Object | None) -> None:
        if change == "added" and any(volume.get("ephemeral") for volume in spec_of(pod).get("volumes") or ()):
            self._controller.enqueue(key_of(pod))

    async def reconcile(self, key: Key) -> float | None:
        """One pass over one pod."""
        pod = self._pods.get(key[1], key[0])
        if pod is None or is_deleting(pod) or pod_facts.is_finished(pod):
            return None
        for claim in new_claims(pod):
            await self._ensure(pod, claim)
        return None

    async def _ensure(self, pod: Object, claim: Object) -> None:
        try:
            await self._context.client.create(claim, resource=PERSISTENT_VOLUME_CLAIMS)
        except StatusError as error:
            if not error.already_exists:
                message = f"ephemeral volume controller failed to create PVC {namespace_of(claim)}/{name_of(claim)}: {error.message}"
                self._context.events.tell(pod, "Warning", "EphemeralVolumeFailedCreation", message, COMPONENT)
                raise
            there = await self._context.client.find(PERSISTENT_VOLUME_CLAIMS, name_of(claim), namespace_of(claim))
            if there is not None and not any(owner.get("uid") == uid_of(pod) for owner in owners_of(there)):
                message = f'PVC "{namespace_of(claim)}/{name_of(claim)}" was not created for pod "{namespace_of(pod)}/{name_of(pod)}"'
                self._context.events.tell(pod, "Warning", "EphemeralVolumeFailedCreation", message + " (pod is not owner)", COMPONENT)
