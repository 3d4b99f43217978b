"""Clusters that come, go, and do not answer."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from stackwright.api.meta import ObjectKey
from stackwright.app.embedded import EmbeddedCluster, EmbeddedOptions
from stackwright.app.places import Places
from stackwright.client.errors import ClusterUnreachable
from stackwright.client.informer import InformerSet
from stackwright.client.kinds import SECRETS
from stackwright.client.kube import KubeClient
from stackwright.gitops import destinations
from stackwright.gitops.clusters import SECRET_TYPE, UnknownCluster
from stackwright.gitops.destinations import Destinations
from stackwright.gitops.live import LiveState
from stackwright.kernel.clock import SystemClock
from stackwright.kernel.errors import Waiting
from stackwright.kernel.http import Request, Response

FAR = "https://far.example.org:6443"


class Transport:
    """The way to a cluster in this process, with a switch."""

    def __init__(self, client: KubeClient) -> None:
        self._inner = client
        self.mode = "answers"
        self.closed = False

    async def send(self, request: Request) -> Response:
        if self.mode == "silent":
            await asyncio.Event().wait()
        if self.mode == "gone":
            raise ClusterUnreachable(f"the cluster at {FAR} did not answer: connection refused")
        return await self._inner.send(request)

    async def aclose(self) -> None:
        self.closed = True


def secret(name: str = "far") -> dict[str, Any]:
    data = {key: base64.b64encode(text.encode()).decode() for key, text in {"name": name, "server": FAR, "config": "{}"}.items()}
    metadata = {"name": "cluster-far", "namespace": "default", "labels": {SECRET_TYPE: "cluster"}}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data}


Rig = tuple[Destinations, KubeClient, list[Transport], list[str]]


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.setattr(destinations, "PATIENCE_SECONDS", 0.2)
    cluster = EmbeddedCluster(Places(tmp_path), SystemClock(), EmbeddedOptions(controllers=False, node=False))
    client = cluster.client("test")
    made: list[Transport] = []
    modes: list[str] = ["answers"]

    def connect(_secret: Mapping[str, Any]) -> KubeClient:
        made.append(Transport(cluster.client("far")))
        made[-1].mode = modes[-1]
        return KubeClient(made[-1])

    async with _running(cluster) as tasks:
        informers = InformerSet(client, tasks)
        local = LiveState(client, informers, lambda _group, _kind: False)
        found = Destinations(local, informers.informer(SECRETS), tasks, connect, lambda _group, _kind, _server: False, "default")
        await informers.wait_synced()
        yield found, client, made, modes
    cluster.close()


@asynccontextmanager
async def _running(cluster: EmbeddedCluster) -> AsyncIterator[asyncio.TaskGroup]:
    class Over(Exception):
        pass

    with suppress(BaseExceptionGroup):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(cluster.run())
            await eventually(lambda: cluster.store.get("namespaces", "", "default") is not None)
            yield tasks
            raise Over


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.02)


async def opened(found: Destinations) -> LiveState:
    async with asyncio.timeout(5):
        while True:
            try:
                return await found.state_of(FAR)
            except (Waiting, UnknownCluster):
                await asyncio.sleep(0.02)


async def test_a_cluster_that_is_registered_otherwise_is_opened_anew_and_one_that_is_removed_is_left(rig: Rig) -> None:
    found, client, made, _ = rig
    await client.create(secret(), resource=SECRETS)
    state = await opened(found)
    assert state.get(ObjectKey("", "Namespace", "", "default")) is not None
    assert await found.state_of(FAR) is state
    await client.patch(SECRETS, "cluster-far", "default", {"data": secret("other")["data"]})
    await eventually(lambda: made[0].closed)
    assert (await opened(found), len(made)) != (state, 1)
    await client.delete(SECRETS, "cluster-far", "default")
    await eventually(lambda: all(transport.closed for transport in made))
    with pytest.raises(UnknownCluster):
        await found.state_of(FAR)


async def test_nobody_waits_long_for_a_cluster_that_is_silent(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    found, client, made, modes = rig
    monkeypatch.setattr(destinations, "FOLLOW_SECONDS", 0.6)
    modes.append("silent")
    await client.create(secret(), resource=SECRETS)
    await eventually(lambda: len(found.clusters()) == 2)
    with pytest.raises(Waiting):
        await found.state_of(FAR)
    await eventually(lambda: made[0].closed)
    with pytest.raises(ClusterUnreachable, match="did not tell within"):
        await found.state_of(FAR)
    assert [(state.name, state.connected) for state in found.states()][1:] == [("far", False)]


async def test_a_cluster_that_refused_is_left_alone_for_a_while_and_then_asked_again(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    found, client, made, modes = rig
    monkeypatch.setattr(destinations, "REFUSED_SECONDS", 0.5)
    modes.append("gone")
    await client.create(secret(), resource=SECRETS)
    await eventually(lambda: len(found.clusters()) == 2)
    for _ in range(3):
        with pytest.raises(ClusterUnreachable, match="connection refused"):
            await found.state_of(FAR)
    assert len(made) == 1
    modes.append("answers")
    await asyncio.sleep(0.5)
    await opened(found)
    assert len(made) == 2
