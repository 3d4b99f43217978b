"""Objects of kinds whose versions only a webhook can turn into each other, made ready before they are needed.

Deciding code stays pure: it takes a converted object where one is at hand, and raises Unprepared where none is. Whoever may wait fetches
what is missing and asks again.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from stackwright.api.meta import Object
from stackwright.apiserver.kind import Kind
from stackwright.apiserver.registry import served, to_stored

Found = TypeVar("Found")
_ROUNDS = 50


class Conversions(Protocol):
    """How objects of one definition are converted."""

    def converted(self, obj: Object, api_version: str) -> Object:
        """The object in another version. Raises Unprepared."""
        ...

    async def prepare(self, objects: Sequence[Object], api_version: str) -> None:
        """From now on `converted` knows these objects. Raises StatusError 500."""
        ...


class Unprepared(Exception):
    """A converted object is needed that nobody has asked for yet."""

    def __init__(self, conversions: Conversions, obj: Object, api_version: str) -> None:
        super().__init__(f"{obj.get('kind')} has not been converted to {api_version}")
        self._conversions = conversions
        self._missing = obj, api_version

    async def prepare(self) -> None:
        """Raises StatusError 500."""
        obj, api_version = self._missing
        await self._conversions.prepare([obj], api_version)


async def prepare(kind: Kind, objects: Iterable[Object]) -> None:
    """So that `served` knows all of these stored objects. Raises StatusError 500."""
    conversions: Conversions | None = getattr(kind, "conversions", None)
    if conversions is not None:
        await conversions.prepare(list(objects), kind.resource.api_version)


async def as_served(kind: Kind, obj: Object) -> Object:
    """A stored object as this kind's version shows it. Raises StatusError 500."""
    await prepare(kind, (obj,))
    return served(kind, obj)


async def as_stored(kind: Kind, obj: Object) -> Object:
    """The object in the version that it is kept in. Raises StatusError 500."""
    return await converting(lambda: to_stored(kind, obj))


async def converting(compute: Callable[[], Found]) -> Found:
    """What pure code gives once it has all the conversions it needs. Raises StatusError 500."""
    for _ in range(_ROUNDS):
        try:
            return compute()
        except Unprepared as missing:
            await missing.prepare()
    return compute()


async def awaiting_conversions(compute: Callable[[], Awaitable[Found]]) -> Found:
    """The same for code that waits, and may be asked again from the start."""
    for _ in range(_ROUNDS):
        try:
            return await compute()
        except Unprepared as missing:
            await missing.prepare()
    return await compute()
