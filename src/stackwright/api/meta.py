"""Names of kinds and objects, and how to read the metadata of a raw object."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

Object = Mapping[str, Any]
"""A raw Kubernetes object. Shared between readers: never change one, build another."""


class GroupVersionKind(NamedTuple):
    """Shape: `group` is empty for the core group."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def __str__(self) -> str:
        return f"{self.api_version}/{self.kind}"


class GroupKind(NamedTuple):
    """A kind in any version."""

    group: str
    kind: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.group}" if self.group else self.kind


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as discovery lists it: where the objects of a kind live."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool
    singular: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()

    @property
    def gvk(self) -> GroupVersionKind:
        return GroupVersionKind(self.group, self.version, self.kind)

    @property
    def group_kind(self) -> GroupKind:
        return GroupKind(self.group, self.kind)

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """`deployments.apps`, `pods`: the form of error messages and RBAC."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, namespace: str | None = None, name: str | None = None, subresource: str | None = None) -> str:
        """The URL path; without a namespace, a namespaced resource's path spans all namespaces."""
        parts = ["/apis", self.group, self.version] if self.group else ["/api", self.version]
        if self.namespaced and namespace:
            parts += ["namespaces", namespace]
        parts.append(self.plural)
        parts += [part for part in (name, subresource) if part]
        return "/".join(parts)


class ObjectKey(NamedTuple):
    """Names one object of a cluster, whatever its version. Shape: `namespace` is empty for cluster-scoped kinds."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.group}/{self.kind}/{self.namespace}/{self.name}"


def gvk_of(obj: Object) -> GroupVersionKind:
    group, _, version = str(obj.get("apiVersion", "")).rpartition("/")
    return GroupVersionKind(group, version, str(obj.get("kind", "")))


def metadata_of(obj: Object) -> Mapping[str, Any]:
    return obj.get("metadata") or {}


def name_of(obj: Object) -> str:
    return str(metadata_of(obj).get("name") or "")


def namespace_of(obj: Object) -> str:
    return str(metadata_of(obj).get("namespace") or "")


def revision_of(obj: Object) -> int:
    """Its resourceVersion as a number; 0 without one."""
    text = str(metadata_of(obj).get("resourceVersion") or "")
    return int(text) if text.isdigit() else 0


def newer(written: Object | None, seen: Object) -> Object:
    """The state to go by: our own last write of this very object while a watch has not caught up with it, else what the watch saw."""
    if written is None or metadata_of(written).get("uid") != metadata_of(seen).get("uid"):
        return seen
    return written if revision_of(written) > revision_of(seen) else seen


def uid_of(obj: Object) -> str:
    return str(metadata_of(obj).get("uid") or "")


def labels_of(obj: Object) -> Mapping[str, str]:
    return metadata_of(obj).get("labels") or {}


def annotations_of(obj: Object) -> Mapping[str, str]:
    return metadata_of(obj).get("annotations") or {}


def owners_of(obj: Object) -> list[Mapping[str, Any]]:
    return metadata_of(obj).get("ownerReferences") or []


def controller_of(obj: Object) -> Mapping[str, Any] | None:
    """The owner reference of the object's controller."""
    return next((owner for owner in owners_of(obj) if owner.get("controller")), None)


def is_deleting(obj: Object) -> bool:
    return bool(metadata_of(obj).get("deletionTimestamp"))


def key_of(obj: Object) -> ObjectKey:
    gvk = gvk_of(obj)
    return ObjectKey(gvk.group, gvk.kind, namespace_of(obj), name_of(obj))
