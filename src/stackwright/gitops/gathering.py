"""Gathers what one pass decides on: what the sources want, what lives, and how the two compare.

Source: Argo CD's controller/state.go.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from stackwright.api.meta import Object, ObjectKey, gvk_of, is_deleting, key_of, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.errors import ClusterUnreachable, UnknownKind
from stackwright.client.kinds import APPLICATIONS
from stackwright.client.kube import KubeClient
from stackwright.gitops import timing
from stackwright.gitops.application import destination_of, project_of, render_key, sources_of, spec_of, sync_options_of
from stackwright.gitops.clusters import Cluster, destination_cluster
from stackwright.gitops.compare import AppState, Condition, Target, View, compare_app, namespace_is_behind, target_of
from stackwright.gitops.destinations import Destinations
from stackwright.gitops.diff import DiffOptions
from stackwright.gitops.differing import Differences
from stackwright.gitops.following import Scope
from stackwright.gitops.health.resource import health_of
from stackwright.gitops.health.types import Health
from stackwright.gitops.impersonation import NoAccount, writer
from stackwright.gitops.live import LiveState
from stackwright.gitops.measures import Measures, NoMeasures
from stackwright.gitops.memory import Memory
from stackwright.gitops.orphans import orphans, warning
from stackwright.gitops.paths import is_touched, refresh_paths
from stackwright.gitops.permissions import permits_kind, permits_live
from stackwright.gitops.ports import Kinds, Rendered, RenderRequest, SourceError, Sources
from stackwright.gitops.preview import Preview, preview
from stackwright.gitops.settings import Settings
from stackwright.gitops.sync.plan import Pair
from stackwright.gitops.tracking import instance_name
from stackwright.kernel.clock import Clock
from stackwright.kernel.errors import Stalled

NETWORK = (StatusError, ClusterUnreachable, UnknownKind)
RETRY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Ports:
    """What a pass works with.

    Shape: `project` finds an AppProject by name; `credentials` are decoded repository Secrets; `current` gives an Application as it
    is now; `is_target` says whether some Application wants an object of a server; `event` tells (application, reason, message, type).
    """

    client: KubeClient
    sources: Sources
    destinations: Destinations
    clock: Clock
    kinds: Kinds
    settings: Callable[[], Settings]
    project: Callable[[str], Object | None]
    credentials: Callable[[], tuple[Mapping[str, Any], ...]]
    current: Callable[[str, str], Object | None]
    is_target: Callable[[str, ObjectKey], bool]
    event: Callable[..., None]
    namespace: str = "argocd"
    measures: Measures = field(default_factory=NoMeasures)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that a pass decides on."""

    app: Object
    project: Object
    memory: Memory
    cluster: Cluster
    live: LiveState
    view: View
    diff: DiffOptions
    target: Target
    state: AppState
    rendered: Rendered | None

    def writer(self) -> KubeClient:
        """The client that may change what the Application deploys. Raises NoAccount."""
        return writer(self.live.client, self.view.settings, self.project, self.app, self.cluster)

    @property
    def revisions(self) -> tuple[str, ...]:
        return self.rendered.revisions if self.rendered is not None else ()

    @property
    def source_types(self) -> tuple[str, ...]:
        return self.rendered.source_types if self.rendered is not None else ()


class Unmanaged(Stalled):
    """The cluster is registered for other namespaces than an object's."""

    code = "namespace-not-managed"


