"""Logs of a container, through the Kubernetes API."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from stackwright.client.kinds import PODS
from stackwright.client.kube import KubeClient
from stackwright.kernel.http import Request, Response

MAX_TAIL = 10_000
_MAX_LINE = 64 * 1024


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Shape: an empty `container` is the pod's only one; `tail` None for everything."""

    namespace: str
    pod: str
    container: str = ""
    follow: bool = False
    tail: int | None = None
    previous: bool = False

    def request(self) -> Request:
        query = [("timestamps", "true")]
        query += [("container", self.container)] if self.container else []
        query += [("follow", "true")] if self.follow else []
        query += [("previous", "true")] if self.previous else []
        query += [("tailLines", str(min(self.tail, MAX_TAIL)))] if self.tail is not None else []
        return Request("GET", PODS.path(self.namespace, self.pod, "log"), tuple(query), {})


async def lines_of(client: KubeClient, query: LogQuery) -> AsyncIterator[tuple[str, str]]:
    """Pairs of a time (RFC 3339) and a line. Raises StatusError before the first line when there are no such logs."""
    return _pairs(await client.send(query.request()))


async def _pairs(response: Response) -> AsyncIterator[tuple[str, str]]:
    async for line in _lines(response):
        time, _, text = line.decode(errors="replace").partition(" ")
        yield time, text


async def _lines(response: Response) -> AsyncIterator[bytes]:
    if response.stream is None:
        for line in response.body.splitlines():
            yield line
        return
    rest = b""
    try:
        async for piece in response.stream:
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                yield line
            if len(rest) > _MAX_LINE:
                yield rest
                rest = b""
        if rest:
            yield rest
    finally:
        close = getattr(response.stream, "aclose", None)
        if close is not None:
            await close()
