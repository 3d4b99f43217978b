"""One set made true: parameters, Applications, a plan, its execution, and what there is to tell.

Source: Argo CD's applicationset/controllers/applicationset_controller.go.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, annotations_of, is_deleting, metadata_of, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.kinds import APPLICATION_SETS, APPLICATIONS
from stackwright.client.kube import KubeClient
from stackwright.gitops.appset import rollout as rolling
from stackwright.gitops.appset import status as telling
from stackwright.gitops.appset.applications import RESOURCES_FINALIZER, problems, wanted
from stackwright.gitops.appset.clusters import Cluster
from stackwright.gitops.appset.errors import GeneratorError, RenderError
from stackwright.gitops.appset.generators import Inquiry, requeue_seconds
from stackwright.gitops.appset.hosts.app_tokens import AppTokens
from stackwright.gitops.appset.plan import Kept, Plan, disowned, is_owned, plan
from stackwright.gitops.appset.policy import policy_of
from stackwright.gitops.appset.ports import Credentials, Objects, Trees, Web
from stackwright.gitops.appset.templates import templating_of
from stackwright.gitops.ports import SourceError
from stackwright.kernel import duration
from stackwright.kernel.clock import Clock, rfc3339
from stackwright.kernel.errors import BadInput

REFRESH = "argocd.argoproj.io/application-set-refresh"
RETRY_SECONDS = 180.0
_UNDO_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that a pass looks at besides git and the web. Shape: `live` are the Applications of the set's namespace by name."""

    live: Mapping[str, Object]
    clusters: Sequence[Cluster]
    credentials: Credentials
    settings: Mapping[str, str]
    projects: frozenset[str]


Gather = Callable[[Object], Gathered]
Tell = Callable[[Object, str, str], None]
"""Tells an event of a set: its reason and its message."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a pass found. Shape: `reason` is empty when all went well; `generated` says whether parameters were had."""

    applications: Sequence[Object] = ()
    reason: str = ""
    message: str = ""
    generated: bool = True
    rollout: rolling.Rollout | None = None


