"""What notifications need from outside."""

from typing import Any, Protocol

from stackwright.gitops.notifications.types import Outgoing
from stackwright.kernel.errors import StackwrightError


class Undelivered(StackwrightError):
    """Nobody took it. Shape: `transient` when trying again may help; the message holds no secret."""

    code = "undelivered"

    def __init__(self, message: str, *, transient: bool = True, **context: Any) -> None:
        super().__init__(message, **context)
        self.transient = transient


class Sender(Protocol):
    async def send(self, outgoing: Outgoing) -> None:
        """Returns when it was taken. Raises Undelivered."""
        ...
