"""Claims get the default storage class, are not lost while in use, and grow only where their class lets them.

Source: k8s.io/kubernetes plugin/pkg/admission/storage (storageclass/setdefault, storageobjectinuseprotection, persistentvolume/resize).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from stackwright.api.meta import Object, annotations_of, metadata_of, name_of
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.auth.rbac import Objects
from stackwright.kernel.quantity import parse

_CLAIMS, _CLASSES = "persistentvolumeclaims", "storageclasses.storage.k8s.io"
_IS_DEFAULT = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
_BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
_PROTECTION: Mapping[str, str] = {
    _CLAIMS: "kubernetes.io/pvc-protection",
    "persistentvolumes": "kubernetes.io/pv-protection",
    "volumeattributesclasses.storage.k8s.io": "kubernetes.io/vac-protection",
}


@dataclass(frozen=True, slots=True)
class DefaultStorageClass:
    """A Mutator."""

    objects: Objects

    async def mutate(self, attributes: Attributes) -> Object | None:
        claim = attributes.object
        if claim is None or not attributes.concerns(_CLAIMS, "CREATE"):
            return claim
        spec = claim.get("spec") or {}
        if spec.get("storageClassName") is not None or _BETA_CLASS in annotations_of(claim):
            return claim
        default = default_class(self.objects)
        return claim if default is None else {**claim, "spec": {**spec, "storageClassName": name_of(default)}}


def default_class(objects: Objects) -> Object | None:
    """The newest of those that are marked; by name among equals."""
    marked = [each for each in objects.list(_CLASSES) if any(annotations_of(each).get(key) == "true" for key in _IS_DEFAULT)]
    marked.sort(key=name_of)
    return max(marked, key=lambda each: str(metadata_of(each).get("creationTimestamp") or ""), default=None)


class StorageObjectInUseProtection:
    """A Mutator. Controllers take the finalizer away when nobody uses the object."""

    async def mutate(self, attributes: Attributes) -> Object | None:
        obj = attributes.object
        finalizer = _PROTECTION.get(attributes.resource.qualified)
        if obj is None or finalizer is None or not attributes.concerns(attributes.resource.qualified, "CREATE"):
            return obj
        meta = metadata_of(obj)
        held = meta.get("finalizers") or ()
        return obj if finalizer in held else {**obj, "metadata": {**meta, "finalizers": [*held, finalizer]}}


@dataclass(frozen=True, slots=True)
class ClaimResize:
    """A Validator."""

    objects: Objects

    async def validate(self, attributes: Attributes) -> Sequence[str]:
        """Raises StatusError 403."""
        new, old = attributes.object, attributes.old
        if new is None or old is None or not attributes.concerns(_CLAIMS, "UPDATE") or _size(new) <= _size(old):
            return ()
        if (old.get("status") or {}).get("phase") != "Bound":
            raise attributes.refused("Only bound persistent volume claims can be expanded")
        if not self._expands(new, old):
            raise attributes.refused(
                "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"
            )
        return ()

    def _expands(self, new: Object, old: Object) -> bool:
        name = _class_of(new)
        if not name or name != _class_of(old):
            return False
        found = self.objects.get(_CLASSES, "", name)
        return found is not None and bool(found.get("allowVolumeExpansion"))


def _class_of(claim: Object) -> str:
    return str(annotations_of(claim).get(_BETA_CLASS) or (claim.get("spec") or {}).get("storageClassName") or "")


def _size(claim: Object) -> Decimal:
    requests = ((claim.get("spec") or {}).get("resources") or {}).get("requests") or {}
    return parse(requests.get("storage", 0))
