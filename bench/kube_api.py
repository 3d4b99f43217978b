"""How fast a Kubernetes API server is: writes over several connections, lists, reads, a watch.

    python -m bench.kube_api KUBECONFIG [OTHER-KUBECONFIG] [--objects 1000] [--connections 16]

With a second kubeconfig the same is measured there, and the last column tells how many times better the first one is.
Everything happens in a namespace of its own, which is deleted in the end. The client is a bare one, so that it is not what is measured.
"""

import argparse
import asyncio
import json
import ssl
import statistics
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from stackwright.adapters.kube_config import ClusterAccess, from_kubeconfig

REPEATS = 9
IN_TURN = 200
RATE, DELAY = "per second", "ms"


@dataclass(frozen=True)
class Measured:
    name: str
    value: float
    unit: str


class Connection:
    """HTTP/1.1 with one request at a time."""

    def __init__(self, access: ClusterAccess, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._head = f"Host: {urlsplit(access.server).netloc}\r\nAuthorization: Bearer {access.token}\r\nAccept: application/json\r\n"
        self._reader, self._writer = reader, writer

    @staticmethod
    async def open(access: ClusterAccess) -> "Connection":
        url = urlsplit(access.server)
        return Connection(access, *await asyncio.open_connection(url.hostname, url.port or 443, ssl=_trusting(access)))

    async def send(self, method: str, path: str, body: bytes = b"", type: str = "json") -> tuple[int, bytes]:
        status, length = await self.begin(method, path, body, type)
        if length is None:
            return status, b"".join([chunk async for chunk in self.chunks()])
        return status, await self._reader.readexactly(length)

    async def begin(self, method: str, path: str, body: bytes = b"", type: str = "json") -> tuple[int, int | None]:
        """Status and length; no length when the body comes in chunks."""
        self.ask(method, path, body, type)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next((int(line[15:]) for line in answer.split("\r\n") if line.startswith("content-length:")), None)
        return int(answer.split(" ", 2)[1]), length

    def ask(self, method: str, path: str, body: bytes = b"", type: str = "json") -> None:
        """Sends, and does not look for an answer."""
        head = f"{method} {path} HTTP/1.1\r\n{self._head}Content-Type: application/{type}\r\nContent-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)

    def pause(self) -> None:
        """Reads nothing any more."""
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]

    async def chunks(self):  # type: ignore[no-untyped-def]
        while size := int((await self._reader.readline()).split(b";")[0], 16):
            yield await self._reader.readexactly(size)
            await self._reader.readline()
        await self._reader.readline()

    async def pieces(self):  # type: ignore[no-untyped-def]
        """As they come, with what frames them."""
        while piece := await self._reader.read(1 << 18):
            yield piece

    def close(self) -> None:
        self._writer.close()


def _trusting(access: ClusterAccess) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=access.certificate_authority or None)
    if access.client_certificate:
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(access.client_certificate + "\n" + access.client_key)
            file.flush()
            context.load_cert_chain(file.name)
    return context


