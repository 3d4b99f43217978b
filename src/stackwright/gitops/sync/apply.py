"""Applying and deleting one object, as kubectl would, with kubectl's words for what came of it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import GroupVersionKind, Object, Resource, gvk_of, metadata_of, name_of, namespace_of, uid_of
from stackwright.api.status import StatusError
from stackwright.client.errors import UnknownKind
from stackwright.client.kube import KubeClient, Propagation, Validation
from stackwright.gitops.diff.threeway import changes, last_applied, predicted, with_last_applied
from stackwright.gitops.options import SyncOptions, of_object, option
from stackwright.gitops.sync.hooks import is_crd
from stackwright.gitops.sync.ownership import handed_over
from stackwright.runtime.conditions import is_true
from stackwright.store.schema import Schema

FIELD_MANAGER = "argocd-controller"
SchemaOf = Callable[[GroupVersionKind], Schema | None]
_ATTEMPTS = 5
_LOOK_SECONDS = 0.02
_ESTABLISHED_LOOKS = 150


@dataclass(frozen=True, slots=True)
class Applied:
    """Shape: `message` as kubectl prints it, for example `configmap/x created`; `obj` is what lives now."""

    message: str
    obj: Object | None


@dataclass(frozen=True, slots=True)
class How:
    """The options of one application, decided for one object."""

    server_side: bool = False
    replace: bool = False
    force: bool = False
    validation: Validation = "Strict"
    migrate: bool = True


def how_of(target: Object, live: Object | None, options: SyncOptions, *, force: bool = False, replace: bool = False) -> How:
    """Source: sync_context.go `applyObject`."""
    own = of_object(target)
    server_side = option(options, "ServerSideApply", target) == "true"
    return How(
        server_side,
        replace or option(options, "Replace", target, live) == "true",
        force or option(options, "Force", target, live) == "true",
        "Ignore" if options.has("Validate", "false") or own.has("Validate", "false") else "Strict",
        not options.has("ClientSideApplyMigration", "false"),
    )


class Applier:
    """Writes to one cluster. Every call may raise StatusError, ClusterUnreachable or UnknownKind."""

    def __init__(self, client: KubeClient, schema_of: SchemaOf) -> None:
        self._client = client.named(FIELD_MANAGER)
        self._schema_of = schema_of

    async def apply(self, target: Object, how: How, *, dry_run: bool = False) -> Applied:
        applied = await self._apply(target, how, dry_run=dry_run)
        if is_crd(target) and not dry_run:
            await self._established(target)
        return applied

    async def _established(self, definition: Object) -> None:
        """Waits, a little while, until the new kind is served: its objects may come next."""
        resource = await self._client.resource_of(definition)
        for _ in range(_ESTABLISHED_LOOKS):
            found = await self._client.find(resource, name_of(definition))
            if found is None or is_true((found.get("status") or {}).get("conditions"), "Established"):
                break
            await asyncio.sleep(_LOOK_SECONDS)
        self._client.forget_resources()

    async def _apply(self, target: Object, how: How, *, dry_run: bool) -> Applied:
        resource = await self._client.resource_of(target)
        live = await self._client.find(resource, name_of(target), namespace_of(target) or None)
        if how.replace:
            return await self._replace(resource, target, live, how, dry_run)
        if how.server_side and not dry_run:
            return await self._server_side(resource, target, live, how)
        return await self._client_side(resource, target, live, how, dry_run)

    async def _client_side(self, resource: Resource, target: Object, live: Object | None, how: How, dry_run: bool) -> Applied:
        """Again with what lives now, when somebody else wrote or made it in between."""
        for attempt in range(_ATTEMPTS):
            try:
                return await self._merged(resource, target, live, how, dry_run)
            except StatusError as error:
                if error.http_status == 409 and attempt < _ATTEMPTS - 1:
                    live = await self._client.find(resource, name_of(target), namespace_of(target) or None)
                elif how.force and live is not None and error.http_status in (409, 422):
                    return await self._recreated(resource, target, live, dry_run)
                else:
                    raise
        raise AssertionError("the loop returns or raises")

    async def _merged(self, resource: Resource, target: Object, live: Object | None, how: How, dry_run: bool) -> Applied:
        wanted = with_last_applied(target)
        if live is None:
            return await self._created(resource, wanted, how, dry_run)
        after = predicted(last_applied(live), wanted, live, self._schema_of(gvk_of(target)))
        patch = changes(live, after)
        if not patch:
            return Applied(f"{title_of(target)} unchanged{_suffix(dry_run)}", live)
        return await self._patched(resource, target, live, patch, how, dry_run)

    async def _created(self, resource: Resource, wanted: Object, how: How, dry_run: bool) -> Applied:
        created = await self._client.create(wanted, resource=resource, dry_run=dry_run, validation=how.validation)
        return Applied(f"{title_of(wanted)} created{_suffix(dry_run)}", created)

    async def _patched(
        self, resource: Resource, target: Object, live: Object, patch: Mapping[str, Any], how: How, dry_run: bool
    ) -> Applied:
        version = metadata_of(live).get("resourceVersion")
        guarded = {**patch, "metadata": {**(patch.get("metadata") or {}), "resourceVersion": version}}
        place = (resource, name_of(target), namespace_of(target) or None)
        changed = await self._client.patch(*place, guarded, dry_run=dry_run, validation=how.validation)
        same = metadata_of(changed).get("resourceVersion") == version and not dry_run
        return Applied(f"{title_of(target)} {'unchanged' if same else 'configured'}{_suffix(dry_run)}", changed)

    async def _server_side(self, resource: Resource, target: Object, live: Object | None, how: How) -> Applied:
        if live is not None and how.migrate:
            await self._migrate(resource, live)
        applied = await self._client.apply(target, resource=resource, field_manager=FIELD_MANAGER, force=True, validation=how.validation)
        return Applied(f"{title_of(target)} serverside-applied", applied)

    async def _migrate(self, resource: Resource, live: Object) -> None:
        """What client-side apply owned goes to the server-side manager, so that later removals are seen."""
        fields = handed_over(metadata_of(live).get("managedFields") or (), FIELD_MANAGER)
        if fields is None:
            return
        patch = [
            {"op": "replace", "path": "/metadata/managedFields", "value": fields},
            {"op": "replace", "path": "/metadata/resourceVersion", "value": metadata_of(live).get("resourceVersion")},
        ]
        try:
            await self._client.patch(resource, name_of(live), namespace_of(live) or None, patch, type="json")
        except StatusError as error:
            if not error.conflict:
                raise

    async def _replace(self, resource: Resource, target: Object, live: Object | None, how: How, dry_run: bool) -> Applied:
        title = title_of(target)
        if live is None:
            return await self._created(resource, target, how, dry_run)
        updates = is_crd(target) or (resource.group == "" and resource.kind == "Namespace")
        if how.force and not updates:
            return await self._recreated(resource, target, live, dry_run)
        version = metadata_of(live).get("resourceVersion")
        wanted = {**target, "metadata": {**metadata_of(target), "resourceVersion": version}}
        replaced = await self._client.update(wanted, resource=resource, dry_run=dry_run, validation=how.validation)
        words = f"{resource.kind}/{name_of(target)} updated" if updates else f"{title} replaced"
        return Applied(words + _suffix(dry_run), replaced)

    async def _recreated(self, resource: Resource, target: Object, live: Object, dry_run: bool) -> Applied:
        if not dry_run:
            await self.delete(live, "Background")
            await self._gone(resource, live)
        created = live if dry_run else await self._client.create(with_last_applied(target), resource=resource)
        return Applied(f"{title_of(target)} replaced{_suffix(dry_run)}", created)

    async def _gone(self, resource: Resource, live: Object) -> None:
        """Waits, a little while, until the name is free."""
        for _ in range(100):
            found = await self._client.find(resource, name_of(live), namespace_of(live) or None)
            if found is None or uid_of(found) != uid_of(live):
                return
            await asyncio.sleep(0.05)

    async def delete(self, live: Object, propagation: Propagation) -> None:
        """An object that is gone already, or is another one by now, is as good as deleted."""
        try:
            resource = await self._client.resource_of(live)
            await self._client.delete(
                resource, name_of(live), namespace_of(live) or None, propagation=propagation, uid=uid_of(live) or None
            )
        except StatusError as error:
            if not (error.not_found or error.conflict):
                raise
        except UnknownKind:
            return

    async def without_finalizer(self, live: Object, finalizer: str) -> Object | None:
        """None when the object went with its finalizer."""
        finalizers = [item for item in metadata_of(live).get("finalizers") or () if item != finalizer]
        if len(finalizers) == len(metadata_of(live).get("finalizers") or ()):
            return live
        resource = await self._client.resource_of(live)
        try:
            return await self._client.patch(resource, name_of(live), namespace_of(live) or None, {"metadata": {"finalizers": finalizers}})
        except StatusError as error:
            if error.not_found:
                return None
            raise

    async def find(self, obj: Object) -> Object | None:
        """What lives under the object's name, asked of the cluster itself."""
        try:
            resource = await self._client.resource_of(obj)
        except UnknownKind:
            return None
        return await self._client.find(resource, name_of(obj), namespace_of(obj) or None)


def title_of(obj: Object) -> str:
    """`deployment.apps/x`, as kubectl names it."""
    gvk = gvk_of(obj)
    kind = gvk.kind.lower()
    return f"{kind}.{gvk.group}/{name_of(obj)}" if gvk.group else f"{kind}/{name_of(obj)}"


def _suffix(dry_run: bool) -> str:
    return " (dry run)" if dry_run else ""
