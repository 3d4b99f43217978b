"""The engine is killed at a write, before or after it took effect, and started anew: a sync ends as if nothing had happened."""

import asyncio
import os
from contextlib import suppress
from typing import Any

from stackwright.api.meta import metadata_of, name_of
from stackwright.client.informer import InformerSet
from stackwright.client.kinds import CONFIG_MAPS, NAMESPACES, PODS
from stackwright.client.kube import KubeClient
from stackwright.client.transport import Transport
from stackwright.gitops.engine import Engine
from stackwright.kernel.clock import SystemClock
from stackwright.kernel.http import Request, Response

BEFORE = """
{apiVersion: v1, kind: ConfigMap, metadata: {name: kept}, data: {value: first}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: gone-early, annotations: {argocd.argoproj.io/sync-wave: "1"}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: gone-late}}
"""
AFTER = """
apiVersion: v1
kind: Pod
metadata:
  name: before
  annotations: {argocd.argoproj.io/hook: PreSync, argocd.argoproj.io/hook-delete-policy: HookSucceeded}
spec: {restartPolicy: Never, schedulerName: nobody, containers: [{name: main, image: "registry.invalid/none:1"}]}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: kept}, data: {value: second}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: later, annotations: {argocd.argoproj.io/sync-wave: "2"}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: after, annotations: {argocd.argoproj.io/hook: PostSync}}
"""
ALL = os.environ.get("STACKWRIGHT_KILLS") == "all"
POINTS = range(1, 40) if ALL else (2, 5, 9, 13)


class Mortal:
    """A way to the cluster that is cut at the n-th write, before it is sent or after it was answered."""

    def __init__(self, inner: Transport, writes: int, *, after: bool) -> None:
        self._inner, self._left, self._after = inner, writes, after
        self.cut = asyncio.Event()

    async def send(self, request: Request) -> Response:
        if request.method != "GET":
            self._left -= 1
            if self._left == 0:
                if self._after:
                    await self._inner.send(request)
                self.cut.set()
        if self.cut.is_set():
            await asyncio.Event().wait()
        return await self._inner.send(request)


class Trial:
    """One Application in a namespace of its own."""

    def __init__(self, rig: Any, name: str) -> None:
        self.rig, self.name = rig, name
        self.url = f"https://git.example.com/{name}.git"

    async def prepare(self) -> None:
        await self.rig.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.name}})
        self.rig.git.push(BEFORE, self.url)
        source = {"repoURL": self.url, "path": ".", "targetRevision": "HEAD"}
        destination = {"server": "https://kubernetes.default.svc", "namespace": self.name}
        await self.rig.application(self.name, source=source, destination=destination)
        await self.rig.sync(self.name)
        await self.rig.until(lambda app: "operation" not in app and _is_done(app), self.name)
        self.rig.git.push(AFTER, self.url)
        await self.rig.until(lambda app: app["status"]["sync"]["status"] == "OutOfSync", self.name)

    async def ask(self) -> None:
        await self.rig.sync(self.name, prune=True)

    async def ended(self) -> dict[str, Any]:
        app = await self.rig.until(lambda app: "operation" not in app and _is_done(app) and _is_synced(app), self.name)
        state = app["status"]["operationState"]
        results = {
            (item["kind"], item["name"], item["syncPhase"], item["status"], item["hookPhase"]) for item in state["syncResult"]["resources"]
        }
        maps = await self.rig.client.list(CONFIG_MAPS, self.name)
        return {
            "phase": state["phase"],
            "message": state["message"],
            "history": len(app["status"]["history"]),
            "results": {result for result in results if result[3] != "Pruned"},
            "maps": {
                name_of(obj): (obj.get("data"), bool(metadata_of(obj).get("annotations"))) for obj in maps if "kube-" not in name_of(obj)
            },
            "pods": [name_of(obj) for obj in await self.rig.client.list(PODS, self.name)],
        }

    async def dispose(self) -> None:
        await self.rig.client.delete(NAMESPACES, self.name)


def _is_done(app: Any) -> bool:
    return ((app.get("status") or {}).get("operationState") or {}).get("phase") in ("Succeeded", "Failed", "Error")


def _is_synced(app: Any) -> bool:
    return bool(app["status"]["sync"]["status"] == "Synced")


async def _play_hooks(client: KubeClient) -> None:
    """What a node would do: pods succeed a moment after they were made."""
    while True:
        for pod in await client.list(PODS):
            if (pod.get("status") or {}).get("phase") != "Succeeded" and name_of(pod) == "before":
                with suppress(Exception):
                    await client.patch(
                        PODS, "before", metadata_of(pod)["namespace"], {"status": {"phase": "Succeeded"}}, subresource="status"
                    )
        await asyncio.sleep(0.02)


async def _until_killed(rig: Any, writes: int, *, after: bool) -> bool:
    """Runs an engine until its way is cut; False when it never came to that."""
    mortal = Mortal(rig.client._transport, writes, after=after)
    client = KubeClient(mortal, field_manager="argocd-controller")

    async def run() -> None:
        async with asyncio.TaskGroup() as tasks:
            await Engine(client, InformerSet(client, tasks), rig.git, SystemClock()).run()

    engine = asyncio.create_task(run())
    try:
        await asyncio.wait_for(mortal.cut.wait(), 2.0)
    except TimeoutError:
        return False
    finally:
        engine.cancel()
        with suppress(asyncio.CancelledError):
            await engine
    return True


async def test_a_sync_killed_at_any_write_ends_as_if_nothing_had_happened(rig: Any) -> None:
    player = asyncio.create_task(_play_hooks(rig.client))
    try:
        rig.start()
        calm = Trial(rig, "calm")
        await calm.prepare()
        await calm.ask()
        want = await calm.ended()
        assert want["phase"] == "Succeeded"
        assert (want["pods"], sorted(want["maps"])) == ([], ["after", "kept", "later"])
        for point in POINTS:
            for after in (False, True):
                await _survives(rig, point, want, after=after)
    finally:
        player.cancel()


async def _survives(rig: Any, point: int, want: dict[str, Any], *, after: bool) -> None:
    trial = Trial(rig, f"kill-{point}-{'after' if after else 'before'}")
    await trial.prepare()
    await rig.crash()
    await trial.ask()
    killed = await _until_killed(rig, point, after=after)
    rig.start()
    got = await trial.ended()
    assert got == want, (trial.name, killed)
    await trial.dispose()
