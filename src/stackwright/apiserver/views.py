"""What a write through a subresource may change: the rest of the object stays as it is.

Source: the PrepareForUpdate of the status, ephemeralcontainers, resize, finalize and approval strategies of k8s.io/kubernetes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, metadata_of


def narrowed(new: Object, old: Object, subresource: str) -> Object:
    """`new` reduced to what the subresource is for; status has rules of its own in each kind."""
    match subresource:
        case "ephemeralcontainers":
            return _spec(new, old, {"ephemeralContainers": _spec_of(new).get("ephemeralContainers")})
        case "resize":
            return _spec(new, old, {field: _resized(new, old, field) for field in ("containers", "initContainers")})
        case "finalize":
            return _spec(new, old, {"finalizers": _spec_of(new).get("finalizers")})
        case "approval":
            conditions = (new.get("status") or {}).get("conditions")
            return _kept(new, old) | {"status": _with(old.get("status") or {}, {"conditions": conditions})}
        case _:
            return new


def _spec_of(obj: Object) -> Mapping[str, Any]:
    return obj.get("spec") or {}


def _spec(new: Object, old: Object, fields: Mapping[str, Any]) -> Object:
    return _kept(new, old) | {"spec": _with(_spec_of(old), fields)}


def _kept(new: Object, old: Object) -> dict[str, Any]:
    """The old object; its metadata names the version that the write is made for."""
    version = metadata_of(new).get("resourceVersion")
    meta = {key: value for key, value in metadata_of(old).items() if key != "resourceVersion"}
    return {**old, "metadata": meta | ({"resourceVersion": version} if version else {})}


def _with(found: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**found, **fields}.items() if value is not None}


def _resized(new: Object, old: Object, field: str) -> Sequence[Any] | None:
    asked = {each.get("name"): each for each in _spec_of(new).get(field) or ()}
    if not _spec_of(old).get(field):
        return None
    found = []
    for container in _spec_of(old)[field]:
        wanted = asked.get(container.get("name"), container)
        found.append(_with(container, {key: wanted.get(key) for key in ("resources", "resizePolicy")}))
    return found
