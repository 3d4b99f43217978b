"""Child processes that evaluate foreign code: a few, kept while they are busy, killed when their time is up."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Mapping
from typing import Any

from stackwright.adapters.sources.problems import RenderProblem
from stackwright.adapters.sources.tree import TreeAddress
from stackwright.kernel import json

IDLE_SECONDS = 60.0
MAX_ANSWER_BYTES = 128 * 1024 * 1024
MAX_REQUESTS = 2000
_INHERITED = ("PATH", "PYTHONPATH", "LANG", "TMPDIR")


def address_to(address: TreeAddress) -> dict[str, Any]:
    """A tree's address as JSON."""
    modules = {path: address_to(module) for path, module in address.modules.items()}
    return {"repository": str(address.repository), "tree": address.tree, "modules": modules}


class _Gone(Exception):
    """The worker ended, or its answer was too large."""


class _Worker:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.served = 0

    @classmethod
    async def start(cls) -> "_Worker":
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        environment |= {"GOMEMLIMIT": "1GiB", "GOMAXPROCS": "2", "HOME": os.devnull}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "stackwright.adapters.sources.worker_main",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env=environment, start_new_session=True,
        )  # fmt: skip
        return cls(process)

    async def ask(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        data = json.dumps(request)
        self.served += 1
        try:
            self._process.stdin.write(len(data).to_bytes(4, "big") + data)
            await self._process.stdin.drain()
            size = int.from_bytes(await self._process.stdout.readexactly(4), "big")
            if size > MAX_ANSWER_BYTES:
                raise _Gone
            answer: Mapping[str, Any] = json.loads(await self._process.stdout.readexactly(size))
        except (asyncio.IncompleteReadError, BrokenPipeError, ConnectionResetError) as error:
            raise _Gone from error
        return answer

    @property
    def alive(self) -> bool:
        return self._process.returncode is None and self.served < MAX_REQUESTS

    async def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()


class Workers:
    """Gives each request a worker of its own for as long as it takes."""

    def __init__(self, size: int = 2, idle_seconds: float = IDLE_SECONDS) -> None:
        self._free = asyncio.Semaphore(size)
        self._idle: list[_Worker] = []
        self._idle_seconds = idle_seconds
        self._retiring: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()

    async def ask(self, request: Mapping[str, Any], timeout_seconds: float) -> Any:
        """Raises RenderProblem: what went wrong, or that the time is up."""
        async with self._free:
            worker = self._idle.pop() if self._idle else await _Worker.start()
            try:
                async with asyncio.timeout(timeout_seconds):
                    answer = await worker.ask(request)
            except TimeoutError as error:
                await worker.end()
                raise RenderProblem(f"timed out after {timeout_seconds:g}s") from error
            except _Gone as error:
                await worker.end()
                raise RenderProblem("the renderer ended: out of memory, or its answer is too large") from error
            except asyncio.CancelledError:
                await worker.end()
                raise
            await self._give_back(worker)
        if "error" in answer:
            raise RenderProblem(answer["error"])
        return answer["result"]

    async def _give_back(self, worker: _Worker) -> None:
        if not worker.alive:
            await worker.end()
            return
        self._idle.append(worker)
        if self._retiring is not None:
            self._retiring.cancel()
        self._retiring = asyncio.get_running_loop().call_later(self._idle_seconds, self._retire)

    def _retire(self) -> None:
        task = asyncio.create_task(self.close())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def close(self) -> None:
        """Ends the idle workers; they hold memory that is only worth having while there is work."""
        if self._retiring is not None:
            self._retiring.cancel()
            self._retiring = None
        idle, self._idle = self._idle, []
        for worker in idle:
            await worker.end()
