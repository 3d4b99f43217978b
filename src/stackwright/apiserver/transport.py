"""How our own programs reach a server in the same process."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from stackwright.api.meta import Object, Resource
from stackwright.api.user import User
from stackwright.apiserver.answers import not_served
from stackwright.apiserver.converting import prepare
from stackwright.apiserver.registry import bucket_of, served
from stackwright.apiserver.selection import Selection, selection
from stackwright.apiserver.server import ApiServer
from stackwright.apiserver.target import Target, find_target
from stackwright.apiserver.watching import WatchType, shared_changes
from stackwright.kernel.http import Request, Response


@dataclass(frozen=True, slots=True)
class InProcess:
    """A client.transport.Transport and SharedReads that speaks to `server` as `user`, without a socket.

    Reads are shared with the server: for our own programs, which may read everything.
    """

    server: ApiServer
    user: User

    async def send(self, request: Request) -> Response:
        return await self.server.handle(request, self.user)

    async def list_objects(self, resource: Resource, namespace: str | None, labels: str, fields: str) -> tuple[list[Object], str]:
        target, wanted = self._asked(resource, namespace, labels, fields)
        store = self.server.parts.store
        entries = store.entries(bucket_of(target.kind.resource), target.namespace)
        revision = str(store.revision)
        await prepare(target.kind, (entry.object for entry in entries))
        return [served(target.kind, entry.object) for entry in entries if wanted.matches(entry)], revision

    def watch_objects(
        self, resource: Resource, namespace: str | None, since: str, labels: str, fields: str
    ) -> AsyncGenerator[tuple[WatchType, Object], None]:
        target, wanted = self._asked(resource, namespace, labels, fields)
        return shared_changes(self.server.parts.store, target, wanted, int(since or "0") or self.server.parts.store.revision)

    def _asked(self, resource: Resource, namespace: str | None, labels: str, fields: str) -> tuple[Target, Selection]:
        """Raises StatusError 404 for a resource that is not served, 400 for a selector that cannot be read."""
        path = resource.path(namespace)
        target = find_target(path, self.server.parts.registry)
        if not isinstance(target, Target):
            raise not_served()
        query = (("labelSelector", labels), ("fieldSelector", fields))
        return target, selection(Request("GET", path, query), target.kind)
