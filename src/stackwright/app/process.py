"""The serving process as others see it: is it running, start it, wait until it answers, stop it."""

import fcntl
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from stackwright.app.places import Places
from stackwright.kernel.errors import StackwrightError

START_SECONDS = 30.0
STOP_SECONDS = 10.0
_LOG_TAIL_BYTES = 4000
_MALLOC_ARENAS = "2"
"""By default glibc gives each thread a pool of its own, in which what is free is of no use to others."""


class NotServing(StackwrightError):
    """The process did not come up or is not there."""

    code = "not-serving"


@dataclass(frozen=True, slots=True)
class Held:
    """The lock of a platform's folder, held until the process ends."""

    file: IO[str]


def hold(places: Places) -> Held:
    """Takes the folder for this process. Raises NotServing when another process has it."""
    places.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = places.lock.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise NotServing(f"{places.root}: another process serves it already", hint="stop it first") from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return Held(file)


def hold_port(port: int) -> Held:
    """Claims a port of this machine for this process. Raises NotServing when it is taken.

    The HTTP server would share a port with another one that shares it too; the lock keeps our own processes apart.
    """
    folder = Path(tempfile.gettempdir()) / f"stackwright-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    file = (folder / f"port-{port}.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise NotServing(f"port {port} of 127.0.0.1 is taken by another platform or cluster", hint="choose another with --port") from error
    if not is_free(port):
        file.close()
        raise NotServing(f"port {port} of 127.0.0.1 is taken by another program", hint="choose another with --port")
    return Held(file)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(first: int, taken: Container[int] = (), tried: int = 500) -> int:
    """The first port from `first` on that nobody listens on. Raises NotServing."""
    for port in range(first, first + tried):
        if port not in taken and is_free(port):
            return port
    raise NotServing(f"no free port between {first} and {first + tried}", hint="name one with --port")


@contextmanager
def one_at_a_time(base: Path) -> Iterator[None]:
    """Commands that make, start or remove something below a home wait for each other."""
    base.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (base / "commands.lock").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def remove(places: Places) -> bool:
    """Ends the process and removes all it knew. False when there was nothing."""
    if not places.root.exists():
        return False
    stop(places)
    shutil.rmtree(places.root)
    return True


def running(places: Places) -> int | None:
    """The id of the process that serves, None when there is none. A stale file does not count: the lock tells."""
    try:
        file = places.lock.open("r+")
    except OSError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return _pid(file)
        fcntl.flock(file, fcntl.LOCK_UN)
    return None


def _pid(file: IO[str]) -> int | None:
    for _ in range(50):  # the holder writes its id just after it took the lock
        file.seek(0)
        text = file.read().strip()
        if text.isdigit():
            return int(text)
        time.sleep(0.01)
    return None


def start(places: Places, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    """Starts `stackwright serve …` in the background, detached from the terminal, its output in the log."""
    places.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    with places.server_log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "stackwright", "serve", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            close_fds=True,
            env={"MALLOC_ARENA_MAX": _MALLOC_ARENAS, **os.environ},
        )


def wait_ready(
    process: subprocess.Popen[bytes] | None, url: str, authority: Path, places: Places, beat: Callable[[], None] = lambda: None
) -> None:
    """Until /readyz answers. Raises NotServing with the end of the log when the process died or START_SECONDS passed."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            raise NotServing(
                f"the server ended with code {process.returncode}: {_last_line(places)}", hint=f"the log is {places.server_log}"
            )
        if authority.exists() and _answers(f"{url}/readyz", authority):
            return
        beat()
        time.sleep(0.02)
    raise NotServing(
        f"the server did not answer at {url} within {START_SECONDS:g}s: {_last_line(places)}", hint=f"the log is {places.server_log}"
    )


def _answers(url: str, authority: Path) -> bool:
    try:
        context = ssl.create_default_context(cafile=str(authority)) if url.startswith("https") else None
        with urllib.request.urlopen(url, timeout=2, context=context) as response:  # noqa: S310 the URL is our own
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _last_line(places: Places) -> str:
    try:
        with places.server_log.open("rb") as file:
            file.seek(max(0, places.server_log.stat().st_size - _LOG_TAIL_BYTES))
            lines = [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    except OSError:
        return "it left no log"
    return lines[-1] if lines else "it left no log"


def stop(places: Places) -> bool:
    """Asks the process to end, then makes it end. False when none was running."""
    pid = running(places)
    if pid is None:
        return False
    for signal_number, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
        try:
            os.kill(pid, signal_number)
        except ProcessLookupError:
            return True
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if running(places) is None:
                return True
            time.sleep(0.02)
    raise NotServing(f"process {pid} does not end", hint=f"end it yourself: kill -9 {pid}")
