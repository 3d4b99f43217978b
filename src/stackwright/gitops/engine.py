"""The GitOps engine: keeps every Application of one control plane true, woken by what changes in git and in clusters."""

import asyncio
import base64
import logging
from collections.abc import Callable, Mapping
from typing import Any

from stackwright.api.meta import GroupVersionKind, Object, ObjectKey, annotations_of, is_deleting, key_of, labels_of, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.errors import ClusterUnreachable
from stackwright.client.informer import Change, InformerSet
from stackwright.client.kinds import APP_PROJECTS, APPLICATIONS, CONFIG_MAPS, EVENTS, SECRETS
from stackwright.client.kube import KubeClient
from stackwright.gitops.application import project_of, sources_of, spec_of, status_of
from stackwright.gitops.destinations import SECRET_TYPE, Connect, Destinations, decoded
from stackwright.gitops.live import LiveState
from stackwright.gitops.ports import Sources
from stackwright.gitops.project.rules import normalised_url
from stackwright.gitops.reconciler import Ports, Reconciler
from stackwright.gitops.settings import Settings, parse_settings
from stackwright.kernel.clock import Clock, rfc3339
from stackwright.runtime.controller import Controller
from stackwright.store.schema import Schema

logger = logging.getLogger(__name__)

WORKERS = 8
SETTINGS_NAME = "argocd-cm"
Key = tuple[str, str]
_CREDENTIALS = ("repository", "repo-creds")


def _no_schema(_gvk: GroupVersionKind) -> Schema | None:
    return None


