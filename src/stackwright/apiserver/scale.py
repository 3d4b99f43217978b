"""The scale of what has replicas: read, replaced and patched as autoscaling/v1 Scale.

Source: k8s.io/kubernetes pkg/registry/apps/deployment/storage (ScaleREST) and apiextensions' customresource ScaleREST.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, Resource, metadata_of, name_of
from stackwright.api.selectors import SelectorError, from_object, render
from stackwright.api.status import not_found
from stackwright.apiserver.answers import answer
from stackwright.apiserver.builtin.kinds import BuiltinKind
from stackwright.apiserver.builtin.schemas import schema_of
from stackwright.apiserver.converting import as_served
from stackwright.apiserver.decoding import Decoded, read_object
from stackwright.apiserver.kind import FieldError, Kind
from stackwright.apiserver.patchbody import judged, patch_type, problems_of, read_patch
from stackwright.apiserver.placing import placed
from stackwright.apiserver.refusals import invalid
from stackwright.apiserver.registry import bucket_of
from stackwright.apiserver.scaleowners import owned_as_parent, owned_as_scale
from stackwright.apiserver.writeoptions import check_options, strictness_of
from stackwright.apiserver.writing import Write, change
from stackwright.kernel.http import Response

_RESOURCE = Resource("autoscaling", "v1", "scales", "Scale", True, "scale", (), (), ("get", "patch", "update"))
SCALE = BuiltinKind(_RESOURCE, schema_of("autoscaling", "v1", "Scale"))
_SHOWN = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


@dataclass(frozen=True, slots=True)
class ScalePaths:
    """Where an object keeps its scale. Shape: dotted paths; `selector` is empty where pods are not selected."""

    spec: str = "spec.replicas"
    status: str = "status.replicas"
    selector: str = "spec.selector"


def paths_of(kind: Kind) -> ScalePaths:
    """Custom kinds say where; all others keep it in the same place."""
    given: Mapping[str, str] | None = getattr(kind, "scale", None)
    if given is None:
        return ScalePaths()
    fields = ("specReplicasPath", "statusReplicasPath", "labelSelectorPath")
    return ScalePaths(*(str(given.get(field) or "").removeprefix(".") for field in fields))


def scale_of(kind: Kind, obj: Object) -> Object:
    paths = paths_of(kind)
    meta = {key: value for key, value in metadata_of(obj).items() if key in _SHOWN}
    replicas = _at(obj, paths.spec) or 0
    status: dict[str, Any] = {"replicas": _at(obj, paths.status) or 0}
    selector = _selector(_at(obj, paths.selector) if paths.selector else None)
    status |= {"selector": selector} if selector else {}
    spec = {"replicas": replicas} if replicas else {}
    return {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": meta, "spec": spec, "status": status}


def _selector(value: Any) -> str:
    """As text: custom kinds have it so, replication controllers as a plain map, all others as a LabelSelector."""
    if isinstance(value, str):
        return value
    if not isinstance(value, Mapping):
        return ""
    if not {"matchLabels", "matchExpressions"} & value.keys():
        value = {"matchLabels": value}
    try:
        found = from_object(value)
    except SelectorError:
        return ""
    return render(found) if found else ""


def _at(obj: Object, path: str) -> Any:
    value: Any = obj
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _with(obj: Object, path: list[str], value: Any) -> Object:
    first, *rest = path
    return {**obj, first: _with(obj.get(first) or {}, rest, value) if rest else value}


async def answer_scale(verb: str, write: Write) -> Response:
    """Raises StatusError."""
    if verb == "get":
        return answer(await _read(write))
    if verb == "update":
        return await _replace(write)
    return await _patch(write)


async def _read(write: Write) -> Object:
    target = write.target
    entry = write.parts.store.entry(bucket_of(target.kind.resource), target.namespace, target.name)
    if entry is None:
        raise not_found(target.kind.resource.group, target.kind.resource.plural, target.name)
    return scale_of(target.kind, await as_served(target.kind, entry.object))


async def _replace(write: Write) -> Response:
    check_options(write.request, "UpdateOptions")
    decoded = read_object(write.request, SCALE, write.parts.registry)
    asked = placed(decoded.object, write.target)
    return await _change(write, lambda live: Decoded(asked, decoded.warnings))


async def _patch(write: Write) -> Response:
    type = patch_type(write.request, SCALE)
    check_options(write.request, "PatchOptions", type)
    body, strictness = read_patch(write.request, type), strictness_of(write.request)
    told, writer = problems_of(write.request, type, body), write.writer()

    def patched(scale: Object) -> Decoded:
        result = write.parts.patches.patched(SCALE, scale, type, body, writer)
        found = judged(SCALE, type, body, result, told, strictness)
        return Decoded(placed(found.object, write.target), found.warnings)

    return await _change(write, patched, applied=type == "apply")


async def _change(write: Write, wanted: Callable[[Object], Decoded], *, applied: bool = False) -> Response:
    """Changes the object behind: only how many replicas there shall be, and who owns that."""
    kind = write.target.kind
    path = paths_of(kind).spec.split(".")

    def scaled(live: Object) -> Decoded:
        scale = scale_of(kind, live)
        decoded = wanted(owned_as_scale(scale, live, path) if applied else scale)
        found = _scaled(kind, live, decoded.object)
        found = owned_as_parent(found, decoded.object, path, kind.resource.api_version) if applied else found
        return Decoded(found, decoded.warnings)

    return await change(write, scaled, owned=applied, shown=lambda obj: scale_of(kind, obj))


def _scaled(kind: Kind, live: Object, scale: Object) -> Object:
    """Raises StatusError 422."""
    replicas = (scale.get("spec") or {}).get("replicas") or 0
    if replicas < 0:
        message = f"Invalid value: {replicas}: must be greater than or equal to 0"
        raise invalid(_RESOURCE, name_of(scale), [FieldError("FieldValueInvalid", "spec.replicas", message)])
    given = {key: metadata_of(scale)[key] for key in ("uid", "resourceVersion") if metadata_of(scale).get(key)}
    found = _with(live, paths_of(kind).spec.split("."), replicas)
    bare = {key: value for key, value in metadata_of(live).items() if key != "resourceVersion"}
    return {**found, "metadata": {**bare, **given}}
