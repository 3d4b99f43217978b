"""What this process's listeners expect of those who connect: the kernel gives up on peers that are gone or take nothing.

Source: tcp(7): TCP_USER_TIMEOUT also ends connections whose window stays shut; accepted sockets inherit the options of their listener.
"""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

IDLE_SECONDS, PROBE_SECONDS = 30, 10
_OWN = Path("/proc/self/fd")


async def guarded_listener(address: str, port: int, patience_seconds: int) -> None:
    """Returns once the listener is there and guarded; at once on systems that do not tell their sockets."""
    while not _guarded(address, port, patience_seconds):  # noqa: ASYNC110 nobody tells when granian has begun to listen
        await asyncio.sleep(0.01)


def _guarded(address: str, port: int, patience_seconds: int) -> bool:
    found = list(_listeners(address, port)) if _OWN.is_dir() else []
    for listener in found:
        with listener:
            guard(listener, patience_seconds)
    return bool(found) or not _OWN.is_dir()


def guard(listener: socket.socket, patience_seconds: int) -> None:
    """For all connections accepted from now on."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, IDLE_SECONDS)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, PROBE_SECONDS)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, patience_seconds * 1000)


def _listeners(address: str, port: int) -> Iterator[socket.socket]:
    for entry in _OWN.iterdir():
        with suppress(OSError):
            if not entry.readlink().name.startswith("socket:"):
                continue
            found = socket.socket(fileno=os.dup(int(entry.name)))
            if _listens(found) and found.getsockname()[:2] == (address, port):
                yield found
            else:
                found.close()


def _listens(found: socket.socket) -> bool:
    return found.family == socket.AF_INET and bool(found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
