"""What people do with an Application from outside the engine: look, refresh, sync, wait, roll back; all through the API alone."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from stackwright.api.meta import Object, metadata_of
from stackwright.api.status import StatusError
from stackwright.client.kinds import APPLICATIONS
from stackwright.client.kube import KubeClient
from stackwright.gitops.application import REFRESH, has_several_sources, named_revisions, sources_of, spec_of, status_of, sync_policy_of
from stackwright.gitops.operations import COMPLETED, in_progress
from stackwright.kernel.errors import BadInput, StackwrightError

_LOOK_AGAIN_SECONDS = 0.3
FINALIZER = "resources-finalizer.argocd.argoproj.io"


class TimedOut(StackwrightError):
    """The Application did not come to where it was waited for."""

    code = "timed-out"


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """What `app sync` asks for. Shape: `resources` as GROUP:KIND:[NAMESPACE/]NAME."""

    revision: str = ""
    prune: bool = False
    dry_run: bool = False
    force: bool = False
    replace: bool = False
    server_side: bool = False
    apply_out_of_sync_only: bool = False
    resources: Sequence[str] = ()
    strategy: str = "hook"
    retry_limit: int = 0
    retry_backoff: Mapping[str, Any] = field(default_factory=dict)
    infos: Mapping[str, str] = field(default_factory=dict)
    username: str = "admin"


async def find_app(client: KubeClient, name: str, namespace: str) -> Object:
    """Raises BadInput when there is none."""
    try:
        return await client.get(APPLICATIONS, name, namespace)
    except StatusError as error:
        if error.not_found:
            raise BadInput(f"there is no Application {namespace}/{name}", hint="stackwright app list") from error
        raise


async def follow(client: KubeClient, name: str, namespace: str, seconds: float) -> AsyncGenerator[Object, None]:
    """The Application now and after every change. Raises TimedOut."""
    app = await find_app(client, name, namespace)
    yield app
    deadline = time.monotonic() + seconds
    version = str(metadata_of(app).get("resourceVersion"))
    try:
        async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
            events = client.watch(APPLICATIONS, namespace, resource_version=version, fields=f"metadata.name={name}")
            async with aclosing(events) as changes:
                async for event in changes:
                    if event.type != "BOOKMARK":
                        yield event.object
    except TimeoutError as error:
        raise TimedOut(f"Application {name}: gave up after {seconds:g}s") from error


async def refresh(client: KubeClient, name: str, namespace: str, *, hard: bool, seconds: float) -> Object:
    """Asks for a new look and waits until it was taken."""
    await client.patch(APPLICATIONS, name, namespace, {"metadata": {"annotations": {REFRESH: "hard" if hard else "normal"}}})
    async with aclosing(follow(client, name, namespace, seconds)) as states:
        async for app in states:
            if REFRESH not in (metadata_of(app).get("annotations") or {}):
                return app
    raise TimedOut(f"Application {name} was not refreshed")


async def request_sync(client: KubeClient, app: Object, request: SyncRequest) -> Object:
    """Raises BadInput while another operation runs."""
    if app.get("operation") or in_progress(status_of(app).get("operationState")):
        raise BadInput("another operation is already in progress", hint="wait for it, or end it: stackwright app terminate-op")
    patch = {"operation": operation_of(app, request), "status": {"operationState": None}}
    name, namespace = metadata_of(app)["name"], metadata_of(app)["namespace"]
    return await client.patch(APPLICATIONS, name, namespace, patch)


def operation_of(app: Object, request: SyncRequest) -> dict[str, Any]:
    """Source: Argo CD's server/application (`Sync`)."""
    options = [*(sync_policy_of(app).get("syncOptions") or ())]
    options += ["Replace=true"] if request.replace else []
    options += ["ServerSideApply=true"] if request.server_side else []
    options += ["ApplyOutOfSyncOnly=true"] if request.apply_out_of_sync_only else []
    sync: dict[str, Any] = {"syncStrategy": {request.strategy: {"force": True} if request.force else {}}}
    if request.revision:
        count = len(spec_of(app).get("sources") or ()) if has_several_sources(app) else 1
        sync |= named_revisions(app, [request.revision] * count)
    sync |= {"prune": True} if request.prune else {}
    sync |= {"dryRun": True} if request.dry_run else {}
    sync |= {"syncOptions": options} if options else {}
    sync |= {"resources": [parse_resource(text) for text in request.resources]} if request.resources else {}
    operation: dict[str, Any] = {"sync": sync, "initiatedBy": {"username": request.username}}
    operation |= {"info": [{"name": key, "value": value} for key, value in request.infos.items()]} if request.infos else {}
    asked = {"limit": request.retry_limit} | ({"backoff": dict(request.retry_backoff)} if request.retry_backoff else {})
    retry = asked if request.retry_limit else sync_policy_of(app).get("retry")
    return operation | ({"retry": retry} if retry else {})


def deviates(app: Object, request: SyncRequest) -> bool:
    """Whether a sync deploys another revision than the one that the Application follows."""
    followed = {str(source.get("targetRevision") or "HEAD") for source in sources_of(app)}
    return bool(request.revision) and followed != {request.revision}