class Engine:
    """Shape: `namespace` is the control plane's; `connect` makes clients of further clusters; `schema_of` knows how lists are merged."""

    def __init__(
        self,
        client: KubeClient,
        informers: InformerSet,
        sources: Sources,
        clock: Clock,
        *,
        namespace: str = "argocd",
        connect: Connect | None = None,
        schema_of: Callable[[GroupVersionKind], Schema | None] = _no_schema,
    ) -> None:
        self._client = client
        self._informers = informers
        self._sources = sources
        self._clock = clock
        self._namespace = namespace
        self._connect = connect
        self._schema_of = schema_of
        self._settings = Settings()
        self._applications = informers.informer(APPLICATIONS)
        self._projects = informers.informer(APP_PROJECTS)
        self._config = informers.informer(CONFIG_MAPS)
        self._secrets = informers.informer(SECRETS)
        self._controller: Controller[Key] = Controller("gitops", self._reconcile, workers=WORKERS)
        self._by_target: dict[tuple[str, ObjectKey], set[Key]] = {}
        self._targets: dict[Key, tuple[str, frozenset[ObjectKey]]] = {}
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue(1000)
        self._reconciler: Reconciler | None = None

    async def run(self) -> None:
        """Ends only by cancellation."""
        async with asyncio.TaskGroup() as tasks:
            live = LiveState(self._client, self._informers, self._is_excluded)
            await self._informers.wait_synced()
            self._config.listen(self._config_changed)
            await live.follow()
            destinations = Destinations(live, self._secrets, tasks, self._connect, self._is_excluded, self._namespace)
            self._reconciler = Reconciler(self._ports(destinations))
            destinations.on_change(self._live_changed)
            self._sources.on_push(self._pushed)
            self._projects.listen(self._project_changed)
            self._secrets.listen(self._secret_changed)
            self._applications.listen(self._application_changed)
            tasks.create_task(self._send_events(), name="gitops events")
            await self._controller.run()

    def _ports(self, destinations: Destinations) -> Ports:
        return Ports(
            self._client.named("argocd-application-controller"),
            self._sources,
            destinations,
            self._clock,
            lambda: self._settings,
            lambda name: self._projects.get(name, self._namespace),
            self._credentials,
            self._schema_of,
            lambda namespace, name: self._applications.get(name, namespace),
            self._event,
            self._namespace,
        )

    # -- one pass --------------------------------------------------------------------------------------------------

    async def _reconcile(self, key: Key) -> float | None:
        assert self._reconciler is not None
        app = self._applications.get(key[1], key[0])
        if app is None:
            self._reconciler.forget(*key)
            self._note_targets(key, "", frozenset())
            return None
        after = await self._reconciler.reconcile(app)
        memory = self._reconciler.memory(app)
        self._note_targets(key, memory.server, memory.targets)
        return after

    def _note_targets(self, key: Key, server: str, targets: frozenset[ObjectKey]) -> None:
        """Remembers whose targets are where, so that a change of an unmarked object is noticed too."""
        if self._targets.get(key) == (server, targets):
            return
        old_server, old = self._targets.pop(key, ("", frozenset()))
        for target in old:
            holders = self._by_target.get((old_server, target), set())
            holders.discard(key)
            if not holders:
                self._by_target.pop((old_server, target), None)
        if targets:
            self._targets[key] = (server, targets)
            for target in targets:
                self._by_target.setdefault((server, target), set()).add(key)

    # -- what wakes whom -------------------------------------------------------------------------------------------

    def _application_changed(self, change: Change, app: Object, previous: Object | None) -> None:
        if change != "deleted" and not self._is_ours(app):
            return
        if previous is None or change == "deleted" or _asks_for_a_pass(app, previous):
            self._controller.enqueue((namespace_of(app), name_of(app)))

    def _is_ours(self, app: Object) -> bool:
        """Applications outside the control plane's namespace need a project that lets them be there."""
        if namespace_of(app) == self._namespace:
            return True
        project = self._projects.get(project_of(app), self._namespace) or {}
        return bool((project.get("spec") or {}).get("sourceNamespaces"))

    def _live_changed(self, server: str, obj: Object, previous: Object | None) -> None:
        keys = set(self._by_target.get((server, key_of(obj)), ()))
        for state in (obj, previous):
            owner = self._settings.tracking.owner_of(state) if state is not None else ""
            if owner:
                keys.add(self._key_of_instance(owner))
        for key in keys:
            self._controller.enqueue(key)

    def _key_of_instance(self, instance: str) -> Key:
        namespace, separator, name = instance.partition("_")
        return (namespace, name) if separator else (self._namespace, instance)

    def _pushed(self, repo_url: str) -> None:
        wanted = normalised_url(repo_url)
        for app in self._applications.all():
            if any(normalised_url(str(source.get("repoURL") or "")) == wanted for source in sources_of(app)):
                self._make_stale(app)

    def _make_stale(self, app: Object) -> None:
        if self._reconciler is not None:
            self._reconciler.memory(app).stale = True
        self._controller.enqueue((namespace_of(app), name_of(app)))

    def _project_changed(self, change: Change, project: Object, previous: Object | None) -> None:
        if previous is not None and project.get("spec") == previous.get("spec") and change != "deleted":
            return
        for app in self._applications.all():
            if project_of(app) == name_of(project):
                self._controller.enqueue((namespace_of(app), name_of(app)))

    def _secret_changed(self, change: Change, secret: Object, previous: Object | None) -> None:
        kind = labels_of(secret).get(SECRET_TYPE)
        if namespace_of(secret) == self._namespace and kind in (*_CREDENTIALS, "cluster"):
            for app in self._applications.all():
                self._make_stale(app)

    def _config_changed(self, change: Change, config: Object, previous: Object | None) -> None:
        if (namespace_of(config), name_of(config)) != (self._namespace, SETTINGS_NAME):
            return
        raw = {} if change == "deleted" else dict(config.get("data") or {})
        if raw == self._settings.raw:
            return
        self._settings = parse_settings(raw)
        for problem in self._settings.problems:
            logger.warning("%s: %s", SETTINGS_NAME, problem)
        for app in self._applications.all():
            self._make_stale(app)

    # -- what others ask -------------------------------------------------------------------------------------------

    def _is_excluded(self, group: str, kind: str) -> bool:
        return self._settings.is_excluded(group, kind)

    def _credentials(self) -> tuple[Mapping[str, Any], ...]:
        secrets = self._secrets.in_namespace(self._namespace)
        return tuple(decoded(secret) for secret in secrets if labels_of(secret).get(SECRET_TYPE) in _CREDENTIALS)

    # -- events of Applications ------------------------------------------------------------------------------------

    def _event(self, app: Object, kind: str, reason: str, message: str) -> None:
        """Dropped when too many wait: events are told, not kept."""
        now = rfc3339(self._clock.now())
        stamp = base64.b32encode(f"{self._clock.now().timestamp()}".encode()).decode().lower().rstrip("=")
        involved = {"apiVersion": APPLICATIONS.api_version, "kind": "Application", "name": name_of(app), "namespace": namespace_of(app)}
        involved["uid"] = (app.get("metadata") or {}).get("uid", "")
        found = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{name_of(app)}.{stamp}{self._events.qsize()}", "namespace": namespace_of(app)},
            "involvedObject": involved,
            "reason": reason,
            "message": message[:1024],
            "type": kind,
            "count": 1,
            "firstTimestamp": now,
            "lastTimestamp": now,
            "source": {"component": "argocd-application-controller"},
        }
        if not self._events.full():
            self._events.put_nowait(found)

    async def _send_events(self) -> None:
        while True:
            event = await self._events.get()
            try:
                await self._client.create(event, resource=EVENTS)
            except (StatusError, ClusterUnreachable) as error:
                logger.debug("an event could not be written: %s", error)


def _asks_for_a_pass(app: Object, previous: Object) -> bool:
    """Whether anything changed that we did not write ourselves."""
    if spec_of(app) != spec_of(previous) or annotations_of(app) != annotations_of(previous) or is_deleting(app) != is_deleting(previous):
        return True
    if app.get("operation") != previous.get("operation"):
        return True
    state, before = status_of(app).get("operationState"), status_of(previous).get("operationState")
    return bool(state) != bool(before) or (state or {}).get("phase") == "Terminating"
