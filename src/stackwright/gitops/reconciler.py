"""Makes one Application true: gather what is wanted and what lives, compare, carry on its operation, tell.

Source: Argo CD's controller (appcontroller.go, state.go, sync.go).
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from stackwright.api.meta import Object, ObjectKey, annotations_of, gvk_of, is_deleting, key_of, metadata_of, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.errors import ClusterUnreachable, UnknownKind
from stackwright.client.kinds import APPLICATIONS
from stackwright.client.kube import KubeClient
from stackwright.gitops import automation, operations, status
from stackwright.gitops.application import (
    REFRESH,
    SKIP_RECONCILE,
    destination_of,
    is_approved_since,
    named_sources,
    project_of,
    refresh_of,
    render_key,
    sources_of,
    spec_of,
    status_of,
    sync_options_of,
    sync_policy_of,
)
from stackwright.gitops.compare import AppState, Condition, Target, View, compare_app, namespace_wants, target_of
from stackwright.gitops.destinations import Destinations, NoSuchCluster
from stackwright.gitops.diff import compare, compare_dry_run
from stackwright.gitops.diff.respect import with_ignored_fields_of
from stackwright.gitops.health.resource import health_of
from stackwright.gitops.health.types import Health
from stackwright.gitops.live import LiveState
from stackwright.gitops.options import SyncOptions, parse_options
from stackwright.gitops.ports import Rendered, RenderRequest, SourceError, Sources
from stackwright.gitops.project import windows
from stackwright.gitops.project.rules import destination_permitted, kind_permitted, source_permitted
from stackwright.gitops.settings import Settings
from stackwright.gitops.sync.apply import Applier, SchemaOf, how_of
from stackwright.gitops.sync.execute import Step, SyncContext, step, terminate
from stackwright.gitops.sync.plan import Pair, PlanInput, plan
from stackwright.gitops.sync.types import Task, key_of_result
from stackwright.gitops.tracking import instance_name
from stackwright.kernel import digest
from stackwright.kernel.clock import Clock, parse_rfc3339, rfc3339
from stackwright.kernel.errors import BadInput

NETWORK = (StatusError, ClusterUnreachable, UnknownKind)

LOOK_AGAIN_SECONDS = 5.0


@dataclass(slots=True)
class Memory:
    """What is known of an Application between two passes; losing it costs a rendering and nothing else."""

    key: str = ""
    rendered: Rendered | None = None
    failure: str = ""
    rendered_at: float = 0.0
    stale: bool = True
    same_after_all: dict[ObjectKey, tuple[str, str, bool]] = field(default_factory=dict)
    targets: frozenset[ObjectKey] = frozenset()
    server: str = ""


@dataclass(frozen=True, slots=True)
class Ports:
    """What a reconciler works with. Shape: `credentials` are decoded repository Secrets; `project` finds an AppProject."""

    client: KubeClient
    sources: Sources
    destinations: Destinations
    clock: Clock
    settings: Callable[[], Settings]
    project: Callable[[str], Object | None]
    credentials: Callable[[], tuple[Mapping[str, Any], ...]]
    schema_of: SchemaOf
    applications: Callable[[str, str], Object | None]
    event: Callable[[Object, str, str, str], None]
    namespace: str = "argocd"


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that a pass decides on."""

    app: Object
    memory: Memory
    live: LiveState
    view: View
    target: Target
    state: AppState
    revisions: Sequence[str]


