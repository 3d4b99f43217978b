"""Whether repositories open: tried when somebody looks at them, and remembered for a while."""

import asyncio
from collections.abc import Mapping
from typing import Any

from stackwright.gitops.ports import SourceError
from stackwright.kernel.clock import rfc3339_of
from stackwright.portal.ports import Ports

FRESH_SECONDS = 300.0
PATIENCE_SECONDS = 6.0
_AT_ONCE = 8
_REMEMBERED = 5_000


class Connections:
    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._known: dict[tuple[str, ...], tuple[float, dict[str, Any]]] = {}
        self._trying = asyncio.Semaphore(_AT_ONCE)

    async def state(self, data: Mapping[str, str], *, fresh: bool = False) -> dict[str, Any]:
        """A connectionState. Shape: `data` as the repository's Secret has it."""
        key = tuple(value for pair in sorted(data.items()) for value in pair)
        known, now = self._known.get(key), self._ports.sessions.now
        if known is not None and not fresh and now - known[0] < FRESH_SECONDS:
            return known[1]
        found = {"attemptedAt": rfc3339_of(now), **await self._tried(data)}
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[key] = (now, found)
        return found

    async def _tried(self, data: Mapping[str, str]) -> dict[str, str]:
        url, kind, oci = data.get("url", ""), data.get("type") or "git", data.get("enableOCI") == "true"
        try:
            async with self._trying, asyncio.timeout(PATIENCE_SECONDS):
                await self._ports.inquiries.check(url, kind, self._ports.credentials(), data.get("project", ""), oci=oci)
        except TimeoutError:
            return {"status": "Unknown", "message": f"no answer within {PATIENCE_SECONDS:g} s"}
        except SourceError as error:
            return {"status": "Failed", "message": f"Unable to connect to repository: {error.message}"}
        return {"status": "Successful", "message": ""}
