"""The one way to an API server: a request in, a response out."""

from collections.abc import AsyncGenerator
from typing import Literal, Protocol, runtime_checkable

from stackwright.api.meta import Object, Resource
from stackwright.kernel.http import Request, Response


class Transport(Protocol):
    """Carries one request to one cluster, with an identity of its own.

    Raises ClusterUnreachable when no answer came. A watch's response has a `stream`; closing it ends the watch.
    """

    async def send(self, request: Request) -> Response: ...


@runtime_checkable
class SharedReads(Protocol):
    """A Transport to a server in this process: reads give the server's own objects, without JSON in between.

    Shape: objects carry apiVersion and kind, and are never changed by anybody. Raises StatusError as the requests would.
    """

    async def list_objects(self, resource: Resource, namespace: str | None, labels: str, fields: str) -> tuple[list[Object], str]:
        """Everything that matches, and the revision it is of."""
        ...

    def watch_objects(
        self, resource: Resource, namespace: str | None, since: str, labels: str, fields: str
    ) -> AsyncGenerator[tuple[Literal["ADDED", "MODIFIED", "DELETED"], Object], None]: ...
