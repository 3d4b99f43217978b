"""A forge behind a real socket, driven by real git."""

import asyncio
import os
import socket
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from stackwright.adapters.git.backend import GitBackend
from stackwright.adapters.git.bare import BareRepositories
from stackwright.adapters.git.records import SqliteRecords
from stackwright.adapters.http_server import HttpServer
from stackwright.forge.forge import Forge
from stackwright.forge.service import ForgeService
from stackwright.forge.types import Push
from stackwright.kernel.clock import SystemClock


@dataclass
class Rig:
    forge: Forge
    url: str
    pushes: list[Push]
    folder: Path

    async def git(self, *arguments: str, cwd: Path | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "dev",
            "GIT_AUTHOR_EMAIL": "dev@example.org",
            "GIT_COMMITTER_NAME": "dev",
            "GIT_COMMITTER_EMAIL": "dev@example.org",
        }
        run = asyncio.to_thread(
            subprocess.run, ["git", *arguments], cwd=cwd or self.folder, env=environment, capture_output=True, text=True, timeout=60
        )
        done = await run
        assert not check or done.returncode == 0, done.stderr
        return done

    def authenticated(self, user: str, password: str) -> str:
        return self.url.replace("http://", f"http://{user}:{password}@")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    records = SqliteRecords(tmp_path / "forge.db")
    forge = Forge(records, BareRepositories(tmp_path / "repositories"), SystemClock())
    forge.create_account("admin", "right", admin=True)
    forge.create_account("dev", "secret")
    port = free_port()
    service = ForgeService(forge, GitBackend(), f"http://127.0.0.1:{port}/gitea", "/gitea")
    server = HttpServer(lambda _host, _path: service, address="127.0.0.1", port=port, certificate=None, key=None)
    serving = asyncio.create_task(server.run())
    pushes: list[Push] = []
    forge.on_push(pushes.append)
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        await asyncio.sleep(0.01)
    folder = tmp_path / "work"
    folder.mkdir()
    yield Rig(forge, f"http://127.0.0.1:{port}/gitea", pushes, folder)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    records.close()
