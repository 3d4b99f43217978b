"""Which volume suits a claim, and what both say once they belong together. Pure.

Source: k8s.io/kubernetes pkg/controller/volume/persistentvolume (pv_controller.go, index.go) and pkg/volume/util.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from stackwright.api.meta import Object, annotations_of, is_deleting, labels_of, metadata_of, name_of, namespace_of, uid_of
from stackwright.api.selectors import from_object
from stackwright.cluster.context import spec_of, status_of
from stackwright.kernel import quantity

BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
_CLASS = "volume.beta.kubernetes.io/storage-class"


def class_of(obj: Object) -> str:
    """The storage class of a claim or volume, empty for none."""
    return str(annotations_of(obj).get(_CLASS) or spec_of(obj).get("storageClassName") or "")


def capacity_of(volume: Object) -> Decimal:
    return quantity.parse((spec_of(volume).get("capacity") or {}).get("storage", 0))


def request_of(claim: Object) -> Decimal:
    return quantity.parse(((spec_of(claim).get("resources") or {}).get("requests") or {}).get("storage", 0))


def is_claimed_by(volume: Object, claim: Object) -> bool:
    """The volume names the claim, with its uid or with none yet."""
    ref = spec_of(volume).get("claimRef") or {}
    return (ref.get("namespace"), ref.get("name")) == (namespace_of(claim), name_of(claim)) and ref.get("uid") in (None, "", uid_of(claim))


def suits(volume: Object, claim: Object) -> bool:
    """Class, mode, size, access and labels are as the claim asks."""
    spec, wanted = spec_of(volume), spec_of(claim)
    selector = from_object(wanted.get("selector")) if wanted.get("selector") else None
    return (
        class_of(volume) == class_of(claim)
        and spec.get("volumeMode", "Filesystem") == wanted.get("volumeMode", "Filesystem")
        and spec.get("volumeAttributesClassName") == wanted.get("volumeAttributesClassName")
        and capacity_of(volume) >= request_of(claim)
        and set(wanted.get("accessModes") or ()) <= set(spec.get("accessModes") or ())
        and (selector is None or selector.matches(labels_of(volume)))
    )


def best_volume(claim: Object, volumes: Iterable[Object], *, reserved_only: bool = False) -> Object | None:
    """One that is reserved for the claim, else the smallest free one that suits."""
    suiting = [volume for volume in volumes if not is_deleting(volume) and suits(volume, claim)]
    reserved = next((volume for volume in suiting if spec_of(volume).get("claimRef") and is_claimed_by(volume, claim)), None)
    if reserved is not None or reserved_only:
        return reserved
    free = [volume for volume in suiting if not spec_of(volume).get("claimRef") and status_of(volume).get("phase") != "Failed"]
    return min(free, key=lambda volume: (capacity_of(volume), name_of(volume)), default=None)


def volume_patch(volume: Object, claim: Object) -> dict[str, Any] | None:
    """What makes the volume the claim's; None when it is."""
    ref = spec_of(volume).get("claimRef") or {}
    if ref.get("uid") == uid_of(claim):
        return None
    meta = metadata_of(claim)
    wanted: dict[str, Any] = {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "namespace": namespace_of(claim), "name": name_of(claim)}
    wanted |= {"uid": uid_of(claim), "resourceVersion": meta.get("resourceVersion")}
    patch: dict[str, Any] = {"metadata": {"resourceVersion": metadata_of(volume).get("resourceVersion")}, "spec": {"claimRef": wanted}}
    if not ref:
        patch["metadata"]["annotations"] = {BOUND_BY_CONTROLLER: "yes"}
    return patch


def claim_patch(claim: Object, volume: Object) -> dict[str, Any] | None:
    """What makes the claim the volume's; None when it is."""
    marks = {BIND_COMPLETED: "yes"} | ({} if spec_of(claim).get("volumeName") else {BOUND_BY_CONTROLLER: "yes"})
    missing = {key: value for key, value in marks.items() if annotations_of(claim).get(key) != value}
    if not missing and spec_of(claim).get("volumeName") == name_of(volume):
        return None
    return {"metadata": {"annotations": missing}, "spec": {"volumeName": name_of(volume)}}


def bound_status(claim: Object, volume: Object) -> dict[str, Any]:
    """The claim's status: it has what the volume gives."""
    spec = spec_of(volume)
    own = {"phase": "Bound", "accessModes": spec.get("accessModes") or [], "capacity": dict(spec.get("capacity") or {})}
    return {**status_of(claim), **own}


def volume_phase(volume: Object, claim: Object | None) -> str:
    """`claim` is the one that the volume names, if it is there."""
    ref = spec_of(volume).get("claimRef") or {}
    if not ref or not ref.get("uid"):
        return "Available"
    if claim is None or uid_of(claim) != ref["uid"]:
        return "Failed" if status_of(volume).get("phase") == "Failed" else "Released"
    taken = spec_of(claim).get("volumeName") == name_of(volume)
    return "Bound" if taken else str(status_of(volume).get("phase") or "Available")


def undeletable(volume: Object) -> str | None:
    """Why a released volume that nobody provisioned cannot be deleted, in the words of its plug-in; None when it can."""
    path = (spec_of(volume).get("hostPath") or {}).get("path")
    if path is None:
        return f'error getting deleter volume plugin for volume "{name_of(volume)}": no deletable volume plugin matched'
    if str(path).startswith("/tmp/"):  # noqa: S108 - what that plug-in deletes
        return None
    return f"host_path deleter only supports /tmp/.+ but received provided {path}"


def default_class(classes: Iterable[Object]) -> Object | None:
    """The newest of those marked as default."""
    marks = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
    marked = [each for each in classes if any(annotations_of(each).get(mark) == "true" for mark in marks)]
    return max(marked, key=lambda each: (str(metadata_of(each).get("creationTimestamp")), name_of(each)), default=None)


def requested(claim: Object) -> Mapping[str, Any]:
    return (spec_of(claim).get("resources") or {}).get("requests") or {}
