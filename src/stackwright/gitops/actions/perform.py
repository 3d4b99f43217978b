"""Writes what an action came to.

Source: Argo CD's server/application/application.go (`patchResource`, `createResource`).
"""

from collections.abc import Sequence

from stackwright.api.meta import Object, Resource, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.kube import KubeClient
from stackwright.gitops.actions.types import Effect
from stackwright.gitops.diff.threeway import changes


async def perform(client: KubeClient, live: Object, effects: Sequence[Effect]) -> None:
    """Creations are tried first, so that nothing is half done for a reason that could be known. Raises StatusError."""
    for effect in effects:
        if effect.operation == "create":
            await client.create(effect.object, dry_run=True)
    for effect in effects:
        if effect.operation == "create":
            await client.create(effect.object)
        else:
            await _patch(client, live, effect.object)


async def _patch(client: KubeClient, live: Object, wanted: Object) -> None:
    """The status goes its own way where the kind has one; elsewhere it is a field like others."""
    resource = await client.resource_of(live)
    change = changes(live, wanted)
    status = {"status": change.pop("status")} if "status" in change else {}
    if status and not await _patch_status(client, resource, live, status):
        change |= status
    if change:
        await client.patch(resource, name_of(live), namespace_of(live) or None, change)


async def _patch_status(client: KubeClient, resource: Resource, live: Object, status: Object) -> bool:
    """False when the kind has no status of its own."""
    try:
        await client.patch(resource, name_of(live), namespace_of(live) or None, status, subresource="status")
    except StatusError as error:
        if not error.not_found:
            raise
        return False
    return True
