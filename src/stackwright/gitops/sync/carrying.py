"""Carries out single tasks against the cluster: trying, applying, pruning, ending hooks.

Source: Argo CD's gitops-engine pkg/sync/sync_context.go (`runTasks`, `applyObject`, `pruneObject`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace

from stackwright.api.meta import Object, ObjectKey, is_deleting, metadata_of, uid_of
from stackwright.api.status import StatusError
from stackwright.client.errors import ClusterUnreachable, UnknownKind
from stackwright.client.kube import Propagation
from stackwright.gitops.options import option, requires_confirmation
from stackwright.gitops.sync.apply import How, how_of
from stackwright.gitops.sync.context import SyncContext
from stackwright.gitops.sync.hooks import HOOK_FINALIZER
from stackwright.gitops.sync.types import Task

AT_ONCE = 16
Failure = (StatusError, ClusterUnreachable, UnknownKind)
_PROPAGATION: Mapping[str, Propagation] = {"foreground": "Foreground", "background": "Background", "orphan": "Orphan"}


class Carrier:
    """Shape: `written` are the objects as they live after a write, None for deleted ones."""

    def __init__(self, context: SyncContext) -> None:
        self._context = context
        self.written: dict[ObjectKey, Object | None] = {}

    # -- applying --------------------------------------------------------------------------------------------------

    async def try_out(self, task: Task) -> Task:
        """Refusals that other objects of this sync may lift (a namespace, an account, a quota) are left to the real write."""
        assert task.target is not None
        try:
            await self._context.applier.apply(task.target, self._how(task), dry_run=True)
        except StatusError as error:
            if error.http_status in (400, 422):
                return task.told("SyncFailed", "Failed", str(error))
        except (ClusterUnreachable, UnknownKind):
            pass
        return task

    async def apply(self, task: Task) -> Task:
        context = self._context
        if task.skip_dry_run and context.dry_run:
            return task.told("Synced", "Succeeded", "")
        assert task.target is not None
        try:
            applied = await context.applier.apply(task.target, self._how(task), dry_run=context.dry_run)
        except Failure as error:
            return task.told("SyncFailed", "Failed", str(error))
        if context.dry_run:
            return task.told("Synced", "Succeeded", applied.message)
        self.written[task.key] = applied.obj
        return replace(task, live=applied.obj).told("Synced", "Running", applied.message)

    def _how(self, task: Task) -> How:
        assert task.target is not None
        return how_of(task.target, task.live, self._context.options, force=self._context.force, replace=self._context.replace)

    async def find(self, task: Task) -> Object | None:
        """What lives now, asked of the cluster itself."""
        return await self._context.applier.find(task.subject)

    # -- pruning ---------------------------------------------------------------------------------------------------

    def needs_confirmation(self, task: Task) -> bool:
        assert task.live is not None
        asks = requires_confirmation(task.live, self._context.options, "Prune") and self._context.prune
        return asks and not self._context.confirmed and not self._context.dry_run

    async def prune(self, task: Task) -> Task:
        assert task.live is not None
        if not self._context.prune:
            return task.told("PruneSkipped", "Succeeded", "ignored (requires pruning)")
        if option(self._context.options, "Prune", task.live) == "false":
            return task.told("PruneSkipped", "Succeeded", "ignored (no prune)")
        if self._context.dry_run:
            return task.told("Pruned", "Succeeded", "pruned (dry run)")
        try:
            if not is_deleting(task.live):
                await self._context.applier.delete(
                    task.live, _PROPAGATION.get(self._context.options.get("PrunePropagationPolicy"), "Foreground")
                )
        except Failure as error:
            return task.told("SyncFailed", "Failed", str(error))
        return task.told("Pruned", "Succeeded", "pruned")

    async def is_leaving(self, task: Task) -> bool:
        assert task.live is not None
        if is_deleting(task.live):
            return True
        found = await self.find(task)
        return found is not None and uid_of(found) == uid_of(task.live) and is_deleting(found)

    # -- the end of hooks ------------------------------------------------------------------------------------------

    async def delete_hook(self, task: Task) -> Task:
        assert task.live is not None
        left = await self._context.applier.without_finalizer(task.live, HOOK_FINALIZER)
        if left is not None and not is_deleting(left):
            await self._context.applier.delete(left, "Background")
        self.written[task.key] = None
        return task

    async def release_hook(self, task: Task) -> Task:
        """A hook whose end was seen is nobody's to hold any longer."""
        if task.live is None or HOOK_FINALIZER not in (metadata_of(task.live).get("finalizers") or ()):
            return task
        left = await self._context.applier.without_finalizer(task.live, HOOK_FINALIZER)
        self.written[task.key] = left
        return replace(task, live=left)


async def each(tasks: Iterable[Task], do: Callable[[Task], Awaitable[Task]]) -> list[Task]:
    """At most AT_ONCE at a time, in the order given."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(task: Task) -> Task:
        async with slots:
            return await do(task)

    return list(await asyncio.gather(*(one(task) for task in tasks)))