def parse_resource(text: str) -> dict[str, str]:
    """Raises BadInput naming the text."""
    parts = text.split(":")
    if len(parts) != 3 or not parts[1] or not parts[2]:
        raise BadInput(
            f"--resource {text}: expected GROUP:KIND:NAME or GROUP:KIND:NAMESPACE/NAME",
            hint="the core group is empty: ':ConfigMap:settings'",
        )
    namespace, _, name = parts[2].rpartition("/")
    found = {"group": parts[0], "kind": parts[1], "name": name}
    return found | ({"namespace": namespace} if namespace else {})


async def await_operation(
    client: KubeClient, name: str, namespace: str, seconds: float, tell: Callable[[Object], None]
) -> Mapping[str, Any]:
    """The state of the operation when it has ended."""
    async with aclosing(follow(client, name, namespace, seconds)) as states:
        async for app in states:
            tell(app)
            state = status_of(app).get("operationState")
            if not app.get("operation") and state and state.get("phase") in COMPLETED:
                return dict(state)
    raise TimedOut(f"the operation of {name} did not end")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `app wait` waits for. Shape: `resources` as in an operation; when there are any, state and health are theirs alone."""

    sync: bool = True
    health: bool = True
    operation: bool = True
    suspended: bool = False
    degraded: bool = False
    resources: Sequence[Mapping[str, str]] = ()

    def holds(self, app: Object) -> bool:
        status = status_of(app)
        asked = [(on, word) for on, word in ((self.health, "Healthy"), (self.suspended, "Suspended"), (self.degraded, "Degraded")) if on]
        good = {word for _, word in asked}
        for synced, health in self._states(status):
            if (self.sync and synced != "Synced") or (good and health not in good):
                return False
        return not (self.operation and (app.get("operation") or in_progress(status.get("operationState"))))

    def _states(self, status: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Pairs of sync and health. A resource without health of its own counts as healthy; one that is not there is missing."""
        if not self.resources:
            return [(str((status.get("sync") or {}).get("status")), str((status.get("health") or {}).get("status")))]
        found = []
        for wanted in self.resources:
            fitting = [item for item in status.get("resources") or () if all(item.get(key, "") == word for key, word in wanted.items())]
            found += [(str(item.get("status")), str((item.get("health") or {}).get("status") or "Healthy")) for item in fitting]
            found += [] if fitting else [("OutOfSync", "Missing")]
        return found


async def await_end(client: KubeClient, name: str, namespace: str, seconds: float) -> None:
    """Until the Application is gone. Raises TimedOut."""
    deadline = time.monotonic() + seconds
    while await client.find(APPLICATIONS, name, namespace) is not None:
        if time.monotonic() > deadline:
            raise TimedOut(f"Application {name} is still there after {seconds:g}s")
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


async def await_state(client: KubeClient, name: str, namespace: str, wanted: Wanted, seconds: float) -> Object:
    async with aclosing(follow(client, name, namespace, seconds)) as states:
        async for app in states:
            if wanted.holds(app):
                return app
    raise TimedOut(f"Application {name} did not come to the state that was waited for")


async def request_rollback(
    client: KubeClient, app: Object, history_id: int | None, *, prune: bool, dry_run: bool, username: str = "admin"
) -> Object:
    """Deploys what an entry of the history deployed. Raises BadInput."""
    entries = list(status_of(app).get("history") or ())
    if history_id is None and len(entries) > 1:
        entry = entries[-2]
    else:
        found = [item for item in entries if item.get("id") == history_id]
        if not found:
            raise BadInput(f"the history has no entry {history_id}", hint="stackwright app history NAME")
        entry = found[0]
    if (sync_policy_of(app).get("automated") or {}).get("enabled", bool(sync_policy_of(app).get("automated"))):
        raise BadInput("rollback cannot be initiated when auto-sync is enabled", hint="stackwright app set NAME --sync-policy none")
    sync = {key: entry[key] for key in ("revision", "revisions", "source", "sources") if key in entry}
    sync |= {"prune": prune, "dryRun": dry_run, "syncStrategy": {"apply": {}}}
    patch = {"operation": {"sync": sync, "initiatedBy": {"username": username}}, "status": {"operationState": None}}
    return await client.patch(APPLICATIONS, metadata_of(app)["name"], metadata_of(app)["namespace"], patch)


async def delete(client: KubeClient, app: Object, *, cascade: bool, background: bool = False) -> None:
    """With `cascade`, everything that it deployed goes too."""
    name, namespace = metadata_of(app)["name"], metadata_of(app)["namespace"]
    kept = [item for item in metadata_of(app).get("finalizers") or () if not item.startswith(FINALIZER)]
    finalizers = [*kept, f"{FINALIZER}/background" if background else FINALIZER] if cascade else kept
    await client.patch(APPLICATIONS, name, namespace, {"metadata": {"finalizers": finalizers}})
    await client.delete(APPLICATIONS, name, namespace)


async def terminate(client: KubeClient, app: Object) -> None:
    """Raises BadInput when nothing runs."""
    if not app.get("operation") or not in_progress(status_of(app).get("operationState")):
        raise BadInput("no operation is in progress")
    patch = {"status": {"operationState": {"phase": "Terminating"}}}
    await client.patch(APPLICATIONS, metadata_of(app)["name"], metadata_of(app)["namespace"], patch)
