"""How the containers of a pod mount its volumes.

Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateVolumeMounts, ValidateVolumeDevices).
"""

from collections.abc import Mapping
from typing import Any

from stackwright.apiserver.builtin.validation.rules import (
    Problems,
    forbidden,
    indexed,
    invalid,
    items,
    mapping,
    not_found,
    one_of,
    required,
)
from stackwright.apiserver.builtin.validation.volumes import descending, known_volumes

_PROPAGATIONS = ("Bidirectional", "HostToContainer", "None")
_RECURSIVE = ("Disabled", "Enabled", "IfPossible")
_EXCLUSIVE = "subPathExpr and subPath are mutually exclusive"
_NOT_OF_IMAGES = "not allowed in image volume sources"
_CLAIMS_ONLY = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"


def mounts(path: str, container: Any, spec: Any) -> Problems:
    """Mounts and devices of a container of the pod `spec`."""
    known = known_volumes(spec)
    devices = _places(container, "volumeDevices", "devicePath")
    seen: set[str] = set()
    for place, mount in indexed(path, container, "volumeMounts"):
        name, target = mount.get("name") or "", mount.get("mountPath") or ""
        yield from _named(place, name, known)
        if not target:
            yield required(f"{place}.mountPath")
        if target in seen:
            yield invalid(f"{place}.mountPath", target, "must be unique")
        seen.add(target)
        yield from _overlap(place, ("mountPath", name, target), devices, "volumeDevices")
        yield from _within(f"{path}.volumeMounts", place, mount, known.get(name) or {})
        yield from _propagation(f"{path}.volumeMounts", mount, container)
    yield from _devices(path, container, known)


def _places(container: Any, key: str, field: str) -> Mapping[str, str]:
    """Where each volume is; the last one counts."""
    return {each.get("name") or "": each.get(field) or "" for each in items(container, key)}


def _named(path: str, name: str, known: Mapping[str, Any]) -> Problems:
    if not name:
        yield required(f"{path}.name")
    if name not in known:
        yield not_found(f"{path}.name", name)


def _overlap(path: str, own: tuple[str, str, str], others: Mapping[str, str], key: str) -> Problems:
    """Shape: `own` is the name of the field that says where, the name of the volume, and where it is."""
    field, name, target = own
    if name in others:
        yield invalid(f"{path}.name", name, f"must not already exist in {key}")
    if target in others.values():
        yield invalid(f"{path}.{field}", target, f"must not already exist as a path in {key}")


def _within(whole: str, path: str, mount: Any, volume: Mapping[str, Any]) -> Problems:
    """What part of the volume is mounted; upstream tells of odd paths at the list, not at the mount."""
    plain, computed = mount.get("subPath"), mount.get("subPathExpr")
    if volume.get("image") is not None:
        for key in ("subPath", "subPathExpr"):
            if mount.get(key):
                yield invalid(f"{path}.{key}", mount[key], _NOT_OF_IMAGES)
    if plain:
        yield from descending(f"{whole}.subPath", plain)
    if computed:
        if plain:
            yield invalid(f"{path}.subPathExpr", computed, _EXCLUSIVE)
        yield from descending(f"{whole}.subPathExpr", computed)


def _propagation(path: str, mount: Any, container: Any) -> Problems:
    mode, recursive = mount.get("mountPropagation"), mount.get("recursiveReadOnly")
    if mode is not None:
        place = f"{path}.mountPropagation"
        yield from one_of(place, mode, _PROPAGATIONS)
        if mode == "Bidirectional" and not mapping(container, "securityContext").get("privileged"):
            yield forbidden(place, "Bidirectional mount propagation is available only to privileged containers")
    place = f"{path}.recursiveReadOnly"
    if recursive in ("Enabled", "IfPossible"):
        if not mount.get("readOnly"):
            yield forbidden(place, "may only be specified when readOnly is true")
        if mode not in (None, "None"):
            yield forbidden(place, "may only be specified when mountPropagation is None or not specified")
    elif recursive is not None:
        yield from one_of(place, recursive, _RECURSIVE)


def _devices(path: str, container: Any, known: Mapping[str, Any]) -> Problems:
    mounted = _places(container, "volumeMounts", "mountPath")
    names: set[str] = set()
    paths: set[str] = set()
    for place, device in indexed(path, container, "volumeDevices"):
        name, target = device.get("name") or "", device.get("devicePath") or ""
        yield from _device_name(place, name, names, known)
        if not target:
            yield required(f"{place}.devicePath")
        if target in paths:
            yield invalid(f"{place}.devicePath", target, "must be unique")
        if ".." in target.split("/"):
            yield invalid(f"{place}.devicePath", target, "can not contain backsteps ('..')")
        else:
            paths.add(target)
        yield from _overlap(place, ("devicePath", name, target), mounted, "volumeMounts")
        names |= {name} - {""}


def _device_name(path: str, name: str, seen: set[str], known: Mapping[str, Any]) -> Problems:
    if not name:
        yield required(f"{path}.name")
    if name in seen:
        yield invalid(f"{path}.name", name, "must be unique")
    volume = known.get(name)
    if volume is None:
        yield not_found(f"{path}.name", name)
    elif volume.get("persistentVolumeClaim") is None and volume.get("ephemeral") is None:
        yield invalid(f"{path}.name", name, _CLAIMS_ONLY)
