"""Kills a serving cluster over and over while clients write, and looks for anything acknowledged that is gone.

    python -m bench.crash [--rounds 20] [--writers 16] [--folder DIR]

Ends with an error when an acknowledged write is missing, is of another value, or when a resourceVersion was given twice.
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


async def check(access: ClusterAccess, ledger: Ledger) -> list[str]:
    connection = await Connection.open(access)
    _, answer = await connection.send("GET", CONFIG_MAPS)
    connection.close()
    live = {item["metadata"]["name"]: item for item in json.loads(answer)["items"]}
    faults = [f"resourceVersion {version} was given twice" for version in ledger.repeated]
    for name, wanted in ledger.acknowledged.items():
        if name in ledger.doubtful or wanted is None:
            continue
        found = live.get(name)
        if found is None or (int(found["metadata"]["resourceVersion"]), found["data"]["value"]) != wanted:
            faults.append(f"{name}: acknowledged {wanted}, found {found and found['metadata']['resourceVersion']}")
    return faults


async def one_round(access: ClusterAccess, ledger: Ledger, pid: int, writers: int, chance: random.Random) -> None:
    async def kill() -> None:
        await asyncio.sleep(chance.uniform(0.05, 0.6))
        os.kill(pid, signal.SIGKILL)

    tasks = [write(access, ledger, number, random.Random(chance.random())) for number in range(writers)]
    await asyncio.gather(kill(), *tasks)


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
    places, ledger, chance, started = cluster_places(base, NAME), Ledger(), random.Random(), []
    port = free_port()
    try:
        for _ in range(rounds):
            start = time.perf_counter()
            clusters.ensure_cluster(base, NAME, port=port, controllers=False)
            started.append(time.perf_counter() - start)
            access = from_kubeconfig(places.kubeconfig)
            if faults := asyncio.run(check(access, ledger)):
                raise SystemExit("\n".join(faults))
            pid = process.running(places)
            assert pid is not None
            asyncio.run(one_round(access, ledger, pid, writers, chance))
            while process.running(places):
                time.sleep(0.01)
        print(f"{rounds} kills, {len(ledger.versions)} acknowledged writes, none lost; longest restart {max(started):.2f} s")
    finally:
        process.stop(places)


if __name__ == "__main__":
    main()
