"""Carries on the operation that an Application is asked for, one step a pass.

Source: Argo CD's controller/sync.go (`SyncAppState`) and appcontroller.go (`processRequestedAppOperation`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from stackwright.api.meta import Object, ObjectKey, annotations_of, gvk_of, key_of, namespace_of
from stackwright.gitops import operations, status
from stackwright.gitops.application import (
    destination_of,
    is_approved_since,
    named_revisions,
    named_sources,
    project_of,
    sources_of,
    spec_of,
    status_of,
    sync_policy_of,
)
from stackwright.gitops.diff.respect import with_ignored_fields_of
from stackwright.gitops.gathering import Gathered, Gatherer, Ports, Unmanaged, failure_text
from stackwright.gitops.impersonation import NoAccount
from stackwright.gitops.memory import Memory
from stackwright.gitops.options import DELETION_APPROVED, SYNC_OPTIONS, SyncOptions, parse_options
from stackwright.gitops.permissions import sync_refusal
from stackwright.gitops.ports import Rendered, SourceError
from stackwright.gitops.project import windows
from stackwright.gitops.sync.apply import Applier
from stackwright.gitops.sync.context import SyncContext
from stackwright.gitops.sync.execute import step, terminate
from stackwright.gitops.sync.plan import Pair, PlanInput, plan
from stackwright.gitops.sync.types import Task, key_of_result
from stackwright.kernel import yaml
from stackwright.kernel.clock import parse_rfc3339, rfc3339
from stackwright.kernel.errors import BadInput
from stackwright.kernel.http import Request

LOOK_AGAIN_SECONDS = 5.0
AGAIN_SECONDS = 0.01
State = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """Where an operation stands after a step. Shape: `ended` asks for `.operation` to be taken away; `history` None leaves it as it is."""

    state: State | None
    after_seconds: float | None = None
    ended: bool = False
    history: Sequence[Mapping[str, Any]] | None = None


def window_open(ports: Ports, app: Object, *, manual: bool, started: str = "") -> bool:
    """Whether the project's sync windows let a sync run now."""
    listed = windows.assigned(ports.project(project_of(app)) or {}, app)
    try:
        return windows.can_sync(listed, ports.clock.now(), manual=manual, started=parse_rfc3339(started) if started else None)
    except BadInput:
        return False


