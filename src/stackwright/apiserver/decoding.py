"""Bodies of writes as objects of their kind: of the right type, without what the kind does not know, told so or refused.

Source: k8s.io/apiserver pkg/endpoints/handlers (create.go, update.go) and the decoders of k8s.io/apimachinery and apiextensions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stackwright.api.meta import GroupVersionKind, Object, Resource, gvk_of, name_of
from stackwright.api.status import StatusError, bad_request
from stackwright.apiserver.body import decode_object, duplicate_fields, media_type, unrecognized
from stackwright.apiserver.faults import fault_of
from stackwright.apiserver.fitting import fits
from stackwright.apiserver.kind import FieldError, Kind
from stackwright.apiserver.known_fields import known
from stackwright.apiserver.refusals import invalid
from stackwright.apiserver.registry import Registry, keeps_types
from stackwright.apiserver.typed import settled
from stackwright.apiserver.writeoptions import strictness_of
from stackwright.kernel.http import Request

SCHEME = "pkg/runtime/scheme.go:110"


@dataclass(frozen=True, slots=True)
class Decoded:
    """Shape: `warnings` are texts of Warning headers."""

    object: Object
    warnings: Sequence[str] = ()


def read_object(request: Request, kind: Kind, registry: Registry) -> Decoded:
    """The object of a POST or PUT. Raises StatusError 400, 413, 415."""
    resource = kind.resource
    found = decode_object(request, resource.kind)
    if keeps_types(kind):
        _check_typed(request, found, resource)
    found = {**found, "apiVersion": found.get("apiVersion") or resource.api_version, "kind": found.get("kind") or resource.kind}
    _check_kind(gvk_of(found), kind, registry, name_of(found))
    problem = type_fault(kind, found)
    if problem:
        raise _cannot_be_handled(resource, problem)
    strictness = strictness_of(request)
    duplicates = [] if strictness == "Ignore" else duplicate_fields(request)
    kept, unknown = recognised(kind, found)
    told = [*duplicates, *unknown]
    if strictness == "Strict" and told:
        raise _cannot_be_handled(resource, f"strict decoding error: {_listed(request, duplicates, unknown)}")
    return Decoded(kept, () if strictness == "Ignore" else told)


def _listed(request: Request, duplicates: Sequence[str], unknown: Sequence[str]) -> str:
    """The parser of YAML tells its duplicates as one error of its own."""
    if duplicates and media_type(request) == "application/yaml":
        duplicates = ["yaml: unmarshal errors:\n" + "\n".join(f"  {each}" for each in duplicates)]
    return ", ".join([*duplicates, *unknown])


def type_fault(kind: Kind, obj: Object) -> str:
    """Why the object cannot be read as its type; empty when it can. Custom kinds are typed in their metadata only."""
    if not keeps_types(kind):
        return "" if fits(obj, kind.schema) else fault_of(obj, kind.schema, kind.resource.kind)
    return fault_of(obj.get("metadata"), kind.schema.properties["metadata"], "ObjectMeta")


def recognised(kind: Kind, obj: Object) -> tuple[Object, list[str]]:
    """The object as its kind knows it, and what it does not know, as texts."""
    kept, unknown = (obj, []) if fits(obj, kind.schema) else known(obj, kind.schema)
    if keeps_types(kind):
        kept = obj  # it is pruned when it is defaulted
    elif kind.schema.type != "any":
        kept = _with_reset(settled(kept, kind.schema, kind.resource.gvk), obj)
    return kept, [f'unknown field "{path}"' for path in unknown]


def settled_kind(kind: Kind, obj: Object) -> Object:
    """As the server writes objects of a kind that has a type; others stay as they are."""
    if settle := getattr(kind, "settled", None):
        found: Object = settle(obj)
        return found
    return obj if keeps_types(kind) or kind.schema.type == "any" else settled(obj, kind.schema, kind.resource.gvk)


def _with_reset(settled_object: Object, given: Object) -> Object:
    """An empty list of managed fields asks to forget them: it stays until they are settled."""
    if (given.get("metadata") or {}).get("managedFields") != []:
        return settled_object
    return {**settled_object, "metadata": {**(settled_object.get("metadata") or {}), "managedFields": []}}


def _check_typed(request: Request, found: Object, resource: Resource) -> None:
    """Raises StatusError 400: an object without a Go type has to say what it is."""
    for field, name in (("kind", "Kind"), ("apiVersion", "apiVersion")):
        if not found.get(field):
            raise unrecognized(request, resource.kind, f"Object '{name}' is missing in '{request.body.decode(errors='replace')}'")


def _check_kind(given: GroupVersionKind, kind: Kind, registry: Registry, name: str) -> None:
    """Raises StatusError 400 when the body is of another kind than the URL."""
    resource = kind.resource
    if given == resource.gvk:
        return
    if keeps_types(kind):
        _check_custom_kind(given, resource, name)
    served = {each.resource.gvk for each in registry.kinds()}
    if given not in served:
        problem = f'no kind "{given.kind}" is registered for version "{given.api_version}" in scheme "{SCHEME}"'
    elif (given.group, given.kind) == (resource.group, resource.kind):
        raise _other_version(given, resource)
    else:
        package = resource.group.split(".")[0] or "core"
        problem = f"converting ({given.version}.{given.kind}) to ({package}.{resource.kind}): unknown conversion"
    raise _cannot_be_handled(resource, problem, given)


def _check_custom_kind(given: GroupVersionKind, resource: Resource, name: str) -> None:
    """Raises StatusError: 400 for another version, 422 for another kind of this one."""
    if given.api_version != resource.api_version:
        raise _other_version(given, resource)
    error = FieldError("FieldValueInvalid", "kind", f'Invalid value: "{given.kind}": must be {resource.kind}')
    raise invalid(replace(resource, kind=given.kind), name, [error])


def _other_version(given: GroupVersionKind, resource: Resource) -> StatusError:
    text = f"the API version in the data ({given.api_version}) does not match the expected API version ({resource.api_version})"
    return bad_request(text)


def _cannot_be_handled(resource: Resource, problem: str, given: GroupVersionKind | None = None) -> StatusError:
    gvk = given or resource.gvk
    return bad_request(f'{gvk.kind} in version "{gvk.version}" cannot be handled as a {resource.kind}: {problem}')
