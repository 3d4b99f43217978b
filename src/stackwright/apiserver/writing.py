"""POST, PUT and PATCH: decode, default, admit, validate, write.

Source: k8s.io/apiserver pkg/registry/generic/registry (Store.Create, Store.Update) and pkg/registry/rest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from stackwright.api.meta import Object, is_deleting, metadata_of, name_of
from stackwright.api.status import StatusError, already_exists, bad_request, conflict, forbidden, not_found
from stackwright.api.user import User
from stackwright.apiserver.admission.chain import Attributes, Operation
from stackwright.apiserver.answers import answer, encoded
from stackwright.apiserver.auth.ports import Access
from stackwright.apiserver.converting import as_served, as_stored, converting
from stackwright.apiserver.decoding import Decoded, read_object, settled_kind
from stackwright.apiserver.kind import FieldError
from stackwright.apiserver.parts import Parts
from stackwright.apiserver.patchbody import judged, patch_type, problems_of, read_patch
from stackwright.apiserver.placing import placed
from stackwright.apiserver.ports import Writer
from stackwright.apiserver.refusals import invalid
from stackwright.apiserver.registry import bucket_of
from stackwright.apiserver.target import Target
from stackwright.apiserver.views import narrowed
from stackwright.apiserver.writeoptions import check_options, strictness_of
from stackwright.kernel.clock import rfc3339
from stackwright.kernel.http import Request, Response
from stackwright.store.entry import Entry
from stackwright.store.objects import AlreadyThere, Changed, NotThere

MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"
_ATTEMPTS = 20
_SYSTEM_FIELDS = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink")


@dataclass(frozen=True, slots=True)
class Write:
    """One write request, with what is the same for every attempt at it.

    Shape: `annotations` are for the audit log, `created` is the name of an object that did not have one before.
    """

    parts: Parts
    target: Target
    request: Request
    user: User
    annotations: dict[str, str] = field(default_factory=dict, compare=False)
    created: list[str] = field(default_factory=list, compare=False)

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
        return Attributes(operation, *place, new, old, self.user, self.dry_run, annotations=self.annotations)


async def create(write: Write) -> Response:
    """Raises StatusError."""
    check_options(write.request, "CreateOptions")
    decoded = read_object(write.request, write.target.kind, write.parts.registry)
    obj = placed(decoded.object, write.target)
    if metadata_of(obj).get("resourceVersion"):
        raise StatusError(500, "", "resourceVersion should not be set on objects to be created")
    return await create_object(write, replace(decoded, object=obj))


async def create_object(write: Write, decoded: Decoded, *, owned: bool = False) -> Response:
    """Writes an object that nobody has yet; `owned` when its managedFields are settled already. Raises StatusError.

    What admission and the strategy of the kind fill in belongs to no manager.
    """
    kind, obj = write.target.kind, decoded.object
    if getattr(kind, "closing", False):
        cause = "create not allowed while custom resource definition is terminating"
        raise forbidden(kind.resource.group, kind.resource.plural, name_of(obj), cause)
    born = kind.defaulted(_born(write, obj))
    if not owned:
        born = await _owned(write, born, None)
    asked = replace(write.attributes("CREATE", born, None), name=name_of(obj) or str(metadata_of(obj).get("generateName") or ""))
    with asked.held:
        admitted = (await write.parts.chain.mutate(asked)).object or born
        new = settled_kind(kind, kind.for_create(kind.defaulted(admitted)))
        refuse_invalid(write.target, name_of(new), kind.check_create(new))
        checked = await write.parts.chain.validate(replace(asked, object=new, name=name_of(new)))
        warnings = [*decoded.warnings, *asked.warnings, *kind.warnings(new, None), *checked]
        return await _created(write, new, warnings)


async def _created(write: Write, new: Object, warnings: list[str]) -> Response:
    kind, resource = write.target.kind, write.target.kind.resource
    kept = await as_stored(kind, new)
    if write.dry_run:
        if write.parts.store.entry(bucket_of(resource), write.target.namespace, name_of(new)) is not None:
            raise _taken(write, name_of(new))
        write.created.append(name_of(new))
        return answer(new, 201, warnings)
    try:
        entry = await write.parts.store.create(bucket_of(resource), kept)
    except AlreadyThere as error:
        raise _taken(write, name_of(new)) from error
    write.created.append(entry.name)
    shown = await as_served(kind, entry.object)
    return encoded(entry.encoded, 201, warnings) if shown is entry.object else answer(shown, 201, warnings)


def _taken(write: Write, name: str) -> StatusError:
    resource = write.target.kind.resource
    entry = write.parts.store.entry(bucket_of(resource), write.target.namespace, name)
    found = already_exists(resource.group, resource.plural, name)
    if entry is None or not is_deleting(entry.object):
        return found
    return StatusError(found.http_status, found.reason, f"object is being deleted: {found.message}", found.details)


def _born(write: Write, obj: Object) -> Object:
    meta = {key: value for key, value in metadata_of(obj).items() if key not in _SYSTEM_FIELDS or key == "generation"}
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
    kind, target = write.target.kind, write.target
    decoded = read_object(write.request, kind, write.parts.registry)
    decoded = replace(decoded, object=placed(decoded.object, target))
    if write.parts.store.entry(bucket_of(kind.resource), target.namespace, target.name) is None and _creates(write, decoded.object):
        _authorize_create(write)
        return await create_object(write, decoded)
    return await change(write, lambda old: decoded)


def _creates(write: Write, obj: Object) -> bool:
    return write.target.kind.create_on_update and not write.target.subresource and not metadata_of(obj).get("resourceVersion")


def _authorize_create(write: Write) -> None:
    """Raises StatusError 403: who may change objects may not make them by that."""
    resource, target = write.target.kind.resource, write.target
    access = Access("create", resource.group, resource.version, resource.plural, "", target.namespace, target.name)
    decision = write.parts.authorizer.authorize(write.user, access)
    if not decision.allowed:
        raise forbidden(resource.group, resource.plural, target.name, decision.reason)


async def patch(write: Write) -> Response:
    """Raises StatusError."""
    kind, target = write.target.kind, write.target
    type = patch_type(write.request, kind)
    check_options(write.request, "PatchOptions", type)
    body, writer, strictness = read_patch(write.request, type), write.writer(), strictness_of(write.request)
    told = problems_of(write.request, type, body)

    def patched(live: Object) -> Decoded:
        result = write.parts.patches.patched(kind, live, type, body, writer)
        decoded = judged(kind, type, body, result, told, strictness)
        return replace(decoded, object=placed(decoded.object, target))

    if type == "apply" and write.parts.store.entry(bucket_of(kind.resource), target.namespace, target.name) is None:
        _check_named(body, target)
        _authorize_create(write)
        return await create_object(write, await converting(lambda: patched({})), owned=True)
    return await change(write, patched, owned=type == "apply")


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


async def change(
    write: Write, wanted: Callable[[Object], Decoded], *, owned: bool = False, shown: Callable[[Object], Object] = lambda obj: obj
) -> Response:
    """Compare and swap; tried again when somebody else was faster and the request names no version of its own.

    `wanted` gives the object as it should be from the live one; `shown` what is answered of the written one. Raises StatusError.
    """
    bucket, target, resource = bucket_of(write.target.kind.resource), write.target, write.target.kind.resource
    for _ in range(_ATTEMPTS):
        entry = write.parts.store.entry(bucket, target.namespace, target.name)
        if entry is None:
            raise not_found(resource.group, resource.plural, target.name)
        old = await as_served(target.kind, entry.object)
        asked = await converting(partial(wanted, old))
        if target.subresource:
            asked = replace(asked, object=narrowed(asked.object, old, target.subresource))
        _check_version(write, asked.object, old)
        attributes = write.attributes("UPDATE", asked.object, old)
        try:
            with attributes.held:
                new, warnings = await _admitted(write, attributes, old, owned)
                written = await _written(write, new, old, entry)
        except NotThere as error:
            raise not_found(resource.group, resource.plural, target.name) from error
        except Changed:
            continue
        return answer(shown(written), 200, [*asked.warnings, *warnings])
    raise conflict(resource.group, resource.plural, target.name, MODIFIED)


def _check_version(write: Write, asked: Object, old: Object) -> None:
    resource, meta = write.target.kind.resource, metadata_of(asked)
    version = str(meta.get("resourceVersion") or "")
    if version and not version.isdigit():
        raise StatusError(500, "", f'strconv.ParseUint: parsing "{version}": invalid syntax')
    if version in ("", "0"):
        if not write.target.kind.unconditional_update:
            message = "Invalid value: 0: must be specified for an update"
            problem = FieldError("FieldValueInvalid", "metadata.resourceVersion", message)
            raise invalid(replace(resource, kind=resource.plural), write.target.name, [problem])
    elif version != metadata_of(old).get("resourceVersion"):
        raise conflict(resource.group, resource.plural, write.target.name, MODIFIED)
    uid = meta.get("uid")
    if uid and uid != metadata_of(old).get("uid") and write.request.method == "PUT":
        cause = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {metadata_of(old).get('uid')}"
        raise conflict(resource.group, resource.plural, write.target.name, cause)


async def _admitted(write: Write, attributes: Attributes, old: Object, owned: bool) -> tuple[Object, list[str]]:
    asked = attributes.object or {}
    kind, subresource, chain = write.target.kind, write.target.subresource, write.parts.chain
    new = kind.defaulted({**asked, "metadata": _settled_metadata(asked, old)})
    if not owned:
        new = await _owned(write, new, old)
    new = (await chain.mutate(replace(attributes, object=new))).object or new
    new = settled_kind(kind, kind.for_update(kind.defaulted(new), old, subresource))
    refuse_invalid(write.target, write.target.name, kind.check_update(new, old, subresource))
    checked = await chain.validate(replace(attributes, object=new))
    found = () if subresource else kind.warnings(new, old)
    return new, [*attributes.warnings, *found, *checked]


async def _owned(write: Write, new: Object, old: Object | None) -> Object:
    """Owners may know other versions of the kind."""
    return await converting(lambda: write.parts.patches.owned(write.target.kind, new, old, write.writer()))


def _settled_metadata(asked: Object, old: Object) -> dict[str, Any]:
    """What the server keeps stays as it was; what nobody may set is left to be refused."""
    before, given = metadata_of(old), metadata_of(asked)
    meta = {key: value for key, value in given.items() if key not in _SYSTEM_FIELDS}
    meta |= {key: value for key, value in before.items() if key in _SYSTEM_FIELDS}
    claims = {key: given[key] for key in ("uid", "deletionGracePeriodSeconds") if given.get(key) not in (None, "")}
    if given.get("deletionTimestamp") and not before.get("deletionTimestamp"):
        claims["deletionTimestamp"] = given["deletionTimestamp"]
    return meta | claims | {"resourceVersion": before.get("resourceVersion")}


async def _written(write: Write, new: Object, old: Object, entry: Entry) -> Object:
    """What is answered: the old object when nothing changed. A deleted object whose last finalizer goes is removed."""
    kind, store, target = write.target.kind, write.parts.store, write.target
    kept = await as_stored(kind, new)
    same = _same(new, old) and kept.get("apiVersion") == entry.object.get("apiVersion")
    if write.dry_run or same:
        return old if same else new
    bucket = bucket_of(kind.resource)
    if _finished(new):
        await store.delete(bucket, target.namespace, target.name, entry.revision)
        return new
    return await as_served(kind, (await store.update(bucket, kept, entry.revision)).object)


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
