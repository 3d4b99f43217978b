"""ApplicationSets of one control plane, kept true: woken by their own changes, pushes, clusters, Applications and time."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from stackwright.api.meta import Object, annotations_of, controller_of, is_deleting, labels_of, metadata_of, name_of, namespace_of
from stackwright.client.informer import Change, InformerSet
from stackwright.client.kinds import APP_PROJECTS, APPLICATION_SETS, APPLICATIONS, CONFIG_MAPS, SECRETS
from stackwright.client.kube import KubeClient
from stackwright.gitops.appset.cluster_objects import ClusterObjects
from stackwright.gitops.appset.clusters import clusters_of
from stackwright.gitops.appset.ports import Passes, Trees, Web
from stackwright.gitops.appset.reconciler import Gathered, Reconciler
from stackwright.gitops.appset.waking import generators_of
from stackwright.gitops.clusters import SECRET_TYPE, secrets_of_type
from stackwright.gitops.events import Events
from stackwright.gitops.project.rules import normalised_url
from stackwright.gitops.setting_values import Values, names_namespace
from stackwright.kernel.clock import Clock
from stackwright.kernel.errors import BadInput
from stackwright.runtime.controller import Controller

MANAGER = "applicationset-controller"
PARAMETERS = "argocd-cmd-params-cm"
WORKERS = 4
_SECRETS_ASKED = (
    ({"cluster"}, {"clusters", "clusterDecisionResource"}),
    ({"repository", "repo-creds", "scm-creds"}, {"git", "scmProvider", "pullRequest"}),
)
"""Types of Secrets, and the generators that look at them."""

Key = tuple[str, str]


class PushingTrees(Trees, Protocol):
    """Trees that tell when they change."""

    def on_push(self, listener: Callable[[str], None]) -> None: ...


class ApplicationSetController:
    """Shape: `namespace` is the control plane's; sets of other namespaces count where `applicationsetcontroller.namespaces` says so."""

    def __init__(
        self,
        client: KubeClient,
        informers: InformerSet,
        sources: PushingTrees,
        web: Web,
        clock: Clock,
        *,
        namespace: str = "argocd",
        environment: Mapping[str, str] | None = None,
        passes: Passes | None = None,
    ) -> None:
        client = client.named(MANAGER)
        self._events = Events(client, clock, MANAGER)
        self._namespace = namespace
        self._passes = passes
        self._sources = sources
        self._informers = informers
        self._sets = informers.informer(APPLICATION_SETS)
        self._applications = informers.informer(APPLICATIONS)
        self._projects = informers.informer(APP_PROJECTS)
        self._secrets = informers.informer(SECRETS)
        self._config = informers.informer(CONFIG_MAPS)
        objects = ClusterObjects(client, informers)
        self._reconciler = Reconciler(client, sources, web, objects, clock, self._gather, self._events.tell, environment or {})
        self._controller: Controller[Key] = Controller(MANAGER, self._reconcile, workers=WORKERS)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await self._informers.wait_synced()
        self._sources.on_push(self._pushed)
        self._config.listen(self._config_changed)
        self._secrets.listen(self._secret_changed)
        self._projects.listen(self._project_changed)
        self._applications.listen(self._application_changed)
        self._sets.listen(self._set_changed)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._events.run(), name=f"{MANAGER} events")
            await self._controller.run()

    async def preview(self, appset: Object) -> Sequence[Object]:
        """The Applications that a set would make now, of a namespace where sets count. Raises BadInput."""
        if not self._is_ours(appset):
            raise BadInput(f"ApplicationSets of the namespace {namespace_of(appset)!r} are not looked after")
        return await self._reconciler.preview(appset)

    async def _reconcile(self, key: Key) -> float | None:
        appset = self._sets.get(key[1], key[0])
        if appset is None or not self._is_ours(appset):
            return None
        began = time.monotonic()
        try:
            return await self._reconciler.reconcile(appset)
        finally:
            if self._passes is not None:
                self._passes.reconciled(*key, time.monotonic() - began)

    def _gather(self, appset: Object) -> Gathered:
        secrets = self._secrets.in_namespace(self._namespace)
        return Gathered(
            {name_of(app): app for app in self._applications.in_namespace(namespace_of(appset))},
            clusters_of(secrets),
            secrets_of_type(secrets, "repository", "repo-creds"),
            self._settings(),
            frozenset(name_of(project) for project in self._projects.in_namespace(self._namespace)),
        )

    def _settings(self) -> Mapping[str, str]:
        return (self._config.get(PARAMETERS, self._namespace) or {}).get("data") or {}

    def _is_ours(self, appset: Object) -> bool:
        allowed = Values(self._settings()).names("applicationsetcontroller.namespaces")
        return namespace_of(appset) == self._namespace or names_namespace(allowed, namespace_of(appset))

    # -- what wakes whom -------------------------------------------------------------------------------------------

    def _wake(self, appset: Object) -> None:
        self._controller.enqueue((namespace_of(appset), name_of(appset)))

    def _set_changed(self, change: Change, appset: Object, previous: Object | None) -> None:
        if change == "deleted" and self._passes is not None:
            self._passes.forgotten(namespace_of(appset), name_of(appset))
        if change != "deleted" and (previous is None or _asks_for_a_pass(appset, previous)):
            self._wake(appset)

    def _application_changed(self, change: Change, app: Object, previous: Object | None) -> None:
        if previous is not None and change != "deleted" and _seen(app) == _seen(previous):
            return
        for state in (app, previous):
            owner = controller_of(state) if state is not None else None
            if owner is not None and owner.get("kind") == "ApplicationSet":
                self._controller.enqueue((namespace_of(app), str(owner.get("name"))))

    def _secret_changed(self, change: Change, secret: Object, previous: Object | None) -> None:
        """Clusters, credentials, and the tokens of hosts and plugins."""
        if change == "added" and labels_of(secret).get(SECRET_TYPE) is None:
            return
        kinds = {labels_of(state).get(SECRET_TYPE) for state in (secret, previous) if state is not None}
        for appset in self._sets.all():
            names = {kind for kind, _ in generators_of(appset["spec"].get("generators"))}
            if any(kinds & asked and names & asking for asked, asking in _SECRETS_ASKED):
                self._wake(appset)

    def _project_changed(self, change: Change, project: Object, previous: Object | None) -> None:
        if previous is None or change == "deleted":
            for appset in self._sets.all():
                self._wake(appset)

    def _config_changed(self, change: Change, config: Object, previous: Object | None) -> None:
        if (namespace_of(config), name_of(config)) == (self._namespace, PARAMETERS):
            for appset in self._sets.all():
                self._wake(appset)

    def _pushed(self, repo_url: str) -> None:
        pushed = normalised_url(repo_url)
        for appset in self._sets.all():
            urls = (spec.get("repoURL") for kind, spec in generators_of(appset["spec"].get("generators")) if kind == "git")
            if any("{{" in str(url) or normalised_url(str(url)) == pushed for url in urls):
                self._wake(appset)


def _asks_for_a_pass(appset: Object, previous: Object) -> bool:
    """Whether anything changed that we did not write ourselves."""
    if appset.get("spec") != previous.get("spec") or is_deleting(appset) != is_deleting(previous):
        return True
    return annotations_of(appset) != annotations_of(previous) or labels_of(appset) != labels_of(previous)


def _seen(app: Object) -> Any:
    """All of an Application that a set looks at."""
    metadata, status = metadata_of(app), app.get("status") or {}
    return (
        [metadata.get(name) for name in ("labels", "annotations", "finalizers", "ownerReferences", "deletionTimestamp")],
        app.get("spec"),
        app.get("operation"),
        [(status.get("sync") or {}).get(name) for name in ("status", "revision", "revisions")],
        status.get("health"),
        [(status.get("operationState") or {}).get(name) for name in ("phase", "startedAt")],
    )
