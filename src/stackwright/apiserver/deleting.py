"""DELETE of one object and of collections: preconditions, finalizers, propagation and grace.

Source: k8s.io/apiserver pkg/registry/generic/registry (Store.Delete, deletionFinalizersForGarbageCollection).
"""

from dataclasses import replace

from stackwright.api.meta import Object, is_deleting, metadata_of
from stackwright.api.status import StatusError, conflict, not_found
from stackwright.apiserver.answers import answer, success
from stackwright.apiserver.converting import as_served, prepare
from stackwright.apiserver.deleteoptions import delete_options
from stackwright.apiserver.kind import Kind
from stackwright.apiserver.listoptions import list_options
from stackwright.apiserver.negotiation import Media
from stackwright.apiserver.registry import bucket_of, served
from stackwright.apiserver.representation import representation
from stackwright.apiserver.selection import selection
from stackwright.apiserver.writing import MODIFIED, Write
from stackwright.kernel.clock import rfc3339
from stackwright.kernel.http import Response
from stackwright.store.entry import Entry
from stackwright.store.objects import Changed, NotThere

_ATTEMPTS = 20
_PODS_STAY = (
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set "
    "propagationPolicy=Orphan to suppress this warning"
)
_FINALIZER = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}


async def delete(write: Write) -> Response:
    """Raises StatusError."""
    kind, options = write.target.kind, delete_options(write.request)
    removed, gone = await delete_one(write, options)
    warnings = [_PODS_STAY] if _keeps_pods(kind, options) else []
    if not gone or kind.delete_returns_object:
        return answer(removed, 200, warnings)
    resource = kind.resource
    details = {"name": write.target.name} | ({"group": resource.group} if resource.group else {})
    return answer(success(details | {"kind": resource.plural, "uid": metadata_of(removed).get("uid")}), 200, warnings)


def _keeps_pods(kind: Kind, options: Object) -> bool:
    """Jobs leave their pods unless somebody says otherwise, which surprises."""
    return kind.resource.qualified == "jobs.batch" and not {"propagationPolicy", "orphanDependents"} & options.keys()


async def delete_collection(write: Write) -> Response:
    """Each object by itself; answers with the list of those that were there. Raises StatusError."""
    options, kind = delete_options(write.request), write.target.kind
    list_options(write.request)
    wanted = selection(write.request, kind)
    there = write.parts.store.entries(bucket_of(kind.resource), write.target.namespace)
    await prepare(kind, (entry.object for entry in there))
    found = [entry for entry in there if wanted.matches(entry)]
    for entry in found:
        target = replace(write.target, namespace=entry.namespace, name=entry.name)
        request = replace(write.request, body=b"")
        try:
            await delete_one(replace(write, target=target, request=request), options)
        except StatusError as error:
            if not error.not_found:
                raise
    plain = representation(write.request, Media(), kind, write.parts.clock)
    await prepare(kind, (entry.object for entry in found))
    shown = (served(kind, entry.object) for entry in found)
    return answer(plain.items(shown, {"resourceVersion": str(write.parts.store.revision)}))


async def delete_one(write: Write, options: Object) -> tuple[Object, bool]:
    """The object as it was left, and whether it is gone. Raises StatusError."""
    target, resource, store = write.target, write.target.kind.resource, write.parts.store
    for _ in range(_ATTEMPTS):
        entry = store.entry(bucket_of(resource), target.namespace, target.name)
        if entry is None:
            raise not_found(resource.group, resource.plural, target.name)
        old = await as_served(target.kind, entry.object)
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
    kind, store, dry_run = write.target.kind, write.parts.store, bool(options.get("dryRun"))
    finalizers = finalizers_for(kind, entry.object, options)
    grace = _grace_seconds(kind, entry.object, options)
    held = bool(finalizers or grace or _holds_content(kind, entry.object))
    marked = _marked(write, entry.object, finalizers, grace)
    if hold := getattr(kind, "marked_for_deletion", None):
        marked, held = hold(marked), True
    if not held and not _says_when(kind):
        return await _removed(write, entry, dry_run)
    if dry_run or marked == entry.object:
        return await as_served(kind, marked), not held
    told = await store.update(bucket_of(kind.resource), marked, entry.revision)
    return (await as_served(kind, told.object), False) if held else await _removed(write, told, dry_run)


async def _removed(write: Write, entry: Entry, dry_run: bool) -> tuple[Object, bool]:
    kind = write.target.kind
    if not dry_run:
        entry = await write.parts.store.delete(bucket_of(kind.resource), write.target.namespace, write.target.name, entry.revision)
    return await as_served(kind, entry.object), True


def _says_when(kind: Kind) -> bool:
    """Pods are told that they go even when they go at once."""
    return kind.resource.qualified == "pods"


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
    namespace = write.target.kind.resource.qualified == "namespaces"
    if not is_deleting(obj):
        meta |= {"deletionTimestamp": rfc3339(write.parts.clock.now())} | ({} if namespace else {"deletionGracePeriodSeconds": grace})
        meta |= {"generation": meta["generation"] + 1} if "generation" in meta else {}
    elif grace < meta.get("deletionGracePeriodSeconds", 0):
        meta["deletionGracePeriodSeconds"] = grace
    marked = {**obj, "metadata": meta}
    if namespace:
        marked["status"] = {**(obj.get("status") or {}), "phase": "Terminating"}
    return marked
