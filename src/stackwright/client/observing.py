"""A transport with somebody who is told of every answer."""

from collections.abc import Callable
from dataclasses import dataclass

from stackwright.client.transport import Transport
from stackwright.kernel.http import Request, Response

Listener = Callable[[Request, int], None]
"""Told of a request and the status of its answer. Must be quick and must not raise."""


@dataclass(frozen=True, slots=True)
class Observed:
    transport: Transport
    tell: Listener

    async def send(self, request: Request) -> Response:
        response = await self.transport.send(request)
        self.tell(request, response.status)
        return response