class Reconciler:
    """One pass for one set; where it must be told again, the seconds until then."""

    def __init__(
        self,
        client: KubeClient,
        trees: Trees,
        web: Web,
        objects: Objects,
        clock: Clock,
        gather: Gather,
        tell: Tell,
        environment: Mapping[str, str],
    ) -> None:
        self._client = client
        self._trees = trees
        self._web = web
        self._objects = objects
        self._clock = clock
        self._gather = gather
        self._tell_event = tell
        self._environment = environment
        self._app_tokens = AppTokens(web, clock)

    async def reconcile(self, appset: Object) -> float | None:
        """Raises StatusError when the API refuses what we write."""
        gathered = self._gather(appset)
        if is_deleting(appset):
            return await self._let_go(appset, gathered)
        if rolling.is_undone_in_reverse(appset["spec"], gathered.settings):
            await self._set_finalizer(appset, wanted=True)
        outcome = await self._generated(appset, gathered)
        if outcome.generated:
            outcome = await self._carried_out(appset, outcome, gathered)
        await self._tell(appset, outcome)
        await self._refreshed(appset)
        usual = requeue_seconds(appset["spec"].get("generators"), _configured_seconds(gathered.settings))
        if not outcome.reason:
            return usual
        return min(RETRY_SECONDS, usual) if usual else RETRY_SECONDS

    async def _let_go(self, appset: Object, gathered: Gathered) -> float | None:
        """Of a set that is being deleted: its Applications go by garbage collection, unless the policy keeps them."""
        mine = [app for app in gathered.live.values() if is_owned(app, appset)]
        if not policy_of(appset["spec"], gathered.settings).delete:
            for app in mine:
                await self._client.update(disowned(app, appset), resource=APPLICATIONS)
        elif rolling.is_undone_in_reverse(appset["spec"], gathered.settings) and (going := rolling.next_to_go(appset["spec"], mine)):
            for app in going:
                if not is_deleting(app):
                    await self._delete(appset, app)
            return _UNDO_SECONDS
        await self._set_finalizer(appset, wanted=False)
        return None

    async def _set_finalizer(self, appset: Object, *, wanted: bool) -> None:
        before = list(metadata_of(appset).get("finalizers") or ())
        after = [one for one in before if one != RESOURCES_FINALIZER] + ([RESOURCES_FINALIZER] if wanted else [])
        if set(after) != set(before):
            version = metadata_of(appset).get("resourceVersion")
            patch = {"metadata": {"finalizers": after, "resourceVersion": version}}
            await self._client.patch(APPLICATION_SETS, name_of(appset), namespace_of(appset), patch)

    # -- decide ----------------------------------------------------------------------------------------------------

    async def _generated(self, appset: Object, gathered: Gathered) -> Outcome:
        """Any error means that nothing is made, changed or deleted: half a truth would delete the other half."""
        try:
            inquiry = self._inquiry(appset, gathered)
            return Outcome(await wanted(appset, inquiry))
        except RenderError as error:
            return Outcome((), telling.RENDERING_FAILED, str(error), generated=False)
        except (GeneratorError, SourceError, StatusError, BadInput) as error:
            return Outcome((), telling.GENERATION_FAILED, str(error), generated=False)

    async def preview(self, appset: Object) -> Sequence[Object]:
        """What a set would make now; nothing is written. Raises BadInput."""
        try:
            return await wanted(appset, self._inquiry(appset, self._gather(appset)))
        except (RenderError, GeneratorError, SourceError, StatusError) as error:
            raise BadInput(str(error)) from error

    def _inquiry(self, appset: Object, gathered: Gathered) -> Inquiry:
        project = str(((appset["spec"].get("template") or {}).get("spec") or {}).get("project") or "")
        return Inquiry(
            name_of(appset),
            namespace_of(appset),
            templating_of(appset["spec"]),
            self._trees,
            self._web,
            self._objects,
            gathered.clusters,
            gathered.credentials,
            "" if "{{" in project else project,
            gathered.settings,
            self._clock.now(),
            self._environment,
            self._app_tokens,
        )

    async def _carried_out(self, appset: Object, outcome: Outcome, gathered: Gathered) -> Outcome:
        try:
            refused = problems(appset, outcome.applications, set(gathered.projects))
            apps, rollout = self._rolled(appset, outcome.applications, gathered)
            found = plan(appset, apps, gathered.live, policy_of(appset["spec"], gathered.settings), _kept(gathered.settings), refused)
        except BadInput as error:
            return Outcome((), telling.VALIDATION_FAILED, str(error))
        failures = await self._execute(appset, found)
        messages = [f"application {name}: {problem}" for name, problem in sorted(refused.items())]
        reason = telling.VALIDATION_FAILED if refused else telling.CREATE_FAILED if failures else ""
        return Outcome(self._after(appset, apps, gathered.live), reason, "; ".join([*messages, *failures]), rollout=rollout)

    def _rolled(self, appset: Object, apps: Sequence[Object], gathered: Gathered) -> tuple[Sequence[Object], rolling.Rollout | None]:
        if not rolling.is_rolling(appset["spec"], gathered.settings):
            return apps, None
        before = (appset.get("status") or {}).get("applicationStatus")
        rollout = rolling.progress(appset["spec"], apps, gathered.live, before, rfc3339(self._clock.now()))
        held = [rolling.held_back(app) for app in apps]
        return [{**app, "operation": rolling.operation(app)} if name_of(app) in rollout.to_sync else app for app in held], rollout

    def _after(self, appset: Object, apps: Sequence[Object], live: Mapping[str, Object]) -> list[Object]:
        names = {name_of(app) for app in apps}
        kept = [app for app in live.values() if is_owned(app, appset) or name_of(app) in names]
        return kept + [app for app in apps if name_of(app) not in live]

    # -- act -------------------------------------------------------------------------------------------------------

    async def _execute(self, appset: Object, found: Plan) -> list[str]:
        """What was refused, told by name; a conflict is no failure but means that we look again."""
        failures: list[str] = []
        for app in found.creates:
            failures += await self._tried(appset, app, "created", self._client.create(app, resource=APPLICATIONS))
        for app in found.updates:
            failures += await self._tried(appset, app, "updated", self._client.update(app, resource=APPLICATIONS))
        for app in found.deletes:
            await self._delete(appset, app)
        return failures

    async def _tried(self, appset: Object, app: Object, done: str, write: Awaitable[Object]) -> list[str]:
        try:
            await write
        except StatusError as error:
            if error.transient or error.already_exists or error.not_found:
                raise
            return [f"application {name_of(app)}: {error}"]
        self._tell_event(appset, done, f'{done} Application "{name_of(app)}"')
        return []

    async def _delete(self, appset: Object, app: Object) -> None:
        try:
            await self._client.delete(APPLICATIONS, name_of(app), namespace_of(app))
        except StatusError as error:
            if not error.not_found:
                raise
        self._tell_event(appset, "Deleted", f'Deleted Application "{name_of(app)}"')

    # -- tell ------------------------------------------------------------------------------------------------------

    async def _tell(self, appset: Object, outcome: Outcome) -> None:
        before = appset.get("status") or {}
        now = rfc3339(self._clock.now())
        if outcome.reason:
            conditions = telling.failed(before.get("conditions"), outcome.reason, outcome.message, now, generated=outcome.generated)
        else:
            conditions = telling.all_well(before.get("conditions"), now)
        after: dict[str, Any] = {**before, "conditions": conditions}
        if outcome.generated:
            entries, count = telling.resources(outcome.applications)
            after |= {"resources": entries, "resourcesCount": count}
        after.pop("applicationStatus", None)
        if outcome.rollout is None:
            after["conditions"] = [one for one in conditions if one.get("type") != rolling.PROGRESSING]
        else:
            after["conditions"] = rolling.told(conditions, outcome.rollout, now)
            after["applicationStatus"] = list(outcome.rollout.statuses)
        after["health"] = telling.health(after["conditions"], before.get("health"), now)
        if after != before:
            place = (APPLICATION_SETS, name_of(appset), namespace_of(appset))
            await self._client.patch(*place, {"status": _replacing(after, before)}, subresource="status")

    async def _refreshed(self, appset: Object) -> None:
        if REFRESH in annotations_of(appset):
            patch = {"metadata": {"annotations": {REFRESH: None}}}
            await self._client.patch(APPLICATION_SETS, name_of(appset), namespace_of(appset), patch)


def _replacing(after: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """As a merge patch: what is gone is asked to go."""
    return {**{key: None for key in before if key not in after}, **after}


def _kept(settings: Mapping[str, str]) -> Kept:
    labels, annotations = (_split(settings.get(f"applicationsetcontroller.global.preserved.{what}")) for what in ("labels", "annotations"))
    return Kept(labels, annotations)


def _split(text: str | None) -> list[str]:
    return [item.strip() for item in (text or "").split(",") if item.strip()]


def _configured_seconds(settings: Mapping[str, str]) -> float | None:
    text = settings.get("applicationsetcontroller.requeue.after")
    try:
        return duration.parse(text) if text else None
    except BadInput:
        return None
