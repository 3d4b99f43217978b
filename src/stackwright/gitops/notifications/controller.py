"""Tells whoever wants to know what becomes of Applications: each notification once, tried again until somebody takes it.

It is remembered after it was delivered: a crash in between tells it twice, never not at all.

Source: notifications-engine pkg/controller.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stackwright.api.meta import Object, annotations_of, name_of, namespace_of, newer
from stackwright.api.status import StatusError
from stackwright.client.informer import Change, InformerSet
from stackwright.client.kinds import APP_PROJECTS, APPLICATIONS, CONFIG_MAPS, SECRETS
from stackwright.client.kube import KubeClient
from stackwright.gitops.application import project_of
from stackwright.gitops.events import Events
from stackwright.gitops.notifications import services
from stackwright.gitops.notifications.commits import CommitOf, Commits
from stackwright.gitops.notifications.configurations import Configurations
from stackwright.gitops.notifications.decide import NOTIFIED, Decision, Due, State, annotation_of, decide, state_of, with_told
from stackwright.gitops.notifications.ports import Sender, Undelivered
from stackwright.gitops.notifications.rendering import environment_of, render
from stackwright.gitops.notifications.subscriptions import Wanted, wanted, without_others
from stackwright.gitops.notifications.types import Notification, Settings
from stackwright.kernel.clock import Clock
from stackwright.kernel.errors import BadInput
from stackwright.runtime.controller import Controller

logger = logging.getLogger(__name__)

MANAGER = "argocd-notifications-controller"
WORKERS = 4
FIRST_SECONDS, LONGEST_SECONDS, ATTEMPTS = 1.0, 600.0, 12
AGAIN_SECONDS = 60.0
"""How often conditions that depend on the time of day are looked at."""
Key = tuple[str, str]


@dataclass(slots=True)
class _Failure:
    """Units: `due_at` on the event loop's clock."""

    attempts: int = 0
    due_at: float = 0.0


@dataclass(slots=True)
class _Memory:
    """Shape: `written` is the Application as our last write left it; `failures` by the notification's key."""

    written: Object | None = None
    failures: dict[str, _Failure] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _View:
    """An Application as one configuration looks at it."""

    app: Object
    project: Object | None
    settings: Settings
    commits: Commits


