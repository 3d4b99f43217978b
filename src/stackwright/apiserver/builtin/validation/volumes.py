"""The volumes of a pod, and how containers mount them.

Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateVolumes, validateVolumeSource, ValidateVolumeMounts).
"""

from collections.abc import Mapping
from typing import Any

from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.environment import VOLUME_FIELDS, field_ref, resource_ref
from stackwright.apiserver.builtin.validation.quantities import amount, text
from stackwright.apiserver.builtin.validation.rules import (
    Problems,
    Rule,
    duplicate,
    indexed,
    invalid,
    items,
    not_found,
    one_of,
    only_one,
    required,
    words,
)

_HOST_TYPES = ("BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket", "")
_MODE_RULE = "must be a number between 0 and 0777 (octal), both inclusive"


def volumes(path: str, spec: Any) -> Problems:
    """Every volume has a name of its own and one source."""
    seen: set[str] = set()
    for place, volume in indexed(path, spec, "volumes"):
        odd = list(source(place, volume))
        yield from odd
        name = volume.get("name") or ""
        found = [required(f"{place}.name")] if not name else list(words(f"{place}.name", name, names.label(name)))
        if name in seen:
            found.append(duplicate(f"{place}.name", name))
        elif not found and not odd:
            seen.add(name)
        yield from found


def source(path: str, volume: Any) -> Problems:
    """Exactly one, and whole."""
    yield from only_one(path, volume, _SOURCES, "may not specify more than 1 volume type", "must specify a volume type")


def needs(*keys: str) -> Rule:
    """Each of the fields must be there."""

    def rule(path: str, value: Any) -> Problems:
        return (required(f"{path}.{key}") for key in keys if not value.get(key))

    return rule


def _empty_dir(path: str, value: Any) -> Problems:
    if amount(value.get("sizeLimit")) < 0:
        yield invalid(f"{path}.sizeLimit", text(value["sizeLimit"]), "SizeLimit field must be a valid resource quantity")
    yield from one_of(f"{path}.medium", value.get("medium") or "", ("", "Memory")) if not _huge(value) else ()


def _huge(value: Any) -> bool:
    return str(value.get("medium") or "").startswith("HugePages")


def host_path(path: str, value: Any) -> Problems:
    """A folder of the node."""
    if not value.get("path"):
        yield required(f"{path}.path")
    else:
        yield from _no_way_up(f"{path}.path", value["path"])
    yield from one_of(f"{path}.type", value.get("type") or "", _HOST_TYPES)


def _no_way_up(path: str, value: str) -> Problems:
    if ".." in value.split("/"):
        yield invalid(path, value, "must not contain '..'")


def descending(path: str, value: str) -> Problems:
    """A path that stays below where it starts."""
    if value.startswith("/"):
        yield invalid(path, value, "must be a relative path")
    yield from _no_way_up(path, value)


def _mode(path: str, value: Any) -> Problems:
    if isinstance(value, int) and not 0 <= value <= 0o777:
        yield invalid(path, value, _MODE_RULE)


def _keys_to_paths(path: str, value: Any) -> Problems:
    for place, item in indexed(path, value, "items"):
        if not item.get("key"):
            yield required(f"{place}.key")
        if not item.get("path"):
            yield required(f"{place}.path")
        yield from _local_path(f"{place}.path", item.get("path") or "")
        yield from _mode(f"{place}.mode", item.get("mode"))


def _local_path(path: str, value: str) -> Problems:
    yield from descending(path, value)
    if value.startswith("..") and ".." not in value.split("/"):
        yield invalid(path, value, "must not start with '..'")


def _secret(path: str, value: Any) -> Problems:
    if not value.get("secretName"):
        yield required(f"{path}.secretName")
    yield from _mode(f"{path}.defaultMode", value.get("defaultMode"))
    yield from _keys_to_paths(path, value)


def _config_map(path: str, value: Any) -> Problems:
    if not value.get("name"):
        yield required(f"{path}.name")
    yield from _mode(f"{path}.defaultMode", value.get("defaultMode"))
    yield from _keys_to_paths(path, value)


def _downward(path: str, value: Any) -> Problems:
    yield from _mode(f"{path}.defaultMode", value.get("defaultMode"))
    for place, item in indexed(path, value, "items"):
        yield from _downward_file(place, item)


def _downward_file(path: str, item: Any) -> Problems:
    if not item.get("path"):
        yield required(f"{path}.path")
    yield from _local_path(f"{path}.path", item.get("path") or "")
    field, resource = item.get("fieldRef"), item.get("resourceFieldRef")
    if field is not None:
        yield from field_ref(f"{path}.fieldRef", field, VOLUME_FIELDS)
        if resource is not None:
            yield invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously")
    elif resource is not None:
        yield from resource_ref(f"{path}.resourceFieldRef", resource, needs_container=True)
    else:
        yield required(path, "one of fieldRef and resourceFieldRef is required")
    yield from _mode(f"{path}.mode", item.get("mode"))


