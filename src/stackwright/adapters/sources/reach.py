"""Asks whether a server answers at all, before a tool without a connect timeout is sent there."""

import asyncio
import os
import socket

from stackwright.adapters.sources.problems import RenderProblem
from stackwright.adapters.sources.urls import Place

CONNECT_TIMEOUT_SECONDS = 5.0


def _proxied() -> bool:
    return any(os.environ.get(name) for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"))


async def probe(place: Place, request: str, doing: str) -> None:
    """Raises RenderProblem (transient) when the server's port does not open within seconds."""
    if place.scheme in ("http", "https", "oci") and _proxied():
        return
    writer = None
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
            _, writer = await asyncio.open_connection(place.host, place.port)
    except TimeoutError as error:
        raise _unreachable(doing, request, f"dial tcp {place.host}:{place.port}: i/o timeout") from error
    except socket.gaierror as error:
        raise _unreachable(doing, request, f"dial tcp: lookup {place.host}: no such host") from error
    except OSError as error:
        reason = "connection refused" if isinstance(error, ConnectionRefusedError) else (error.strerror or str(error)).lower()
        raise _unreachable(doing, request, f"dial tcp {place.host}:{place.port}: connect: {reason}") from error
    finally:
        if writer is not None:
            writer.close()


def _unreachable(doing: str, request: str, reason: str) -> RenderProblem:
    return RenderProblem(f'{doing}: Get "{request}": {reason}', transient=True)
