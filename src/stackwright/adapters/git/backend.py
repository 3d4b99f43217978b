"""git's own HTTP server program, one child process for each request. Source: git-http-backend(1), RFC 3875."""

import asyncio
import logging
import os
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

from stackwright.kernel.http import Request, Response

logger = logging.getLogger(__name__)

MAX_HEADER_BYTES = 16 * 1024
PIECE_BYTES = 256 * 1024
START_SECONDS = 120.0
REQUEST_SECONDS = 3600.0
_AT_ONCE = 32


class GitBackend:
    """Implements forge.ports.GitProtocol."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def serve(self, repository: Path, suffix: str, request: Request, body: AsyncIterator[bytes], user: str) -> Response:
        """The answer streams; the child ends with it. A client that goes away ends the sending, never a push that is being stored."""
        await self._slots.acquire()
        try:
            process = await asyncio.create_subprocess_exec(
                "git",
                "http-backend",
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                limit=PIECE_BYTES,
                env=_environment(repository, suffix, request, user),
            )
        except BaseException:
            self._slots.release()
            raise
        feeding = asyncio.create_task(_feed(process, body))
        try:
            async with asyncio.timeout(START_SECONDS):
                status, headers = await _read_head(process)
        except BaseException as error:
            await self._end(process, feeding, kill=True)
            if isinstance(error, TimeoutError | ValueError | asyncio.IncompleteReadError | asyncio.LimitOverrunError):
                return Response(500, b"git did not answer\n", {"content-type": "text/plain"})
            raise
        return Response(status, headers=headers, stream=self._pieces(process, feeding, kill="receive-pack" not in suffix))

    async def _pieces(self, process: Process, feeding: asyncio.Task[None], *, kill: bool) -> AsyncIterator[bytes]:
        assert process.stdout is not None
        complete = False
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                while piece := await process.stdout.read(PIECE_BYTES):
                    yield piece
            complete = True
        finally:
            await asyncio.shield(asyncio.ensure_future(self._end(process, feeding, kill=kill and not complete)))

    async def _end(self, process: Process, feeding: asyncio.Task[None], *, kill: bool) -> None:
        feeding.cancel()
        if kill and process.returncode is None:
            process.kill()
        try:
            async with asyncio.timeout(30):
                if process.stdout is not None:
                    while await process.stdout.read(PIECE_BYTES):
                        pass
                await process.wait()
        except TimeoutError:
            process.kill()
        finally:
            self._slots.release()


async def _feed(process: Process, body: AsyncIterator[bytes]) -> None:
    assert process.stdin is not None
    try:
        async for piece in body:
            process.stdin.write(piece)
            await process.stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        logger.debug("git closed its input early")
    finally:
        process.stdin.close()


async def _read_head(process: Process) -> tuple[int, dict[str, str]]:
    """Raises ValueError when git says something that is no CGI header."""
    assert process.stdout is not None
    status, size = 200, 0
    headers: dict[str, str] = {}
    while True:
        line = await process.stdout.readline()
        size += len(line)
        if not line or size > MAX_HEADER_BYTES:
            raise ValueError("no CGI header")
        if line in (b"\r\n", b"\n"):
            return status, headers
        name, separator, value = line.decode("latin-1").partition(":")
        if not separator:
            raise ValueError("no CGI header")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            headers[name.strip().lower()] = value.strip()


def _environment(repository: Path, suffix: str, request: Request, user: str) -> dict[str, str]:
    given = {
        "GIT_PROJECT_ROOT": str(repository),
        "PATH_INFO": f"/{suffix}",
        "GIT_HTTP_EXPORT_ALL": "1",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": urlencode(request.query),
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "REMOTE_USER": user,
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": request.headers.get("content-length", ""),
    }
    fixed = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }
    return {**{key: value for key, value in given.items() if value}, **fixed}
