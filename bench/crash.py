"""Kills a serving cluster over and over while clients write, and looks for anything acknowledged that is gone.

    python -m bench.crash [--rounds 20] [--writers 16] [--folder DIR]

Ends with an error when an acknowledged write is missing, is of another value, when a resourceVersion was given twice, or when a watcher
that resumes where it was cut off does not end with what a list shows (a watch that is refused with 410 lists again, as clients do).
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.kube_api import Connection
from bench.platform_rig import free_port
from stackwright.adapters.kube_config import ClusterAccess, from_kubeconfig
from stackwright.app import clusters, process
from stackwright.app.places import cluster_places

NAME = "crash"
CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


@dataclass
class Ledger:
    """What the server said it had written. Shape: name -> resourceVersion and value, None when it was deleted."""

    acknowledged: dict[str, tuple[int, str] | None] = field(default_factory=dict)
    versions: set[int] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    repeated: list[int] = field(default_factory=list)

    def told(self, name: str, version: int, value: str | None) -> None:
        if version in self.versions:
            self.repeated.append(version)
        self.versions.add(version)
        self.acknowledged[name] = None if value is None else (version, value)
        self.doubtful.discard(name)


@dataclass
class Watcher:
    """What a client's watch made of it. Shape: `seen` maps a name to resourceVersion and value, as of `version`."""

    seen: dict[str, tuple[int, str]] = field(default_factory=dict)
    version: int = 0
    resumed: int = 0
    listed: int = 0

    async def follow(self, access: ClusterAccess, until: int | None = None) -> None:
        """Until the server dies; or has told of everything up to a resourceVersion."""
        connection = await Connection.open(access)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            status, _ = await connection.begin("GET", f"{CONFIG_MAPS}?watch=true&resourceVersion={self.version}&timeoutSeconds=60")
            if status != 200:
                raise SystemExit(f"a watch from {self.version} was answered with {status}")
            rest = b""
            async for chunk in connection.chunks():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    if not self._hear(json.loads(line)):
                        return
                if until is not None and self.version >= until:
                    break
        connection.close()

    def _hear(self, event: dict[str, Any]) -> bool:
        """False when the past is no longer known."""
        found = event["object"]
        if event["type"] == "ERROR":
            if found.get("code") != 410:
                raise SystemExit(f"a watch from {self.version} ended with {found}")
            self.version = 0
            return False
        name, version = found["metadata"]["name"], int(found["metadata"]["resourceVersion"])
        if version <= self.version:
            raise SystemExit(f"a watch from {self.version} told of {name} at {version} again")
        self.version = version
        if event["type"] == "DELETED":
            self.seen.pop(name, None)
        else:
            self.seen[name] = version, found["data"].get("value", "")
        return True

    async def catch_up(self, access: ClusterAccess, live: dict[str, tuple[int, str]], version: int) -> list[str]:
        """After a restart: goes on from where it was, and compares."""
        last = max([self.version, *(at for at, _ in live.values())]) if self.version else 0
        if self.version and last > self.version:
            await self.follow(access, last)
        if not self.version:
            self.seen, self.version, self.listed = dict(live), version, self.listed + 1
        else:
            self.resumed += 1
        return [
            f"{name}: a watcher saw {self.seen.get(name)}, a list {live.get(name)}"
            for name in sorted(self.seen.keys() | live.keys())
            if self.seen.get(name) != live.get(name)
        ]


async def write(access: ClusterAccess, ledger: Ledger, writer: int, chance: random.Random) -> None:
    """Until the server dies. What was asked when it died may have happened or not."""
    connection = await Connection.open(access)
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        while True:
            name, value = f"w{writer}-{chance.randrange(6)}", str(chance.random())
            ledger.doubtful.add(name)
            body = json.dumps({"metadata": {"name": name}, "data": {"value": value}}).encode()
            there = ledger.acknowledged.get(name) is not None
            method, path = ("PUT", f"{CONFIG_MAPS}/{name}") if there else ("POST", CONFIG_MAPS)
            status, answer = await connection.send(method, path, body)
            if status in (200, 201):
                ledger.told(name, int(json.loads(answer)["metadata"]["resourceVersion"]), value)
            elif status not in (404, 409):
                raise SystemExit(f"{method} {path} was answered with {status}: {answer[:200]!r}")
            else:
                await settle(connection, ledger, name)


async def settle(connection: Connection, ledger: Ledger, name: str) -> None:
    """A write in doubt has turned out the other way: look."""
    status, answer = await connection.send("GET", f"{CONFIG_MAPS}/{name}")
    found = json.loads(answer)
    if status == 404:
        ledger.acknowledged[name] = None
    else:
        ledger.acknowledged[name] = int(found["metadata"]["resourceVersion"]), found["data"]["value"]


async def check(access: ClusterAccess, ledger: Ledger, watcher: Watcher) -> list[str]:
    connection = await Connection.open(access)
    _, answer = await connection.send("GET", CONFIG_MAPS)
    connection.close()
    listed = json.loads(answer)
    live = {item["metadata"]["name"]: item for item in listed["items"]}
    shown = {name: (int(item["metadata"]["resourceVersion"]), (item.get("data") or {}).get("value", "")) for name, item in live.items()}
    if faults := await watcher.catch_up(access, shown, int(listed["metadata"]["resourceVersion"])):
        return faults
    faults = [f"resourceVersion {version} was given twice" for version in ledger.repeated]
    for name, wanted in ledger.acknowledged.items():
        if name in ledger.doubtful or wanted is None:
            continue
        found = live.get(name)
        if found is None or (int(found["metadata"]["resourceVersion"]), found["data"]["value"]) != wanted:
            faults.append(f"{name}: acknowledged {wanted}, found {found and found['metadata']['resourceVersion']}")
    return faults


async def one_round(access: ClusterAccess, ledger: Ledger, watcher: Watcher, pid: int, writers: int, chance: random.Random) -> None:
    async def kill() -> None:
        await asyncio.sleep(chance.uniform(0.05, 0.6))
        os.kill(pid, signal.SIGKILL)

    tasks = [write(access, ledger, number, random.Random(chance.random())) for number in range(writers)]
    await asyncio.gather(kill(), watcher.follow(access), *tasks)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        run(given.folder or Path(made), given.rounds, given.writers)


def run(base: Path, rounds: int, writers: int) -> None:
    """Raises SystemExit when something was lost."""
    places, ledger, watcher, chance, started = cluster_places(base, NAME), Ledger(), Watcher(), random.Random(), []
    port = free_port()
    try:
        for _ in range(rounds):
            start = time.perf_counter()
            clusters.ensure_cluster(base, NAME, port=port, controllers=False)
            started.append(time.perf_counter() - start)
            access = from_kubeconfig(places.kubeconfig)
            if faults := asyncio.run(check(access, ledger, watcher)):
                raise SystemExit("\n".join(faults))
            pid = process.running(places)
            assert pid is not None
            asyncio.run(one_round(access, ledger, watcher, pid, writers, chance))
            while process.running(places):
                time.sleep(0.01)
        print(f"{rounds} kills, {len(ledger.versions)} acknowledged writes, none lost; longest restart {max(started):.2f} s")
        print(
            f"a watcher went on from where it was {watcher.resumed} times and listed anew {watcher.listed} times; it saw what a list shows"
        )
    finally:
        process.stop(places)


if __name__ == "__main__":
    main()
