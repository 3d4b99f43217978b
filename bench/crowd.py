"""Many objects and many watchers, one of whom reads nothing: what it costs those who write, read and watch.

    python -m bench.crowd KUBECONFIG [--objects 10000] [--watchers 200] [--seconds 10] [--connections 8]

Runs against any Kubernetes API, in a namespace of its own, which is deleted in the end. Watchers live in a process of their own and
begin as informers do, all at once: a list in pages of 500, then a watch. The delay of an event is counted from the moment its write is
sent. A stall is the longest time that somebody waits who does nothing but GET one unrelated object. Memory and processor time are what
the server says of itself.
"""

import argparse
import asyncio
import json
import multiprocessing
import random
import re
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import uvloop

from bench.kube_api import Connection, checked
from bench.platform_rig import percentile, report
from stackwright.adapters.kube_config import ClusterAccess, from_kubeconfig

UNRELATED = "/api/v1/namespaces/kube-system"
PAGE = 500
TIMED_WATCHERS = 10
PROBE_SECONDS = 0.002
_VERSION, _CONTINUE = re.compile(rb'"resourceVersion":"(\d+)"'), re.compile(rb'"continue":"([^"]+)"')
"""The first in a list are those of the list itself, which spares reading the whole of it."""
_AT = re.compile(rb'"at":"(\d+)"')
_OPEN, _COUNT, _END = "open", "count", "end"


@dataclass
class Heard:
    """What all watchers of the process have heard."""

    events: int = 0
    delays: list[float] = field(default_factory=list)

    def hear(self, piece: bytes, timed: bool) -> None:
        self.events += piece.count(b"\n") - piece.count(b"\r")
        if timed:
            now = time.monotonic_ns()
            self.delays += [(now - int(sent)) / 1e6 for sent in _AT.findall(piece)]


def watchers(access: ClusterAccess, path: str, number: int, pipe: Pipe) -> None:
    """The process of the watchers: says how long opening took, then what was heard since it was last asked."""
    uvloop.run(_watchers(access, path, number, pipe))


async def _watchers(access: ClusterAccess, path: str, number: int, pipe: Pipe) -> None:
    loop, heard, tasks = asyncio.get_running_loop(), Heard(), []
    while (asked := await loop.run_in_executor(None, pipe.recv)) != _END:
        if asked == _OPEN:
            start = time.perf_counter()
            opened = await asyncio.gather(*(_open(access, path) for _ in range(number)))
            await _open_silent(access, path)
            tasks = [asyncio.create_task(_listen(watcher, heard, index < TIMED_WATCHERS)) for index, watcher in enumerate(opened)]
            pipe.send(time.perf_counter() - start)
            heard.events = 0
        else:
            pipe.send((heard.events, heard.delays, sum(task.done() for task in tasks)))
            heard.events, heard.delays = 0, []


async def _open(access: ClusterAccess, path: str) -> Connection:
    """As an informer begins."""
    connection, rest = await Connection.open(access), ""
    while True:
        page = await checked(connection.send("GET", f"{path}?limit={PAGE}{rest}"))
        version, more = _VERSION.search(page), _CONTINUE.search(page)
        if more is None or version is None:
            break
        rest = f"&continue={more[1].decode()}"
    await connection.begin("GET", f"{path}?watch=true&allowWatchBookmarks=true&resourceVersion={version[1].decode() if version else ''}")
    return connection


async def _listen(connection: Connection, heard: Heard, timed: bool) -> None:
    async for piece in connection.pieces():
        heard.hear(piece, timed)


_silent: list[Connection] = []
"""Kept, so that nobody closes them."""


async def _open_silent(access: ClusterAccess, path: str) -> None:
    """A watcher that asks and never reads."""
    connection = await Connection.open(access)
    connection.pause()
    connection.ask("GET", f"{path}?watch=true")
    _silent.append(connection)