class Operator:
    def __init__(self, ports: Ports, gatherer: Gatherer) -> None:
        self._ports = ports
        self._gatherer = gatherer

    async def turn(self, gathered: Gathered) -> Turn:
        """The next step of the operation that `.operation` asks for."""
        app, now = gathered.app, self._ports.clock.now()
        state: State | None = status_of(app).get("operationState")
        if state is None or not operations.in_progress(state):
            state = operations.begun(app["operation"], now)
            gathered.memory.operation = None
        if operations.has_timed_out(state, now, self._ports.settings().timing.sync):
            return replace(await self._step(gathered, operations.timed_out(state)), after_seconds=AGAIN_SECONDS)
        turn = await self._carry_on(gathered, state)
        left = operations.seconds_left(state, now, self._ports.settings().timing.sync)
        return turn if turn.ended or left is None else replace(turn, after_seconds=min(left, turn.after_seconds or left))

    async def _carry_on(self, gathered: Gathered, state: State) -> Turn:
        app, now = gathered.app, self._ports.clock.now()
        if operations.is_waiting_to_retry(state) and state.get("phase") != "Terminating":
            if overtaken(gathered, state):
                return self.end(gathered.app, state, "Failed", operations.message_before_retry(state))
            left = (operations.retry_due(state) - now).total_seconds()
            if left > 0:
                return Turn(state, left)
            state = operations.tried_again(state)
            gathered.memory.operation = None
        if not isinstance((state.get("operation") or {}).get("sync"), Mapping):
            return self.end(app, state, "Error", "Invalid operation request: no operation specified")
        automated = operations.is_automated(state)
        started = str(state.get("startedAt") or "")
        if state.get("phase") != "Terminating" and not window_open(self._ports, app, manual=not automated, started=started):
            return Turn({**state, "message": "Sync operation blocked by sync window"}, LOOK_AGAIN_SECONDS)
        return await self._step(gathered, state)

    async def _step(self, gathered: Gathered, state: State) -> Turn:
        app, sync = gathered.app, state["operation"]["sync"]
        try:
            wanted, result = await self._wanted(gathered, sync, state.get("syncResult"))
        except SourceError as error:
            if state.get("phase") == "Terminating":
                return self.end(app, state, "Failed", "Operation terminated")
            return self._failed(gathered, state, "Error", f"ComparisonError: {failure_text(error)}")
        except Unmanaged as error:
            return self._failed(gathered, state, "Error", f"ComparisonError: Failed to load live state: {error.message}")
        state = {**state, "syncResult": {**result, "resources": list(result.get("resources") or ())}}
        options = parse_options(sync.get("syncOptions") or ())
        problem = self._problem(wanted, options)
        if problem is not None and state.get("phase") != "Terminating":
            return self._failed(gathered, state, *problem)
        try:
            tasks, context = self._tasks(wanted, state, options)
        except NoAccount as error:
            return self._failed(gathered, state, "Error", f"failed to find a matching service account to impersonate: {error.message}")
        done = await (terminate if state.get("phase") == "Terminating" else step)(tasks, context)
        wanted.live.note(done.written, wanted.view.instance)
        state = {**state, "syncResult": {**state["syncResult"], "resources": list(done.results)}}
        if done.phase == "Running":
            return Turn({**state, "phase": "Running", "message": done.message}, AGAIN_SECONDS if done.again else None)
        if done.phase == "Succeeded":
            return self.end(app, state, done.phase, done.message)
        return self._failed(gathered, state, done.phase, done.message)

    @staticmethod
    def _problem(wanted: Gathered, options: SyncOptions) -> tuple[str, str] | None:
        """Why what is wanted cannot be synced at all: a phase and its message."""
        errors = [item for item in wanted.state.conditions if item.type in status.FAILURES]
        if errors:
            return "Error", ";".join(f"{item.type}: {item.message}" for item in errors)
        shared = [item.message for item in wanted.state.conditions if item.type == "SharedResourceWarning"]
        if shared and options.has("FailOnSharedResource"):
            return "Failed", f"Shared resource found: {','.join(shared)}"
        return None

    # -- what it deploys -------------------------------------------------------------------------------------------

    async def _wanted(self, gathered: Gathered, sync: State, result: State | None) -> tuple[Gathered, dict[str, Any]]:
        """The operation's own sources and revisions, resolved once, with the part of syncResult that names them."""
        app = gathered.app
        if sync.get("manifests"):
            return await self._local(gathered, sync, result)
        own = _own_sources(sync, app)
        asked = _revisions(result or {}) or _revisions(sync)
        if list(own) == list(sources_of(app)) and not gathered.memory.failure and (not asked or asked == list(gathered.revisions)):
            found = gathered
        else:
            found = await self._elsewhere(gathered, own, asked)
        several = bool(sync.get("sources") or (not sync.get("source") and spec_of(app).get("sources")))
        named: dict[str, Any] = dict(result or {})
        if several:
            named |= {"revisions": list(found.revisions), "sources": list(own)}
        else:
            named |= {"revision": found.revisions[0] if found.revisions else "", "source": own[0] if own else {}}
        policy = sync_policy_of(app).get("managedNamespaceMetadata")
        return found, named | ({"managedNamespaceMetadata": policy} if policy else {})

    async def _local(self, gathered: Gathered, sync: State, result: State | None) -> tuple[Gathered, dict[str, Any]]:
        """Manifests that came with the operation instead of a revision."""
        memory = gathered.memory.operation = gathered.memory.operation or Memory()
        if memory.rendered is None:
            memory.rendered = Rendered(_parsed(sync["manifests"]), gathered.revisions, gathered.source_types)
        found = await self._gatherer.gather(gathered.app, memory, memory.rendered)
        return found, {**(result or {}), **named_revisions(gathered.app, gathered.revisions), **named_sources(gathered.app)}

    async def _elsewhere(self, gathered: Gathered, own: Sequence[Mapping[str, Any]], asked: Sequence[str]) -> Gathered:
        """What is deployed is not what the Application follows."""
        if gathered.memory.operation is None:
            gathered.memory.operation = Memory()
        memory = gathered.memory.operation
        rendered = await self._gatherer.render(gathered.app, own, asked)
        return await self._gatherer.gather(gathered.app, memory, rendered)

    # -- how it is carried out -------------------------------------------------------------------------------------

    def _tasks(self, wanted: Gathered, state: State, options: SyncOptions) -> tuple[list[Task], SyncContext]:
        sync, result = state["operation"]["sync"], state["syncResult"]
        selected = sync.get("resources") or ()
        pairs = [pair for pair in wanted.state.pairs if is_selected(pair.key, selected)]
        if options.has("RespectIgnoreDifferences"):
            pairs = [self._respected(pair, wanted) for pair in pairs]
        given = PlanInput(
            pairs,
            wanted.target.hooks,
            wanted.live.get,
            options,
            (_revisions(result) or [""])[0],
            int(parse_rfc3339(str(state["startedAt"])).timestamp()),
            "apply" in (sync.get("syncStrategy") or {}) or bool(selected),
            wanted.live.namespaced,
            str(destination_of(wanted.app).get("namespace") or ""),
            self._namespace(wanted, options),
        )
        results = {key_of_result(item): item for item in result.get("resources") or ()}
        return plan(given, results), self._context(wanted, state, options)

    def _context(self, wanted: Gathered, state: State, options: SyncOptions) -> SyncContext:
        app, sync = wanted.app, state["operation"]["sync"]
        strategy = sync.get("syncStrategy") or {}
        differing = {resource.pair.key for resource in wanted.state.resources if resource.status == "OutOfSync"}
        return SyncContext(
            Applier(wanted.writer().observed(partial(self._asked, app, wanted.cluster.server)), self._ports.kinds.schema_of),
            wanted.view.health,
            options,
            prune=bool(sync.get("prune")),
            dry_run=bool(sync.get("dryRun")),
            force=bool((strategy.get("apply") or strategy.get("hook") or {}).get("force")),
            confirmed=DELETION_APPROVED in annotations_of(app) and is_approved_since(app, str(state.get("startedAt") or "")),
            namespace=str(destination_of(app).get("namespace") or "") if options.has("CreateNamespace") else "",
            in_scope=lambda task: task.key in differing,
            permitted=lambda task: self._refusal(wanted, task),
            earlier=state["syncResult"]["resources"],
            wave_delay_seconds=self._ports.settings().timing.wave_delay,
        )

    @staticmethod
    def _namespace(wanted: Gathered, options: SyncOptions) -> Object | None:
        """The Namespace that has to be made, or whose metadata the Application manages."""
        made = namespace_to_make(wanted.app)
        if made is None or not options.has("CreateNamespace"):
            return None
        is_managed = sync_policy_of(wanted.app).get("managedNamespaceMetadata") is not None
        return made if is_managed or wanted.live.get(key_of(made)) is None else None

    def _respected(self, pair: Pair, wanted: Gathered) -> Pair:
        if pair.target is None or pair.live is None:
            return pair
        schema = self._ports.kinds.schema_of(gvk_of(pair.target))
        return Pair(pair.key, with_ignored_fields_of(pair.target, pair.live, wanted.diff, schema), pair.live)

    def _refusal(self, wanted: Gathered, task: Task) -> str:
        namespaced = wanted.live.namespaced(task.subject) is not False and bool(namespace_of(task.subject))
        return sync_refusal(wanted.project, wanted.cluster, task.key, self._ports.destinations.clusters(), namespaced=namespaced)

    def _asked(self, app: Object, server: str, request: Request, status: int) -> None:
        self._ports.measures.requested(app, server, request.method, request.path, status, dry_run=request.param("dryRun") is not None)

    # -- the end ---------------------------------------------------------------------------------------------------

    def _failed(self, gathered: Gathered, state: State, phase: str, message: str) -> Turn:
        """Once more later, if that is asked for and still makes sense."""
        now = self._ports.clock.now()
        if state.get("phase") != "Terminating" and operations.retries_left(state) and not overtaken(gathered, state):
            waiting = operations.failed_once(state, phase, message, now)
            return Turn(waiting, (operations.retry_due(waiting) - now).total_seconds())
        return self.end(gathered.app, state, phase, message)

    def end(self, app: Object, state: State, phase: str, message: str) -> Turn:
        now = self._ports.clock.now()
        final = operations.ended(state, phase, operations.with_cause(state, message), now)
        history = operations.with_history(app, final, now) if phase == "Succeeded" and operations.is_whole(final) else None
        revision = ", ".join(_revisions(final.get("syncResult") or {}))
        partly = "Partial sync" if (state.get("operation", {}).get("sync") or {}).get("resources") else "Sync"
        outcome = "succeeded" if phase == "Succeeded" else f"failed: {final['message']}"
        kind = "Normal" if phase == "Succeeded" else "Warning"
        self._measure(app, final)
        self._ports.event(app, "OperationCompleted", f"{partly} operation to {revision} {outcome}", kind)
        return Turn(final, AGAIN_SECONDS, ended=True, history=history)

    def _measure(self, app: Object, ended: State) -> None:
        began = parse_rfc3339(str(ended.get("startedAt") or rfc3339(self._ports.clock.now())))
        seconds = (self._ports.clock.now() - began).total_seconds()
        dry_run = bool(((ended.get("operation") or {}).get("sync") or {}).get("dryRun"))
        self._ports.measures.synced(app, self._server(app), str(ended["phase"]), seconds, dry_run=dry_run)

    def _server(self, app: Object) -> str:
        """Also of a destination that is given by name; empty when it names no cluster."""
        destination = destination_of(app)
        named = (cluster.server for cluster in self._ports.destinations.clusters() if cluster.name == destination.get("name"))
        return str(destination.get("server") or next(named, ""))

    def refused(self, app: Object, message: str) -> Turn:
        """An operation of an Application that cannot be followed ends before it began."""
        state = status_of(app).get("operationState")
        if not operations.in_progress(state):
            state = operations.begun(app["operation"], self._ports.clock.now())
        assert state is not None
        return self.end(app, state, "Error", message)


