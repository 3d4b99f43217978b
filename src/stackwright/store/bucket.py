"""All objects of one resource, by name and in the order of lists."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from typing import Any

from stackwright.store.entry import Entry
from stackwright.store.index import Index

Place = tuple[str, str]
"""Namespace with a slash, and name: sorted as the paths that etcd would keep objects under."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Entries in the order of lists. Shape: `places` may be counted and cut; `past` holds those that are not as they were."""

    _entries: Mapping[tuple[str, str], Entry]
    _past: Mapping[Place, Entry | None]
    places: Sequence[Place]

    def __iter__(self) -> Iterator[Entry]:
        entries = self._entries
        if not self._past:
            return (entries[namespace[:-1], name] for namespace, name in self.places)
        return (self._was(place) for place in self.places)

    def __len__(self) -> int:
        return len(self.places)

    def _was(self, place: Place) -> Entry:
        return self._past.get(place) or self._entries[place[0][:-1], place[1]]


@dataclass(slots=True)
class Bucket:
    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    order: list[Place] = field(default_factory=list)
    indexes: list[Index[Any]] = field(default_factory=list)

    def put(self, entry: Entry) -> None:
        previous = self.entries.get(entry.key)
        if previous is None:
            insort(self.order, entry.place)
        self.entries[entry.key] = entry
        for index in self.indexes:
            index.replace(previous.object if previous else None, entry.object)

    def drop(self, entry: Entry) -> None:
        previous = self.entries.pop(entry.key)
        del self.order[bisect_left(self.order, entry.place)]
        for index in self.indexes:
            index.replace(previous.object, None)

    def walk(self, namespace: str | None, after: Place | None, past: Mapping[Place, Entry | None] | None = None) -> Walk:
        """Shape: `past` gives what was otherwise at the time that is asked for, None for what was not there."""
        start, end = self._range(namespace)
        if after is not None:
            start = max(start, bisect_right(self.order, after))
        places: Sequence[Place] = self.order[start:end]
        if not past:
            return Walk(self.entries, {}, places)
        gone = [place for place, entry in past.items() if entry is not None and (place[0][:-1], place[1]) not in self.entries]
        wanted = sorted(place for place in gone if _within(place, namespace, after))
        there = (place for place in places if past.get(place, self) is not None)
        return Walk(self.entries, past, list(merge(there, wanted)))

    def _range(self, namespace: str | None) -> tuple[int, int]:
        if not namespace:
            return 0, len(self.order)
        return bisect_left(self.order, (namespace + "/", "")), bisect_left(self.order, (namespace + "/\0", ""))


def _within(place: Place, namespace: str | None, after: Place | None) -> bool:
    return (not namespace or place[0] == namespace + "/") and (after is None or place > after)
