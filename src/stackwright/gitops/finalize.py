"""Carries out the end of an Application, finalizer by finalizer; every pass may be the first after a restart.

Source: Argo CD's controller/appcontroller.go (`finalizeApplicationDeletion`).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from stackwright.api.meta import Object, key_of, metadata_of, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.errors import ClusterUnreachable, UnknownKind
from stackwright.client.kinds import APPLICATIONS
from stackwright.gitops import deletion
from stackwright.gitops.application import is_approved_since, sync_options_of
from stackwright.gitops.clusters import UnknownCluster
from stackwright.gitops.gathering import Gathered, Ports
from stackwright.gitops.impersonation import NoAccount
from stackwright.gitops.ports import SourceError
from stackwright.gitops.sync.apply import FIELD_MANAGER
from stackwright.gitops.sync.hooks import Phase
from stackwright.kernel.clock import parse_rfc3339, rfc3339

POLL_SECONDS = 2.0
AGAIN_SECONDS = 0.01
_FAILURES = (StatusError, ClusterUnreachable, UnknownKind)


class Gather(Protocol):
    async def __call__(self, app: Object, *, render: bool) -> Gathered:
        """What the Application wants and what lives of it. Raises SourceError when asked to render what cannot be."""
        ...


@dataclass(frozen=True, slots=True)
class Finalizer:
    """Shape: `patch` writes a merge patch of the Application and remembers the outcome."""

    ports: Ports
    gather: Gather
    patch: Callable[[Object, dict[str, Any]], Awaitable[None]]

    async def run(self, app: Object) -> float | None:
        """Seconds after which to look again, None to wait for an event."""
        finalizer = deletion.next_finalizer(app)
        if not finalizer:
            return None
        try:
            return await self._carry_out(app, finalizer)
        except UnknownCluster:
            await self._keep(app, deletion.without_ours(app))
            return None
        except SourceError as error:
            await self._tell(app, error.message)
        except NoAccount as error:
            await self._tell(app, f"error deriving service account to impersonate: {error.message}")
        except _FAILURES as error:
            await self._tell(app, str(error))
        return POLL_SECONDS

    async def _carry_out(self, app: Object, finalizer: str) -> float | None:
        phase = deletion.phase_of(finalizer)
        if phase is not None:
            done = await self._run_hooks(app, phase)
        elif finalizer.endswith(deletion.CLEANUP):
            done = await self._clean_up(app, finalizer)
        else:
            done = await self._cascade(app)
        if not done:
            return POLL_SECONDS
        await self._keep(app, [item for item in deletion.finalizers_of(app) if item != finalizer])
        return AGAIN_SECONDS

    # -- the cascade -----------------------------------------------------------------------------------------------

    async def _cascade(self, app: Object) -> bool:
        gathered = await self.gather(app, render=False)
        options = sync_options_of(app)
        going = self._going(gathered)
        asked = deletion.unconfirmed(going, options)
        if asked and not is_approved_since(app, str(metadata_of(app).get("deletionTimestamp") or "")):
            return False
        await self._delete(gathered, deletion.next_deletions(going), app)
        return not going

    def _going(self, gathered: Gathered) -> list[Object]:
        options = sync_options_of(gathered.app)
        app_key = key_of({**gathered.app, "apiVersion": APPLICATIONS.api_version, "kind": APPLICATIONS.kind})
        tracking, instance = gathered.view.settings.tracking, gathered.view.instance
        return [
            obj
            for obj in gathered.live.owned(instance, tracking)
            if tracking.is_self_referenced(obj, instance)
            and deletion.is_to_be_deleted(obj, app_key, options)
            and gathered.view.permitted_live(obj)
        ]

    async def _delete(self, gathered: Gathered, objects: Sequence[Object], app: Object) -> None:
        if not objects:
            return
        client = gathered.writer()
        for obj in objects:
            resource = await client.resource_of(obj)
            try:
                await client.delete(resource, name_of(obj), namespace_of(obj) or None, propagation=deletion.propagation_of(app))
            except StatusError as error:
                if not error.not_found:
                    raise

    # -- hooks -----------------------------------------------------------------------------------------------------

    async def _run_hooks(self, app: Object, phase: Phase) -> bool:
        gathered = await self.gather(app, render=True)
        plan = deletion.plan_hooks(self._hooks(gathered, phase), gathered.live.get, gathered.view.health)
        client = gathered.writer().named(FIELD_MANAGER) if plan.create else gathered.live.client
        for hook in plan.create:
            created = await client.create(hook)
            gathered.live.note({key_of(hook): created}, gathered.view.instance)
        await self._delete(gathered, plan.delete, app)
        if plan.problem:
            await self._tell(app, plan.problem)
        return plan.done

    async def _clean_up(self, app: Object, finalizer: str) -> bool:
        phase = deletion.phase_of(finalizer.removesuffix(deletion.CLEANUP))
        assert phase is not None
        try:
            gathered = await self.gather(app, render=True)
        except SourceError:
            return True
        doomed = deletion.to_clean_up(self._hooks(gathered, phase), gathered.live.get, gathered.view.health)
        await self._delete(gathered, doomed, app)
        return True

    def _hooks(self, gathered: Gathered, phase: Phase) -> list[Object]:
        revision = gathered.revisions[0] if gathered.revisions else ""
        started = int(parse_rfc3339(str(metadata_of(gathered.app)["deletionTimestamp"])).timestamp())
        return deletion.of_phase(gathered.target.hooks, phase, revision, started)

    # -- telling ---------------------------------------------------------------------------------------------------

    async def _keep(self, app: Object, finalizers: Sequence[str]) -> None:
        await self.patch(app, {"metadata": {"finalizers": list(finalizers)}})

    async def _tell(self, app: Object, problem: str) -> None:
        now = rfc3339(self.ports.clock.now())
        known = [item for item in (app.get("status") or {}).get("conditions") or () if item.get("type") == "DeletionError"]
        if [item.get("message") for item in known] != [problem]:
            await self.patch(app, deletion.condition_patch(app, problem, now))
