"""What the notifications' commands do: the settings of a platform or of files, an Application, and a try of both."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stackwright.adapters.git.bare import BareRepositories
from stackwright.adapters.outgoing import OutgoingSender
from stackwright.adapters.sources.service import ManifestSources
from stackwright.api.meta import Object, Resource
from stackwright.api.status import StatusError
from stackwright.app.front import forge_hosts, repository_of_url
from stackwright.app.platforms import PlatformState
from stackwright.client.kinds import APP_PROJECTS, CONFIG_MAPS, SECRETS
from stackwright.client.kube import KubeClient
from stackwright.gitops.application import project_of
from stackwright.gitops.notifications import services
from stackwright.gitops.notifications.commits import Commits
from stackwright.gitops.notifications.configurations import CONFIG, SECRET, decoded
from stackwright.gitops.notifications.rendering import environment_of, render
from stackwright.gitops.notifications.settings import parse_settings
from stackwright.gitops.notifications.trial import conditions_of, judged, shown, template_of
from stackwright.gitops.notifications.types import CommitStatus, Condition, Destination, Settings
from stackwright.kernel.clock import SystemClock
from stackwright.kernel.errors import BadInput

CONSOLE = "console"
"""The service that shows what a template gives instead of sending it."""


@dataclass(frozen=True, slots=True)
class Given:
    """Documents that are used instead of the platform's. Shape: None for the platform's."""

    config: Object | None = None
    secret: Object | None = None


async def settings_of(client: KubeClient, state: PlatformState, given: Given, namespace: str) -> Settings:
    """Those of a namespace, which is the control plane's own or one with settings of its own."""
    config = await _found(client, CONFIG_MAPS, CONFIG, namespace) if given.config is None else given.config
    secret = await _found(client, SECRETS, SECRET, namespace) if given.secret is None else given.secret
    values = {**decoded(secret.get("data") or {}), **(secret.get("stringData") or {})}
    read = parse_settings(config.get("data") or {}, values)
    context = {"argocdUrl": state.settings.service_url("argocd"), **read.context}
    return replace(read, context=context, namespace="" if namespace == "argocd" else namespace)


async def _found(client: KubeClient, resource: Resource, name: str, namespace: str) -> Object:
    try:
        return await client.get(resource, name, namespace)
    except StatusError as error:
        if error.not_found:
            return {}
        raise


class Trial:
    """One Application, looked at with some settings."""

    def __init__(self, client: KubeClient, sources: ManifestSources, settings: Settings, app: Object) -> None:
        self._client = client
        self._sources = sources
        self._settings = settings
        self._app = app
        self._commits = Commits()
        self._clock = SystemClock()

    async def run(self, trigger: str) -> list[tuple[Condition, bool, str]]:
        """Whether each condition of a trigger holds, and why it has no value. Raises BadInput."""
        conditions = conditions_of(self._settings, trigger)
        while True:
            found = [(condition, *judged(condition, self._environment())) for condition in conditions]
            if not await self._fetched():
                return found

    async def notify(self, template: str, destination: Destination) -> Mapping[str, Any] | None:
        """Sends it; or gives it, when it is for the console. Raises BadInput and Undelivered."""
        template_of(self._settings, template)
        while True:
            try:
                notification = render((template,), self._settings, destination, self._environment())
                break
            except BadInput:
                if not await self._fetched():
                    raise
        if destination.service == CONSOLE:
            return shown(notification)
        outgoing = services.outgoing(notification, destination, self._settings, self._app, self._clock.now())
        if isinstance(outgoing, CommitStatus):
            raise BadInput("commits of the platform's own forge are marked by the platform only", hint="subscribe an Application to it")
        await OutgoingSender(lambda _told: False).send(outgoing)
        return None

    def _environment(self) -> Mapping[str, Any]:
        return environment_of(self._app, self._settings, self._clock.now, self._commits)

    async def _fetched(self) -> bool:
        project = await _found(self._client, APP_PROJECTS, project_of(self._app), "argocd")
        return await self._commits.fetched(self._app, project or None, self._sources.revision_metadata)


@asynccontextmanager
async def trial(client: KubeClient, state: PlatformState, settings: Settings, app: Object) -> AsyncIterator[Trial]:
    sources = ManifestSources(state.places.sources, _Forge(state))
    try:
        yield Trial(client, sources, settings, app)
    finally:
        await sources.aclose()


class _Forge:
    """Where a repository of the platform's own forge is."""

    def __init__(self, state: PlatformState) -> None:
        self._hosts = forge_hosts(state.settings)
        self._root = state.places.repositories

    def __call__(self, url: str) -> Path | None:
        found = repository_of_url(url, self._hosts)
        if found is None:
            return None
        owner, name = found
        path = BareRepositories(self._root).path(owner, name.removesuffix(".git"))
        return path if path.is_relative_to(self._root) and ".." not in path.parts and path.exists() else None