class Bench:
    def __init__(self, access: ClusterAccess, objects: int, connections: int) -> None:
        self._access, self._objects, self._connections = access, objects, connections
        self._namespace = f"bench-{uuid.uuid4().hex[:8]}"
        self._path = f"/api/v1/namespaces/{self._namespace}/configmaps"

    async def run(self) -> list[Measured]:
        one = await Connection.open(self._access)
        await checked(one.send("POST", "/api/v1/namespaces", _object("Namespace", self._namespace)))
        try:
            found = [await self._creates(), *await self._one_by_one(one), *await self._reads(one), await self._watch(one)]
        finally:
            await one.send("DELETE", f"/api/v1/namespaces/{self._namespace}")
            one.close()
        return found

    async def _creates(self) -> Measured:
        names = iter(range(self._objects))
        connections = [await Connection.open(self._access) for _ in range(self._connections)]

        async def work(connection: Connection) -> None:
            for number in names:
                await checked(connection.send("POST", self._path, _object("ConfigMap", f"c-{number:05}")))
            connection.close()

        start = time.perf_counter()
        await asyncio.gather(*(work(connection) for connection in connections))
        return Measured(f"create over {self._connections} connections", self._objects / (time.perf_counter() - start), RATE)

    async def _one_by_one(self, one: Connection) -> list[Measured]:
        """Every request waits for the answer to the one before."""
        path, applied = self._path, "apply-patch+yaml"

        def apply(i: int) -> Awaitable[tuple[int, bytes]]:
            return one.send("PATCH", f"{path}/a-{i}?fieldManager=bench", _object("ConfigMap", f"a-{i}"), applied)

        def merge(i: int) -> Awaitable[tuple[int, bytes]]:
            return one.send("PATCH", f"{path}/c-00000", json.dumps({"data": {"key": f"value {i}"}}).encode(), "merge-patch+json")

        return [
            await _rate("create", lambda i: one.send("POST", path, _object("ConfigMap", f"o-{i}"))),
            await _rate("get", lambda i: one.send("GET", f"{path}/c-00000")),
            await _rate("merge patch", merge),
            await _rate("server-side apply, new", apply),
            await _rate("server-side apply, no change", apply),
        ]

    async def _reads(self, one: Connection) -> list[Measured]:
        return [
            await _median("update", lambda i: one.send("PUT", f"{self._path}/c-00001", _object("ConfigMap", "c-00001", str(i)))),
            await _median(f"list of {self._objects}", lambda i: one.send("GET", self._path)),
            await _median(f"page of 100 of {self._objects}", lambda i: one.send("GET", f"{self._path}?limit=100")),
        ]

    async def _watch(self, one: Connection) -> Measured:
        """From a write to the moment that a watcher hears of it."""
        watcher = await Connection.open(self._access)
        _, body = await one.send("GET", f"{self._path}?limit=1")
        version = json.loads(body)["metadata"]["resourceVersion"]
        await watcher.begin("GET", f"{self._path}?watch=true&resourceVersion={version}")
        chunks, delays = watcher.chunks(), []
        for number in range(REPEATS):
            start = time.perf_counter()
            await asyncio.gather(one.send("POST", self._path, _object("ConfigMap", f"w-{number}")), anext(chunks))
            delays.append(time.perf_counter() - start)
        watcher.close()
        return Measured("write until a watcher has it", statistics.median(delays) * 1000, DELAY)


async def checked(sent: Awaitable[tuple[int, bytes]]) -> bytes:
    status, body = await sent
    if status >= 400:
        raise SystemExit(f"the server answered {status}: {body[:300].decode(errors='replace')}")
    return body


async def _median(name: str, send: Callable[[int], Awaitable[tuple[int, bytes]]]) -> Measured:
    delays = []
    for number in range(REPEATS):
        start = time.perf_counter()
        await checked(send(number))
        delays.append(time.perf_counter() - start)
    return Measured(name, statistics.median(delays) * 1000, DELAY)


async def _rate(name: str, send: Callable[[int], Awaitable[tuple[int, bytes]]]) -> Measured:
    start = time.perf_counter()
    for number in range(IN_TURN):
        await checked(send(number))
    return Measured(f"{name}, one by one", IN_TURN / (time.perf_counter() - start), RATE)


def _object(kind: str, name: str, value: str = "value") -> bytes:
    found: dict[str, object] = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}}
    return json.dumps(found | ({"data": {"key": value, "text": "x" * 200}} if kind == "ConfigMap" else {})).encode()


def table(first: list[Measured], second: list[Measured] | None) -> str:
    lines = []
    for index, row in enumerate(first):
        line = f"{row.name:36} {row.value:10.1f} {row.unit}"
        if second:
            other = second[index].value
            better = row.value / other if row.unit == RATE else other / row.value
            line += f"   {other:10.1f} {row.unit}   {better:6.2f} x"
        lines.append(line)
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kubeconfig", type=Path, nargs="+")
    parser.add_argument("--objects", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=16)
    given = parser.parse_args()
    found = [asyncio.run(Bench(from_kubeconfig(path), given.objects, given.connections).run()) for path in given.kubeconfig[:2]]
    print(table(found[0], found[1] if len(found) > 1 else None))


if __name__ == "__main__":
    main()
