"""Makes one Application true: gather, compare, carry on its operation or begin one, tell.

Source: Argo CD's controller/appcontroller.go (`processAppRefreshQueueItem`).
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, annotations_of, is_deleting, metadata_of, name_of, namespace_of, newer
from stackwright.api.status import StatusError
from stackwright.client.kinds import APPLICATIONS
from stackwright.gitops import automation, deletion, operations, status, timing
from stackwright.gitops.application import REFRESH, SKIP_RECONCILE, automation_of, project_of, refresh_of, spec_of, status_of
from stackwright.gitops.compare import Condition
from stackwright.gitops.dependencies import held_by
from stackwright.gitops.diff.ignore import problems_of
from stackwright.gitops.events import OPERATION_STARTED, RESOURCE_UPDATED
from stackwright.gitops.finalize import Finalizer
from stackwright.gitops.gathering import NETWORK, Gathered, Gatherer, Ports, Unmanaged
from stackwright.gitops.health.types import Health
from stackwright.gitops.memory import Memory
from stackwright.gitops.operating import AGAIN_SECONDS, Operator, Turn, window_open
from stackwright.gitops.permissions import missing_project, spec_problems
from stackwright.gitops.ports import SourceError
from stackwright.gitops.preview import Preview
from stackwright.gitops.project.rules import app_namespace_permitted
from stackwright.kernel.clock import rfc3339
from stackwright.kernel.errors import BadInput, Waiting

_ATTEMPTS = 5
WINDOW_SECONDS = 30.0
"""How often a closed sync window is looked at again."""
Key = tuple[str, str]


class Reconciler:
    """One pass for one Application at a time; what it remembers is in `memory`."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._gatherer = Gatherer(ports)
        self._operator = Operator(ports, self._gatherer)
        self._memories: dict[Key, Memory] = {}

    def memory(self, key: Key) -> Memory:
        return self._memories.setdefault(key, Memory())

    def forget(self, key: Key) -> None:
        self._memories.pop(key, None)

    def seen(self, app: Object) -> None:
        """A watch caught up with our own writes: they need not be remembered."""
        memory = self._memories.get(_key(app))
        if memory is not None and newer(memory.written, app) is app:
            memory.written = None

    # -- the story -------------------------------------------------------------------------------------------------

    async def reconcile(self, app: Object) -> float | None:
        """Seconds after which to look again, None to wait for an event."""
        memory = self.memory(_key(app))
        app = newer(memory.written, app)
        if annotations_of(app).get(SKIP_RECONCILE) == "true":
            return None
        if is_deleting(app):
            return await Finalizer(self._ports, self._gathered_for_deletion, self._patch).run(app)
        problems = self._spec_problems(app)
        if problems:
            return await self._tell_refused(app, memory, problems)
        asked = refresh_of(app)
        if app.get("operation") and not operations.in_progress(status_of(app).get("operationState")):
            asked = asked or ("" if operations.is_automated({"operation": app["operation"]}) else "normal")
        try:
            refreshed = await self._gatherer.refresh(app, memory, asked)
            gathered = await self._gatherer.gather(app, memory, None if memory.failure else memory.rendered)
        except Waiting:
            memory.stale = True
            raise
        except Unmanaged as error:
            return await self._tell_unknown(app, memory, f"Failed to load live state: {error.message}")
        except NETWORK as error:
            memory.stale = True
            await self._tell_unknown(app, memory, f"Failed to load live state: {error}")
            raise
        except BadInput as error:
            rules = problems_of(spec_of(app).get("ignoreDifferences") or ())
            return await self._tell_unknown(app, memory, "; ".join(rules) or error.message, type="UnknownError")
        if memory.failure:
            return await self._tell_unknown(app, memory, memory.failure, gathered)
        return await self._advance(gathered, refreshed=refreshed)

    async def look(self, app: Object) -> Gathered | None:
        """Compared as it is now, without acting; None when that cannot be done."""
        memory = self.memory(_key(app))
        if self._spec_problems(app) or memory.failure or memory.rendered is None:
            return None
        try:
            return await self._gatherer.gather(app, memory, memory.rendered)
        except (*NETWORK, Waiting, Unmanaged):
            return None

    async def changes(self, app: Object, sources: Sequence[Mapping[str, Any]], before: Sequence[str], after: Sequence[str]) -> Preview:
        """What differs between two revisions. Raises SourceError."""
        try:
            return await self._gatherer.changes(app, sources, before, after)
        except (*NETWORK, Waiting) as error:
            raise SourceError(str(error), transient=True) from error

    async def _advance(self, gathered: Gathered, *, refreshed: bool) -> float | None:
        app, memory, now = gathered.app, gathered.memory, self._ports.clock.now()
        turn = await self._turn(gathered)
        if turn is not None and turn.ended:
            gathered = await self._gatherer.gather(app, memory, memory.rendered)
        new = dict(status_of(app)) | self._told(gathered, gathered.revisions, gathered.source_types)
        conditions = list(gathered.state.conditions)
        patch = self._hook_finalizers(gathered)
        after = self._note_turn(turn, new, patch) if turn is not None else self._automate(gathered, conditions, new, patch)
        new["conditions"] = status.with_conditions(app, conditions, now)
        if refreshed or not new.get("reconciledAt"):
            new["reconciledAt"] = rfc3339(now)
        await self._write(app, memory, new, patch)
        return self._sooner(after, app, memory)

    def _told(self, gathered: Gathered, revisions: Sequence[str], source_types: Sequence[str]) -> dict[str, Any]:
        now, persist = self._ports.clock.now(), self._ports.settings().persist_health
        return status.of_state(gathered.app, gathered.state, revisions, source_types, now, persist_health=persist)

    async def _turn(self, gathered: Gathered) -> Turn | None:
        """The operation's next step; first of all it is told how things stood before it."""
        app = gathered.app
        if not app.get("operation"):
            return None
        if not status_of(app).get("sync"):
            return Turn(status_of(app).get("operationState") or None, AGAIN_SECONDS)
        return await self._operator.turn(gathered)

    def _automate(self, gathered: Gathered, conditions: list[Condition], new: dict[str, Any], patch: dict[str, Any]) -> float | None:
        decision = self._decision(gathered)
        if decision.condition:
            conditions.append(Condition(decision.condition_type, decision.condition))
        if decision.operation is None:
            return decision.after_seconds
        patch["operation"] = decision.operation
        new["operationState"] = None
        message = f"Initiated automated sync to '{', '.join(gathered.revisions)}'"
        self._ports.event(gathered.app, OPERATION_STARTED, message, "Normal")
        return AGAIN_SECONDS

    def _decision(self, gathered: Gathered) -> automation.Decision:
        if automation_of(gathered.app) is None or any(condition.type in status.FAILURES for condition in gathered.state.conditions):
            return automation.NOTHING
        if gathered.state.status != "OutOfSync":
            return automation.NOTHING
        hold = held_by(gathered.app, lambda key: self._ports.current(*key), self._ports.namespace)
        if hold is not None:
            return automation.Decision(condition=hold.message, condition_type=hold.kind)
        if not window_open(self._ports, gathered.app, manual=False):
            return automation.Decision(after_seconds=WINDOW_SECONDS)
        return automation.decide(gathered.app, gathered.state, gathered.revisions, self._ports.clock.now(), self._ports.settings().timing)

    def _note_turn(self, turn: Turn, new: dict[str, Any], patch: dict[str, Any]) -> float | None:
        new["operationState"] = turn.state
        if turn.ended:
            patch["operation"] = None
        if turn.history is not None:
            new["history"] = turn.history
        return turn.after_seconds

    @staticmethod
    def _hook_finalizers(gathered: Gathered) -> dict[str, Any]:
        """An Application whose manifests have hooks for its deletion must not go without them."""
        wanted = deletion.hook_finalizers(gathered.app, gathered.target.hooks)
        return {"metadata": {"finalizers": wanted}} if wanted != deletion.finalizers_of(gathered.app) else {}

    def _sooner(self, after: float | None, app: Object, memory: Memory) -> float | None:
        """The next refresh, if nothing comes before."""
        now = asyncio.get_running_loop().time()
        moments = [after] if after is not None else []
        moments += [max(0.05, moment - now) for moment in timing.refreshes(self._ports.settings().timing, app, memory)]
        moments += [max(0.05, memory.retry_at - now)] if memory.retry_at is not None else []
        return min(moments, default=None)

    async def _gathered_for_deletion(self, app: Object, *, render: bool) -> Gathered:
        memory = self.memory(_key(app))
        if render:
            await self._gatherer.refresh(app, memory, "")
            if memory.failure:
                memory.retry_at = asyncio.get_running_loop().time()
        return await self._gatherer.gather(app, memory, memory.rendered if render and not memory.failure else None)

    # -- what cannot be followed -----------------------------------------------------------------------------------

    def _spec_problems(self, app: Object) -> list[str]:
        project = self._ports.project(project_of(app))
        if project is None:
            return [missing_project(app)]
        if not app_namespace_permitted(project.get("spec") or {}, namespace_of(app), self._ports.namespace):
            return [f"application '{name_of(app)}' in namespace '{namespace_of(app)}' is not allowed to use project '{name_of(project)}'"]
        return spec_problems(app, project, self._ports.destinations.clusters())

    async def _tell_refused(self, app: Object, memory: Memory, problems: Sequence[str]) -> float | None:
        now = self._ports.clock.now()
        new = dict(status_of(app))
        new |= {"sync": status.sync_of(app, "Unknown", ()), "health": status.health_of(app, Health("Unknown"), now)}
        new["conditions"] = status.with_conditions(app, [Condition("InvalidSpecError", problem) for problem in problems], now)
        new.setdefault("reconciledAt", rfc3339(now))
        patch: dict[str, Any] = {}
        if app.get("operation"):
            self._note_turn(self._operator.refused(app, ";".join(f"InvalidSpecError: {problem}" for problem in problems)), new, patch)
        memory.stale = True
        await self._write(app, memory, new, patch)
        return None

    async def _tell_unknown(
        self, app: Object, memory: Memory, message: str, gathered: Gathered | None = None, *, type: str = "ComparisonError"
    ) -> float | None:
        """Nothing can be compared: everything is Unknown, what lives stays."""
        now = self._ports.clock.now()
        new = dict(status_of(app))
        patch: dict[str, Any] = {}
        if gathered is not None:
            told = self._told(gathered, (), ())
            new |= {**told, "resources": [{**item, "status": "Unknown"} for item in told["resources"]]}
        new["sync"] = status.sync_of(app, "Unknown", ())
        new["conditions"] = status.with_conditions(app, [Condition(type, message)], now)
        new["reconciledAt"] = new.get("reconciledAt") or rfc3339(now)
        after = None
        if app.get("operation"):
            turn = self._operator.refused(app, f"{type}: {message}") if gathered is None else await self._operator.turn(gathered)
            after = self._note_turn(turn, new, patch)
        await self._write(app, memory, new, patch)
        return self._sooner(after, app, memory)

    # -- telling ---------------------------------------------------------------------------------------------------

    async def _write(self, app: Object, memory: Memory, new: Mapping[str, Any], patch: dict[str, Any]) -> None:
        """Status, operation and the answered refresh in one patch; nothing when nothing changed."""
        cleaned = {key: value for key, value in new.items() if value is not None and value != []}
        change = status.patch_of(status_of(app), cleaned)
        body = dict(patch)
        if change:
            body["status"] = change
        if REFRESH in annotations_of(app):
            body["metadata"] = {**body.get("metadata", {}), "annotations": {REFRESH: None}}
        if body:
            self._tell_changes(app, cleaned)
            await self._patch(app, body)

    async def _patch(self, app: Object, body: dict[str, Any]) -> None:
        """A termination that was asked for meanwhile is not written over: the steps of operations are guarded by the version."""
        guarded = "operationState" in (body.get("status") or {}) or "operation" in body
        version = metadata_of(app).get("resourceVersion")
        for _ in range(_ATTEMPTS):
            sent = {**body, "metadata": {**body.get("metadata", {}), "resourceVersion": version}} if guarded else body
            try:
                written = await self._ports.client.patch(APPLICATIONS, name_of(app), namespace_of(app), sent)
                self.memory(_key(app)).written = written
                self.seen(self._ports.current(namespace_of(app), name_of(app)) or app)
            except StatusError as error:
                if error.not_found:
                    return
                if not (guarded and error.conflict):
                    raise
            else:
                return
            fresh = await self._ports.client.find(APPLICATIONS, name_of(app), namespace_of(app))
            if fresh is None:
                return
            version = metadata_of(fresh).get("resourceVersion")
            body = _merged_with_termination(body, fresh)

    def _tell_changes(self, app: Object, new: Mapping[str, Any]) -> None:
        for part, words in (("sync", "sync status"), ("health", "health status")):
            before = (status_of(app).get(part) or {}).get("status") or ""
            after = (new.get(part) or {}).get("status") or ""
            if before != after:
                kind = "Warning" if after == "Degraded" else "Normal"
                self._ports.event(app, RESOURCE_UPDATED, f"Updated {words}: {before} -> {after}", kind)


def _key(app: Object) -> Key:
    return namespace_of(app), name_of(app)


def _merged_with_termination(body: dict[str, Any], fresh: Object) -> dict[str, Any]:
    """The patch again, but a running operation that somebody terminated meanwhile stays terminated."""
    told = (fresh.get("status") or {}).get("operationState") or {}
    ours = (body.get("status") or {}).get("operationState")
    if told.get("phase") != "Terminating" or not isinstance(ours, Mapping) or ours.get("phase", "Running") != "Running":
        return body
    return {**body, "status": {**body["status"], "operationState": {**ours, "phase": "Terminating"}}}
