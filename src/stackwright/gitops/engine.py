"""The GitOps engine: keeps every Application of one control plane true, woken by what changes in git and in clusters."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, annotations_of, is_deleting, labels_of, name_of, namespace_of
from stackwright.client.informer import Change, InformerSet
from stackwright.client.kinds import APP_PROJECTS, APPLICATIONS, CONFIG_MAPS, SECRETS
from stackwright.client.kube import KubeClient
from stackwright.gitops.application import destination_of, project_of, spec_of, status_of
from stackwright.gitops.clusters import IN_CLUSTER_SERVER, SECRET_TYPE, Cluster, secrets_of_type
from stackwright.gitops.dependencies import indexed
from stackwright.gitops.destinations import Destinations, Listener
from stackwright.gitops.events import COMPONENT, Events
from stackwright.gitops.gathering import Gathered, Ports
from stackwright.gitops.interests import Interests
from stackwright.gitops.live import LiveState
from stackwright.gitops.measures import ClusterState, Measures, NoMeasures
from stackwright.gitops.ports import Connect, Kinds, NoKinds, Rendered, Sources
from stackwright.gitops.preview import Preview
from stackwright.gitops.project.inheritance import global_projects, with_inherited
from stackwright.gitops.project.rules import normalised_url
from stackwright.gitops.pushes import Pushes, repositories_of
from stackwright.gitops.reconciler import Key, Reconciler
from stackwright.gitops.settings import Settings, parse_settings
from stackwright.gitops.updates import Updates
from stackwright.kernel.clock import Clock
from stackwright.runtime.controller import Controller

logger = logging.getLogger(__name__)

WORKERS = 8
FEW = 25
IDLE, IDLE_SECONDS = 1, 0.002
COALESCE_SECONDS = 0.05
"""Changes of what lives come in flocks: one pass for all of them, unless an operation waits for them."""
SETTINGS_NAME, PARAMETERS_NAME = "argocd-cm", "argocd-cmd-params-cm"
_CREDENTIALS = ("repository", "repo-creds")


class Engine:
    """Shape: `namespace` is the control plane's; `connect` makes clients of further clusters; `kinds` knows how objects are merged."""

    def __init__(
        self,
        client: KubeClient,
        informers: InformerSet,
        sources: Sources,
        clock: Clock,
        *,
        namespace: str = "argocd",
        connect: Connect | None = None,
        kinds: Kinds | None = None,
        measures: Measures | None = None,
    ) -> None:
        self._client = client.named(COMPONENT)
        self._informers = informers
        self._sources = sources
        self._clock = clock
        self._namespace = namespace
        self._connect = connect
        self._kinds: Kinds = kinds or NoKinds()
        self._measures: Measures = measures or NoMeasures()
        self._settings = Settings()
        self._updates = Updates(self._settings)
        self._raw: Mapping[str, Mapping[str, str]] = {SETTINGS_NAME: {}, PARAMETERS_NAME: {}}
        self._credentials: tuple[Mapping[str, Any], ...] | None = None
        self._applications = informers.informer(APPLICATIONS)
        self._applications.index("repository", repositories_of)
        self._applications.index("dependency", indexed)
        self._projects = informers.informer(APP_PROJECTS)
        self._config = informers.informer(CONFIG_MAPS)
        self._secrets = informers.informer(SECRETS)
        self._controller: Controller[Key] = Controller("gitops", self._reconcile, workers=WORKERS)
        self._interests = Interests()
        self._events = Events(self._client, clock, labels=self._event_labels)
        self._look_again = asyncio.Event()
        self._pushes = Pushes(sources, self._rendered, self._repository_secrets)
        self._waking: set[asyncio.Task[None]] = set()
        self._idle_work: dict[Key, None] = {}
        self._has_idle_work = asyncio.Event()
        self._started = False
        self._followers: list[Listener] = []

    async def run(self) -> None:
        """Ends only by cancellation."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            self._live = LiveState(self._client, self._informers, lambda group, kind: self._is_excluded(group, kind, IN_CLUSTER_SERVER))
            await self._informers.wait_synced()
            self._config.listen(self._config_changed)
            await self._live.follow()
            destinations = Destinations(
                self._live,
                self._secrets,
                tasks,
                self._connect,
                self._is_excluded,
                self._namespace,
                lambda: self._settings.in_cluster,
                lambda: self._settings.respect_rbac,
            )
            self._destinations = destinations
            self._reconciler = Reconciler(self._ports(destinations))
            destinations.on_change(self._live_changed)
            destinations.on_change(lambda server, obj, _: self._measures.cluster_changed(server, obj))
            self._sources.on_push(self._pushed)
            self._projects.listen(self._project_changed)
            self._secrets.listen(self._secret_changed)
            self._started = True
            self._applications.listen(self._application_changed)
            tasks.create_task(self._events.run(), name="gitops events")
            tasks.create_task(self._follow_exclusions(), name="gitops exclusions")
            tasks.create_task(self._do_idle_work(), name="gitops idle work")
            await self._controller.run()

    def _ports(self, destinations: Destinations) -> Ports:
        return Ports(
            self._client,
            self._sources,
            destinations,
            self._clock,
            self._kinds,
            lambda: self._settings,
            self._project,
            self._repository_secrets,
            lambda namespace, name: self._applications.get(name, namespace),
            self._interests.is_target,
            self._events.tell,
            self._namespace,
            self._measures,
        )

    # -- what others may look at -------------------------------------------------------------------------------------

    async def look(self, app: Object) -> Gathered | None:
        """The Application compared now, without acting; None when it cannot be compared."""
        return await self._reconciler.look(app) if self._started else None

    async def changes(self, app: Object, sources: Sequence[Mapping[str, Any]], before: Sequence[str], after: Sequence[str]) -> Preview:
        """What differs between two revisions of these sources, as the Application renders them. Raises SourceError."""
        return await self._reconciler.changes(app, sources, before, after)

    def follow(self, listener: Listener) -> Callable[[], None]:
        """Tells of every change of what lives in a cluster, until what is returned is called."""
        self._followers.append(listener)
        return lambda: self._followers.remove(listener)

    def clusters(self) -> Sequence[Cluster]:
        return self._destinations.clusters() if self._started else ()

    def cluster_states(self) -> list[ClusterState]:
        return self._destinations.states() if self._started else []

    def orphans(self) -> list[tuple[Object, int]]:
        """The Applications that look for objects which nobody owns, and how many they found."""
        apps = [(key, self._applications.get(key[1], key[0])) for key in self._interests.orphan_watchers()]
        return [(app, self._reconciler.memory(key).orphans) for key, app in apps if app is not None]

    def credentials(self) -> tuple[Mapping[str, Any], ...]:
        """Secrets of repositories and templates, decoded."""
        return self._repository_secrets()

    def queue_numbers(self) -> tuple[int, int]:
        """How many Applications wait or are worked on, and how many ever did."""
        return len(self._controller.queue), self._controller.queue.adds

    def children_of(self, obj: Object) -> list[Object]:
        """What an object of our own cluster owns, directly."""
        return self._live.children_of(obj) if self._started else []

    # -- one pass --------------------------------------------------------------------------------------------------

    async def _reconcile(self, key: Key) -> float | None:
        app = self._applications.get(key[1], key[0])
        if app is None or not self._settings.follows(key[0], self._namespace):
            self._reconciler.forget(key)
            self._interests.forget(key)
            self._measures.forgotten(*key)
            return None
        began = asyncio.get_running_loop().time()
        after = await self._reconciler.reconcile(app)
        memory = self._reconciler.memory(key)
        self._measures.reconciled(app, memory.server, asyncio.get_running_loop().time() - began)
        self._interests.note_targets(key, memory.server, memory.targets)
        place = (memory.server, str(destination_of(app).get("namespace") or ""))
        self._interests.note_orphans(key, place if self._wants_orphans(app) else None)
        return after

    def _wants_orphans(self, app: Object) -> bool:
        project = self._projects.get(project_of(app), self._namespace) or {}
        return (project.get("spec") or {}).get("orphanedResources") is not None

    # -- what wakes whom -------------------------------------------------------------------------------------------

    def _application_changed(self, change: Change, app: Object, previous: Object | None) -> None:
        if change != "deleted" and not self._is_ours(app):
            return
        self._reconciler.seen(app)
        if previous is None or change == "deleted" or _asks_for_a_pass(app, previous):
            self._controller.enqueue((namespace_of(app), name_of(app)))
        if previous is None or change == "deleted" or _seen_by_dependents(app) != _seen_by_dependents(previous):
            for dependent in self._applications.by_index("dependency", f"{namespace_of(app)}/{name_of(app)}"):
                self._controller.enqueue((namespace_of(dependent), name_of(dependent)))

    def _is_ours(self, app: Object) -> bool:
        """Applications outside the control plane's namespace need a project that lets them be there."""
        if not self._settings.follows(namespace_of(app), self._namespace):
            return False
        if namespace_of(app) == self._namespace or self._settings.app_namespaces is not None:
            return True
        project = self._projects.get(project_of(app), self._namespace) or {}
        return bool((project.get("spec") or {}).get("sourceNamespaces"))

    def _live_changed(self, server: str, obj: Object, previous: Object | None) -> None:
        for follower in tuple(self._followers):
            follower(server, obj, previous)
        keys = self._interests.wanting(server, obj)
        if not self._updates.matters(obj, previous, managed=bool(keys) or bool(self._settings.tracking.owner_of(obj))):
            return
        for state in (obj, previous):
            owner = self._settings.tracking.owner_of(state) if state is not None else ""
            if owner:
                keys.add(self._key_of_instance(owner))
        for key in keys | self._interests.looking(server, obj):
            app = self._applications.get(key[1], key[0])
            if app is not None:
                self._controller.queue.add_after(key, 0.0 if app.get("operation") else COALESCE_SECONDS)

    def _key_of_instance(self, instance: str) -> Key:
        namespace, separator, name = instance.partition("_")
        return (namespace, name) if separator else (self._namespace, instance)

    def _pushed(self, repo_url: str) -> None:
        repository = normalised_url(repo_url)
        apps = self._applications.by_index("repository", repository)
        if len(apps) <= FEW:
            for app in apps:
                self._make_stale(app)
            return
        task = self._tasks.create_task(self._pushed_to_many(repository, apps))
        self._waking.add(task)
        task.add_done_callback(self._waking.discard)

    async def _pushed_to_many(self, repository: str, apps: Sequence[Object]) -> None:
        """Those first that the push concerns; the others when there is nothing else to do."""
        first, later = await self._pushes.in_order(repository, apps)
        for app in first:
            self._make_stale(app)
        for app in later:
            self._make_stale(app, now=False)
            self._idle_work[(namespace_of(app), name_of(app))] = None
        self._has_idle_work.set()

    async def _do_idle_work(self) -> None:
        """One after the other, so that whatever happens meanwhile finds a free worker."""
        while True:
            await self._has_idle_work.wait()
            while self._idle_work:
                while len(self._controller.queue) > IDLE:  # noqa: ASYNC110 the queue tells nobody that it is short
                    await asyncio.sleep(IDLE_SECONDS)
                key = next(iter(self._idle_work))
                del self._idle_work[key]
                self._controller.enqueue(key)
                await asyncio.sleep(0)
            self._has_idle_work.clear()

    def _make_stale(self, app: Object, *, now: bool = True) -> None:
        key = (namespace_of(app), name_of(app))
        memory = self._reconciler.memory(key)
        memory.stale = memory.fresh = True
        if now:
            self._controller.enqueue(key)

    def _project_changed(self, change: Change, project: Object, previous: Object | None) -> None:
        if previous is not None and _judged_by(project) == _judged_by(previous) and change != "deleted":
            return
        is_parent = any(rule.get("projectName") == name_of(project) for rule in self._settings.global_projects)
        for app in self._applications.all():
            if is_parent or project_of(app) == name_of(project):
                self._controller.enqueue((namespace_of(app), name_of(app)))

    def _secret_changed(self, change: Change, secret: Object, previous: Object | None) -> None:
        kinds = {labels_of(state).get(SECRET_TYPE) for state in (secret, previous) if state is not None}
        if namespace_of(secret) == self._namespace and kinds & {*_CREDENTIALS, "cluster"}:
            self._credentials = None
            for app in self._applications.all():
                self._make_stale(app)

    def _config_changed(self, change: Change, config: Object, previous: Object | None) -> None:
        name = name_of(config)
        if namespace_of(config) != self._namespace or name not in self._raw:
            return
        data = {} if change == "deleted" else dict(config.get("data") or {})
        if data == self._raw[name]:
            return
        self._raw = {**self._raw, name: data}
        before, self._settings = self._settings, parse_settings(self._raw[SETTINGS_NAME], self._raw[PARAMETERS_NAME])
        self._updates = Updates(self._settings)
        if (before.exclusions, before.inclusions) != (self._settings.exclusions, self._settings.inclusions):
            self._look_again.set()
        for problem in self._settings.problems:
            logger.warning("settings: %s", problem)
        if self._started:
            self._destinations.forget()
            for app in self._applications.all():
                self._make_stale(app)

    async def _follow_exclusions(self) -> None:
        """Kinds that the settings leave out, or let in again."""
        while True:
            await self._look_again.wait()
            self._look_again.clear()
            await self._destinations.look_again()
            for app in self._applications.all():
                self._make_stale(app)

    # -- what others ask -------------------------------------------------------------------------------------------

    def _is_excluded(self, group: str, kind: str, server: str) -> bool:
        return self._settings.is_excluded(group, kind, server)

    def _event_labels(self, app: Object) -> Mapping[str, str]:
        return self._settings.event_labels.of(app, self._projects.get(project_of(app), self._namespace))

    def _project(self, name: str) -> Object | None:
        """With what it inherits from global projects."""
        found = self._projects.get(name, self._namespace)
        if found is None or not self._settings.global_projects:
            return found
        parents = global_projects(found, self._settings.global_projects, lambda parent: self._projects.get(parent, self._namespace))
        return with_inherited(found, parents)

    def _rendered(self, app: Object) -> Rendered | None:
        memory = self._reconciler.memory((namespace_of(app), name_of(app)))
        return None if memory.failure else memory.rendered

    def _repository_secrets(self) -> tuple[Mapping[str, Any], ...]:
        if self._credentials is None:
            self._credentials = secrets_of_type(self._secrets.in_namespace(self._namespace), *_CREDENTIALS)
        return self._credentials


def _seen_by_dependents(app: Object) -> Any:
    """Everything that an expression may ask for, but for bookkeeping."""
    return app.get("spec"), app.get("operation"), status_of(app), annotations_of(app), labels_of(app)


def _judged_by(project: Object) -> Any:
    return project.get("spec"), labels_of(project)


def _asks_for_a_pass(app: Object, previous: Object) -> bool:
    """Whether anything changed that we did not write ourselves."""
    if spec_of(app) != spec_of(previous) or annotations_of(app) != annotations_of(previous) or is_deleting(app) != is_deleting(previous):
        return True
    if app.get("operation") != previous.get("operation"):
        return True
    state, before = status_of(app).get("operationState"), status_of(previous).get("operationState")
    return bool(state) != bool(before) or (state or {}).get("phase") == "Terminating"
