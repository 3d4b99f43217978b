"""DELETE of one object and of collections: preconditions, finalizers, propagation and grace.

Source: k8s.io/apiserver pkg/registry/generic/registry (Store.Delete, deletionFinalizersForGarbageCollection).
"""

from dataclasses import replace
from typing import Any

from stackwright.api.meta import Object, is_deleting, metadata_of
from stackwright.api.status import StatusError, conflict, not_found
from stackwright.apiserver.answers import answer, success
from stackwright.apiserver.body import decode_object
from stackwright.apiserver.kind import Kind
from stackwright.apiserver.registry import bucket_of, served
from stackwright.apiserver.selection import selection
from stackwright.apiserver.writeoptions import check_options
from stackwright.apiserver.writing import MODIFIED, Write
from stackwright.kernel.clock import rfc3339
from stackwright.kernel.http import Request, Response
from stackwright.store.entry import Entry
from stackwright.store.objects import Changed, NotThere

_ATTEMPTS = 20
_PROPAGATIONS = ("Foreground", "Background", "Orphan")
_FINALIZER = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}


def options_of(request: Request) -> Object:
    """The DeleteOptions of body and query. Raises StatusError."""
    options: dict[str, Any] = dict(decode_object(request)) if request.body else {}
    for name in ("propagationPolicy", "gracePeriodSeconds", "orphanDependents"):
        value = request.param(name)
        if value:
            options[name] = int(value) if name == "gracePeriodSeconds" and value.lstrip("-").isdigit() else value
    if options.get("dryRun") == ["All"] or request.param("dryRun") == "All":
        options["dryRun"] = ["All"]
    policy = options.get("propagationPolicy")
    if policy is not None and policy not in _PROPAGATIONS:
        message = f'Unsupported value: "{policy}": supported values: "Foreground", "Background", "Orphan", "nil"'
        causes = [{"reason": "FieldValueNotSupported", "message": message, "field": "propagationPolicy"}]
        details = {"group": "meta.k8s.io", "kind": "DeleteOptions", "causes": causes}
        raise StatusError(422, "Invalid", f'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: {message}', details)
    return options


async def delete(write: Write) -> Response:
    """Raises StatusError."""
    check_options(write.request, "DeleteOptions")
    removed, gone = await delete_one(write, options_of(write.request))
    if not gone or write.target.kind.delete_returns_object:
        return answer(removed)
    resource = write.target.kind.resource
    details = {"name": write.target.name} | ({"group": resource.group} if resource.group else {})
    return answer(success(details | {"kind": resource.plural, "uid": metadata_of(removed).get("uid")}))


async def delete_collection(write: Write) -> Response:
    """Each object by itself; answers with the list of those that were there. Raises StatusError."""
    check_options(write.request, "DeleteOptions")
    options, kind = options_of(write.request), write.target.kind
    wanted = selection(write.request, kind)
    found = [entry for entry in write.parts.store.entries(bucket_of(kind.resource), write.target.namespace) if wanted.matches(entry)]
    for entry in found:
        one = replace(write, target=replace(write.target, namespace=entry.namespace, name=entry.name))
        try:
            await delete_one(one, options)
        except StatusError as error:
            if not error.not_found:
                raise
    meta = {"resourceVersion": str(write.parts.store.revision)}
    head = {"kind": f"{kind.resource.kind}List", "apiVersion": kind.resource.api_version, "metadata": meta}
    return answer(head | {"items": [served(kind, entry.object) for entry in found]})


async def delete_one(write: Write, options: Object) -> tuple[Object, bool]:
    """The object as it was left, and whether it is gone. Raises StatusError."""
    target, resource, store = write.target, write.target.kind.resource, write.parts.store
    for _ in range(_ATTEMPTS):
        entry = store.entry(bucket_of(resource), target.namespace, target.name)
        if entry is None:
            raise not_found(resource.group, resource.plural, target.name)
        old = served(target.kind, entry.object)
        check_preconditions(target.kind, old, options)
        attributes = replace(write.attributes("DELETE", None, old), options=options, dry_run=bool(options.get("dryRun")))
        await write.parts.chain.validate(await write.parts.chain.mutate(attributes))
        try:
            return await _carry_out(write, entry, options)
        except NotThere as error:
            raise not_found(resource.group, resource.plural, target.name) from error
        except Changed:
            continue
    raise conflict(resource.group, resource.plural, target.name, MODIFIED)


