"""Whole platforms, made by the real command, driven by the real kubectl and git."""

import base64
import json
import os
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

BIN = Path(sys.executable).parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Shell:
    """Runs commands with a home of their own."""

    home: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            **{key: value for key, value in os.environ.items() if not key.startswith("GIT_") and key != "KUBECONFIG"},
            "STACKWRIGHT_HOME": str(self.home),
            "HOME": str(self.home),
            "PATH": f"{BIN}:{os.environ['PATH']}",
        }

    def run(
        self, *arguments: str, cwd: Path | None = None, check: bool = True, seconds: float = 90, **more: str
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            arguments, cwd=cwd, env={**self.environment, **more}, capture_output=True, text=True, timeout=seconds, check=False
        )
        assert not check or done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def stackwright(self, *arguments: str, check: bool = True, seconds: float = 90) -> subprocess.CompletedProcess[str]:
        return self.run(str(BIN / "stackwright"), *arguments, check=check, seconds=seconds)


@dataclass
class Platform:
    shell: Shell
    name: str
    port: int

    @property
    def folder(self) -> Path:
        return self.shell.home / "platforms" / self.name

    def create(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.shell.stackwright("create", "--name", self.name, "--port", str(self.port), "--timeout", "60", *arguments, check=check)

    def kubectl(self, *arguments: str, check: bool = True) -> str:
        return self.shell.run(str(BIN / "kubectl"), *arguments, check=check, KUBECONFIG=str(self.folder / "kubeconfig")).stdout

    def password(self) -> str:
        listed = json.loads(self.shell.stackwright("get", "secrets", "--name", self.name, "-p", "gitea", "-o", "json").stdout)
        return str(listed[0]["password"])

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        certificate = str(self.folder / "tls" / "ca.crt")
        identity = dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "dev@example.org")
        names = dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "dev")
        return self.shell.run("git", *arguments, cwd=cwd, GIT_SSL_CAINFO=certificate, **identity, **names).stdout

    def clone_url(self, repository: str) -> str:
        return f"https://giteaAdmin:{self.password()}@localhost:{self.port}/gitea/giteaAdmin/{repository}.git"

    def publish(self, name: str, files: dict[str, str], folder: Path) -> str:
        """Makes a repository with these files, and returns its URL as Applications know it."""
        self.api("POST", "/gitea/api/v1/user/repos", {"name": name, "default_branch": "main"})
        work = folder / name
        work.mkdir()
        for path, text in files.items():
            (work / path).write_text(text)
        self.git("init", "-q", "-b", "main", cwd=work)
        self.git("add", ".", cwd=work)
        self.git("commit", "-qm", "all", cwd=work)
        self.git("push", "-q", self.clone_url(name), "main", cwd=work)
        return f"https://localhost:{self.port}/gitea/giteaAdmin/{name}.git"

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """One call of the forge's API, as its administrator."""
        login = base64.b64encode(f"giteaAdmin:{self.password()}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"https://127.0.0.1:{self.port}{path}", content, headers, method=method)
        context = ssl.create_default_context(cafile=str(self.folder / "tls" / "ca.crt"))
        with urllib.request.urlopen(request, context=context, timeout=10) as answer:
            return json.load(answer)

    def get(self, path: str) -> Any:
        config = json.loads((self.folder / "kubeconfig").read_text())
        token = config["users"][0]["user"]["token"]
        request = urllib.request.Request(f"https://127.0.0.1:{self.port}{path}", headers={"Authorization": f"Bearer {token}"})
        context = ssl.create_default_context(cafile=str(self.folder / "tls" / "ca.crt"))
        try:
            with urllib.request.urlopen(request, context=context, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return json.load(error)

    def pid(self) -> int:
        return int((self.folder / "serve.lock").read_text())


def until(holds: Callable[[], Any], seconds: float = 20) -> Any:
    """What it holds, once it does."""
    deadline = time.monotonic() + seconds
    while True:
        found = holds()
        if found:
            return found
        assert time.monotonic() < deadline, f"did not hold within {seconds}s"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def platform(shell: Shell) -> Iterator[Platform]:
    """One platform that tests share; each uses namespaces and packages of its own."""
    made = Platform(shell, "shared", free_port())
    made.create()
    yield made
    shell.stackwright("delete", "--name", "shared")


@pytest.fixture
def own_platform(shell: Shell) -> Iterator[Platform]:
    """A platform that a test may kill."""
    made = Platform(shell, "own", free_port())
    yield made
    shell.stackwright("delete", "--name", "own")
