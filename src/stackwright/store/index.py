"""What the objects of a bucket hold, kept with every write instead of found by reading them all.

Source: client-go tools/cache (Indexer).
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

from stackwright.api.meta import Object

Held = TypeVar("Held", bound=Hashable)


class Index(Generic[Held]):
    """All that `held` finds in any visible object."""

    def __init__(self, held: Callable[[Object], Iterable[Held]]) -> None:
        self._held = held
        self._counts: Counter[Held] = Counter()

    def __contains__(self, value: Held) -> bool:
        return value in self._counts

    def __len__(self) -> int:
        return len(self._counts)

    def replace(self, old: Object | None, new: Object | None) -> None:
        """Of an object that comes `old` is None, of one that goes `new`."""
        if new is not None:
            self._counts.update(self._held(new))
        for value in self._held(old) if old is not None else ():
            self._counts[value] -= 1
            if not self._counts[value]:
                del self._counts[value]
