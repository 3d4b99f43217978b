"""A platform of a benchmark's own, made by the real command in a folder of its own."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Rig:
    home: Path
    port: int
    name: str = "bench"

    @property
    def folder(self) -> Path:
        return self.home / "platforms" / self.name

    @property
    def environment(self) -> dict[str, str]:
        bin_folder = str(Path(sys.executable).parent)
        certificate = str(self.folder / "tls" / "ca.crt")
        return {
            **os.environ,
            "STACKWRIGHT_HOME": str(self.home),
            "PATH": f"{bin_folder}:{os.environ['PATH']}",
            "GIT_SSL_CAINFO": certificate,
        }

    def create(self, *arguments: str) -> float:
        """Seconds until everything was well."""
        started = time.monotonic()
        self.stackwright("create", "--name", self.name, "--port", str(self.port), *arguments)
        return time.monotonic() - started

    def stackwright(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "stackwright", *arguments]
        return subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True).stdout

    def git(self, *arguments: str, cwd: Path) -> None:
        command = ["git", "-c", "user.name=bench", "-c", "user.email=bench@localhost", *arguments]
        subprocess.run(command, cwd=cwd, env=self.environment, check=True, capture_output=True)

    def get(self, path: str) -> Any:
        """What the API answers, None for 404."""
        token = json.loads((self.folder / "kubeconfig").read_text())["users"][0]["user"]["token"]
        request = urllib.request.Request(f"https://127.0.0.1:{self.port}{path}", headers={"Authorization": f"Bearer {token}"})
        context = ssl.create_default_context(cafile=str(self.folder / "tls" / "ca.crt"))
        try:
            with urllib.request.urlopen(request, context=context, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError:
            return None

    def password(self) -> str:
        return str(json.loads(self.stackwright("get", "secrets", "--name", self.name, "-p", "gitea", "-o", "json"))[0]["password"])

    def repository_url(self, name: str) -> str:
        return f"https://giteaAdmin:{self.password()}@localhost:{self.port}/gitea/giteaAdmin/{name}.git"

    @property
    def pid(self) -> int:
        return int((self.folder / "serve.lock").read_text())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def rig() -> Iterator[Rig]:
    port = free_port()
    home = Path(tempfile.mkdtemp(prefix="stackwright-bench-"))
    made = Rig(home, port)
    try:
        yield made
    finally:
        made.stackwright("delete", "--name", made.name)
        shutil.rmtree(home, ignore_errors=True)


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def report(title: str, figures: Mapping[str, float]) -> None:
    """A table for people on stderr, JSON for programs on stdout."""
    width = max(len(name) for name in figures)
    sys.stderr.write(f"{title}\n" + "".join(f"  {name:<{width}}  {value:10.3f}\n" for name, value in figures.items()))
    sys.stdout.write(json.dumps({"benchmark": title, **figures}) + "\n")
