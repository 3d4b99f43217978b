"""The engine beside an embedded cluster in this process; what git holds is a table that tests write."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from stackwright.api.meta import Object
from stackwright.app.embedded import EmbeddedCluster, EmbeddedOptions
from stackwright.app.gitops import NAMESPACE, prepare
from stackwright.app.places import Places
from stackwright.client.informer import InformerSet
from stackwright.client.kinds import APPLICATIONS, CONFIG_MAPS
from stackwright.client.kube import KubeClient
from stackwright.gitops.engine import Engine
from stackwright.gitops.ports import Rendered, RenderRequest, RevisionMetadata, SourceError
from stackwright.kernel import digest, yaml
from stackwright.kernel.clock import SystemClock

URL = "https://git.example.com/team/app.git"
SERVER = "https://kubernetes.default.svc"


class Git:
    """Implements `gitops.ports.Sources`: revisions are names of what was there when they were made."""

    def __init__(self) -> None:
        self._heads: dict[str, str] = {}
        self._kept: dict[str, tuple[Object, ...]] = {}
        self._listeners: list[Callable[[str], None]] = []
        self.renders = 0
        self.broken = ""

    def push(self, text: str, url: str = URL, *, tell: bool = True) -> str:
        revision = digest.of([url, text])[:40]
        self._kept[revision] = tuple(obj for obj in yaml.load_all(text) if obj)
        self._heads[url] = revision
        if tell:
            for listener in self._listeners:
                listener(url)
        return revision

    async def render(self, request: RenderRequest) -> Rendered:
        self.renders += 1
        if self.broken:
            raise SourceError(self.broken)
        revisions = []
        for index, source in enumerate(request.sources):
            asked = request.revisions[index] if index < len(request.revisions) else ""
            revisions.append(asked or await self.resolve(source))
        objects = tuple(obj for revision in revisions for obj in self._kept[revision])
        return Rendered(objects, tuple(revisions), tuple("Directory" for _ in revisions))

    async def resolve(self, source: Mapping[str, Any], credentials: tuple[Mapping[str, Any], ...] = ()) -> str:
        url = str(source.get("repoURL"))
        if url not in self._heads:
            raise SourceError("Failed to load target state: repository not found")
        return self._heads[url]

    async def revision_metadata(self, repo_url: str, revision: str) -> RevisionMetadata:
        return RevisionMetadata("somebody", "2026-01-01T00:00:00Z", "a change")

    async def changed_paths(self, repo_url: str, old: str, new: str) -> tuple[str, ...]:
        return ()

    def on_push(self, listener: Callable[[str], None]) -> None:
        self._listeners.append(listener)


class Rig:
    def __init__(self, cluster: EmbeddedCluster, client: KubeClient) -> None:
        self.client = client
        self.git = Git()
        self._cluster = cluster
        self._engine: asyncio.Task[None] | None = None

    # -- the engine ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._engine = asyncio.create_task(self._run())

    async def _run(self) -> None:
        client = self._cluster.client("argocd-application-controller")
        async with asyncio.TaskGroup() as tasks:
            self.engine = Engine(client, InformerSet(client, tasks), self.git, SystemClock(), kinds=self._cluster.kinds)
            await self.engine.run()

    async def crash(self) -> None:
        if self._engine is None:
            return
        self._engine.cancel()
        with suppress(asyncio.CancelledError):
            await self._engine

    # -- what tests do ---------------------------------------------------------------------------------------------

    async def application(self, name: str = "web", *, automated: Mapping[str, Any] | None = None, **spec: Any) -> None:
        finalizers = spec.pop("finalizers", [])
        policy = {"syncPolicy": {"automated": automated}} if automated is not None else {}
        await self.client.create(
            {
                "apiVersion": APPLICATIONS.api_version,
                "kind": APPLICATIONS.kind,
                "metadata": {"name": name, "namespace": NAMESPACE, "finalizers": finalizers},
                "spec": {
                    "project": "default",
                    "source": {"repoURL": URL, "path": ".", "targetRevision": "HEAD"},
                    "destination": {"server": SERVER, "namespace": "default"},
                    **policy,
                    **spec,
                },
            }
        )

    async def app(self, name: str = "web") -> Any:
        return await self.client.find(APPLICATIONS, name, NAMESPACE)

    async def patch(self, body: Mapping[str, Any], name: str = "web") -> None:
        await self.client.patch(APPLICATIONS, name, NAMESPACE, body)

    async def sync(self, name: str = "web", **sync: Any) -> None:
        await self.patch({"operation": {"sync": sync}, "status": {"operationState": None}}, name)

    async def config_map(self, name: str) -> Any:
        return await self.client.find(CONFIG_MAPS, name, "default")

    async def until(self, question: Callable[[Any], Any], name: str = "web", seconds: float = 8.0) -> Any:
        """Waits until `question` holds of the Application; gives the Application."""

        async def asked() -> Any:
            app = await self.app(name)
            return app if question(app) else None

        return await self.eventually(asked, seconds)

    async def eventually(self, question: Callable[[], Awaitable[Any]], seconds: float = 8.0) -> Any:
        for _ in range(int(seconds / 0.02)):
            answer = await question()
            if answer:
                return answer
            await asyncio.sleep(0.02)
        raise AssertionError(f"not within {seconds} s: {(await self.app() or {}).get('status')}")


def sync_status(app: Any) -> Any:
    return ((app.get("status") or {}).get("sync") or {}).get("status")


def phase(app: Any) -> Any:
    return ((app.get("status") or {}).get("operationState") or {}).get("phase")


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """The cluster runs; the engine does when a test starts it."""
    path = tmp_path / "cluster"
    path.mkdir()
    cluster = EmbeddedCluster(Places(path), SystemClock(), EmbeddedOptions(node=False))
    programs = asyncio.create_task(cluster.run())
    client = cluster.client("test")
    await prepare(client)
    found = Rig(cluster, client)
    try:
        yield found
    finally:
        await found.crash()
        programs.cancel()
        with suppress(asyncio.CancelledError):
            await programs
        cluster.close()