def _projected(path: str, value: Any) -> Problems:
    yield from _mode(f"{path}.defaultMode", value.get("defaultMode"))
    for place, each in indexed(path, value, "sources"):
        none = "must specify one of configMap, downwardAPI, secret, serviceAccountToken or clusterTrustBundle"
        yield from only_one(place, each, _PROJECTIONS, "may not specify more than 1 volume type per source", none)


def _named_keys(path: str, value: Any) -> Problems:
    yield from needs("name")(path, value)
    yield from _keys_to_paths(path, value)


def _token(path: str, value: Any) -> Problems:
    seconds = value.get("expirationSeconds")
    if isinstance(seconds, int) and seconds < 600:
        yield invalid(f"{path}.expirationSeconds", seconds, "may not specify a duration less than 10 minutes")
    if isinstance(seconds, int) and seconds > 1 << 32:
        yield invalid(f"{path}.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds")
    if not value.get("path"):
        yield required(f"{path}.path")
    else:
        yield from _local_path(f"{path}.path", value["path"])


_PROJECTIONS: Mapping[str, Rule] = {
    "secret": _named_keys,
    "configMap": _named_keys,
    "downwardAPI": _downward,
    "serviceAccountToken": _token,
    "clusterTrustBundle": needs("path"),
    "podCertificate": needs("signerName", "keyType"),
}


def _nfs(path: str, value: Any) -> Problems:
    yield from needs("server", "path")(path, value)
    if value.get("path") and not value["path"].startswith("/"):
        yield invalid(f"{path}.path", value["path"], "must be an absolute path")


def _ephemeral(path: str, value: Any) -> Problems:
    if value.get("volumeClaimTemplate") is None:
        yield required(f"{path}.volumeClaimTemplate")


def _anything(path: str, value: Any) -> Problems:
    return iter(())


_SOURCES: Mapping[str, Rule] = {
    "emptyDir": _empty_dir,
    "hostPath": host_path,
    "gitRepo": needs("repository"),
    "gcePersistentDisk": needs("pdName"),
    "awsElasticBlockStore": needs("volumeID"),
    "secret": _secret,
    "nfs": _nfs,
    "iscsi": needs("targetPortal", "iqn"),
    "glusterfs": needs("endpoints", "path"),
    "persistentVolumeClaim": needs("claimName"),
    "rbd": needs("monitors", "image"),
    "cinder": needs("volumeID"),
    "cephfs": needs("monitors"),
    "flocker": _anything,
    "downwardAPI": _downward,
    "fc": _anything,
    "azureFile": needs("secretName", "shareName"),
    "configMap": _config_map,
    "vsphereVolume": needs("volumePath"),
    "azureDisk": needs("diskName", "diskURI"),
    "storageos": _anything,
    "portworxVolume": needs("volumeID"),
    "quobyte": needs("registry", "volume"),
    "scaleIO": needs("gateway", "system", "volumeName"),
    "projected": _projected,
    "csi": needs("driver"),
    "ephemeral": _ephemeral,
    "image": _anything,
}


def mounts(path: str, container: Any, spec: Any) -> Problems:
    """Mounts and devices of a container of the pod `spec`."""
    known = {volume.get("name") for volume in items(spec, "volumes")}
    devices = {device.get("devicePath") for device in items(container, "volumeDevices")}
    seen: set[str] = set()
    for place, mount in indexed(path, container, "volumeMounts"):
        yield from _mount(place, mount, known)
        target = mount.get("mountPath") or ""
        if target in seen:
            yield invalid(f"{place}.mountPath", target, "must be unique")
        seen.add(target)
        if target and target in devices:
            yield invalid(f"{place}.mountPath", target, "must not already exist in volumeDevices")
    yield from _devices(path, container, known, seen)


def _mount(path: str, mount: Any, known: set[Any]) -> Problems:
    name = mount.get("name") or ""
    if not name:
        yield required(f"{path}.name")
    if name not in known:
        yield not_found(f"{path}.name", name)
    if not mount.get("mountPath"):
        yield required(f"{path}.mountPath")
    if mount.get("subPath"):
        yield from descending(f"{path}.subPath", mount["subPath"])
    if mount.get("subPathExpr"):
        if mount.get("subPath"):
            yield invalid(f"{path}.subPathExpr", mount["subPathExpr"], "subPathExpr and subPath are mutually exclusive")
        yield from descending(f"{path}.subPathExpr", mount["subPathExpr"])
    if mount.get("mountPropagation") is not None:
        yield from one_of(f"{path}.mountPropagation", mount["mountPropagation"], ("Bidirectional", "HostToContainer", "None"))


def _devices(path: str, container: Any, known: set[Any], mounted: set[str]) -> Problems:
    seen: set[str] = set()
    for place, device in indexed(path, container, "volumeDevices"):
        name, target = device.get("name") or "", device.get("devicePath") or ""
        if not name:
            yield required(f"{place}.name")
        elif name not in known:
            yield not_found(f"{place}.name", name)
        if not target:
            yield required(f"{place}.devicePath")
        if target in seen:
            yield invalid(f"{place}.devicePath", target, "must be unique")
        if target and target in mounted:
            yield invalid(f"{place}.devicePath", target, "must not already exist in volumeMounts")
        seen.add(target)
