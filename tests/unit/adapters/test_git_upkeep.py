"""Hosted repositories are packed, and everything in them can still be read."""

import asyncio
from contextlib import suppress
from pathlib import Path

from stackwright.adapters.git import upkeep
from stackwright.adapters.git.bare import BareRepositories
from stackwright.forge.ports import FileContent


def filled(root: Path, files: int) -> BareRepositories:
    repositories = BareRepositories(root)
    repositories.create("team", "many", "main")
    changes = {f"folder/{number}.txt": FileContent(f"text {number}".encode()) for number in range(files)}
    repositories.write("team", "many", "main", changes, "Many files", ("Ann", "ann@localhost"), whole=False)
    return repositories


async def test_a_repository_with_many_loose_objects_is_packed_and_reads_the_same(tmp_path: Path) -> None:
    repositories = filled(tmp_path, 3_000)
    path, before = repositories.path("team", "many"), repositories.refs("team", "many")
    assert upkeep.loose_objects(path) > upkeep.LOOSE
    packing = asyncio.create_task(upkeep.pack_now_and_then(tmp_path, look_seconds=0.01))
    async with asyncio.timeout(30):
        while upkeep.loose_objects(path):
            await asyncio.sleep(0.02)
    packing.cancel()
    with suppress(asyncio.CancelledError):
        await packing
    assert repositories.refs("team", "many") == before
    assert len(list(repositories.entries("team", "many", "main", "folder"))) == 3_000


async def test_what_cannot_be_packed_hurts_nobody(tmp_path: Path) -> None:
    (tmp_path / "broken.git").mkdir()
    await upkeep.pack(tmp_path / "broken.git")
