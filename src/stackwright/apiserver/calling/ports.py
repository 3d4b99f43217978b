"""What asking a webhook needs from outside."""

from typing import Protocol

from stackwright.kernel.calls import Call


class Caller(Protocol):
    async def post(self, call: Call) -> bytes:
        """The body of a 200 answer, bounded in size. Raises CallFailed."""
        ...