def overtaken(gathered: Gathered, state: State) -> bool:
    """A newer commit is there: what automation failed to do with the old one is not tried again."""
    if not operations.is_automated(state) or gathered.memory.failure:
        return False
    tried = _revisions(state.get("syncResult") or {})
    return bool(tried) and tried != list(gathered.revisions)


def _parsed(manifests: Sequence[str]) -> tuple[Object, ...]:
    """Raises SourceError for what is no manifest."""
    try:
        found = [yaml.load(text) for text in manifests]
    except yaml.YamlError as error:
        raise SourceError(f"Failed to unmarshal local manifests: {error}") from error
    if not all(isinstance(obj, Mapping) for obj in found):
        raise SourceError("Failed to unmarshal local manifests: expected objects")
    return tuple(found)


def _own_sources(sync: State, app: Object) -> tuple[Mapping[str, Any], ...]:
    if sync.get("sources"):
        return tuple(sync["sources"])
    return (sync["source"],) if sync.get("source") else sources_of(app)


def _revisions(holder: State) -> list[str]:
    """Of an operation or a result; empty when it names none."""
    found = [str(item or "") for item in holder.get("revisions") or [holder.get("revision")]]
    return found if any(found) else []


def is_selected(key: ObjectKey, selected: Sequence[Mapping[str, Any]]) -> bool:
    if not selected:
        return True
    return any(
        (item.get("group") or "") == key.group
        and item.get("kind") == key.kind
        and item.get("name") == key.name
        and item.get("namespace") in (None, "", key.namespace)
        for item in selected
    )


def namespace_to_make(app: Object) -> Object | None:
    """The destination's namespace as CreateNamespace wants it. What others wrote into it is left alone: hence the server-side apply."""
    name = destination_of(app).get("namespace")
    if not name:
        return None
    wanted = sync_policy_of(app).get("managedNamespaceMetadata")
    metadata: dict[str, Any] = {"name": name}
    if wanted is not None:
        metadata |= {"labels": wanted["labels"]} if wanted.get("labels") else {}
        metadata["annotations"] = {**(wanted.get("annotations") or {}), SYNC_OPTIONS: "ServerSideApply=true"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