class Gatherer:
    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    # -- what is wanted --------------------------------------------------------------------------------------------

    async def refresh(self, app: Object, memory: Memory, asked: str) -> bool:
        """Renders when somebody asks (`normal`, `hard`), something changed or the time has come. True when it did."""
        now = asyncio.get_running_loop().time()
        key = render_key(app)
        expired = timing.due(self._ports.settings().timing, app, memory, now)
        again = memory.retry_at is not None and now >= memory.retry_at
        if not (asked or memory.stale or expired or again or memory.key != key):
            return False
        asked = "hard" if expired == "hard" else asked
        memory.hard_at = now if asked == "hard" or not memory.hard_at else memory.hard_at
        fresh = bool(asked) or memory.fresh
        memory.stale, memory.fresh, memory.retry_at = False, False, None
        same_spec = memory.key == key
        memory.key, memory.rendered_at = key, now
        request = await self._request(app, sources_of(app), (), fresh=fresh, no_cache=asked == "hard")
        try:
            unchanged = await self._untouched(app, memory, request) if same_spec and asked != "hard" else None
            memory.rendered = unchanged or await self._ports.sources.render(request)
        except SourceError as error:
            self._failed(memory, error, now, same_spec=same_spec)
        except NETWORK as error:
            memory.failure = f"Failed to load target state: {error}"
        else:
            memory.failure, memory.grace_until = "", now + self._ports.settings().timing.source_grace
        return True

    @staticmethod
    def _failed(memory: Memory, error: SourceError, now: float, *, same_spec: bool) -> None:
        """A passing failure soon after a success changes nothing that is shown."""
        if error.transient:
            memory.retry_at = now + RETRY_SECONDS
            if same_spec and memory.rendered is not None and now < memory.grace_until:
                return
        memory.failure = failure_text(error)

    async def _untouched(self, app: Object, memory: Memory, request: RenderRequest) -> Rendered | None:
        """What was rendered before under the new revision, when none of the files that the Application names changed."""
        known, sources = memory.rendered, sources_of(app)
        paths = refresh_paths(app, sources)
        if known is None or memory.failure or not paths or len(sources) != 1 or sources[0].get("chart"):
            return None
        new = await self._ports.sources.resolve(sources[0], request.credentials)
        old = known.revisions[0]
        if new == old:
            return known
        try:
            changed = await self._ports.sources.changed_paths(str(sources[0].get("repoURL") or ""), old, new)
        except SourceError:
            return None
        return replace(known, revisions=(new,)) if changed and not is_touched(paths, changed) else None

    async def render(self, app: Object, sources: Sequence[Mapping[str, Any]], revisions: Sequence[str]) -> Rendered:
        """Raises SourceError and what the network raises."""
        return await self._ports.sources.render(await self._request(app, sources, revisions, fresh=True))

    async def changes(self, app: Object, sources: Sequence[Mapping[str, Any]], before: Sequence[str], after: Sequence[str]) -> Preview:
        """What differs between two revisions of these sources. Raises SourceError and what the network raises."""
        return await preview(self._ports.sources, await self._request(app, sources, (), fresh=False), before, after)

    async def _request(
        self,
        app: Object,
        sources: Sequence[Mapping[str, Any]],
        revisions: Sequence[str],
        *,
        fresh: bool,
        no_cache: bool = False,
    ) -> RenderRequest:
        live = await self._ports.destinations.state_of(self.cluster_of(app).server)
        version, api_versions = await live.capabilities()
        return RenderRequest(
            name_of(app),
            namespace_of(app),
            project_of(app),
            str(destination_of(app).get("namespace") or ""),
            tuple(sources),
            tuple(revisions),
            version,
            api_versions,
            self._ports.settings().rendering,
            self._ports.credentials(),
            no_cache,
            fresh,
        )

    # -- what lives, and how it compares ---------------------------------------------------------------------------

    def cluster_of(self, app: Object) -> Cluster:
        """Raises UnknownCluster."""
        return destination_cluster(destination_of(app), self._ports.destinations.clusters())

    async def gather(self, app: Object, memory: Memory, rendered: Rendered | None) -> Gathered:
        """Raises UnknownCluster and what the network raises."""
        cluster = self.cluster_of(app)
        live = await self._ports.destinations.state_of(cluster.server)
        scope = Scope(cluster.namespaces, cluster.cluster_resources)
        memory.server = cluster.server
        objects = rendered.objects if rendered is not None else ()
        for gvk in {gvk_of(obj) for obj in objects}:
            await live.knows(gvk)
        project = self._ports.project(project_of(app)) or {}
        diff = self._diff_options(app)
        differences = Differences(self._diffing_client(app, project, cluster, live), self._ports.kinds, diff, memory.verdicts, app)
        view = self._view(app, project, memory, live, cluster, differences.modified)
        target = self._target(app, memory, rendered, view, live)
        if unmanaged := [refusal for key in target.objects if (refusal := scope.refusal(key))]:
            raise Unmanaged(unmanaged[0])
        lives = self._lives(target, live, view)
        memory.targets = frozenset(target.objects)
        memory.verdicts.reset((spec_of(app).get("ignoreDifferences"), sync_options_of(app), id(view.settings)))
        await differences.look(target, lives)
        state = self._with_namespace(app, live, compare_app(target, lives, view))
        state = self._with_orphans(app, project, state, live, view, cluster, memory)
        memory.verdicts.keep_only({*target.objects, *lives})
        return Gathered(app, project, memory, cluster, live, view, diff, target, state, rendered)

    def _diffing_client(self, app: Object, project: Object, cluster: Cluster, live: LiveState) -> KubeClient | None:
        """Dry runs are made as whoever syncs. None when nobody may."""
        try:
            return writer(live.client, self._ports.settings(), project, app, cluster)
        except NoAccount:
            return None

    def _target(self, app: Object, memory: Memory, rendered: Rendered | None, view: View, live: LiveState) -> Target:
        """The same objects as long as nothing that they are made of changed: what was found out about them stays valid."""
        namespace = str(destination_of(app).get("namespace") or "")
        stamp = (view.instance, namespace, live.generation)
        known = memory.target
        if known is not None and known[0] is rendered and known[1] is view.settings and known[2] == stamp:
            return known[3]

        def mark(obj: Object) -> Object:
            return view.settings.tracking.marked(obj, view.instance, namespace)

        target = target_of(rendered.objects if rendered is not None else (), namespace, view, mark)
        memory.target = (rendered, view.settings, stamp, target)
        return target

    @staticmethod
    def _lives(target: Target, live: LiveState, view: View) -> Mapping[ObjectKey, Object]:
        found = {key_of(obj): obj for obj in live.owned(view.instance, view.settings.tracking)}
        for key in target.objects:
            obj = live.get(key)
            if obj is not None:
                found[key] = obj
        return found

    def _view(
        self, app: Object, project: Object, memory: Memory, live: LiveState, cluster: Cluster, modified: Callable[[Pair], bool]
    ) -> View:
        settings, clusters = self._ports.settings(), self._ports.destinations.clusters()

        def health(obj: Object) -> Health | None:
            return memory.verdicts.health(key_of(obj), obj, lambda found: resource_health(found, settings))

        def permitted(obj: Object) -> bool:
            return permits_kind(project, key_of(obj), namespaced=live.namespaced(obj) is not False)

        return View(
            instance_name(name_of(app), namespace_of(app), self._ports.namespace),
            settings,
            live.namespaced,
            modified,
            health,
            permitted,
            lambda obj: permits_live(project, cluster, obj, key_of(obj), clusters),
            sync_options_of(app),
            app_key(app),
            cluster.server,
        )

    def _diff_options(self, app: Object) -> DiffOptions:
        settings, kinds = self._ports.settings(), self._ports.kinds
        return DiffOptions(
            spec_of(app).get("ignoreDifferences") or (),
            settings.customizations,
            settings.ignored_status,
            settings.ignore_aggregated_roles,
            defaulted=kinds.defaulted,
            type_named=kinds.type_named,
            server_side=settings.server_side_diff,
        )

    # -- beyond the resources themselves ---------------------------------------------------------------------------

    @staticmethod
    def _with_namespace(app: Object, live: LiveState, state: AppState) -> AppState:
        """managedNamespaceMetadata that the namespace does not have makes the Application OutOfSync."""
        key = ObjectKey("", "Namespace", "", str(destination_of(app).get("namespace") or ""))
        from_git = any(pair.key == key and pair.target is not None for pair in state.pairs)
        behind = key.name and namespace_is_behind(app, None if from_git else live.get(key))
        return replace(state, status="OutOfSync") if behind else state

    def _with_orphans(
        self, app: Object, project: Object, state: AppState, live: LiveState, view: View, cluster: Cluster, memory: Memory
    ) -> AppState:
        rules = (project.get("spec") or {}).get("orphanedResources")
        namespace = str(destination_of(app).get("namespace") or "")
        memory.orphans = 0
        if rules is None or not namespace:
            return state
        tracking = view.settings.tracking

        def managed(obj: Object) -> bool:
            return bool(tracking.owner_of(obj)) or self._ports.is_target(cluster.server, key_of(obj))

        found = orphans(live.in_namespace(namespace), managed, rules.get("ignore") or ())
        memory.orphans = len(found)
        if not found or rules.get("warn") is False:
            return state
        return replace(state, conditions=[*state.conditions, Condition("OrphanedResourceWarning", warning(len(found)))])


def app_key(app: Object) -> ObjectKey:
    return ObjectKey(APPLICATIONS.group, APPLICATIONS.kind, namespace_of(app), name_of(app))


def resource_health(obj: Object, settings: Settings) -> Health | None:
    """A child Application tells its health itself."""
    gvk = gvk_of(obj)
    if gvk.group == APPLICATIONS.group and gvk.kind == APPLICATIONS.kind and not is_deleting(obj):
        return _child_health(obj)
    return health_of(obj, settings.customizations)


def _child_health(child: Object) -> Health:
    """What a child says of itself counts once it has looked at what is asked of it now."""
    status = child.get("status") or {}
    told = status.get("health") or {}
    compared = (status.get("sync") or {}).get("comparedTo") or {}
    if not told.get("status") or any(compared.get(name) != spec_of(child).get(name) for name in ("source", "sources", "destination")):
        return Health("Progressing", "Waiting for the Application to be compared")
    return Health(told["status"], told.get("message", ""))


def failure_text(error: SourceError) -> str:
    message = error.message
    return message if message.startswith("Failed to load") else f"Failed to load target state: {message}"
