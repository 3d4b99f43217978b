"""The four patch types of the API over the kinds of a server, and the record of who owns what.

Source: k8s.io/apiserver pkg/endpoints/handlers/patch.go.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from stackwright.api.meta import Object, Resource, gvk_of
from stackwright.api.status import StatusError, bad_request
from stackwright.apiserver.builtin.conversions import converted, versions_beside
from stackwright.apiserver.builtin.kinds import BuiltinKind
from stackwright.apiserver.builtin.schemas import definitions, package_of, schema_of
from stackwright.apiserver.decoding import SCHEME, type_fault
from stackwright.apiserver.faults import fault_of, json_type
from stackwright.apiserver.kind import Kind
from stackwright.apiserver.patchbody import unfit
from stackwright.apiserver.ports import PatchType, Writer
from stackwright.apiserver.registry import keeps_types
from stackwright.apiserver.typed import settled, zero_of
from stackwright.kernel.clock import rfc3339
from stackwright.store import jsonpatch, managed, mergepatch, strategic
from stackwright.store.ownership.fieldset import Node

_GENERIC = "the server rejected our request due to an error in our request"
_STATUS: Node = {"f:status": {}}
_SPEC: Node = {"f:spec": {}}


@dataclass(frozen=True, slots=True)
class KindPatches:
    """apiserver.ports.Patches. Remembers what it found out of each kind."""

    _rules: dict[int, tuple[Kind, managed.Rules]] = field(default_factory=dict)

    def patched(self, kind: Kind, live: Object, type: PatchType, patch: Any, writer: Writer) -> Object:
        """Raises StatusError."""
        match type:
            case "apply":
                return self._apply(kind, live, patch, writer)
            case "json":
                result = _json_patched(live, patch)
            case "merge":
                result = mergepatch.patched(live, _map(patch))
            case "strategic":
                result = _strategic_patched(kind, live, patch)
        return _fitting(kind, type, patch, result)

    def owned(self, kind: Kind, new: Object, old: Object | None, writer: Writer) -> Object:
        return managed.after_update(new, old, self.rules(kind), _by(writer))

    def _apply(self, kind: Kind, live: Object, patch: Any, writer: Writer) -> Object:
        if not isinstance(patch, Mapping):
            raise bad_request(f"error decoding YAML: found {type(patch).__name__}, expected a map")
        new = managed.apply(live, patch, self.rules(kind), _by(writer))
        return settled(new, kind.schema, kind.resource.gvk) if isinstance(kind, BuiltinKind) else new

    def rules(self, kind: Kind) -> managed.Rules:
        known = self._rules.get(id(kind))
        if known is None or known[0] is not kind:
            known = self._rules[id(kind)] = kind, _rules(kind)
        return known[1]


def _by(writer: Writer) -> managed.Writer:
    time = "" if writer.subresource == "scale" else rfc3339(writer.now)  # a scale does not say when
    return managed.Writer(writer.manager, time, writer.subresource, writer.force)


def _rules(kind: Kind) -> managed.Rules:
    resource = kind.resource
    zero = zero_of(kind.schema, resource.gvk) if isinstance(kind, BuiltinKind) else {}
    builtin = isinstance(kind, BuiltinKind)
    others = {version: _other(version, resource.kind) for version in versions_beside(resource)} if builtin else _siblings(kind)
    return managed.Rules(kind.schema, resource.api_version, resource.kind, _ignored(resource, keeps_types(kind)), zero, others)


def _other(api_version: str, kind: str) -> managed.OtherVersion:
    group, _, version = api_version.rpartition("/")
    return managed.OtherVersion(schema_of(group, version, kind), lambda obj: converted(obj, api_version))


def _siblings(kind: Kind) -> Mapping[str, managed.OtherVersion]:
    """The other versions of a custom kind; only a webhook makes them differ by more than what their schemas say."""
    schemas, in_version = getattr(kind, "siblings", {}), getattr(kind, "in_version", None)
    if in_version is None:
        return {}
    versions = {f"{kind.resource.group}/{name}": schema for name, schema in schemas.items()}
    return {version: managed.OtherVersion(schema, partial(in_version, api_version=version)) for version, schema in versions.items()}


def _ignored(resource: Resource, custom: bool) -> Mapping[str, Node]:
    """What a write through each subresource does not own."""
    if "status" not in resource.subresources:
        return {}
    if custom:
        return {"": _STATUS, "status": {**_SPEC, "f:metadata": {}}}
    metadata: Node = {"f:metadata": {"f:labels": {}}} if resource.qualified == "deployments.apps" else {}
    return {"": _STATUS, "status": {**_SPEC, **metadata}}


def _unprocessable(message: str) -> StatusError:
    return StatusError(422, "Invalid", message, {})


def _map(patch: Any, prefix: str = "error decoding patch: ") -> Mapping[str, Any]:
    if not isinstance(patch, Mapping):
        raise bad_request(f"{prefix}json: cannot unmarshal {json_type(patch)} into Go value of type map[string]interface {{}}")
    return patch


def _json_patched(live: Object, patch: Any) -> Object:
    if not isinstance(patch, list):
        raise bad_request(f"error decoding patch: json: cannot unmarshal {json_type(patch)} into Go value of type []handlers.jsonPatchOp")
    if not all(isinstance(operation, Mapping) for operation in patch):
        found = next(operation for operation in patch if not isinstance(operation, Mapping))
        raise bad_request(f"error decoding patch: json: cannot unmarshal {json_type(found)} into Go value of type handlers.jsonPatchOp")
    if len(patch) > jsonpatch.MAX_OPERATIONS:
        message = f"The allowed maximum operations in a JSON patch is {jsonpatch.MAX_OPERATIONS}, got {len(patch)}"
        raise StatusError(413, "RequestEntityTooLarge", message)
    try:
        return _object(jsonpatch.patched(live, patch))
    except jsonpatch.PatchDoesNotApply as error:
        raise _unprocessable(_GENERIC) from error


def _object(value: Any) -> Object:
    """What was made of a map stays a map."""
    found: Object = value
    return found


def _strategic_patched(kind: Kind, live: Object, patch: Any) -> Object:
    try:
        return strategic.patched(live, _map(patch, ""), kind.schema)
    except strategic.BadStrategicPatch as error:
        raise bad_request(error.message) from error
    except strategic.CannotMerge as error:
        raise _unprocessable(_GENERIC) from error


def _foreign(kind: Kind, result: Object) -> str:
    """Why the object is of another kind than it was, where kinds have types; empty when it is not."""
    given, own = gvk_of(result), kind.resource.gvk
    if keeps_types(kind) or given == own:
        return ""
    if given.kind not in definitions(package_of(given.group, given.version)):
        return f'no kind "{given.kind}" is registered for version "{given.api_version}" in scheme "{SCHEME}"'
    fault = fault_of(result, schema_of(given.group, given.version, given.kind), given.kind)
    package = own.group.split(".")[0] or "core"
    return fault or f"converting ({given.version}.{given.kind}) to ({package}.{own.kind}): unknown conversion"


def _fitting(kind: Kind, type: PatchType, patch: Any, result: Object) -> Object:
    """Raises StatusError 422 when the object cannot be read as its type any more."""
    fault = _foreign(kind, result) or type_fault(kind, result)
    if fault:
        raise unfit(kind, type, patch, result, fault)
    return result
