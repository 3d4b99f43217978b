"""A kill at any moment is an ordinary restart: what was acknowledged is there, and no revision is given twice."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from stackwright.adapters.sqlite import SqliteJournal
from stackwright.store.objects import ObjectStore

_WRITER = """
import asyncio, sys
from pathlib import Path
from stackwright.adapters.sqlite import SqliteJournal
from stackwright.store.objects import ObjectStore

async def writer(store, number):
    step = 0
    while True:
        name, step = f"w{number}-{step % 5}", step + 1
        obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "d"}, "data": {"step": str(step)}}
        old = store.entry("configmaps", "d", name)
        if old is None:
            entry = await store.create("configmaps", obj)
        elif step % 7 == 0:
            entry = await store.delete("configmaps", "d", name, old.revision)
            print(name, "gone", entry.revision, flush=True)
            continue
        else:
            entry = await store.update("configmaps", obj, old.revision)
        print(name, step, entry.revision, flush=True)

async def main():
    store = ObjectStore(SqliteJournal(Path(sys.argv[1])))
    await asyncio.gather(*(writer(store, number) for number in range(8)))

asyncio.run(main())
"""


def _run_and_kill(database: Path, seconds: float) -> list[tuple[str, str, int]]:
    with subprocess.Popen([sys.executable, "-c", _WRITER, str(database)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGKILL)
        lines = [first, *process.stdout.read().splitlines(keepends=True)]
    told = [line.split() for line in lines if line.endswith("\n")]
    return [(name, step, int(revision)) for name, step, revision in told]


def test_nothing_acknowledged_is_lost_and_no_revision_is_reused(tmp_path: Path) -> None:
    chance = random.Random(7)
    highest = 0
    for _ in range(3):
        told = _run_and_kill(tmp_path / "cluster.db", chance.uniform(0.05, 0.3))
        assert min(revision for _, _, revision in told) > highest
        highest = max(revision for _, _, revision in told)
        journal = SqliteJournal(tmp_path / "cluster.db")
        store = ObjectStore(journal)
        assert store.revision >= highest
        last = {name: (step, revision) for name, step, revision in told}
        for name, (step, revision) in last.items():
            entry = store.entry("configmaps", "d", name)
            later = entry is not None and entry.revision > revision
            same = entry is not None and entry.revision == revision and entry.object["data"]["step"] == step
            assert later or same or (entry is None and (step == "gone" or store.revision > highest)), (name, step, revision)
        highest = store.revision
        journal.close()
