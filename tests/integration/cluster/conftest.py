"""A whole embedded cluster in this process: the API server in memory, and the cluster's own programs beside it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from stackwright.api.meta import Object, Resource
from stackwright.api.user import User, component
from stackwright.apiserver.admission.chain import Chain
from stackwright.apiserver.admission.namespaces import NamespaceLifecycle
from stackwright.apiserver.auth.ports import Access, Decision
from stackwright.apiserver.builtin import builtin_kinds
from stackwright.apiserver.parts import Parts
from stackwright.apiserver.patching import KindPatches
from stackwright.apiserver.registry import Registry
from stackwright.apiserver.server import ApiServer
from stackwright.apiserver.transport import InProcess
from stackwright.client.informer import InformerSet
from stackwright.client.kinds import NAMESPACES, PODS, SERVICE_ACCOUNTS
from stackwright.client.kube import KubeClient
from stackwright.cluster import Cluster, ClusterOptions
from stackwright.kernel import json
from stackwright.kernel.clock import SystemClock, rfc3339
from stackwright.kernel.http import Request, Response
from stackwright.store.journal import MemoryJournal
from stackwright.store.objects import ObjectStore


class AllowAll:
    def authenticate(self, headers: Any) -> User:
        return component("test")

    def authorize(self, user: User, access: Access) -> Decision:
        return Decision(True)


class Rig:
    """What a test speaks to."""

    def __init__(self, client: KubeClient, informers: InformerSet) -> None:
        self.client = client
        self.informers = informers

    async def until(self, question: Callable[[], Awaitable[Any]], seconds: float = 5.0) -> Any:
        """Asks until the answer is true; the last answer is part of the failure."""
        answer = None
        for _ in range(int(seconds / 0.02)):
            answer = await question()
            if answer:
                return answer
            await asyncio.sleep(0.02)
        raise AssertionError(f"not within {seconds} s: {answer!r}")

    async def gone(self, resource: Resource, name: str, namespace: str = "default", seconds: float = 5.0) -> None:
        async def absent() -> bool:
            return await self.client.find(resource, name, namespace if resource.namespaced else None) is None

        await self.until(absent, seconds)

    async def becomes(
        self, resource: Resource, name: str, says: Callable[[Any], Any], namespace: str = "default", seconds: float = 5.0
    ) -> Any:
        """Waits until the object is there and `says` agrees; returns the object."""

        async def ask() -> Any:
            found = await self.client.find(resource, name, namespace if resource.namespaced else None)
            return found if found is not None and says(found) else None

        return await self.until(ask, seconds)

    async def pods(self, labels: str = "", namespace: str = "default") -> list[Any]:
        return await self.client.list(PODS, namespace, labels=labels)

    async def object(self, resource: Resource, name: str, namespace: str = "default") -> Object:
        return await self.client.get(resource, name, namespace if resource.namespaced else None)


class Binding:
    """Adds pods/binding where the server does not serve it yet."""

    def __init__(self, inner: InProcess, store: ObjectStore) -> None:
        self._inner = inner
        self._store = store

    async def send(self, request: Request) -> Response:
        response = await self._inner.send(request)
        parts = request.path.split("/")
        if response.status not in (404, 405) or request.method != "POST" or parts[-1] != "binding":
            return response
        entry = self._store.entry("pods", parts[4], parts[6])
        if entry is None:
            return response
        pod, node = entry.object, json.loads(request.body)["target"]["name"]
        bound = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": rfc3339(SystemClock().now())}
        status = {**(pod.get("status") or {}), "conditions": [bound]}
        await self._store.update("pods", {**pod, "spec": {**pod["spec"], "nodeName": node}, "status": status}, entry.revision)
        return Response(201, {}, b"{}")


@asynccontextmanager
async def running(options: ClusterOptions | None = None) -> AsyncIterator[Rig]:
    registry, store = Registry(), ObjectStore(MemoryJournal())
    for kind in builtin_kinds():
        registry.add(kind)
    server = ApiServer(
        Parts(store, registry, AllowAll(), AllowAll(), SystemClock(), chain=Chain((NamespaceLifecycle(store),)), patches=KindPatches())
    )
    client = KubeClient(Binding(InProcess(server, component("test")), store))
    started: asyncio.Future[InformerSet] = asyncio.get_running_loop().create_future()

    async def serve() -> None:
        async with asyncio.TaskGroup() as tasks:
            informers = InformerSet(client, tasks)
            started.set_result(informers)
            await Cluster(client, informers, SystemClock(), options).run()

    task = asyncio.create_task(serve())
    try:
        rig = Rig(client, await started)
        await rig.becomes(NAMESPACES, "default", bool)
        if options is None or options.controllers:
            await rig.becomes(SERVICE_ACCOUNTS, "default", lambda account: True)
        yield rig
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """A cluster with everything on."""
    async with running() as found:
        yield found


@pytest.fixture
async def bare() -> AsyncIterator[Rig]:
    """A cluster with controllers but without scheduler and node: what kube-controller-manager alone makes of things."""
    async with running(ClusterOptions(node=False)) as found:
        yield found
