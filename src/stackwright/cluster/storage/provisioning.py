"""Volumes that are made for a claim: on simulated nodes anything can be mounted, and nothing is stored. Pure.

Source: sigs.k8s.io/sig-storage-lib-external-provisioner controller.
"""

from typing import Any

from stackwright.api.meta import Object, metadata_of, name_of, namespace_of, uid_of
from stackwright.cluster.bootstrap import PROVISIONER
from stackwright.cluster.context import spec_of
from stackwright.cluster.storage.binding import PROVISIONED_BY, requested

MANUAL = "kubernetes.io/no-provisioner"
_PATH = "/var/lib/stackwright/simulated-volumes"


def volume_name(claim: Object) -> str:
    """Equal for equal claims, so that none gets two."""
    return f"pvc-{uid_of(claim)}"


def new_volume(claim: Object, storage_class: Object) -> dict[str, Any]:
    """The volume to create; it names the claim already."""
    name = volume_name(claim)
    meta = {"name": name, "annotations": {PROVISIONED_BY: PROVISIONER}, "finalizers": ["kubernetes.io/pv-protection"]}
    ref: dict[str, Any] = {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "namespace": namespace_of(claim), "name": name_of(claim)}
    ref |= {"uid": uid_of(claim), "resourceVersion": metadata_of(claim).get("resourceVersion")}
    spec: dict[str, Any] = {
        "accessModes": spec_of(claim).get("accessModes") or ["ReadWriteOnce"],
        "capacity": {"storage": requested(claim).get("storage", "0")},
        "claimRef": ref,
        "hostPath": {"path": f"{_PATH}/{name}", "type": "DirectoryOrCreate"},
        "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy") or "Delete",
        "storageClassName": name_of(storage_class),
        "volumeMode": spec_of(claim).get("volumeMode") or "Filesystem",
    }
    spec |= {"mountOptions": list(storage_class["mountOptions"])} if storage_class.get("mountOptions") else {}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": meta, "spec": spec}
