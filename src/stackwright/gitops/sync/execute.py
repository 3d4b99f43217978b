"""One step of a sync: look at what runs, take the next wave, carry it out, say what we wait for.

Everything that must survive a restart is in the results; a step may be repeated at any time.

Source: Argo CD's gitops-engine pkg/sync/sync_context.go (`Sync`).
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from stackwright.api.meta import Object, ObjectKey, is_deleting, metadata_of, uid_of
from stackwright.api.status import StatusError
from stackwright.client.errors import ClusterUnreachable, UnknownKind
from stackwright.client.kube import Propagation
from stackwright.gitops.health.types import Health
from stackwright.gitops.options import SyncOptions, option, requires_confirmation
from stackwright.gitops.sync.apply import Applier, How, how_of
from stackwright.gitops.sync.hooks import HOOK_FINALIZER, DeletePolicy, delete_policies_of, is_hook
from stackwright.gitops.sync.types import OperationPhase, Task, key_of_result, result_of

AT_ONCE = 16
Failure = (StatusError, ClusterUnreachable, UnknownKind)


@dataclass(frozen=True, slots=True)
class SyncContext:
    """What one operation wants, and what it may ask.

    Shape: `namespace` names the Namespace to make first (CreateNamespace), empty for none; `in_scope` says whether a task is of the
    Application's OutOfSync ones (ApplyOutOfSyncOnly); `permitted` gives the reason why the project refuses, empty for none;
    `earlier` are the results so far, kept also for what is not there any more.
    """

    applier: Applier
    health: Callable[[Object], Health | None]
    options: SyncOptions
    prune: bool = False
    dry_run: bool = False
    force: bool = False
    replace: bool = False
    confirmed: bool = False
    namespace: str = ""
    in_scope: Callable[[Task], bool] = lambda _task: True
    permitted: Callable[[Task], str] = lambda _task: ""
    earlier: Sequence[Mapping[str, Any]] = ()
    wave_delay_seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class Step:
    """Where the operation stands. Shape: `results` as syncResult.resources; `written` are objects as they live now, by key
    (None for deleted ones); `again` says that the next step need not wait for an event.
    """

    phase: OperationPhase
    message: str
    results: Sequence[Mapping[str, Any]]
    written: Mapping[ObjectKey, Object | None] = field(default_factory=dict)
    again: bool = False


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
        self._written: dict[ObjectKey, Object | None] = {}
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
            return self._running(_waiting_for("deletion of", leaving, "resources"))
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
        invalid = [task for task in self._all() if task.failed]
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
        self._written[mine.key] = applied.obj
        self._put(mine.told("Synced", "Running", applied.message))
        return None

    async def _try_all(self) -> bool:
        """A dry run of what is to be made; what is wrong with an object itself is kept as its result."""
        trials = [task for task in self._all() if task.pending and self._wanted(task) and self._can_be_tried(task)]
        done = await self._each(trials, self._try)
        failed = [task for task in done if task.failed]
        for task in failed:
            self._put(task)
        return not failed

    def _can_be_tried(self, task: Task) -> bool:
        """What lives already is judged when it is changed, as `kubectl apply --dry-run=client` would leave it."""
        return not (task.is_prune or task.skip_dry_run) and (task.live is None or self._context.dry_run)

    async def _try(self, task: Task) -> Task:
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

    def _wanted(self, task: Task) -> bool:
        if self._context.options.has("ApplyOutOfSyncOnly") and not task.is_hook:
            return self._context.in_scope(task)
        return True

    # -- what runs -------------------------------------------------------------------------------------------------

    async def _look_at_running(self) -> None:
        for task in [task for task in self._all() if task.running and task.live is not None]:
            self._put(self._judged(task))
        several = len({(task.phase, task.wave) for task in self._all()}) > 1
        for task in [
            task for task in self._all() if task.running and task.live is None and not task.is_prune and (several or task.is_hook)
        ]:
            assert task.target is not None
            found = await self._context.applier.find(task.target)
            if found is None:
                self._put(task.told("SyncFailed", "Error", f"Resource {task.title} is missing, it might have been deleted"))
            else:
                self._put(self._judged(replace(task, live=found)))

    def _judged(self, task: Task) -> Task:
        assert task.live is not None
        health = self._context.health(task.live)
        if task.is_hook:
            return _judged_hook(task, health)
        if health is None or health.status == "Healthy":
            return replace(task, state="Succeeded", message=(health.message if health else "") or task.message)
        if health.status == "Degraded":
            return replace(task, state="Failed", message=health.message or task.message)
        return task

    def _waiting(self) -> Step | None:
        running = [task for task in self._all() if task.running]
        waves = {(task.phase, task.wave) for task in self._all()}
        hooks = [task for task in running if task.is_hook]
        if not ((len(waves) > 1 and running) or hooks):
            return None
        if hooks:
            return self._running(_waiting_for("completion of hook", hooks, "hooks"))
        return self._running(_waiting_for("healthy state of", running, "resources"))

    async def _leaving(self) -> list[Task]:
        """What was pruned and is still there. What was seen last may be from before the deletion: then the cluster is asked."""
        gone = [task for task in self._all() if task.is_prune and task.code == "Pruned" and task.live is not None]
        if self._context.dry_run:
            return []
        return [task for task in gone if await self._is_leaving(task)]

    async def _is_leaving(self, task: Task) -> bool:
        assert task.live is not None
        if is_deleting(task.live):
            return True
        found = await self._context.applier.find(task.live)
        return found is not None and uid_of(found) == uid_of(task.live) and is_deleting(found)

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
        if rest and any(_may_look_settled(task) for task in done):
            await asyncio.sleep(self._context.wave_delay_seconds)
        return self._running(self._what_is_running(), again=True)

    async def _finished(self) -> Step:
        if not self._context.dry_run:
            await self._delete_hooks("HookSucceeded", lambda task: task.successful)
        return self._step("Succeeded", "successfully synced (all tasks run)")

    def _what_is_running(self) -> str:
        running = [task for task in self._all() if task.running]
        hooks = [task for task in running if task.is_hook]
        if hooks:
            return _waiting_for("completion of hook", hooks, "hooks")
        return _waiting_for("healthy state of", running, "resources") if running else "one or more tasks are running"

    async def _carry_out(self, batch: Sequence[Task]) -> Step | None:
        """Deletions, then hooks that must be made anew, then the rest in groups of one kind. A step when it has to wait."""
        prunes = [task for task in batch if task.is_prune]
        unconfirmed = [task for task in prunes if self._needs_confirmation(task)]
        if unconfirmed:
            return self._running(_waiting_for("pruning confirmation of", unconfirmed, "resources"))
        pruned = await self._each(prunes, self._prune)
        for task in pruned:
            self._put(task)
        if any(task.failed for task in pruned):
            return None
        old = [
            task for task in batch if task.is_hook and task.live is not None and "BeforeHookCreation" in delete_policies_of(task.subject)
        ]
        if old and not self._context.dry_run:
            await self._each(old, self._delete_hook)
            fresh = any(task.live is not None and not is_deleting(task.live) for task in old)
            return self._running(_waiting_for("deletion of hook", old, "hooks"), again=fresh)
        for _, group in groupby([task for task in batch if not task.is_prune], key=lambda task: (task.key.group, task.key.kind)):
            for task in await self._each(list(group), lambda task: self._apply(task, dry_run=self._context.dry_run)):
                self._put(task)
        return None

    def _needs_confirmation(self, task: Task) -> bool:
        assert task.live is not None
        asks = requires_confirmation(task.live, self._context.options, "Prune") and self._context.prune
        return asks and not self._context.confirmed and not self._context.dry_run

    async def _prune(self, task: Task) -> Task:
        assert task.live is not None
        if not self._context.prune:
            return task.told("PruneSkipped", "Succeeded", "ignored (requires pruning)")
        if option(self._context.options, "Prune", task.live) == "false":
            return task.told("PruneSkipped", "Succeeded", "ignored (no prune)")
        if self._context.dry_run:
            return task.told("Pruned", "Succeeded", "pruned (dry run)")
        try:
            if not is_deleting(task.live):
                await self._context.applier.delete(task.live, self._propagation())
        except Failure as error:
            return task.told("SyncFailed", "Failed", str(error))
        return task.told("Pruned", "Succeeded", "pruned")

    def _propagation(self) -> Propagation:
        policies: Mapping[str, Propagation] = {"foreground": "Foreground", "background": "Background", "orphan": "Orphan"}
        return policies.get(self._context.options.get("PrunePropagationPolicy"), "Foreground")

    async def _apply(self, task: Task, *, dry_run: bool) -> Task:
        if task.skip_dry_run and dry_run:
            return task.told("Synced", "Succeeded" if self._context.dry_run else "Running", "")
        assert task.target is not None
        context = self._context
        try:
            applied = await context.applier.apply(task.target, self._how(task), dry_run=dry_run)
        except Failure as error:
            return task.told("SyncFailed", "Failed", str(error))
        if not dry_run:
            self._written[task.key] = applied.obj
        live = task.live if dry_run else applied.obj
        return replace(task, live=live).told("Synced", "Succeeded" if context.dry_run else "Running", applied.message)

    def _how(self, task: Task) -> How:
        assert task.target is not None
        return how_of(task.target, task.live, self._context.options, force=self._context.force, replace=self._context.replace)

    # -- the end of hooks ------------------------------------------------------------------------------------------

    async def _release_hooks(self) -> None:
        """A hook whose end was seen is nobody's to hold any longer."""
        for task in [task for task in self._all() if task.is_hook and task.completed and task.live is not None]:
            assert task.live is not None
            if HOOK_FINALIZER in (metadata_of(task.live).get("finalizers") or ()):
                self._note(task, await self._context.applier.without_finalizer(task.live, HOOK_FINALIZER))

    async def _delete_hooks(self, policy: DeletePolicy, chosen: Callable[[Task], bool]) -> None:
        done = [task for task in self._all() if task.is_hook and task.completed and chosen(task)]
        await self._each([task for task in done if policy in delete_policies_of(task.subject) and task.live is not None], self._delete_hook)

    async def _delete_hook(self, task: Task) -> Task:
        assert task.live is not None
        left = await self._context.applier.without_finalizer(task.live, HOOK_FINALIZER)
        if left is not None and not is_deleting(left):
            await self._context.applier.delete(left, "Background")
        self._written[task.key] = None
        return task

    # -- failure ---------------------------------------------------------------------------------------------------

    async def _fail(self, message: str) -> Step:
        """Runs the hooks of the SyncFail phase; the operation has failed when they are done."""
        await self._release_hooks()
        await self._delete_hooks("HookFailed", lambda task: task.failed)
        await self._delete_hooks("HookSucceeded", lambda task: task.successful)
        reason = _with_reasons(message, [task for task in self._all() if task.code == "SyncFailed" and task.phase != "SyncFail"])
        last = [task for task in self._all() if task.phase == "SyncFail"]
        pending = [task for task in last if task.pending]
        if pending:
            held = await self._carry_out(pending)
            return held or self._running(reason, again=True)
        running = [task for task in last if task.running]
        if running:
            return self._running(_waiting_for("completion of hook", running, "hooks"))
        failed = [task for task in last if task.failed]
        if failed:
            reason = f"{reason}\n{_with_reasons('one or more SyncFail hooks failed', failed)}"
        return self._step("Failed", reason)

    async def terminate(self) -> Step:
        await self._release_hooks()
        problems = 0
        for task in [task for task in self._all() if task.is_hook and task.live is not None and not task.completed]:
            try:
                await self._delete_hook(task)
                self._put(task.told(task.code, "Failed", "Terminated"))
            except Failure as error:
                problems += 1
                self._put(task.told(task.code, "Error", f"failed to delete {task.title}: {error}"))
        for task in [task for task in self._all() if task.running and not task.is_hook]:
            self._put(replace(task, state="Failed"))
        return self._step("Error", "Operation termination had errors") if problems else self._step("Failed", "Operation terminated")

    # -- bookkeeping -----------------------------------------------------------------------------------------------

    def _all(self) -> list[Task]:
        return list(self._tasks.values())

    def _put(self, task: Task) -> None:
        self._tasks[task.id] = task
        self._tell.add(task.id)

    def _note(self, task: Task, live: Object | None) -> None:
        self._written[task.key] = live
        self._put(replace(task, live=live))

    async def _each(self, tasks: Iterable[Task], do: Callable[[Task], Any]) -> list[Task]:
        """At most AT_ONCE at a time, in the order given."""
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(task: Task) -> Task:
            async with slots:
                found: Task = await do(task)
                return found

        return list(await asyncio.gather(*(one(task) for task in tasks)))

    def _running(self, message: str, *, again: bool = False) -> Step:
        return self._step("Running", message, again=again)

    def _step(self, phase: OperationPhase, message: str, *, again: bool = False) -> Step:
        told = {key_of_result(result): result for result in self._context.earlier}
        told |= {task.id: result_of(task) for task in self._all() if task.id in self._tell}
        return Step(phase, message, list(told.values()), self._written, again)


