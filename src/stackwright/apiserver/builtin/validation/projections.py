"""Volumes that are put together: projected ones, and files that show fields of the pod.

Source: k8s.io/kubernetes pkg/apis/core/validation (validateProjectionSources, validateDownwardAPIVolumeFile).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from stackwright.apiserver.builtin.validation.environment import VOLUME_FIELDS, field_ref, resource_ref
from stackwright.apiserver.builtin.validation.paths import keys_to_paths, local_path, mode
from stackwright.apiserver.builtin.validation.rules import (
    Problems,
    Rule,
    forbidden,
    indexed,
    invalid,
    items,
    mapping,
    required,
)
from stackwright.apiserver.builtin.validation.selectors import selector

_SHORTEST, _LONGEST = 600, 1 << 32


def downward(path: str, value: Any) -> Problems:
    """A volume of such files."""
    yield from mode(f"{path}.defaultMode", value.get("defaultMode"))
    yield from _downward_files(path, value)


def _downward_files(path: str, value: Any) -> Problems:
    """Upstream tells of a file at its volume, without its index."""
    for item in items(value, "items"):
        yield from _downward_file(path, item)


def _downward_file(path: str, item: Any) -> Problems:
    if not item.get("path"):
        yield required(f"{path}.path")
    yield from local_path(f"{path}.path", item.get("path") or "")
    field, resource = item.get("fieldRef"), item.get("resourceFieldRef")
    if field is not None:
        yield from field_ref(f"{path}.fieldRef", field, VOLUME_FIELDS)
        if resource is not None:
            yield invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously")
    elif resource is not None:
        yield from resource_ref(f"{path}.resourceFieldRef", resource, needs_container=True)
    else:
        yield required(path, "one of fieldRef and resourceFieldRef is required")
    yield from mode(f"{path}.mode", item.get("mode"))


def projected(path: str, value: Any) -> Problems:
    """A volume that several sources fill, each file from one of them."""
    yield from mode(f"{path}.defaultMode", value.get("defaultMode"))
    seen: set[str] = set()
    for place, each in indexed(path, value, "sources"):
        given = [key for key in _PROJECTIONS if each.get(key) is not None]
        for key in given:
            yield from _PROJECTIONS[key](f"{place}.{key}", each[key])
            yield from _token_file(path, each[key]) if key == "serviceAccountToken" else ()
            yield from _taken(path, key, each[key], seen)
        if len(given) > 1:
            yield forbidden(place, "may not specify more than 1 volume type per source")


def _taken(path: str, key: str, source: Any, seen: set[str]) -> Problems:
    """No file twice."""
    for file, shown in _files(key, source):
        if file in seen:
            yield invalid(path, shown, "conflicting duplicate paths")
        seen.add(file)


def _files(key: str, source: Any) -> Iterator[tuple[str, str]]:
    """Every path that a source fills, and how upstream calls it when it is taken."""
    if key in ("secret", "configMap"):
        yield from ((each["path"], source.get("name") or "") for each in items(source, "items") if each.get("path"))
    elif key == "downwardAPI":
        yield from ((each["path"], each["path"]) for each in items(source, "items") if each.get("path"))
    elif key == "clusterTrustBundle":
        yield source.get("path") or "", source.get("path") or ""


def _named_keys(path: str, value: Any) -> Problems:
    if not value.get("name"):
        yield required(f"{path}.name")
    yield from keys_to_paths(path, value)


def _token(path: str, value: Any) -> Problems:
    seconds = value.get("expirationSeconds")
    if isinstance(seconds, int) and seconds < _SHORTEST:
        yield invalid(f"{path}.expirationSeconds", seconds, "may not specify a duration less than 10 minutes")
    if isinstance(seconds, int) and seconds > _LONGEST:
        yield invalid(f"{path}.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds")


def _token_file(path: str, value: Any) -> Problems:
    """Upstream tells of this file at the volume, not at its source."""
    if not value.get("path"):
        yield required(f"{path}.path")
    else:
        yield from local_path(f"{path}.path", value["path"])


def _bundle(path: str, value: Any) -> Problems:
    name, signer = value.get("name"), value.get("signerName")
    if name is not None and signer is not None:
        yield invalid(path, value, "only one of name and signerName may be used")
    elif name is not None:
        if not name:
            yield required(f"{path}.name", "must be a valid object name")
        if value.get("labelSelector") is not None:
            yield invalid(f"{path}.labelSelector", value["labelSelector"], "labelSelector must be unset if name is specified")
    elif signer is not None:
        if not signer:
            yield required(f"{path}.signerName", "must be a valid signer name")
        yield from selector(f"{path}.labelSelector", mapping(value, "labelSelector"))
    else:
        yield required(path, "either name or signerName must be specified")
    if not value.get("path"):
        yield required(f"{path}.path")
    yield from local_path(f"{path}.path", value.get("path") or "")


def _certificate(path: str, value: Any) -> Problems:
    return (required(f"{path}.{key}") for key in ("signerName", "keyType") if not value.get(key))


_PROJECTIONS: Mapping[str, Rule] = {
    "secret": _named_keys,
    "configMap": _named_keys,
    "downwardAPI": _downward_files,
    "serviceAccountToken": _token,
    "clusterTrustBundle": _bundle,
    "podCertificate": _certificate,
}
