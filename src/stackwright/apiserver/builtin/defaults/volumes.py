"""Defaults of the volumes of a pod.

Source: k8s.io/kubernetes pkg/apis/core/v1/defaults.go (SetDefaults_Volume and the volume sources).
"""

from collections.abc import Mapping
from typing import Any

from stackwright.apiserver.builtin.defaults.filling import all_of, at, constants, every
from stackwright.apiserver.builtin.defaults.images import pull_policy

_MODE = 0o644
FIELD_REF = at("fieldRef", constants(apiVersion="v1"))
HOST_PATH = at("hostPath", lambda given: {"type": "", **given})
_DISK = constants(cachingMode="ReadWrite", fsType="ext4", readOnly=False, kind="Shared")
DISKS = all_of(
    HOST_PATH,
    at("iscsi", constants(iscsiInterface="default")),
    at("rbd", constants(pool="rbd", user="admin", keyring="/etc/ceph/keyring")),
    at("azureDisk", _DISK),
    at("scaleIO", constants(storageMode="ThinProvisioned", fsType="xfs")),
)
"""Sources that persistent volumes have too."""


def _image(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return constants(pullPolicy=pull_policy(str(given.get("reference") or "")))(given)


_PROJECTED = every(
    "sources",
    all_of(at("serviceAccountToken", constants(expirationSeconds=3600)), at("downwardAPI", every("items", FIELD_REF))),
)
_SOURCES = all_of(
    DISKS,
    at("secret", constants(defaultMode=_MODE)),
    at("configMap", constants(defaultMode=_MODE)),
    at("downwardAPI", all_of(constants(defaultMode=_MODE), every("items", FIELD_REF))),
    at("projected", all_of(constants(defaultMode=_MODE), _PROJECTED)),
    at("ephemeral", at("volumeClaimTemplate", at("spec", constants(volumeMode="Filesystem")))),
    at("image", _image),
)


def volume(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """A volume of no stated source is an empty directory."""
    if all(key == "name" or value is None for key, value in given.items()):
        return {**given, "emptyDir": {}}
    return _SOURCES(given)
