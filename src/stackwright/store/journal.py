"""The port to what survives a crash: a journal of object writes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Record:
    """One write. Shape: `data` is the object as JSON, None when it was deleted; `namespace` is empty for cluster scope."""

    revision: int
    bucket: str
    namespace: str
    name: str
    data: bytes | None


class Journal(Protocol):
    """Keeps the last write of every object, and the highest revision ever written."""

    def load(self) -> tuple[int, Iterator[Record]]:
        """The highest revision, and every object that is not deleted."""
        ...

    async def append(self, records: Sequence[Record]) -> None:
        """Returns once all of them would survive a power cut; all or none do."""
        ...


class MemoryJournal:
    """Survives nothing: for tests."""

    def __init__(self) -> None:
        self._revision = 0
        self._records: dict[tuple[str, str, str], Record] = {}

    def load(self) -> tuple[int, Iterator[Record]]:
        return self._revision, iter(list(self._records.values()))

    async def append(self, records: Sequence[Record]) -> None:
        for record in records:
            self._revision = record.revision
            key = (record.bucket, record.namespace, record.name)
            if record.data is None:
                self._records.pop(key, None)
            else:
                self._records[key] = record
