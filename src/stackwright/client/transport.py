"""The one way to an API server: a request in, a response out."""

from typing import Protocol

from stackwright.kernel.http import Request, Response


class Transport(Protocol):
    """Carries one request to one cluster, with an identity of its own.

    Raises ClusterUnreachable when no answer came. A watch's response has a `stream`; closing it ends the watch.
    """

    async def send(self, request: Request) -> Response: ...
