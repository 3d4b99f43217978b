"""The volumes of a pod.

Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateVolumes, validateVolumeSource).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.paths import descending as descending
from stackwright.apiserver.builtin.validation.paths import keys_to_paths, mode, no_way_up
from stackwright.apiserver.builtin.validation.projections import downward, projected
from stackwright.apiserver.builtin.validation.quantities import amount
from stackwright.apiserver.builtin.validation.rules import (
    Problems,
    Rule,
    duplicate,
    forbidden,
    indexed,
    invalid,
    mapping,
    one_of,
    only_one,
    required,
    too_long,
    words,
)
from stackwright.apiserver.kind import FieldError

_HOST_TYPES = ("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket")
_PULLS = ("Always", "IfNotPresent", "Never")
_LONGEST_DRIVER = 63


def volumes(path: str, spec: Any) -> Problems:
    """Every volume has a name of its own and one source."""
    for _, problems in _judged(path, spec):
        yield from problems


def known_volumes(spec: Any) -> Mapping[str, Mapping[str, Any]]:
    """Those that can be mounted: the ones without a problem, by name."""
    return {volume.get("name") or "": volume for volume, problems in _judged("spec", spec) if not problems}


def _judged(path: str, spec: Any) -> Iterator[tuple[Mapping[str, Any], list[FieldError]]]:
    seen: set[str] = set()
    for place, volume in indexed(path, spec, "volumes"):
        name = volume.get("name") or ""
        found = list(source(place, volume))
        found += [required(f"{place}.name")] if not name else words(f"{place}.name", name, names.label(name))
        found += [duplicate(f"{place}.name", name)] if name in seen else []
        seen |= set() if found else {name}
        yield volume, found


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
        yield forbidden(f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity")


def host_path(path: str, value: Any) -> Problems:
    """A folder of the node."""
    if not value.get("path"):
        yield required(f"{path}.path")
        return
    yield from no_way_up(f"{path}.path", value["path"])
    yield from one_of(f"{path}.type", value.get("type") or "", _HOST_TYPES)


def _git(path: str, value: Any) -> Problems:
    yield from needs("repository")(path, value)
    yield from descending(f"{path}.directory", value.get("directory") or "")


def _keyed(field: str) -> Rule:
    """A volume of the keys of a Secret or a ConfigMap, which is named by a field."""

    def rule(path: str, value: Any) -> Problems:
        yield from needs(field)(path, value)
        yield from mode(f"{path}.defaultMode", value.get("defaultMode"))
        yield from keys_to_paths(path, value)

    return rule


def nfs(path: str, value: Any) -> Problems:
    """An export of a server."""
    yield from needs("server", "path")(path, value)
    if not (value.get("path") or "").startswith("/"):
        yield invalid(f"{path}.path", value.get("path") or "", "must be an absolute path")


def csi_driver(path: str, name: str) -> Problems:
    if not name:
        yield required(path)
    if len(name) > _LONGEST_DRIVER:
        yield too_long(path, _LONGEST_DRIVER)
    yield from words(path, name, names.subdomain(name.lower()))


def _csi(path: str, value: Any) -> Problems:
    yield from csi_driver(f"{path}.driver", value.get("driver") or "")
    secret = value.get("nodePublishSecretRef")
    if secret is None:
        return
    if not secret.get("name"):
        yield required(f"{path}.nodePublishSecretRef.name")
    else:
        yield from words(f"{path}.name", secret["name"], names.subdomain(secret["name"]))


def _ephemeral(path: str, value: Any) -> Problems:
    if value.get("volumeClaimTemplate") is None:
        yield required(f"{path}.volumeClaimTemplate")


def _image(path: str, value: Any) -> Problems:
    if not value.get("reference"):
        yield required(f"{path}.reference")
    yield from one_of(f"{path}.pullPolicy", value.get("pullPolicy") or "Always", _PULLS)


def persistent_disk(path: str, value: Any) -> Problems:
    """Upstream calls its field by an older name."""
    if not value.get("pdName"):
        yield required(f"{path.removesuffix('gcePersistentDisk')}persistentDisk.pdName")


def flocker(path: str, value: Any) -> Problems:
    """A dataset, by name or by id."""
    name, uid = value.get("datasetName") or "", value.get("datasetUUID") or ""
    if not name and not uid:
        yield required(path, "one of datasetName and datasetUUID is required")
    if name and uid:
        yield invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously")
    if "/" in name:
        yield invalid(f"{path}.datasetName", name, "must not contain '/'")


def fibre_channel(path: str, value: Any) -> Problems:
    wwns, wwids, lun = value.get("targetWWNs"), value.get("wwids"), value.get("lun")
    if not wwns and not wwids:
        yield required(f"{path}.targetWWNs", "must specify either targetWWNs or wwids, but not both")
    if wwns and wwids:
        yield invalid(f"{path}.targetWWNs", wwns, "targetWWNs and wwids can not be specified simultaneously")
    if wwns and lun is None:
        yield required(f"{path}.lun", "lun is required if targetWWNs is specified")
    elif wwns and not 0 <= lun <= 255:
        yield invalid(f"{path}.lun", lun, "must be between 0 and 255, inclusive")


def _storage_os(path: str, value: Any) -> Problems:
    if not value.get("volumeName"):
        yield required(f"{path}.volumeName")
    for key in ("volumeName", "volumeNamespace"):
        if value.get(key):
            yield from words(f"{path}.{key}", value[key], names.label(value[key]))
    if value.get("secretRef") is not None and not mapping(value, "secretRef").get("name"):
        yield required(f"{path}.secretRef.name")


_SOURCES: Mapping[str, Rule] = {
    "emptyDir": _empty_dir,
    "hostPath": host_path,
    "gitRepo": _git,
    "gcePersistentDisk": persistent_disk,
    "awsElasticBlockStore": needs("volumeID"),
    "secret": _keyed("secretName"),
    "nfs": nfs,
    "iscsi": needs("targetPortal", "iqn"),
    "glusterfs": needs("endpoints", "path"),
    "flocker": flocker,
    "persistentVolumeClaim": needs("claimName"),
    "rbd": needs("monitors", "image"),
    "cinder": needs("volumeID"),
    "cephfs": needs("monitors"),
    "quobyte": needs("registry", "volume"),
    "downwardAPI": downward,
    "fc": fibre_channel,
    "flexVolume": needs("driver"),
    "configMap": _keyed("name"),
    "azureFile": needs("secretName", "shareName"),
    "vsphereVolume": needs("volumePath"),
    "photonPersistentDisk": needs("pdID"),
    "portworxVolume": needs("volumeID"),
    "azureDisk": needs("diskName", "diskURI"),
    "storageos": _storage_os,
    "projected": projected,
    "scaleIO": needs("gateway", "system", "volumeName"),
    "csi": _csi,
    "ephemeral": _ephemeral,
    "image": _image,
}
