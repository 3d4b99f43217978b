"""One step of a sync: look at what runs, take the next wave, carry it out, say what we wait for.

Everything that must survive a restart is in the results; a step may be repeated at any time.

Source: Argo CD's gitops-engine pkg/sync/sync_context.go (`Sync`).
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from stackwright.api.meta import ObjectKey, is_deleting
from stackwright.gitops.options import SyncOptions
from stackwright.gitops.sync.apply import how_of
from stackwright.gitops.sync.carrying import Carrier, Failure, each
from stackwright.gitops.sync.context import Step, SyncContext
from stackwright.gitops.sync.hooks import DeletePolicy, delete_policies_of
from stackwright.gitops.sync.judging import judged, may_look_settled, waiting_for, what_runs, with_reasons
from stackwright.gitops.sync.types import OperationPhase, Task, key_of_result, result_of


async def step(tasks: Sequence[Task], context: SyncContext) -> Step:
    """The next step of the operation whose tasks these are."""
    return await _Stepping(tasks, context).run()


async def terminate(tasks: Sequence[Task], context: SyncContext) -> Step:
    """Ends the operation: hooks that run are deleted."""
    return await _Stepping(tasks, context).terminate()


class _Stepping:
    def __init__(self, tasks: Sequence[Task], context: SyncContext) -> None:
        self._tasks = {task.id: task for task in tasks}
        self._context = context
        self._carrier = Carrier(context)
        self._started = any(not task.pending for task in tasks)
        self._tell: set[str] = {task.id for task in tasks if not task.pending}
        self._known_ends = {task.id for task in tasks if task.completed}

    # -- the story -------------------------------------------------------------------------------------------------

    async def run(self) -> Step:
        if not self._started:
            refused = await self._first()
            if refused is not None:
                return refused
        await self._look_at_running()
        waiting = self._waiting()
        if waiting is not None:
            return waiting
        leaving = await self._leaving()
        if leaving:
            return self._running(waiting_for("deletion of", leaving, "resources"))
        if self._ended_hooks():
            return self._running("one or more tasks are running", again=True)
        await self._release_hooks()
        failing = [task for task in self._all() if task.phase != "SyncFail"]
        if any(task.completed and not task.successful for task in failing):
            return await self._fail("one or more synchronization tasks completed unsuccessfully")
        pending = [task for task in failing if task.pending and self._wanted(task)]
        if not pending:
            await self._delete_hooks("HookSucceeded", lambda task: task.successful)
            return self._step("Succeeded", "successfully synced (no more tasks)")
        return await self._next_wave(pending)

    async def _first(self) -> Step | None:
        for task in [task for task in self._all() if task.pending]:
            if reason := self._context.permitted(task):
                self._put(task.told("SyncFailed", "Failed", reason))
        invalid = [task for task in self._all() if task.failed]
        if invalid:
            reasons = "; ".join(sorted({task.message for task in invalid if task.message}))
            return self._step("Failed", "one or more synchronization tasks are not valid" + (f": {reasons}" if reasons else ""))
        if (refused := await self._make_namespace()) is not None:
            return refused
        if not await self._try_all():
            return self._step("Failed", "one or more objects failed to apply (dry run)")
        return None

    async def _make_namespace(self) -> Step | None:
        """Before everything else, also before the dry run, which needs it."""
        name = self._context.namespace
        if not name or self._context.dry_run:
            return None
        mine = next((task for task in self._all() if task.key == ObjectKey("", "Namespace", "", name)), None)
        if mine is None or mine.target is None or mine.live is not None:
            return None
        try:
            applied = await self._context.applier.apply(mine.target, how_of(mine.target, None, SyncOptions()))
        except Failure as error:
            self._put(mine.told("SyncFailed", "Failed", str(error)))
            return self._step("Failed", f"the namespace failed to apply: {error}")
        self._carrier.written[mine.key] = applied.obj
        self._put(mine.told("Synced", "Running", applied.message))
        return None

    async def _try_all(self) -> bool:
        """A dry run of what is to be made; what is wrong with an object itself is kept as its result."""
        trials = [task for task in self._all() if task.pending and self._wanted(task) and self._can_be_tried(task)]
        done = await each(trials, self._carrier.try_out)
        return not self._put_all(task for task in done if task.failed)

    def _can_be_tried(self, task: Task) -> bool:
        """What lives already is judged when it is changed, as `kubectl apply --dry-run=client` would leave it."""
        return not (task.is_prune or task.skip_dry_run) and (task.live is None or self._context.dry_run)

    def _wanted(self, task: Task) -> bool:
        if self._context.options.has("ApplyOutOfSyncOnly") and not task.is_hook:
            return self._context.in_scope(task)
        return True

    # -- what runs -------------------------------------------------------------------------------------------------

    async def _look_at_running(self) -> None:
        several = self._has_several_waves()
        for task in [task for task in self._all() if task.running and not task.is_prune]:
            if task.live is not None:
                self._put(judged(task, self._context.health(task.live)))
            elif several or task.is_hook:
                self._put(await self._found(task))

    async def _found(self, task: Task) -> Task:
        live = await self._carrier.find(task)
        if live is None:
            return task.told("SyncFailed", "Error", f"Resource {task.title} is missing, it might have been deleted")
        return judged(replace(task, live=live), self._context.health(live))

    def _has_several_waves(self) -> bool:
        return len({(task.phase, task.wave) for task in self._all()}) > 1

    def _waiting(self) -> Step | None:
        """The health of a sync's only wave is not waited for, its hooks are."""
        running = [task for task in self._all() if task.running]
        if not running or not (self._has_several_waves() or any(task.is_hook for task in running)):
            return None
        return self._running(what_runs(running))

    async def _leaving(self) -> list[Task]:
        """What was pruned and is still there. What was seen last may be from before the deletion: then the cluster is asked."""
        gone = [task for task in self._all() if task.is_prune and task.code == "Pruned" and task.live is not None]
        if self._context.dry_run:
            return []
        return [task for task in gone if await self._carrier.is_leaving(task)]

    def _ended_hooks(self) -> bool:
        """Whether hooks ended since the results were stored: they must not go before it is known that they were there."""
        return any(task.is_hook and task.completed and task.id not in self._known_ends for task in self._all())

    # -- the next wave ---------------------------------------------------------------------------------------------

    async def _next_wave(self, pending: Sequence[Task]) -> Step:
        first = (pending[0].phase, pending[0].wave)
        batch = [task for task in pending if (task.phase, task.wave) == first]
        rest = len(pending) > len(batch)
        held = await self._carry_out(batch)
        if held is not None:
            return held
        done = [self._tasks[task.id] for task in batch]
        if any(task.failed for task in done):
            if any(task.is_hook and task.running for task in done):
                return self._running("one or more tasks are running")
            return await self._fail("one or more objects failed to apply")
        if self._context.dry_run:
            return await self._next_wave([task for task in pending if task not in batch]) if rest else await self._finished()
        if not rest and not any(task.is_hook for task in done):
            return await self._finished()
        if rest and any(may_look_settled(task) for task in done):
            await asyncio.sleep(self._context.wave_delay_seconds)
        return self._running(what_runs(self._all()), again=True)

    async def _finished(self) -> Step:
        if not self._context.dry_run:
            await self._delete_hooks("HookSucceeded", lambda task: task.successful)
        return self._step("Succeeded", "successfully synced (all tasks run)")

    async def _carry_out(self, batch: Sequence[Task]) -> Step | None:
        """Deletions, then hooks that must be made anew, then the rest in groups of one kind. A step when it has to wait."""
        prunes = [task for task in batch if task.is_prune]
        unconfirmed = [task for task in prunes if self._carrier.needs_confirmation(task)]
        if unconfirmed:
            return self._running(waiting_for("pruning confirmation of", unconfirmed, "resources"))
        pruned = self._put_all(await each(prunes, self._carrier.prune))
        if any(task.failed for task in pruned):
            return None
        old = [task for task in batch if _is_to_be_made_anew(task)]
        if old and not self._context.dry_run:
            await each(old, self._carrier.delete_hook)
            fresh = any(task.live is not None and not is_deleting(task.live) for task in old)
            return self._running(waiting_for("deletion of hook", old, "hooks"), again=fresh)
        for _, group in groupby([task for task in batch if not task.is_prune], key=lambda task: (task.key.group, task.key.kind)):
            self._put_all(await each(list(group), self._carrier.apply))
        return None

    # -- the end of hooks ------------------------------------------------------------------------------------------

    async def _release_hooks(self) -> None:
        ended = [task for task in self._all() if task.is_hook and task.completed]
        self._put_all(await each(ended, self._carrier.release_hook))

    async def _delete_hooks(self, policy: DeletePolicy, chosen: Callable[[Task], bool]) -> None:
        ended = [task for task in self._all() if task.is_hook and task.completed and chosen(task)]
        doomed = [task for task in ended if policy in delete_policies_of(task.subject) and task.live is not None]
        await each(doomed, self._carrier.delete_hook)

    # -- failure ---------------------------------------------------------------------------------------------------

    async def _fail(self, message: str) -> Step:
        """Runs the hooks of the SyncFail phase; the operation has failed when they are done."""
        await self._release_hooks()
        await self._delete_hooks("HookFailed", lambda task: task.failed)
        await self._delete_hooks("HookSucceeded", lambda task: task.successful)
        reason = with_reasons(message, [task for task in self._all() if task.code == "SyncFailed" and task.phase != "SyncFail"])
        last = [task for task in self._all() if task.phase == "SyncFail"]
        pending = [task for task in last if task.pending]
        if pending:
            held = await self._carry_out(pending)
            return held or self._running(reason, again=True)
        running = [task for task in last if task.running]
        if running:
            return self._running(waiting_for("completion of hook", running, "hooks"))
        failed = [task for task in last if task.failed]
        if failed:
            reason = f"{reason}\n{with_reasons('one or more SyncFail hooks failed', failed)}"
        return self._step("Failed", reason)

    async def terminate(self) -> Step:
        """Hooks that have ended meanwhile count with their end; others are deleted."""
        await self._release_hooks()
        for task in [task for task in self._all() if task.running]:
            self._put(await self._terminated(task) if task.is_hook else replace(task, state="Failed"))
        if any(task.is_hook and task.state == "Error" for task in self._all()):
            return self._step("Error", "Operation termination had errors")
        return self._step("Failed", "Operation terminated")

    async def _terminated(self, task: Task) -> Task:
        try:
            live = task.live if task.live is not None else await self._carrier.find(task)
            if live is None:
                return task.told(task.code, "Failed", "Terminated")
            seen = judged(replace(task, live=live), self._context.health(live))
            if seen.completed and not (seen.failed and "HookFailed" in delete_policies_of(task.subject)):
                return await self._carrier.release_hook(seen)
            await self._carrier.delete_hook(seen)
            return seen if seen.completed else seen.told(task.code, "Failed", "Terminated")
        except Failure as error:
            return task.told(task.code, "Error", f"failed to delete {task.title}: {error}")

    # -- bookkeeping -----------------------------------------------------------------------------------------------

    def _all(self) -> list[Task]:
        return list(self._tasks.values())

    def _put(self, task: Task) -> None:
        self._tasks[task.id] = task
        self._tell.add(task.id)

    def _put_all(self, tasks: Iterable[Task]) -> list[Task]:
        found = list(tasks)
        for task in found:
            self._put(task)
        return found

    def _running(self, message: str, *, again: bool = False) -> Step:
        return self._step("Running", message, again=again)

    def _step(self, phase: OperationPhase, message: str, *, again: bool = False) -> Step:
        told = {key_of_result(result): result for result in self._context.earlier}
        told |= {task.id: result_of(task) for task in self._all() if task.id in self._tell}
        return Step(phase, message, list(told.values()), self._carrier.written, again)


def _is_to_be_made_anew(task: Task) -> bool:
    return task.is_hook and task.live is not None and "BeforeHookCreation" in delete_policies_of(task.subject)
