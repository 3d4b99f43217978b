"""The metadata of every object: names, labels, annotations, owners, finalizers, managers, and what never changes.

Source: k8s.io/apimachinery pkg/api/validation (ValidateObjectMetaAccessor, ValidateObjectMetaAccessorUpdate).
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object, annotations_of, labels_of, metadata_of
from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.names import Naming
from stackwright.apiserver.builtin.validation.rules import (
    IMMUTABLE,
    Problems,
    forbidden,
    indexed,
    invalid,
    items,
    not_negative,
    required,
    too_long,
    words,
)

_MOST_ANNOTATIONS = 256 * 1024
_MOST_MANAGER = 128
_STANDARD_FINALIZERS = frozenset({"kubernetes", "orphan", "foregroundDeletion"})
_NO_OWNERS = frozenset({("v1", "Event")})
_ROOT = "metadata"


def new_metadata(obj: Object, naming: Naming, namespaced: bool) -> Problems:
    """Of an object to be created."""
    meta = metadata_of(obj)
    if generated := meta.get("generateName"):
        yield from words("metadata.generateName", generated, naming(_as_prefix(generated)))
    if not (name := meta.get("name")):
        yield required("metadata.name", "name or generateName is required")
    else:
        yield from words("metadata.name", name, naming(name))
    yield from _namespace(meta, namespaced)
    yield from not_negative("metadata.generation", meta.get("generation"))
    yield from metadata_parts(obj)


def _as_prefix(text: str) -> str:
    """A dash at the end will not stay at the end."""
    return f"{text[:-2]}a" if len(text) > 1 and text.endswith("-") else text


def _namespace(meta: Mapping[str, Any], namespaced: bool) -> Problems:
    namespace = meta.get("namespace")
    if not namespaced:
        if namespace:
            yield forbidden("metadata.namespace", "not allowed on this type")
    elif not namespace:
        yield required("metadata.namespace")
    else:
        yield from words("metadata.namespace", namespace, names.label(namespace))


def metadata_parts(obj: Object) -> Problems:
    """All but names, which do not change."""
    yield from labels(_ROOT, obj)
    yield from annotations(_ROOT, obj)
    yield from _owners(metadata_of(obj))
    yield from _finalizers(metadata_of(obj))
    yield from _managers(metadata_of(obj))


def labels(path: str, obj: Object) -> Problems:
    """Of an object whose metadata is at `path`."""
    yield from label_map(f"{path}.labels", labels_of(obj))


def label_map(path: str, found: Mapping[str, str]) -> Problems:
    for key in sorted(found):
        yield from words(path, key, names.qualified(key))
        value = found[key] if isinstance(found[key], str) else ""
        yield from words(path, value, names.label_value(value))


def annotations(path: str, obj: Object) -> Problems:
    """Of an object whose metadata is at `path`."""
    yield from annotation_map(f"{path}.annotations", annotations_of(obj))


def annotation_map(path: str, found: Mapping[str, str]) -> Problems:
    for key in sorted(found):
        yield from words(path, key, names.qualified_lower(key))
    if sum(len(key.encode()) + len((value or "").encode()) for key, value in found.items()) > _MOST_ANNOTATIONS:
        yield too_long(path, _MOST_ANNOTATIONS)


def _owners(meta: Mapping[str, Any]) -> Problems:
    path = "metadata.ownerReferences"
    controllers: list[str] = []
    for owner in items(meta, "ownerReferences"):
        yield from _owner(path, owner)
        if owner.get("controller"):
            controllers.append(str(owner.get("name", "")))
    if len(controllers) > 1:
        listed = f"{controllers[0]} and {controllers[1]}"
        detail = f'Only one reference can have Controller set to true. Found "true" in references for {listed}'
        yield invalid(path, items(meta, "ownerReferences"), detail)


def _owner(path: str, owner: Mapping[str, Any]) -> Problems:
    version = str(owner.get("apiVersion") or "")
    if not version.rpartition("/")[2]:
        yield invalid(f"{path}.apiVersion", version, "version must not be empty")
    for key in ("kind", "name", "uid"):
        if not owner.get(key):
            yield invalid(f"{path}.{key}", owner.get(key) or "", "must not be empty")
    if (version, owner.get("kind")) in _NO_OWNERS:
        yield invalid(path, owner, f"/{version}, Kind={owner.get('kind')} is disallowed from being an owner")


def _finalizers(meta: Mapping[str, Any]) -> Problems:
    path, found = "metadata.finalizers", items(meta, "finalizers")
    for each in found:
        yield from words(path, each, names.qualified(each))
    if {"orphan", "foregroundDeletion"} <= set(found):
        yield invalid(path, found, "finalizer orphan and foregroundDeletion cannot be both set")


def core_finalizers(obj: Object) -> Problems:
    """Kinds of old say more of their finalizers than others: each belongs to a domain."""
    for path, name in indexed(_ROOT, metadata_of(obj), "finalizers"):
        if "/" not in name and name not in _STANDARD_FINALIZERS:
            yield invalid(path, name, "name is neither a standard finalizer name nor is it fully qualified")


def _managers(meta: Mapping[str, Any]) -> Problems:
    for path, entry in indexed(_ROOT, meta, "managedFields"):
        if entry.get("operation") not in ("Apply", "Update"):
            yield invalid(f"{path}.operation", entry.get("operation") or "", "must be `Apply` or `Update`")
        if entry.get("fieldsType") not in (None, "", "FieldsV1"):
            yield invalid(f"{path}.fieldsType", entry["fieldsType"], "must be `FieldsV1`")
        if len(str(entry.get("manager") or "")) > _MOST_MANAGER:
            yield too_long(f"{path}.manager", _MOST_MANAGER)


def changed_metadata(new: Object, old: Object) -> Problems:
    """Of an object to be changed."""
    yield from fixed_metadata(new, old)
    yield from metadata_parts(new)


def fixed_metadata(new: Object, old: Object) -> Problems:
    """What is given once and for all."""
    meta, before = metadata_of(new), metadata_of(old)
    if before.get("deletionTimestamp"):
        added = [each for each in items(meta, "finalizers") if each not in items(before, "finalizers")]
        if added:
            listed = ", ".join(f'"{each}"' for each in sorted(added))
            detail = "no new finalizers can be added if the object is being deleted, found new finalizers"
            yield forbidden("metadata.finalizers", f"{detail} []string{{{listed}}}")
    if not meta.get("resourceVersion"):
        yield invalid("metadata.resourceVersion", "", "must be specified for an update")
    for key in ("name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"):
        if meta.get(key) != before.get(key):
            yield invalid(f"metadata.{key}", meta.get(key), IMMUTABLE)
