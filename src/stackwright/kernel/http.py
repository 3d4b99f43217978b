"""HTTP messages as values, for whoever speaks HTTP without a socket in between."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """Shape: `path` is decoded and starts with `/`; `query` keeps order and repeats; header names are lower-case."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def param(self, name: str) -> str | None:
        """The first query parameter of that name."""
        return next((value for key, value in self.query if key == name), None)


@dataclass(frozen=True, slots=True)
class Response:
    """Shape: `body` is the whole answer unless `stream` is given, which then yields it piece by piece until closed.

    A header that is sent several times has its values on lines of their own.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: AsyncIterator[bytes] | None = None


class BodyTooLarge(Exception):
    """The client sends more than the service takes."""


async def whole(body: AsyncIterator[bytes], limit_bytes: int) -> bytes:
    """All that a client sends. Raises BodyTooLarge."""
    pieces: list[bytes] = []
    size = 0
    async for piece in body:
        size += len(piece)
        if size > limit_bytes:
            raise BodyTooLarge
        pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