class Reconciler:
    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self.memories: dict[tuple[str, str], Memory] = {}

    def forget(self, namespace: str, name: str) -> None:
        self.memories.pop((namespace, name), None)

    def memory(self, app: Object) -> Memory:
        return self.memories.setdefault((namespace_of(app), name_of(app)), Memory())

    # -- the story -------------------------------------------------------------------------------------------------

    async def reconcile(self, app: Object) -> float | None:
        """Seconds after which to look again, None to wait for an event."""
        if annotations_of(app).get(SKIP_RECONCILE) == "true":
            return None
        if is_deleting(app):
            return await self._delete(app)
        memory = self.memory(app)
        refused = self._refusals(app)
        if refused:
            return await self._tell_refused(app, refused)
        refreshed = await self._refresh(app, memory)
        try:
            gathered = await self._gather(app, memory, sources_of(app), memory.rendered)
        except NETWORK as error:
            return await self._tell_failed(app, f"Failed to load live state: {error}")
        if memory.failure:
            after = await self._tell_failed(app, memory.failure, gathered)
        else:
            after = await self._advance(gathered, refreshed)
        return after

    async def _advance(self, gathered: Gathered, refreshed: bool) -> float | None:
        app, now = gathered.app, self._ports.clock.now()
        new = dict(status_of(app)) | status.of_state(app, gathered.state, gathered.revisions, self._types(gathered), now)
        conditions = list(gathered.state.conditions)
        patch: dict[str, Any] = {}
        after: float | None = None
        if app.get("operation"):
            after = await self._operate(gathered, new, patch)
        else:
            decision = self._automation(gathered)
            if decision.condition:
                conditions.append(Condition("SyncError", decision.condition))
            if decision.operation is not None:
                patch["operation"] = decision.operation
                new["operationState"] = None
                self._ports.event(app, "Normal", "OperationStarted", f"Initiated automated sync to '{', '.join(gathered.revisions)}'")
            after = decision.after_seconds
        new["conditions"] = status.with_conditions(app, conditions, now)
        if refreshed or not new.get("reconciledAt"):
            new["reconciledAt"] = rfc3339(now)
        await self._write(app, new, patch)
        return self._sooner(after, gathered.memory)

    def _types(self, gathered: Gathered) -> Sequence[str]:
        return gathered.memory.rendered.source_types if gathered.memory.rendered is not None else ()

    def _sooner(self, after: float | None, memory: Memory) -> float | None:
        interval = self._ports.settings().reconciliation_seconds
        if interval <= 0:
            return after
        left = max(0.05, memory.rendered_at + interval - asyncio.get_running_loop().time())
        return left if after is None else min(after, left)

    # -- may it? ---------------------------------------------------------------------------------------------------

    def _refusals(self, app: Object) -> list[Condition]:
        """Why the spec cannot be followed."""
        project = self._ports.project(project_of(app))
        if project is None:
            return [Condition("InvalidSpecError", f"Application referencing project {project_of(app)} which does not exist")]
        problems: list[str] = []
        if not sources_of(app):
            problems.append("spec.source.repoURL and either spec.source.path or spec.source.chart are required")
        spec = project.get("spec") or {}
        for source in sources_of(app):
            if not source_permitted(spec, str(source.get("repoURL") or "")):
                problems.append(f"application repo {source.get('repoURL')} is not permitted in project '{name_of(project)}'")
        problems += self._destination_problems(app, project)
        return [Condition("InvalidSpecError", problem) for problem in problems]

    def _destination_problems(self, app: Object, project: Object) -> list[str]:
        destination = destination_of(app)
        try:
            server = self._ports.destinations.server_of(destination)
        except NoSuchCluster as error:
            return [error.message]
        names = {item["name"]: item["server"] for item in self._ports.destinations.clusters()}
        name = next((name for name, where in names.items() if where == server), "")
        namespace = str(destination.get("namespace") or "")
        if destination_permitted(project.get("spec") or {}, server=server, name=name, namespace=namespace):
            return []
        shown = f"application destination server '{server}' and namespace '{namespace}'"
        return [f"{shown} do not match any of the allowed destinations in project '{name_of(project)}'"]

    async def _tell_refused(self, app: Object, conditions: list[Condition]) -> float | None:
        now = self._ports.clock.now()
        new = dict(status_of(app))
        new |= {"sync": status.sync_of(app, "Unknown", ()), "health": status.health_of(app, Health("Unknown"), now)}
        new["conditions"] = status.with_conditions(app, conditions, now)
        new.setdefault("reconciledAt", rfc3339(now))
        patch: dict[str, Any] = {}
        if app.get("operation"):
            self._end_at_once(app, new, patch, "Error", "; ".join(f"{item.type}: {item.message}" for item in conditions))
        await self._write(app, new, patch)
        return None

    async def _tell_failed(self, app: Object, message: str, gathered: Gathered | None = None) -> float | None:
        """Nothing can be compared: everything is Unknown, what lives stays."""
        now = self._ports.clock.now()
        new = dict(status_of(app))
        if gathered is not None:
            told = status.of_state(app, gathered.state, (), (), now)
            told["resources"] = [{**item, "status": "Unknown"} for item in told["resources"]]
            new |= told
        new["sync"] = status.sync_of(app, "Unknown", ())
        condition = Condition("ComparisonError", message)
        new["conditions"] = status.with_conditions(app, [condition], now)
        new["reconciledAt"] = new.get("reconciledAt") or rfc3339(now)
        patch: dict[str, Any] = {}
        if app.get("operation"):
            self._end_at_once(app, new, patch, "Error", f"ComparisonError: {message}")
        await self._write(app, new, patch)
        return self._sooner(None, self.memory(app))

    # -- what is wanted --------------------------------------------------------------------------------------------

    async def _refresh(self, app: Object, memory: Memory) -> bool:
        """Renders when somebody asks, something changed or the time has come. True when it did."""
        asked = refresh_of(app)
        now = asyncio.get_running_loop().time()
        interval = self._ports.settings().reconciliation_seconds
        key = render_key(app)
        expired = interval > 0 and now - memory.rendered_at >= interval
        if not (asked or memory.stale or expired or memory.key != key):
            return False
        memory.stale = False
        request = await self._request(app, sources_of(app), (), hard=asked == "hard")
        try:
            memory.rendered = await self._ports.sources.render(request)
            memory.failure = ""
        except SourceError as error:
            memory.failure = _failure(error)
        except NETWORK as error:
            memory.failure = f"Failed to load target state: {error}"
        memory.key, memory.rendered_at = key, asyncio.get_running_loop().time()
        return True

    async def _request(
        self, app: Object, sources: Sequence[Mapping[str, Any]], revisions: Sequence[str], *, hard: bool = False
    ) -> RenderRequest:
        live = await self._live(app)
        version = await live.client.version()
        served = {resource.api_version for resource in (await live.client.resources()).all()}
        kinds = {f"{resource.api_version}/{resource.kind}" for resource in (await live.client.resources()).all()}
        return RenderRequest(
            name_of(app),
            namespace_of(app),
            project_of(app),
            str(destination_of(app).get("namespace") or ""),
            tuple(sources),
            tuple(revisions),
            str(version.get("gitVersion", "")),
            tuple(sorted(served | kinds)),
            self._ports.settings().raw,
            self._ports.credentials(),
            hard,
        )

    async def _live(self, app: Object) -> LiveState:
        return await self._ports.destinations.state_of(self._ports.destinations.server_of(destination_of(app)))

    # -- gather and compare ----------------------------------------------------------------------------------------

    async def _gather(self, app: Object, memory: Memory, sources: Sequence[Mapping[str, Any]], rendered: Rendered | None) -> Gathered:
        live = await self._live(app)
        memory.server = self._ports.destinations.server_of(destination_of(app))
        objects = rendered.objects if rendered is not None and not (rendered is memory.rendered and memory.failure) else ()
        for gvk in {gvk_of(obj) for obj in objects}:
            await live.knows(gvk)
        view = self._view(app, memory, live)
        namespace = str(destination_of(app).get("namespace") or "")
        mark = partial(self._marked, view.instance, namespace)
        target = target_of(objects, namespace, view, mark)
        memory.targets = frozenset(target.objects)
        lives = {key: found for key in target.objects if (found := live.get(key)) is not None}
        lives |= {key_of(obj): obj for obj in live.owned(view.instance, view.settings.tracking)}
        await self._try_differences(app, memory, target, lives, view, live)
        state = compare_app(target, lives, view)
        state = self._with_namespace(app, live, state)
        return Gathered(app, memory, live, view, target, state, rendered.revisions if rendered is not None else ())

    def _marked(self, instance: str, namespace: str, obj: Object) -> Object:
        return self._ports.settings().tracking.marked(obj, instance, namespace)

    def _view(self, app: Object, memory: Memory, live: LiveState) -> View:
        settings = self._ports.settings()
        project = (self._ports.project(project_of(app)) or {}).get("spec") or {}
        return View(
            instance_name(name_of(app), namespace_of(app), self._ports.namespace),
            settings,
            live.namespaced,
            self._ports.schema_of,
            lambda obj: self._health(obj, settings),
            lambda obj: self._permitted(project, live, obj),
            sync_options_of(app),
            spec_of(app).get("ignoreDifferences") or (),
            key_of({**app, "apiVersion": APPLICATIONS.api_version, "kind": "Application"}),
            lambda key: self._known_same(memory, key),
        )

    def _health(self, obj: Object, settings: Settings) -> Health | None:
        gvk = gvk_of(obj)
        if gvk.group == "argoproj.io" and gvk.kind == "Application" and not is_deleting(obj):
            found = (obj.get("status") or {}).get("health") or {}
            return Health(found["status"], found.get("message", "")) if found.get("status") else None
        return health_of(obj, settings.customizations)

    @staticmethod
    def _permitted(project: Mapping[str, Any], live: LiveState, obj: Object) -> bool:
        gvk = gvk_of(obj)
        namespaced = live.namespaced(obj)
        return kind_permitted(project, gvk.group, gvk.kind, name_of(obj), namespaced=namespaced is not False)

    # -- differences that the server does not see ------------------------------------------------------------------

    async def _try_differences(
        self, app: Object, memory: Memory, target: Target, lives: Mapping[ObjectKey, Object], view: View, live: LiveState
    ) -> None:
        """Asks the server itself about objects that look different: it knows its defaults and webhooks."""
        for key, wanted in target.objects.items():
            found = lives.get(key)
            if found is None:
                continue
            stamp = (digest.of(wanted), str(metadata_of(found).get("resourceVersion")))
            known = memory.same_after_all.get(key)
            if known is not None and known[:2] == stamp:
                continue
            schema = self._ports.schema_of(gvk_of(wanted))
            if not compare(wanted, found, view.diff_options, schema).modified:
                memory.same_after_all[key] = (*stamp, True)
                continue
            memory.same_after_all[key] = (*stamp, await self._is_same(wanted, found, view, live))
        for key in [key for key in memory.same_after_all if key not in target.objects]:
            del memory.same_after_all[key]

    async def _is_same(self, wanted: Object, found: Object, view: View, live: LiveState) -> bool:
        applier = Applier(live.client, self._ports.schema_of)
        try:
            tried = await applier.apply(wanted, how_of(wanted, found, SyncOptions()), dry_run=True)
        except NETWORK:
            return False
        if tried.obj is None:
            return False
        return not compare_dry_run(tried.obj, found, view.diff_options, self._ports.schema_of(gvk_of(wanted))).modified

    @staticmethod
    def _known_same(memory: Memory, key: ObjectKey) -> bool:
        known = memory.same_after_all.get(key)
        return known is not None and known[2]

    # -- namespaces ------------------------------------------------------------------------------------------------

    def _with_namespace(self, app: Object, live: LiveState, state: AppState) -> AppState:
        """managedNamespaceMetadata that the namespace does not have makes the Application OutOfSync."""
        name = str(destination_of(app).get("namespace") or "")
        if not name or any(pair.key == ObjectKey("", "Namespace", "", name) for pair in state.pairs):
            return state
        if not namespace_wants(app, live.get(ObjectKey("", "Namespace", "", name))):
            return state
        return AppState(state.resources, state.hooks, "OutOfSync", state.health, state.conditions)

    @staticmethod
    def _namespace_to_make(app: Object) -> Object | None:
        policy = sync_policy_of(app)
        name = destination_of(app).get("namespace")
        if not name:
            return None
        wanted = policy.get("managedNamespaceMetadata") or {}
        metadata: dict[str, Any] = {"name": name}
        metadata |= {key: wanted[key] for key in ("labels", "annotations") if wanted.get(key)}
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}

    # -- automation ------------------------------------------------------------------------------------------------

    def _automation(self, gathered: Gathered) -> automation.Decision:
        if any(condition.type in status.FAILURES for condition in gathered.state.conditions):
            return automation.NOTHING
        if not self._window_open(gathered.app, manual=False):
            return automation.NOTHING
        return automation.decide(gathered.app, gathered.state, gathered.revisions, self._ports.clock.now())

    def _window_open(self, app: Object, *, manual: bool, started: str = "") -> bool:
        project = self._ports.project(project_of(app)) or {}
        listed = windows.matching((project.get("spec") or {}).get("syncWindows") or (), app)
        since = parse_rfc3339(started) if started else None
        try:
            return windows.can_sync(listed, self._ports.clock.now(), manual=manual, started=since)
        except BadInput:
            return False

    # -- operations ------------------------------------------------------------------------------------------------

    async def _operate(self, gathered: Gathered, new: dict[str, Any], patch: dict[str, Any]) -> float | None:
        """One step of the requested operation; fills in status and patch."""
        app, now = gathered.app, self._ports.clock.now()
        state = status_of(app).get("operationState")
        if not operations.in_progress(state):
            state = operations.begun(app["operation"], now)
        assert state is not None
        if operations.is_waiting_to_retry(state):
            left = (operations.retry_due(state) - now).total_seconds()
            if self._overtaken(gathered, state):
                self._finish(gathered, new, patch, state, "Failed", str(state.get("message", "")).partition(". Retrying")[0])
                return None
            if left > 0:
                new["operationState"] = state
                return left
            state = operations.tried_again(state)
        if "sync" not in (state.get("operation") or {}):
            self._finish(gathered, new, patch, state, "Error", "Invalid operation request: no operation specified")
            return None
        automated = bool((state["operation"].get("initiatedBy") or {}).get("automated"))
        if state.get("phase") != "Terminating" and not self._window_open(
            app, manual=not automated, started=str(state.get("startedAt") or "")
        ):
            new["operationState"] = {**state, "message": "Sync operation blocked by sync window"}
            return LOOK_AGAIN_SECONDS
        return await self._step(gathered, new, patch, state)

    @staticmethod
    def _overtaken(gathered: Gathered, state: Mapping[str, Any]) -> bool:
        """A newer commit is there: what failed for the old one is not tried again by automation."""
        if not (state.get("operation", {}).get("initiatedBy") or {}).get("automated"):
            return False
        result = state.get("syncResult") or {}
        tried = result.get("revisions") or [result.get("revision")]
        return list(tried) != list(gathered.revisions)

    async def _step(self, gathered: Gathered, new: dict[str, Any], patch: dict[str, Any], state: Mapping[str, Any]) -> float | None:
        app = gathered.app
        sync = state["operation"]["sync"] or {}
        try:
            wanted, result = await self._wanted(gathered, sync, state.get("syncResult"))
        except SourceError as error:
            self._finish(gathered, new, patch, state, "Error", f"ComparisonError: {_failure(error)}")
            return None
        errors = [item for item in wanted.state.conditions if item.type in status.FAILURES]
        if errors:
            self._finish(gathered, new, patch, state, "Error", ";".join(f"{item.type}: {item.message}" for item in errors))
            return None
        options = parse_options(sync.get("syncOptions") or ())
        shared = [item for item in wanted.state.conditions if item.type == "SharedResourceWarning"]
        if shared and options.has("FailOnSharedResource"):
            self._finish(gathered, new, patch, state, "Failed", f"Shared resource found: {shared[0].message}")
            return None
        results = {key_of_result(item): item for item in result.get("resources") or ()}
        tasks, context = self._tasks(wanted, state, sync, options, result, results)
        done = await (terminate if state.get("phase") == "Terminating" else step)(tasks, context)
        wanted.live.note(done.written)
        carried = {**state, "syncResult": {**result, "resources": list(done.results)}}
        return self._after_step(gathered, new, patch, carried, done, app)

    def _after_step(
        self, gathered: Gathered, new: dict[str, Any], patch: dict[str, Any], state: Mapping[str, Any], done: Step, app: Object
    ) -> float | None:
        now = self._ports.clock.now()
        if done.phase == "Running":
            new["operationState"] = {**state, "phase": "Running", "message": done.message}
            return 0.02 if done.again else None
        retriable = done.phase in ("Failed", "Error") and state.get("phase") != "Terminating" and operations.retries_left(state)
        if retriable and not self._overtaken(gathered, state):
            waiting = operations.failed_once(state, done.phase, done.message, now)
            new["operationState"] = waiting
            return (operations.retry_due(waiting) - now).total_seconds()
        self._finish(gathered, new, patch, state, done.phase, done.message)
        return None

    async def _wanted(
        self, gathered: Gathered, sync: Mapping[str, Any], result: Mapping[str, Any] | None
    ) -> tuple[Gathered, dict[str, Any]]:
        """What this operation deploys: its own source and revision, resolved once."""
        app = gathered.app
        own = tuple(sync["sources"]) if sync.get("sources") else (sync["source"],) if sync.get("source") else sources_of(app)
        asked = (result or {}).get("revisions") or [(result or {}).get("revision") or ""]
        if not any(asked):
            asked = sync.get("revisions") or [sync.get("revision") or ""]
        if list(own) == list(sources_of(app)) and list(asked) in (list(gathered.revisions), [""]):
            rendered = gathered.memory.rendered
            found = gathered
        else:
            rendered = await self._ports.sources.render(await self._request(app, own, tuple(asked)))
            found = await self._gather(app, Memory(), own, rendered)
        revisions = rendered.revisions if rendered is not None else ()
        named: dict[str, Any] = dict(result or {})
        if sync.get("sources") or (not sync.get("source") and spec_of(app).get("sources")):
            named |= {"revisions": list(revisions), "sources": list(own)}
        else:
            named |= {"revision": revisions[0] if revisions else "", "source": own[0] if own else {}}
        policy = sync_policy_of(app).get("managedNamespaceMetadata")
        return found, named | ({"managedNamespaceMetadata": policy} if policy else {})

    def _tasks(
        self,
        wanted: Gathered,
        state: Mapping[str, Any],
        sync: Mapping[str, Any],
        options: SyncOptions,
        result: Mapping[str, Any],
        results: Mapping[str, Mapping[str, Any]],
    ) -> tuple[list[Task], SyncContext]:
        app, live = wanted.app, wanted.live
        strategy = sync.get("syncStrategy") or {}
        selected = sync.get("resources") or ()
        pairs = [pair for pair in wanted.state.pairs if _is_selected(pair, selected)]
        if options.has("RespectIgnoreDifferences"):
            pairs = [self._respected(pair, wanted.view) for pair in pairs]
        revision = str(result.get("revision") or (result.get("revisions") or [""])[0])
        started = int(parse_rfc3339(str(state["startedAt"])).timestamp())
        skip_hooks = "apply" in strategy or bool(selected)
        namespace = str(destination_of(app).get("namespace") or "")
        given = PlanInput(pairs, wanted.target.hooks, live.get, options, revision, started, skip_hooks, live.namespaced, namespace)
        differing = {resource.pair.key for resource in wanted.state.resources if resource.status == "OutOfSync"}
        make = self._namespace_to_make(app) if options.has("CreateNamespace") else None
        exists = bool(namespace) and live.get(ObjectKey("", "Namespace", "", namespace)) is not None
        settings = self._ports.settings()
        context = SyncContext(
            Applier(live.client, self._ports.schema_of),
            lambda obj: self._health(obj, settings),
            options,
            prune=bool(sync.get("prune")),
            dry_run=bool(sync.get("dryRun")),
            force=bool((strategy.get("apply") or strategy.get("hook") or {}).get("force")),
            confirmed=is_approved_since(app, str(state.get("startedAt") or ""))
            and bool(annotations_of(app).get("argocd.argoproj.io/deletion-approved")),
            namespace=make,
            namespace_exists=exists and not namespace_wants(app, live.get(ObjectKey("", "Namespace", "", namespace))),
            in_scope=lambda task: task.key in differing,
            permitted=lambda task: self._refusal(wanted, task),
        )
        return plan(given, results), context

    def _respected(self, pair: Pair, view: View) -> Pair:
        if pair.target is None or pair.live is None:
            return pair
        kept = with_ignored_fields_of(pair.target, pair.live, view.diff_options, self._ports.schema_of(gvk_of(pair.target)))
        return Pair(pair.key, kept, pair.live)

    def _refusal(self, wanted: Gathered, task: Task) -> str:
        project = self._ports.project(project_of(wanted.app)) or {}
        name = name_of(project)
        if not wanted.view.permitted(task.subject):
            return f"resource {task.key.group}:{task.key.kind} is not permitted in project {name}."
        if task.key.namespace:
            server = wanted.memory.server or self._ports.destinations.server_of(destination_of(wanted.app))
            if not destination_permitted(project.get("spec") or {}, server=server, namespace=task.key.namespace):
                return f"namespace {task.key.namespace} is not permitted in project '{name}'"
        return ""

    # -- the end of operations -------------------------------------------------------------------------------------

    def _end_at_once(self, app: Object, new: dict[str, Any], patch: dict[str, Any], phase: str, message: str) -> None:
        now = self._ports.clock.now()
        state = status_of(app).get("operationState")
        if not operations.in_progress(state):
            state = {**operations.begun(app["operation"], now), "syncResult": {"revision": "", **named_sources(app)}}
        assert state is not None
        new["operationState"] = operations.ended(state, phase, message, now)
        patch["operation"] = None

    def _finish(
        self, gathered: Gathered, new: dict[str, Any], patch: dict[str, Any], state: Mapping[str, Any], phase: str, message: str
    ) -> None:
        now = self._ports.clock.now()
        final = operations.ended(state, phase, message, now)
        new["operationState"] = final
        patch["operation"] = None
        if phase == "Succeeded" and operations.is_whole(final):
            new["history"] = operations.with_history(gathered.app, final, now)
        revision = ", ".join((final.get("syncResult") or {}).get("revisions") or [(final.get("syncResult") or {}).get("revision") or ""])
        partly = "Partial sync" if (state.get("operation", {}).get("sync") or {}).get("resources") else "Sync"
        outcome = "succeeded" if phase == "Succeeded" else f"failed: {message}"
        kind = "Normal" if phase == "Succeeded" else "Warning"
        self._ports.event(gathered.app, kind, "OperationCompleted", f"{partly} operation to {revision} {outcome}")

    # -- deletion --------------------------------------------------------------------------------------------------

    async def _delete(self, app: Object) -> float | None:
        from stackwright.gitops.deletion import Deletion

        return await Deletion(self._ports, self, app).run()

    # -- tell ------------------------------------------------------------------------------------------------------

    async def _write(self, app: Object, new: Mapping[str, Any], patch: dict[str, Any]) -> None:
        """Status, operation and the answered refresh in one patch; nothing when nothing changed."""
        cleaned = {key: value for key, value in new.items() if value is not None and value != []}
        change = status.patch_of(status_of(app), cleaned)
        body = dict(patch)
        if change:
            body["status"] = change
        if refresh_of(app):
            body["metadata"] = {"annotations": {REFRESH: None}}
        if not body:
            return
        self._tell_changes(app, cleaned)
        await self._patched(app, body)

    async def _patched(self, app: Object, body: dict[str, Any]) -> None:
        """A termination that was asked for meanwhile is not written over."""
        fresh = self._ports.applications(namespace_of(app), name_of(app))
        asked = ((fresh or {}).get("status") or {}).get("operationState") or {}
        ours = (body.get("status") or {}).get("operationState")
        if asked.get("phase") == "Terminating" and isinstance(ours, Mapping) and ours.get("phase") == "Running":
            body = {**body, "status": {**body["status"], "operationState": {**ours, "phase": "Terminating"}}}
        try:
            await self._ports.client.patch(APPLICATIONS, name_of(app), namespace_of(app), body)
        except StatusError as error:
            if not error.not_found:
                raise

    def _tell_changes(self, app: Object, new: Mapping[str, Any]) -> None:
        for part, reason in (("sync", "sync status"), ("health", "health status")):
            before = (status_of(app).get(part) or {}).get("status") or ""
            after = (new.get(part) or {}).get("status") or ""
            if before != after:
                words = f"Updated {reason}: {before} -> {after}"
                self._ports.event(app, "Normal", "ResourceUpdated", words)


def _is_selected(pair: Pair, selected: Sequence[Mapping[str, Any]]) -> bool:
    if not selected:
        return True
    key = pair.key
    return any(
        (item.get("group") or "") == key.group
        and item.get("kind") == key.kind
        and item.get("name") == key.name
        and item.get("namespace") in (None, "", key.namespace)
        for item in selected
    )


def _failure(error: SourceError) -> str:
    message = error.message
    return message if message.startswith("Failed to load") else f"Failed to load target state: {message}"