def check_preconditions(kind: Kind, old: Object, options: Object) -> None:
    """Raises StatusError 409."""
    wanted, meta = options.get("preconditions") or {}, metadata_of(old)
    for field, label, cause in (
        ("uid", "UID", "The object might have been deleted and then recreated"),
        ("resourceVersion", "ResourceVersion", "The object might have been modified"),
    ):
        value = wanted.get(field)
        if value and value != meta.get(field):
            text = f"the {label} in the precondition ({value}) does not match the {label} in record ({meta.get(field)}). {cause}"
            name = meta.get("name", "")
            details = {"name": name, "kind": kind.resource.kind} | ({"group": kind.resource.group} if kind.resource.group else {})
            raise StatusError(409, "Conflict", f'Operation cannot be fulfilled on {kind.resource.group_kind} "{name}": {text}', details)


async def _carry_out(write: Write, entry: Entry, options: Object) -> tuple[Object, bool]:
    kind, store, target = write.target.kind, write.parts.store, write.target
    bucket, dry_run = bucket_of(kind.resource), bool(options.get("dryRun"))
    finalizers = finalizers_for(kind, entry.object, options)
    grace = _grace_seconds(kind, entry.object, options)
    if not finalizers and not grace and not _holds_content(kind, entry.object):
        if not dry_run:
            await store.delete(bucket, target.namespace, target.name, entry.revision)
        return served(kind, entry.object), True
    marked = _marked(write, entry.object, finalizers, grace)
    if dry_run or marked == entry.object:
        return served(kind, marked), False
    return served(kind, (await store.update(bucket, marked, entry.revision)).object), False


def finalizers_for(kind: Kind, obj: Object, options: Object) -> list[str]:
    """The object's finalizers, with the garbage collector's as the propagation policy asks."""
    kept = [name for name in metadata_of(obj).get("finalizers") or () if name not in _FINALIZER.values()]
    orphan = str(options.get("orphanDependents") or "").lower()
    policy = options.get("propagationPolicy") or {"true": "Orphan", "false": "Background"}.get(orphan)
    if policy is None:
        before = [name for name in metadata_of(obj).get("finalizers") or () if name in _FINALIZER.values()]
        policy = kind.default_propagation if not before else {"orphan": "Orphan"}.get(before[0], "Foreground")
    return [*kept, _FINALIZER[policy]] if policy in _FINALIZER else kept


def _grace_seconds(kind: Kind, obj: Object, options: Object) -> int:
    """Only a pod that sits on a node, and has not ended, is given time to stop."""
    spec, phase = obj.get("spec") or {}, (obj.get("status") or {}).get("phase")
    if kind.resource.qualified != "pods" or not spec.get("nodeName") or phase in ("Succeeded", "Failed"):
        return 0
    asked = options.get("gracePeriodSeconds")
    seconds = int(spec.get("terminationGracePeriodSeconds", 30) if asked is None else asked)
    return 1 if seconds < 0 else seconds


def _holds_content(kind: Kind, obj: Object) -> bool:
    return kind.resource.qualified == "namespaces" and bool((obj.get("spec") or {}).get("finalizers"))


def _marked(write: Write, obj: Object, finalizers: list[str], grace: int) -> Object:
    meta = {key: value for key, value in metadata_of(obj).items() if key != "finalizers"}
    meta |= {"finalizers": finalizers} if finalizers else {}
    if not is_deleting(obj):
        meta |= {"deletionTimestamp": rfc3339(write.parts.clock.now()), "deletionGracePeriodSeconds": grace}
        meta |= {"generation": meta["generation"] + 1} if "generation" in meta else {}
    elif grace < meta.get("deletionGracePeriodSeconds", 0):
        meta["deletionGracePeriodSeconds"] = grace
    marked = {**obj, "metadata": meta}
    if write.target.kind.resource.qualified == "namespaces":
        marked["status"] = {**(obj.get("status") or {}), "phase": "Terminating"}
    return marked
