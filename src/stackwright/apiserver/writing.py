"""POST, PUT and PATCH: decode, default, admit, validate, write.

Source: k8s.io/apiserver pkg/registry/generic/registry (Store.Create, Store.Update) and pkg/registry/rest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stackwright.api.meta import Object, is_deleting, metadata_of, name_of
from stackwright.api.status import StatusError, already_exists, bad_request, conflict, not_found
from stackwright.api.user import User
from stackwright.apiserver.admission.chain import Attributes, Operation
from stackwright.apiserver.answers import answer
from stackwright.apiserver.body import decode, decode_object, media_type
from stackwright.apiserver.kind import FieldError
from stackwright.apiserver.parts import Parts
from stackwright.apiserver.ports import PatchType, Writer
from stackwright.apiserver.refusals import invalid
from stackwright.apiserver.registry import bucket_of, served, to_stored
from stackwright.apiserver.target import Target
from stackwright.kernel.clock import rfc3339
from stackwright.kernel.http import Request, Response
from stackwright.store.entry import Entry
from stackwright.store.objects import AlreadyThere, Changed, NotThere

MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"
_ATTEMPTS = 20
_PATCH_TYPES: dict[str, PatchType] = {
    "application/json-patch+json": "json",
    "application/merge-patch+json": "merge",
    "application/strategic-merge-patch+json": "strategic",
    "application/apply-patch+yaml": "apply",
}
_SYSTEM_FIELDS = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink")


@dataclass(frozen=True, slots=True)
class Write:
    """One write request, with what is the same for every attempt at it."""

    parts: Parts
    target: Target
    request: Request
    user: User

    @property
    def dry_run(self) -> bool:
        return self.request.param("dryRun") == "All"

    def writer(self) -> Writer:
        agent = self.request.headers.get("user-agent", "").split("/")[0]
        manager = self.request.param("fieldManager") or agent or "unknown"
        force = self.request.param("force") in ("true", "1")
        return Writer(manager, self.target.subresource, self.parts.clock.now(), force)

    def attributes(self, operation: Operation, new: Object | None, old: Object | None) -> Attributes:
        name = self.target.name or (name_of(new) if new else "")
        place = (self.target.kind.resource, self.target.subresource, self.target.namespace, name)
        return Attributes(operation, *place, new, old, self.user, self.dry_run)


def check_options(request: Request, options: str) -> None:
    """Raises StatusError 422 for a dryRun that is not All, and 400 for a field manager nobody can read."""
    values = [value for key, value in request.query if key == "dryRun"]
    if any(value not in ("", "All") for value in values):
        shown = ",".join(f'"{value}"' for value in values)
        message = f'Unsupported value: [{shown}]: supported values: "All"'
        causes = [{"reason": "FieldValueNotSupported", "message": message, "field": "dryRun"}]
        details = {"group": "meta.k8s.io", "kind": options, "causes": causes}
        raise StatusError(422, "Invalid", f'{options}.meta.k8s.io "" is invalid: dryRun: {message}', details)


async def create(write: Write) -> Response:
    """Raises StatusError."""
    check_options(write.request, "CreateOptions")
    obj = _placed(decode_object(write.request), write.target)
    if metadata_of(obj).get("resourceVersion"):
        raise StatusError(500, "", "resourceVersion should not be set on objects to be created")
    return await create_object(write, obj)


async def create_object(write: Write, obj: Object, *, owned: bool = False) -> Response:
    """Writes a decoded object that nobody has yet; `owned` when its managedFields are settled already. Raises StatusError.

    What admission and the strategy of the kind fill in belongs to no manager.
    """
    kind = write.target.kind
    born = kind.defaulted(_born(write, obj))
    if not owned:
        born = write.parts.patches.owned(kind, born, None, write.writer())
    asked = replace(write.attributes("CREATE", born, None), name=name_of(obj) or str(metadata_of(obj).get("generateName") or ""))
    with asked.held:
        admitted = (await write.parts.chain.mutate(asked)).object or born
        new = kind.for_create(kind.defaulted(admitted))
        refuse_invalid(write.target, name_of(new), kind.check_create(new))
        checked = await write.parts.chain.validate(replace(asked, object=new, name=name_of(new)))
        warnings = [*asked.warnings, *kind.warnings(new, None), *checked]
        return await _created(write, new, warnings)


async def _created(write: Write, new: Object, warnings: list[str]) -> Response:
    kind, resource = write.target.kind, write.target.kind.resource
    if write.dry_run:
        if write.parts.store.entry(bucket_of(resource), write.target.namespace, name_of(new)) is not None:
            raise already_exists(resource.group, resource.plural, name_of(new))
        return answer(new, 201, warnings)
    try:
        entry = await write.parts.store.create(bucket_of(resource), to_stored(kind, new))
    except AlreadyThere as error:
        raise already_exists(resource.group, resource.plural, name_of(new)) from error
    return answer(served(kind, entry.object), 201, warnings)


def _placed(obj: Object, target: Target) -> Object:
    """With the type and namespace that the URL says. Raises StatusError 400 when the body says another."""
    resource = target.kind.resource
    api_version, kind = obj.get("apiVersion") or resource.api_version, obj.get("kind") or resource.kind
    if (api_version, kind) != (resource.api_version, resource.kind):
        version = str(api_version).rpartition("/")[2]
        raise bad_request(
            f"{kind} in version {version!r} cannot be handled as a {resource.kind}: expected {resource.kind} of {resource.api_version}"
        )
    meta = dict(metadata_of(obj))
    if target.namespace and meta.setdefault("namespace", target.namespace) not in ("", target.namespace):
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    if target.namespace:
        meta["namespace"] = target.namespace
    else:
        meta.pop("namespace", None)
    if target.name and meta.setdefault("name", target.name) != target.name:
        raise bad_request(f"the name of the object ({meta['name']}) does not match the name on the URL ({target.name})")
    return {**obj, "apiVersion": api_version, "kind": kind, "metadata": meta}


def _born(write: Write, obj: Object) -> Object:
    meta = {key: value for key, value in metadata_of(obj).items() if key not in _SYSTEM_FIELDS}
    if not meta.get("name") and meta.get("generateName"):
        meta["name"] = str(meta["generateName"])[:58] + write.parts.suffix()
    meta |= {"uid": write.parts.uid(), "creationTimestamp": rfc3339(write.parts.clock.now())}
    if not meta.get("name"):
        refuse_invalid(write.target, "", [FieldError("FieldValueRequired", "metadata.name", _NAME_REQUIRED)])
    return {**obj, "metadata": meta}


_NAME_REQUIRED = "Required value: name or generateName is required"


def refuse_invalid(target: Target, name: str, errors: Sequence[FieldError]) -> None:
    """Raises StatusError 422 naming every broken rule."""
    if errors:
        raise invalid(target.kind.resource, name, errors)


async def update(write: Write) -> Response:
    """Raises StatusError."""
    check_options(write.request, "UpdateOptions")
    obj = _placed(decode_object(write.request), write.target)
    kind, target = write.target.kind, write.target
    if write.parts.store.entry(bucket_of(kind.resource), target.namespace, target.name) is None and _creates(write, obj):
        return await create_object(write, obj)
    return await _change(write, lambda old: obj, owned=False)


def _creates(write: Write, obj: Object) -> bool:
    return write.target.kind.create_on_update and not write.target.subresource and not metadata_of(obj).get("resourceVersion")


async def patch(write: Write) -> Response:
    """Raises StatusError."""
    check_options(write.request, "PatchOptions")
    type = _PATCH_TYPES.get(media_type(write.request))
    if type is None:
        message = "the body of the request was in an unknown format - accepted media types include: "
        raise StatusError(415, "UnsupportedMediaType", message + ", ".join(_PATCH_TYPES))
    _check_patch_options(write.request, type)
    body, kind, writer = decode(write.request), write.target.kind, write.writer()
    if type == "apply" and write.parts.store.entry(bucket_of(kind.resource), write.target.namespace, write.target.name) is None:
        _check_named(body, write.target)
        return await create_object(write, _placed(write.parts.patches.patched(kind, {}, type, body, writer), write.target), owned=True)
    return await _change(write, lambda old: write.parts.patches.patched(kind, old, type, body, writer), owned=type == "apply")


def _check_patch_options(request: Request, type: PatchType) -> None:
    """Raises StatusError 422: an apply names its manager, and only an apply can be forced."""
    if type == "apply" and not request.param("fieldManager"):
        _refuse_option("FieldValueRequired", "fieldManager", "Required value: is required for apply patch")
    if type != "apply" and request.param("force") is not None:
        _refuse_option("FieldValueForbidden", "force", "Forbidden: may not be specified for non-apply patch")


def _refuse_option(reason: str, field: str, message: str) -> None:
    details = {"group": "meta.k8s.io", "kind": "PatchOptions", "causes": [{"reason": reason, "message": message, "field": field}]}
    raise StatusError(422, "Invalid", f'PatchOptions.meta.k8s.io "" is invalid: {field}: {message}', details)


def _check_named(body: Any, target: Target) -> None:
    """Raises StatusError: an applied configuration that is to be created says its name, and no uid."""
    if not isinstance(body, Mapping) or body.get("kind") != target.kind.resource.kind:
        return
    meta = metadata_of(body)
    if not meta.get("name") and "managedFields" not in meta:
        raise bad_request(f"the name of the object ({target.name} based on URL) was undeterminable: name must be provided")
    if meta.get("uid"):
        cause = f"uid mismatch: the provided object specified uid {meta['uid']}, and no existing object was found"
        raise conflict(target.kind.resource.group, target.kind.resource.plural, target.name, cause)


async def _change(write: Write, wanted: Callable[[Object], Object], *, owned: bool) -> Response:
    """Compare and swap; tried again when somebody else was faster and the request names no version of its own."""
    bucket, target, resource = bucket_of(write.target.kind.resource), write.target, write.target.kind.resource
    for _ in range(_ATTEMPTS):
        entry = write.parts.store.entry(bucket, target.namespace, target.name)
        if entry is None:
            raise not_found(resource.group, resource.plural, target.name)
        old = served(target.kind, entry.object)
        asked = _placed(wanted(old), target)
        _check_version(write, asked, old)
        attributes = write.attributes("UPDATE", asked, old)
        try:
            with attributes.held:
                new, warnings = await _admitted(write, attributes, old, owned)
                written = await _written(write, new, old, entry)
        except NotThere as error:
            raise not_found(resource.group, resource.plural, target.name) from error
        except Changed:
            continue
        return answer(written, 200, warnings)
    raise conflict(resource.group, resource.plural, target.name, MODIFIED)


def _check_version(write: Write, asked: Object, old: Object) -> None:
    resource, meta = write.target.kind.resource, metadata_of(asked)
    version = str(meta.get("resourceVersion") or "")
    if version and not version.isdigit():
        raise StatusError(500, "", f'strconv.ParseUint: parsing "{version}": invalid syntax')
    if version in ("", "0"):
        if not write.target.kind.unconditional_update:
            message = "Invalid value: 0: must be specified for an update"
            refuse_invalid(write.target, write.target.name, [FieldError("FieldValueInvalid", "metadata.resourceVersion", message)])
    elif version != metadata_of(old).get("resourceVersion"):
        raise conflict(resource.group, resource.plural, write.target.name, MODIFIED)
    uid = meta.get("uid")
    if uid and uid != metadata_of(old).get("uid"):
        cause = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {metadata_of(old).get('uid')}"
        raise conflict(resource.group, resource.plural, write.target.name, cause)


async def _admitted(write: Write, attributes: Attributes, old: Object, owned: bool) -> tuple[Object, list[str]]:
    asked = attributes.object or {}
    kind, subresource, chain = write.target.kind, write.target.subresource, write.parts.chain
    kept = {key: value for key, value in metadata_of(old).items() if key in _SYSTEM_FIELDS}
    meta = {key: value for key, value in metadata_of(asked).items() if key not in _SYSTEM_FIELDS}
    new = kind.defaulted({**asked, "metadata": meta | kept | {"resourceVersion": metadata_of(old).get("resourceVersion")}})
    if not owned:
        new = write.parts.patches.owned(kind, new, old, write.writer())
    new = (await chain.mutate(replace(attributes, object=new))).object or new
    new = kind.for_update(kind.defaulted(new), old, subresource)
    refuse_invalid(write.target, write.target.name, kind.check_update(new, old, subresource))
    checked = await chain.validate(replace(attributes, object=new))
    return new, [*attributes.warnings, *kind.warnings(new, old), *checked]


async def _written(write: Write, new: Object, old: Object, entry: Entry) -> Object:
    """What is answered: the old object when nothing changed. A deleted object whose last finalizer goes is removed."""
    kind, store, target = write.target.kind, write.parts.store, write.target
    if write.dry_run or _same(new, old):
        return old if _same(new, old) else new
    bucket = bucket_of(kind.resource)
    if _finished(new):
        await store.delete(bucket, target.namespace, target.name, entry.revision)
        return new
    return served(kind, (await store.update(bucket, to_stored(kind, new), entry.revision)).object)


def _finished(obj: Object) -> bool:
    """A deleted object that nothing holds any longer: no finalizer, no namespace content, no time to stop."""
    meta, spec = metadata_of(obj), obj.get("spec") or {}
    held = meta.get("finalizers") or meta.get("deletionGracePeriodSeconds") or (obj.get("kind") == "Namespace" and spec.get("finalizers"))
    return is_deleting(obj) and not held


def _same(new: Object, old: Object) -> bool:
    return new == old or _timeless(new) == _timeless(old)


def _timeless(obj: Object) -> Object:
    meta = metadata_of(obj)
    fields = [{key: value for key, value in entry.items() if key != "time"} for entry in meta.get("managedFields") or ()]
    return {**obj, "metadata": {**meta, "managedFields": fields}}