@dataclass
class Bench:
    access: ClusterAccess
    objects: int
    number: int
    seconds: float
    connections: int
    namespace: str = field(default_factory=lambda: f"crowd-{uuid.uuid4().hex[:8]}")

    @property
    def path(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/configmaps"

    async def run(self) -> dict[str, float]:
        pipe, other = multiprocessing.Pipe()
        child = multiprocessing.get_context("spawn").Process(
            target=watchers, args=(self.access, self.path, self.number, other), daemon=True
        )
        child.start()
        await self._once("POST", "/api/v1/namespaces", json.dumps({"metadata": {"name": self.namespace}}).encode())
        try:
            return await self._measured(pipe)
        finally:
            pipe.send(_END)
            await self._once("DELETE", f"/api/v1/namespaces/{self.namespace}")

    async def _measured(self, pipe: Pipe) -> dict[str, float]:
        found: dict[str, float] = {}
        await self._fill()
        found["resident with the objects, MB"] = await self._resident()
        async with self._stall("reading alone", found):
            await asyncio.sleep(2)
        async with self._stall("while one lists all in pages", found):
            (await _open(self.access, self.path)).close()
        async with self._stall("while one lists all at once", found):
            await self._once("GET", self.path)
        async with self._stall("while all writers write", found):
            found["writes per second without watchers"] = await self._write()
        async with self._stall("while all watchers begin", found):
            found["all watchers began after, s"] = await _told(pipe, _OPEN)
        async with self._stall("while all write and watch", found):
            used = await self._said("process_cpu_seconds_total")
            found["writes per second with watchers"] = rate = await self._write()
            await asyncio.sleep(1)
            used = await self._said("process_cpu_seconds_total") - used
        events, delays, ended = await _told(pipe, _COUNT)
        found["server's processor time for an event, µs"] = used * 1e6 / max(events, 1)
        found["events per second"] = events / self.seconds
        found["events that came, of all, %"] = 100 * events / (rate * self.seconds * self.number)
        found["event after its write, p50 ms"] = percentile(delays, 0.5)
        found["event after its write, p99 ms"] = percentile(delays, 0.99)
        found["watchers that were cut off"] = ended
        found["resident with the watchers, MB"] = await self._resident()
        return found

    async def _fill(self) -> None:
        names = iter(range(self.objects))

        async def work(connection: Connection) -> None:
            for number in names:
                await checked(connection.send("POST", self.path, _object(number)))
            connection.close()

        await asyncio.gather(*[work(await Connection.open(self.access)) for _ in range(self.connections)])

    async def _write(self) -> float:
        """Writes per second."""
        end, done = time.perf_counter() + self.seconds, 0

        async def work(connection: Connection) -> None:
            nonlocal done
            while time.perf_counter() < end:
                body = json.dumps({"data": {"at": str(time.monotonic_ns())}}).encode()
                name = f"c-{random.randrange(self.objects):05}"
                await checked(connection.send("PATCH", f"{self.path}/{name}", body, "merge-patch+json"))
                done += 1
            connection.close()

        await asyncio.gather(*[work(await Connection.open(self.access)) for _ in range(self.connections)])
        return done / self.seconds

    @asynccontextmanager
    async def _stall(self, when: str, found: dict[str, float]) -> AsyncIterator[None]:
        connection, longest = await Connection.open(self.access), [0.0]

        async def probe() -> None:
            while True:
                start = time.perf_counter()
                await checked(connection.send("GET", UNRELATED))
                longest.append(time.perf_counter() - start)
                await asyncio.sleep(PROBE_SECONDS)

        probing = asyncio.create_task(probe())
        try:
            yield
            await asyncio.sleep(0.1)
        finally:
            probing.cancel()
            connection.close()
        found[f"longest GET {when}, ms"] = max(longest) * 1000

    async def _once(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Over a connection of its own: servers close those that say nothing for a while."""
        connection = await Connection.open(self.access)
        try:
            return await checked(connection.send(method, path, body))
        finally:
            connection.close()

    async def _resident(self) -> float:
        return await self._said("process_resident_memory_bytes") / 2**20

    async def _said(self, name: str) -> float:
        text = (await self._once("GET", "/metrics")).decode()
        line = next((line for line in text.splitlines() if line.startswith(f"{name} ")), "")
        return float(line.partition(" ")[2] or "nan")


async def _told(pipe: Pipe, asked: str):  # type: ignore[no-untyped-def]
    pipe.send(asked)
    return await asyncio.get_running_loop().run_in_executor(None, pipe.recv)


def _object(number: int) -> bytes:
    data = {"at": "0", "text": "x" * 300}
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c-{number:05}"}, "data": data}).encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kubeconfig", type=Path)
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--watchers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--connections", type=int, default=8)
    given = parser.parse_args()
    bench = Bench(from_kubeconfig(given.kubeconfig), given.objects, given.watchers, given.seconds, given.connections)
    report(f"{given.objects} objects, {given.watchers} watchers and one that reads nothing", uvloop.run(bench.run()))


if __name__ == "__main__":
    main()
