"""PersistentVolumes, their claims, and StorageClasses.

Source: k8s.io/kubernetes pkg/apis/core/validation (ValidatePersistentVolume, ValidatePersistentVolumeClaim) and
pkg/apis/storage/validation.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.metadata import core_finalizers
from stackwright.apiserver.builtin.validation.munged import differences
from stackwright.apiserver.builtin.validation.paths import no_way_up
from stackwright.apiserver.builtin.validation.placement import node_terms
from stackwright.apiserver.builtin.validation.quantities import amount, positive, resource_quantity
from stackwright.apiserver.builtin.validation.rules import (
    IMMUTABLE,
    Problems,
    Rule,
    chosen,
    forbidden,
    indexed,
    invalid,
    items,
    mapping,
    not_supported,
    one_of,
    only_one,
    required,
    unchanged,
    words,
)
from stackwright.apiserver.builtin.validation.selectors import selector
from stackwright.apiserver.builtin.validation.volumes import csi_driver, fibre_channel, flocker, host_path, needs, nfs, persistent_disk

_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
_ALONE = "may not use ReadWriteOncePod with other access modes"
_CSI_SECRETS = ("controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef")
_RECLAIMS = ("Delete", "Recycle", "Retain")
_CLAIM_RULE = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"


def _modes(spec: Any) -> Problems:
    found = items(spec, "accessModes")
    for mode in found:
        if mode not in _MODES:
            yield not_supported("spec.accessModes", mode, _MODES)
    if "ReadWriteOncePod" in found and len(found) > 1:
        yield forbidden("spec.accessModes", _ALONE)


def claim(obj: Object) -> Problems:
    yield from core_finalizers(obj)
    spec = mapping(obj, "spec")
    if not items(spec, "accessModes"):
        yield required("spec.accessModes", "at least 1 access mode is required")
    if spec.get("selector") is not None:
        yield from selector("spec.selector", spec["selector"])
    yield from _modes(spec)
    asked = mapping(mapping(spec, "resources"), "requests")
    if "storage" not in asked:
        yield required("spec.resources[storage]")
    else:
        yield from resource_quantity("spec.resources[storage]", "storage", asked["storage"])
        yield from positive("spec.resources[storage]", asked["storage"])
    yield from _class_and_mode(spec)
    if spec.get("volumeAttributesClassName"):
        name = spec["volumeAttributesClassName"]
        yield from words("spec.volumeAttributesClassName", name, names.subdomain(name))
    yield from _data_source(spec)


def _class_and_mode(spec: Any) -> Problems:
    if spec.get("storageClassName"):
        yield from words("spec.storageClassName", spec["storageClassName"], names.subdomain(spec["storageClassName"]))
    if spec.get("volumeMode") is not None:
        yield from one_of("spec.volumeMode", spec["volumeMode"], ("Block", "Filesystem"))


def _data_source(spec: Any) -> Problems:
    for key in ("dataSource", "dataSourceRef"):
        found = spec.get(key)
        if found is None:
            continue
        for field in ("name", "kind"):
            if not found.get(field):
                yield required(f"spec.{key}.{field}")
        if not found.get("apiGroup") and found.get("kind") not in (None, "", "PersistentVolumeClaim"):
            yield invalid(f"spec.{key}", found.get("kind"), "must be 'PersistentVolumeClaim' when referencing the default apiGroup")


def changed_claim(new: Object, old: Object) -> Problems:
    spec, before = dict(mapping(new, "spec")), mapping(old, "spec")
    bound = mapping(old, "status").get("phase") == "Bound"
    if not before.get("volumeName") and spec.get("volumeName"):
        spec.pop("volumeName")
    if not before.get("storageClassName"):
        spec.pop("storageClassName", None)
        before = {key: value for key, value in before.items() if key != "storageClassName"}
    free = ("resources", "volumeAttributesClassName") if bound else ("volumeAttributesClassName",)
    munged = {key: value for key, value in spec.items() if key not in free} | {key: before[key] for key in free if key in before}
    if munged != before:
        yield forbidden("spec", f"{_CLAIM_RULE}\n{differences('ClaimSpec', before, munged)}")
    size, was = _size(mapping(new, "spec")), _size(before)
    if bound and amount(size) < amount(was):
        least = mapping(mapping(old, "status"), "capacity").get("storage", was)
        if amount(size) < amount(least):
            yield forbidden("spec.resources.requests.storage", "field can not be less than status.capacity")


def _size(spec: Any) -> Any:
    return mapping(mapping(spec, "resources"), "requests").get("storage")


def _any(path: str, value: Any) -> Problems:
    return iter(())


def _local(path: str, value: Any) -> Problems:
    if not value.get("path"):
        yield required(f"{path}.path")
    else:
        yield from no_way_up(f"{path}.path", value["path"])


def _csi(path: str, value: Any) -> Problems:
    yield from csi_driver(f"{path}.driver", value.get("driver") or "")
    if not value.get("volumeHandle"):
        yield required(f"{path}.volumeHandle")
    for key in _CSI_SECRETS:
        if value.get(key) is not None:
            yield from _secret(f"{path}.{key}", value[key])


def _secret(path: str, reference: Any) -> Problems:
    for key, naming in (("name", names.subdomain), ("namespace", names.label)):
        if not reference.get(key):
            yield required(f"{path}.{key}")
        else:
            yield from words(f"{path}.{key}", reference[key], naming(reference[key]))


_SOURCES: Mapping[str, Rule] = {
    "hostPath": host_path,
    "gcePersistentDisk": persistent_disk,
    "awsElasticBlockStore": needs("volumeID"),
    "glusterfs": needs("endpoints", "path"),
    "flocker": flocker,
    "nfs": nfs,
    "rbd": needs("monitors", "image"),
    "quobyte": needs("registry", "volume"),
    "cephfs": needs("monitors"),
    "iscsi": needs("targetPortal", "iqn"),
    "cinder": needs("volumeID"),
    "fc": fibre_channel,
    "azureFile": needs("secretName", "shareName"),
    "vsphereVolume": needs("volumePath"),
    "azureDisk": needs("diskName", "diskURI"),
    "portworxVolume": needs("volumeID"),
    "scaleIO": needs("gateway", "system", "volumeName"),
    "local": _local,
    "storageos": _any,
    "csi": _csi,
}


def volume(obj: Object) -> Problems:
    yield from core_finalizers(obj)
    spec = mapping(obj, "spec")
    if not items(spec, "accessModes"):
        yield required("spec.accessModes")
    yield from _modes(spec)
    capacity = mapping(spec, "capacity")
    if not capacity:
        yield required("spec.capacity")
    if "storage" not in capacity or len(capacity) > 1:
        yield not_supported("spec.capacity", capacity or None, ("storage",))
    for name in sorted(capacity):
        yield from resource_quantity(f"spec.capacity[{name}]", name, capacity[name])
        yield from positive(f"spec.capacity[{name}]", capacity[name])
    if spec.get("persistentVolumeReclaimPolicy"):
        yield from one_of("spec.persistentVolumeReclaimPolicy", spec["persistentVolumeReclaimPolicy"], _RECLAIMS)
    if mapping(spec, "nodeAffinity"):
        yield from _node_affinity(spec["nodeAffinity"])
    yield from _volume_source(spec)
    if (spec.get("hostPath") or {}).get("path") == "/" and spec.get("persistentVolumeReclaimPolicy") == "Recycle":
        yield forbidden("spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'")
    yield from _class_and_mode(spec)


def _node_affinity(affinity: Any) -> Problems:
    if affinity.get("required") is None:
        yield required("spec.nodeAffinity.required", "must specify required node constraints")
    else:
        yield from node_terms("spec.nodeAffinity.required", affinity["required"])


def _volume_source(spec: Any) -> Problems:
    yield from only_one("spec", spec, _SOURCES, "may not specify more than 1 volume type", "must specify a volume type")
    if spec.get("local") is not None and not mapping(spec, "nodeAffinity"):
        yield required("spec.nodeAffinity", "Local volume requires node affinity")


def changed_volume(new: Object, old: Object) -> Problems:
    spec, before = mapping(new, "spec"), mapping(old, "spec")
    sources = ({key: each[key] for key in _SOURCES if key in each} for each in (spec, before))
    now, then = sources
    if now != then:
        detail = "spec.persistentvolumesource is immutable after creation"
        yield forbidden("spec.persistentvolumesource", f"{detail}\n{differences('VolumeSource', then, now)}")
    yield from unchanged("spec.volumeMode", spec.get("volumeMode"), before.get("volumeMode"))
    if before.get("nodeAffinity") is not None and spec.get("nodeAffinity") != before["nodeAffinity"]:
        yield invalid("spec.nodeAffinity", spec.get("nodeAffinity"), IMMUTABLE)


def storage_class(obj: Object) -> Problems:
    name = obj.get("provisioner") or ""
    if not name:
        yield required("provisioner")
    else:
        yield from words("provisioner", name, names.qualified_lower(name))
    for key in mapping(obj, "parameters"):
        if not key:
            yield invalid("parameters", key, "field can not be empty.")
    yield from one_of("reclaimPolicy", obj.get("reclaimPolicy"), ("Delete", "Retain"))
    yield from chosen("volumeBindingMode", obj.get("volumeBindingMode"), ("Immediate", "WaitForFirstConsumer"))
    for place, term in indexed("", obj, "allowedTopologies"):
        for inner, each in indexed(place, term, "matchLabelExpressions"):
            if not items(each, "values"):
                yield required(f"{inner}.values")
            yield from words(f"{inner}.key", each.get("key") or "", names.qualified(each.get("key") or ""))


def changed_storage_class(new: Object, old: Object) -> Problems:
    if mapping(new, "parameters") != mapping(old, "parameters"):
        yield forbidden("parameters", "updates to parameters are forbidden.")
    if new.get("provisioner") != old.get("provisioner"):
        yield forbidden("provisioner", "updates to provisioner are forbidden.")
    if new.get("reclaimPolicy") != old.get("reclaimPolicy"):
        yield forbidden("reclaimPolicy", "updates to reclaimPolicy are forbidden.")
    yield from unchanged("volumeBindingMode", new.get("volumeBindingMode"), old.get("volumeBindingMode"))
