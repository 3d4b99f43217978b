"""Runs foreign programs: no shell, bounded time, bounded output, the whole process group ended."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MAX_OUTPUT = 64 * 1024 * 1024
MAX_ERRORS = 64 * 1024


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended. Shape: `code` is None when its time was up or it said too much."""

    code: int | None
    output: bytes
    errors: str


async def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path | None = None,
    timeout_seconds: float,
    stdin: bytes = b"",
    max_output: int = MAX_OUTPUT,
) -> Ended:
    """Raises FileNotFoundError when there is no such program."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=dict(environment),
        stdin=asyncio.subprocess.PIPE if stdin else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(timeout_seconds):
            output, errors = await _collect(process, stdin, max_output)
            return Ended(await process.wait(), output, errors.decode(errors="replace"))
    except TimeoutError:
        return Ended(None, b"", f"the program took longer than {timeout_seconds:g}s")
    except _TooMuch:
        return Ended(None, b"", f"the program wrote more than {max_output} bytes")
    finally:
        await _end(process)


class _TooMuch(Exception):
    """The output passed its bound."""


async def _collect(process: asyncio.subprocess.Process, stdin: bytes, max_output: int) -> tuple[bytes, bytes]:
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.TaskGroup() as group:
            output = group.create_task(_read(process.stdout, max_output))
            errors = group.create_task(_read_some(process.stderr))
            if stdin:
                group.create_task(_write(process, stdin))
    except* _TooMuch as error:
        raise _TooMuch from error
    return output.result(), errors.result()


async def _write(process: asyncio.subprocess.Process, data: bytes) -> None:
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(data)
        await process.stdin.drain()
    process.stdin.close()


async def _read(stream: asyncio.StreamReader, limit: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := await stream.read(65536):
        size += len(piece)
        if size > limit:
            raise _TooMuch
        pieces.append(piece)
    return b"".join(pieces)


async def _read_some(stream: asyncio.StreamReader) -> bytes:
    """The beginning of a stream; the rest is read and dropped, so that the writer never waits."""
    kept = b""
    while piece := await stream.read(65536):
        kept += piece[: MAX_ERRORS - len(kept)]
    return kept


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ends whatever the program started as well."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
