"""The claims of a pod that is looking for a node: what is wrong with them, and who tells them the node.

Source: k8s.io/kubernetes pkg/scheduler/framework/plugins/volumebinding.
"""

from stackwright.api.meta import Object, annotations_of, is_deleting, name_of
from stackwright.client.kinds import PERSISTENT_VOLUME_CLAIMS, STORAGE_CLASSES
from stackwright.cluster.context import Context, key_of, spec_of, status_of
from stackwright.cluster.scheduler.preemption import UNHELPFUL

SELECTED_NODE = "volume.kubernetes.io/selected-node"


class Volumes:
    """Shape: `claims` and `classes` are informers that must be synced first."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.claims = context.informers.informer(PERSISTENT_VOLUME_CLAIMS)
        self.classes = context.informers.informer(STORAGE_CLASSES)

    def _claim_names(self, pod: Object) -> list[str]:
        names = []
        for volume in spec_of(pod).get("volumes") or ():
            if volume.get("persistentVolumeClaim"):
                names.append(str(volume["persistentVolumeClaim"].get("claimName")))
            elif volume.get("ephemeral"):
                names.append(f"{name_of(pod)}-{volume.get('name')}")
        return names

    def problem(self, pod: Object, nodes: int) -> str | None:
        """What is wrong with the pod's claims, in the scheduler's words."""
        for name in self._claim_names(pod):
            claim = self.claims.get(name, key_of(pod)[0])
            head = f"0/{nodes} nodes are available: "
            tail = f". preemption: 0/{nodes} nodes are available: {nodes} {UNHELPFUL}."
            if claim is None:
                return f'{head}persistentvolumeclaim "{name}" not found{tail}'
            if is_deleting(claim):
                return f'{head}persistentvolumeclaim "{name}" is being deleted{tail}'
            if not spec_of(claim).get("volumeName") and not self._waits_for_consumer(claim):
                return f"{head}pod has unbound immediate PersistentVolumeClaims{tail}"
        return None

    def _waits_for_consumer(self, claim: Object) -> bool:
        storage_class = self.classes.get(str(spec_of(claim).get("storageClassName") or ""))
        return storage_class is not None and storage_class.get("volumeBindingMode") == "WaitForFirstConsumer"

    async def select_node(self, pod: Object, node: Object) -> bool:
        """Tells unbound claims which node will use them; True while one of them is not bound."""
        unbound = False
        for name in self._claim_names(pod):
            claim = self.claims.get(name, key_of(pod)[0])
            if claim is None or status_of(claim).get("phase") == "Bound":
                continue
            unbound = True
            if annotations_of(claim).get(SELECTED_NODE) != name_of(node):
                patch = {"metadata": {"annotations": {SELECTED_NODE: name_of(node)}}}
                await self._context.client.patch(PERSISTENT_VOLUME_CLAIMS, name, key_of(pod)[0], patch)
        return unbound
