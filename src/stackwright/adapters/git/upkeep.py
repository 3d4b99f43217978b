"""Repositories are packed now and then: every commit leaves small files behind, and many of them make git slow and fill the disk."""

import asyncio
import logging
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterator
from pathlib import Path

LOOSE = 2_000
LOOK_SECONDS = 600.0
PACK_SECONDS = 300.0
_SAMPLED = "17"
_FOLDERS = 256
logger = logging.getLogger(__name__)


def loose_objects(repository: Path) -> int:
    """About how many there are: one of the 256 folders is counted, as `git gc --auto` does."""
    folder = repository / "objects" / _SAMPLED
    return len(list(folder.iterdir())) * _FOLDERS if folder.is_dir() else 0


async def pack_now_and_then(root: Path, look_seconds: float = LOOK_SECONDS) -> None:
    """Ends only by cancellation. Shape: `root` holds OWNER/NAME.git."""
    while True:
        await asyncio.sleep(look_seconds)
        for repository in await asyncio.to_thread(lambda: list(_untidy(root))):
            await pack(repository)


def _untidy(root: Path) -> Iterator[Path]:
    return (path for path in sorted(root.glob("*/*.git")) if loose_objects(path) > LOOSE)


async def pack(repository: Path) -> None:
    """What nothing refers to stays for two weeks, as git has it: somebody may be about to refer to it."""
    command = ("git", "-C", str(repository), "-c", "gc.autoDetach=false", "gc", "--quiet")
    process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE)
    try:
        async with asyncio.timeout(PACK_SECONDS):
            _, problem = await process.communicate()
    except TimeoutError:
        logger.warning("%s was not packed within %g seconds", repository.name, PACK_SECONDS)
        return
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        logger.warning("%s was not packed: %s", repository.name, problem.decode(errors="replace").strip()[-500:])
    else:
        logger.info("%s was packed", repository.name)
