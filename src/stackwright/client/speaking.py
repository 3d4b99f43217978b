"""A transport that speaks for somebody else: Kubernetes' impersonation."""

from dataclasses import dataclass, replace

from stackwright.client.transport import Transport
from stackwright.kernel.http import Request, Response


@dataclass(frozen=True, slots=True)
class Speaking:
    """Shape: `user` is the user's whole name; the server adds the groups that a service account has."""

    transport: Transport
    user: str

    async def send(self, request: Request) -> Response:
        return await self.transport.send(replace(request, headers={**request.headers, "impersonate-user": self.user}))
