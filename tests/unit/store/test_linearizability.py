"""What clients see of one object could have happened one request after another, each between its call and its answer."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import pytest

from stackwright.store.journal import MemoryJournal, Record
from stackwright.store.objects import AlreadyThere, Changed, NotThere, ObjectStore

Version = tuple[int, str] | None
"""Revision and value of the object; None when it is not there."""


@dataclass(frozen=True)
class Call:
    """Shape: a read has no `expected`; a write replaced `expected` by `result`, a refused one (`refused`) found something else."""

    start: int
    end: int
    expected: Version = None
    result: Version = None
    writes: bool = False
    refused: bool = False


def is_linearizable(history: Sequence[Call], initial: Version = None) -> bool:
    """Wing and Gong's search: some order that keeps every call within its time explains all answers."""

    @cache
    def explained(left: frozenset[int], state: Version) -> bool:
        if not left:
            return True
        first_end = min(history[index].end for index in left)
        for index in left:
            call = history[index]
            if call.start > first_end:
                continue  # something else had ended before this was called
            fits, after = _step(call, state)
            if fits and explained(left - {index}, after):
                return True
        return False

    return explained(frozenset(range(len(history))), initial)


def _step(call: Call, state: Version) -> tuple[bool, Version]:
    if not call.writes:
        return call.result == state, state
    if call.refused:
        return call.expected != state, state
    return call.expected == state, call.result


class SlowJournal(MemoryJournal):
    """Takes its time, so that calls overlap."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance

    async def append(self, records: Sequence[Record]) -> None:
        for _ in range(self._chance.randrange(4)):
            await asyncio.sleep(0)
        await super().append(records)


class Clients:
    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.store = ObjectStore(SlowJournal(self.chance))
        self.history: list[Call] = []
        self._time = 0

    def _tick(self) -> int:
        self._time += 1
        return self._time

    async def run(self, calls: int) -> None:
        for _ in range(calls):
            await asyncio.sleep(0)
            seen = self._read()
            for _ in range(self.chance.randrange(3)):
                await asyncio.sleep(0)
            if self.chance.random() < 0.7:
                await self._write(seen)

    def _read(self) -> Version:
        start, entry = self._tick(), self.store.entry("things", "d", "x")
        found = (entry.revision, str(entry.object["value"])) if entry else None
        self.history.append(Call(start, self._tick(), result=found))
        return found

    async def _write(self, seen: Version) -> None:
        start, value = self._tick(), str(self.chance.random())
        obj = {"metadata": {"namespace": "d", "name": "x"}, "value": value}
        result: Version = None
        try:
            if seen is None:
                result = ((await self.store.create("things", obj)).revision, value)
            elif self.chance.random() < 0.3:
                await self.store.delete("things", "d", "x", seen[0])
            else:
                result = ((await self.store.update("things", obj, seen[0])).revision, value)
        except (AlreadyThere, Changed, NotThere):
            self.history.append(Call(start, self._tick(), seen, writes=True, refused=True))
            return
        self.history.append(Call(start, self._tick(), seen, result, writes=True))


@pytest.mark.parametrize("seed", range(12))
async def test_concurrent_clients_see_one_order(seed: int) -> None:
    clients = Clients(seed)
    await asyncio.gather(*(clients.run(5) for _ in range(4)))
    assert sum(call.writes and not call.refused for call in clients.history) > 2
    assert is_linearizable(clients.history)


def test_the_checker_tells_a_stale_read() -> None:
    wrote, old = (2, "new"), (1, "old")
    history = [Call(1, 2, old, wrote, writes=True), Call(3, 4, result=old)]
    assert not is_linearizable(history, old)
    assert is_linearizable([history[0], Call(1, 4, result=old)], old)


def test_the_checker_tells_a_lost_update() -> None:
    old = (1, "old")
    history = [Call(1, 4, old, (2, "a"), writes=True), Call(2, 3, old, (3, "b"), writes=True)]
    assert not is_linearizable(history, old)