class NotificationController:
    """Shape: `commit_of` tells of commits that were fetched; `context` is what templates see besides the configured one; `namespace` is
    the control plane's.
    """

    def __init__(
        self,
        client: KubeClient,
        informers: InformerSet,
        sender: Sender,
        clock: Clock,
        commit_of: CommitOf,
        *,
        context: Mapping[str, Any] | None = None,
        namespace: str = "argocd",
    ) -> None:
        self._client = client.named(MANAGER)
        self._informers = informers
        self._sender = sender
        self._clock = clock
        self._commit_of = commit_of
        self._namespace = namespace
        self._applications = informers.informer(APPLICATIONS)
        self._projects = informers.informer(APP_PROJECTS)
        self._config = informers.informer(CONFIG_MAPS)
        self._secrets = informers.informer(SECRETS)
        self._configurations = Configurations(self._config, self._secrets, namespace, context or {})
        self._controller: Controller[Key] = Controller(MANAGER, self._reconcile, workers=WORKERS)
        self._events = Events(self._client, clock, MANAGER)
        self._memories: dict[Key, _Memory] = {}

    async def run(self) -> None:
        """Ends only by cancellation."""
        await self._informers.wait_synced()
        self._config.listen(self._settings_changed)
        self._secrets.listen(self._settings_changed)
        self._projects.listen(self._project_changed)
        self._applications.listen(self._application_changed)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._events.run(), name=f"{MANAGER} events")
            await self._controller.run()

    # -- one pass --------------------------------------------------------------------------------------------------

    async def _reconcile(self, key: Key) -> float | None:
        seen = self._applications.get(key[1], key[0])
        if seen is None:
            self._memories.pop(key, None)
            return None
        project = self._projects.get(project_of(seen), self._namespace)
        if not self._configurations.counts(seen, project):
            return None
        configured = self._configurations.of(key[0])
        asked = tuple((settings, _asked(seen, project, settings, configured)) for settings in configured)
        if not any(subscribed for _, subscribed in asked):
            return None
        memory = self._memories.setdefault(key, _Memory())
        app = newer(memory.written, seen)
        memory.written = None if app is seen else memory.written
        state = state_of(annotations_of(app))
        views = [(_View(app, project, settings, Commits()), subscribed) for settings, subscribed in asked]
        decided = [(view, await self._decided(view, subscribed, state)) for view, subscribed in views]
        self._complain(app, memory, tuple(problem for _, decision in decided for problem in decision.problems))
        told = await self._deliver(decided, memory)
        forget = frozenset(key for _, decision in decided for key in decision.forget)
        if told or forget:
            await self._remember(app, memory, annotation_of(with_told(state, told, forget)))
        return self._next_look(memory, configured)

    def _environment(self, view: _View) -> Mapping[str, Any]:
        return environment_of(view.app, view.settings, self._clock.now, view.commits)

    async def _decided(self, view: _View, subscribed: Wanted, state: State) -> Decision:
        """Once more when conditions asked for commits."""
        decision = decide(subscribed, view.settings, self._environment(view), state)
        while await view.commits.fetched(view.app, view.project, self._commit_of):
            decision = decide(subscribed, view.settings, self._environment(view), state)
        return decision

    async def _rendered(self, view: _View, due: Due) -> Notification:
        """Raises BadInput and Undelivered."""
        while True:
            try:
                return render(due.templates, view.settings, due.destination, self._environment(view))
            except BadInput as error:
                if await view.commits.fetched(view.app, view.project, self._commit_of):
                    continue
                if view.commits.failures:
                    raise Undelivered(error.message) from error
                raise

    async def _deliver(self, decided: Sequence[tuple[_View, Decision]], memory: _Memory) -> dict[str, int]:
        """What was told, and what never will be, with the time."""
        now = asyncio.get_running_loop().time()
        told: dict[str, int] = {}
        failures = {due.key: memory.failures.get(due.key, _Failure()) for _, decision in decided for due in decision.due}
        for view, decision in decided:
            for due in decision.due:
                failure = failures[due.key]
                if failure.due_at > now or await self._is_undelivered(view, due, failure):
                    continue
                del failures[due.key]
                told[due.key] = int(self._clock.now().timestamp())
        memory.failures = failures
        return told

    async def _is_undelivered(self, view: _View, due: Due, failure: _Failure) -> bool:
        """True when it is to be tried again."""
        app = view.app
        try:
            notification = await self._rendered(view, due)
            await self._sender.send(services.outgoing(notification, due.destination, view.settings, app, self._clock.now()))
        except BadInput as error:
            self._give_up(app, due, error.message)
        except Undelivered as error:
            failure.attempts += 1
            if error.transient and failure.attempts < ATTEMPTS:
                failure.due_at = asyncio.get_running_loop().time() + min(LONGEST_SECONDS, FIRST_SECONDS * 2.0**failure.attempts / 2)
                logger.info("%s: %s over %s is tried again: %s", name_of(app), due.trigger, due.destination.service, error)
                return True
            self._give_up(app, due, error.message)
        else:
            logger.info("%s: told %s over %s", name_of(app), due.trigger, due.destination.service)
        return False

    def _give_up(self, app: Object, due: Due, why: str) -> None:
        logger.warning("%s: %s over %s is not told: %s", name_of(app), due.trigger, due.destination.service, why)
        self._events.tell(app, "NotificationFailed", f"{due.trigger} over {due.destination.service}: {why}", "Warning")

    def _complain(self, app: Object, memory: _Memory, problems: tuple[str, ...]) -> None:
        """Once, not at every pass."""
        if problems != memory.problems:
            for problem in problems:
                logger.info("%s: %s", name_of(app), problem)
        memory.problems = problems

    async def _remember(self, app: Object, memory: _Memory, annotation: str | None) -> None:
        patch = {"metadata": {"annotations": {NOTIFIED: annotation}}}
        try:
            memory.written = await self._client.patch(APPLICATIONS, name_of(app), namespace_of(app), patch)
        except StatusError as error:
            if not error.not_found:
                raise

    def _next_look(self, memory: _Memory, configured: Sequence[Settings]) -> float | None:
        now = asyncio.get_running_loop().time()
        moments = [max(0.05, failure.due_at - now) for failure in memory.failures.values()]
        timed = any(_looks_at_the_clock(settings) for settings in configured)
        return min([*moments, AGAIN_SECONDS] if timed else moments, default=None)

    # -- what wakes whom -------------------------------------------------------------------------------------------

    def _settings_changed(self, change: Change, obj: Object, previous: Object | None) -> None:
        namespace = self._configurations.changed(obj)
        for app in self._applications.all() if namespace is not None else ():
            if namespace in ("", namespace_of(app)):
                self._wake(app)

    def _wake(self, app: Object) -> None:
        self._controller.enqueue((namespace_of(app), name_of(app)))

    def _application_changed(self, change: Change, app: Object, previous: Object | None) -> None:
        self._wake(app)

    def _project_changed(self, change: Change, project: Object, previous: Object | None) -> None:
        if previous is not None and (annotations_of(previous), _permitted(previous)) == (annotations_of(project), _permitted(project)):
            return
        for app in self._applications.all():
            if project_of(app) == name_of(project):
                self._wake(app)


def _permitted(project: Object) -> Any:
    return (project.get("spec") or {}).get("sourceNamespaces")


def _asked(app: Object, project: Object | None, settings: Settings, configured: Sequence[Settings]) -> Wanted:
    others = [other for other in configured if other is not settings]
    return without_others(wanted(app, project, settings), settings, others)


def _looks_at_the_clock(settings: Settings) -> bool:
    sources = (condition.when.source for conditions in settings.triggers.values() for condition in conditions)
    return any("time.Now" in source or "now()" in source for source in sources)
