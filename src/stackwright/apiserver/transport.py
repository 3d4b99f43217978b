"""How our own programs reach a server in the same process."""

from dataclasses import dataclass

from stackwright.api.user import User
from stackwright.apiserver.server import ApiServer
from stackwright.kernel.http import Request, Response


@dataclass(frozen=True, slots=True)
class InProcess:
    """A client.transport.Transport that speaks to `server` as `user`, without a socket."""

    server: ApiServer
    user: User

    async def send(self, request: Request) -> Response:
        return await self.server.handle(request, self.user)
