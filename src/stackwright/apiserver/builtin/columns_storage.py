"""Tables of volumes, claims, their classes and drivers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from stackwright.api.meta import Object, annotations_of, is_deleting, name_of
from stackwright.apiserver.builtin.cells import UNSET, Cells, age_of, quantity, spec_of, status_of

TABLES = """
persistentvolumes
Name | name
Capacity | | | @spec.capacity
Access Modes | | | @spec.accessModes
Reclaim Policy | | | @spec.persistentVolumeReclaimPolicy
Status | | | @status.phase
Claim | | | @spec.claimRef
StorageClass | | | StorageClass of the pv
VolumeAttributesClass | | | VolumeAttributesClass of the pv
Reason | | | @status.reason
Age
VolumeMode | | 1 | @spec.volumeMode

persistentvolumeclaims
Name | name
Status | | | @status.phase
Volume | | | @spec.volumeName
Capacity | | | @status.capacity
Access Modes | | | @status.accessModes
StorageClass | | | StorageClass of the pvc
VolumeAttributesClass | | | VolumeAttributesClass of the pvc
Age
VolumeMode | | 1 | @spec.volumeMode

storageclasses.storage.k8s.io
Name | name
Provisioner | | | @provisioner
ReclaimPolicy | | | @reclaimPolicy
VolumeBindingMode | | | @volumeBindingMode
AllowVolumeExpansion | | | @allowVolumeExpansion
Age

volumeattributesclasses.storage.k8s.io
Name | name
DriverName | | | @driverName
Age

volumeattachments.storage.k8s.io
Name | name
Attacher | | | @spec.attacher
PV | | | @spec.source.persistentVolumeName
Node | | | @spec.nodeName
Attached | boolean | | @status.attached
Age

csinodes.storage.k8s.io
Name | name
Drivers | integer | | Drivers indicates the number of CSI drivers registered on the node
Age

csidrivers.storage.k8s.io
Name | name
AttachRequired | boolean | | @spec.attachRequired
PodInfoOnMount | boolean | | @spec.podInfoOnMount
StorageCapacity | boolean | | @spec.storageCapacity
TokenRequests | | | @spec.tokenRequests
RequiresRepublish | boolean | | @spec.requiresRepublish
Modes | | | @spec.volumeLifecycleModes
Age

csistoragecapacities.storage.k8s.io
Name | name
StorageClassName | | | @storageClassName
Capacity | | | @capacity
"""

_CLASS, _DEFAULT = "volume.beta.kubernetes.io/storage-class", "storageclass.kubernetes.io/is-default-class"
_BETA_DEFAULT = "storageclass.beta.kubernetes.io/is-default-class"
_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}


def _modes(given: Sequence[str] | None) -> str:
    return ",".join(short for mode, short in _MODES.items() if mode in (given or ()))


def _class(obj: Object) -> str:
    return annotations_of(obj).get(_CLASS) or str(spec_of(obj).get("storageClassName") or "")


def _attributes_class(obj: Object) -> str:
    return spec_of(obj).get("volumeAttributesClassName") or UNSET


def _volume(obj: Object, now: datetime) -> Sequence[Any]:
    spec, status = spec_of(obj), status_of(obj)
    claim = spec.get("claimRef")
    shown = f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else ""
    phase = "Terminating" if is_deleting(obj) else status.get("phase") or ""
    size = quantity((spec.get("capacity") or {}).get("storage"))
    head = (name_of(obj), size, _modes(spec.get("accessModes")), spec.get("persistentVolumeReclaimPolicy") or "", phase, shown)
    return *head, _class(obj), _attributes_class(obj), status.get("reason") or "", age_of(obj, now), spec.get("volumeMode") or UNSET


def _claim(obj: Object, now: datetime) -> Sequence[Any]:
    spec, status = spec_of(obj), status_of(obj)
    phase = "Terminating" if is_deleting(obj) else status.get("phase") or ""
    volume, size, modes = spec.get("volumeName") or "", "", ""
    if volume:
        size, modes = quantity((status.get("capacity") or {}).get("storage")), _modes(status.get("accessModes"))
    head = (name_of(obj), phase, volume, size, modes, _class(obj), _attributes_class(obj))
    return *head, age_of(obj, now), spec.get("volumeMode") or UNSET


def _storage_class(obj: Object, now: datetime) -> Sequence[Any]:
    notes = annotations_of(obj)
    default = "true" in (notes.get(_DEFAULT), notes.get(_BETA_DEFAULT))
    modes = (obj.get("reclaimPolicy") or "Delete", obj.get("volumeBindingMode") or "Immediate", bool(obj.get("allowVolumeExpansion")))
    return name_of(obj) + (" (default)" if default else ""), obj.get("provisioner") or "", *modes, age_of(obj, now)


def _attributes(obj: Object, now: datetime) -> Sequence[Any]:
    return name_of(obj), obj.get("driverName") or "", age_of(obj, now)


def _attachment(obj: Object, now: datetime) -> Sequence[Any]:
    spec = spec_of(obj)
    volume = (spec.get("source") or {}).get("persistentVolumeName") or ""
    attached = bool(status_of(obj).get("attached"))
    return name_of(obj), spec.get("attacher") or "", volume, spec.get("nodeName") or "", attached, age_of(obj, now)


def _csi_node(obj: Object, now: datetime) -> Sequence[Any]:
    return name_of(obj), len(spec_of(obj).get("drivers") or ()), age_of(obj, now)


def _csi_driver(obj: Object, now: datetime) -> Sequence[Any]:
    spec = spec_of(obj)
    tokens = ",".join(each.get("audience") or "" for each in spec.get("tokenRequests") or ()) or UNSET
    modes = ",".join(spec.get("volumeLifecycleModes") or ()) or "<none>"
    flags = (bool(spec.get("attachRequired", True)), bool(spec.get("podInfoOnMount")), bool(spec.get("storageCapacity")))
    return name_of(obj), *flags, tokens, bool(spec.get("requiresRepublish")), modes, age_of(obj, now)


def _capacity(obj: Object, now: datetime) -> Sequence[Any]:
    size = obj.get("capacity")
    return name_of(obj), obj.get("storageClassName") or "", UNSET if size is None else quantity(size)


CELLS: Mapping[str, Cells] = {
    "persistentvolumes": _volume,
    "persistentvolumeclaims": _claim,
    "storageclasses.storage.k8s.io": _storage_class,
    "volumeattributesclasses.storage.k8s.io": _attributes,
    "volumeattachments.storage.k8s.io": _attachment,
    "csinodes.storage.k8s.io": _csi_node,
    "csidrivers.storage.k8s.io": _csi_driver,
    "csistoragecapacities.storage.k8s.io": _capacity,
}