def _judged_hook(task: Task, health: Health | None) -> Task:
    if health is None:
        return replace(task, state="Succeeded", message=f"{task.key.name} created")
    match health.status:
        case "Healthy":
            state: OperationPhase = "Succeeded"
        case "Degraded" | "Unknown":
            state = "Failed"
        case _:
            state = "Running"
    return replace(task, state=state, message=health.message or task.message)


def _may_look_settled(task: Task) -> bool:
    """Whether a change may not have been noticed by its controller yet, and the status not tell: it is still the old one."""
    status = (task.live or {}).get("status")
    changed = task.message.endswith((" configured", " serverside-applied", " replaced"))
    return changed and isinstance(status, Mapping) and bool(status) and "observedGeneration" not in status


def _waiting_for(what: str, tasks: Sequence[Task], noun: str) -> str:
    more = f" and {len(tasks) - 1} more {noun}" if len(tasks) > 1 else ""
    return f"waiting for {what} {tasks[0].title}{more}"


def _with_reasons(message: str, tasks: Sequence[Task]) -> str:
    reasons = list(dict.fromkeys(task.message for task in tasks if task.message))
    return f"{message}, reason: {','.join(reasons)}" if reasons else message


def hooks_among(objects: Iterable[Object]) -> list[Object]:
    return [obj for obj in objects if is_hook(obj)]
