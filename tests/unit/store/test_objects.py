"""The promises of the object store."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from stackwright.store.journal import MemoryJournal, Record
from stackwright.store.objects import AlreadyThere, Changed, Compacted, NotThere, ObjectStore
from stackwright.store.watchlog import RECENT, WatchTooSlow


def config_map(name: str, value: str = "1", namespace: str = "default") -> dict[str, Any]:
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name, "namespace": namespace}, "data": {"k": value}}


class HeldJournal(MemoryJournal):
    """Lets nothing through until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.released = asyncio.Event()
        self.batches: list[int] = []

    async def append(self, records: Sequence[Record]) -> None:
        await self.released.wait()
        self.batches.append(len(records))
        await super().append(records)


class FailingJournal(MemoryJournal):
    async def append(self, records: Sequence[Record]) -> None:
        raise OSError("disk full")


async def test_a_write_is_invisible_until_it_is_durable_and_writes_share_a_commit() -> None:
    journal = HeldJournal()
    store = ObjectStore(journal)
    writes = [asyncio.create_task(store.create("configmaps", config_map(f"c{i}"))) for i in range(3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert store.list("configmaps") == []
    journal.released.set()
    entries = await asyncio.gather(*writes)
    assert [entry.revision for entry in entries] == [2, 3, 4]
    assert journal.batches == [3]


async def test_of_two_updates_from_one_revision_the_second_is_refused() -> None:
    store = ObjectStore(MemoryJournal())
    entry = await store.create("configmaps", config_map("a"))
    results = await asyncio.gather(
        *(store.update("configmaps", config_map("a", str(i)), entry.revision) for i in range(2)), return_exceptions=True
    )
    assert isinstance(results[1], Changed)
    found = store.get("configmaps", "default", "a")
    assert found is not None and found["data"] == {"k": "0"}


async def test_a_failed_commit_changes_nothing_and_tells_the_writer() -> None:
    store = ObjectStore(FailingJournal())
    with pytest.raises(OSError, match="disk full"):
        await store.create("configmaps", config_map("a"))
    assert store.list("configmaps") == []
    assert store.revision == 1


async def test_names_are_taken_once_and_absent_ones_cannot_be_changed() -> None:
    store = ObjectStore(MemoryJournal())
    await store.create("configmaps", config_map("a"))
    with pytest.raises(AlreadyThere):
        await store.create("configmaps", config_map("a"))
    with pytest.raises(NotThere):
        await store.delete("configmaps", "default", "b", 2)


async def test_an_older_list_is_what_it_was() -> None:
    store = ObjectStore(MemoryJournal())
    first = await store.create("configmaps", config_map("a"))
    then = store.revision
    await store.update("configmaps", config_map("a", "2"), first.revision)
    await store.create("configmaps", config_map("b"))
    assert [(entry.name, entry.object["data"]["k"]) for entry in store.walk("configmaps", at=then)] == [("a", "1")]


async def test_a_watch_resumes_from_a_revision_and_a_forgotten_one_is_refused() -> None:
    store = ObjectStore(MemoryJournal(), remembered_changes=2)
    revisions = [(await store.create("configmaps", config_map(f"c{i}"))).revision for i in range(4)]
    watch = store.watch("configmaps", since=revisions[1])
    assert [change.entry.name for change in await watch.next()] == ["c2", "c3"]
    with pytest.raises(Compacted):
        store.watch("configmaps", since=revisions[0])


async def test_a_slow_watcher_is_dropped_and_holds_nobody_up() -> None:
    store = ObjectStore(MemoryJournal(), watch_queue=2)
    watch = store.watch("configmaps")
    for i in range(3):
        await store.create("configmaps", config_map(f"c{i}"))
    with pytest.raises(WatchTooSlow):
        await watch.next()


async def test_a_restart_finds_the_objects_and_never_gives_a_revision_twice() -> None:
    journal = MemoryJournal()
    store = ObjectStore(journal)
    entry = await store.create("configmaps", config_map("a"))
    gone = await store.delete("configmaps", "default", "a", entry.revision)
    again = ObjectStore(journal)
    assert again.list("configmaps") == []
    assert (await again.create("configmaps", config_map("a"))).revision > gone.revision


async def test_an_item_body_leaves_out_the_type() -> None:
    entry = await ObjectStore(MemoryJournal()).create("configmaps", config_map("a"))
    assert entry.body.startswith(b'{"metadata"') and b'"data":{"k":"1"}' in entry.body


async def test_an_index_tells_what_any_object_holds_and_nothing_that_none_does_any_more() -> None:
    objects = ObjectStore(MemoryJournal())
    first = await objects.create("things", {"metadata": {"name": "a"}, "held": [1, 2]})
    index = objects.index("things", lambda obj: obj["held"])
    other = await objects.create("things", {"metadata": {"name": "b"}, "held": [2]})
    await objects.update("things", {"metadata": {"name": "a"}, "held": [2, 3]}, first.revision)
    assert [number in index for number in (1, 2, 3)] == [False, True, True]
    await objects.delete("things", "", "b", other.revision)
    assert 2 in index
    assert len(index) == 2


async def test_the_past_is_kept_as_json_and_still_told() -> None:
    objects = ObjectStore(MemoryJournal())
    entry = await objects.create("configmaps", config_map("a", "0"))
    first, seen = entry, objects.revision
    for number in range(1, RECENT + 10):
        entry = await objects.update("configmaps", config_map("a", str(number)), entry.revision)
    assert first.object == first.object
    assert first.object is not first.object
    assert entry.object is entry.object
    assert [each.object["data"] for each in objects.walk("configmaps", at=seen)] == [{"k": "0"}]
    told = await objects.watch("configmaps", since=seen).next()
    assert [change.previous.object["data"]["k"] for change in told[:2] if change.previous] == ["0", "1"]


async def test_what_is_seldom_read_rests_as_json_once_it_is_heard_of() -> None:
    journal = MemoryJournal()
    objects = ObjectStore(journal, seldom_read=("events",))
    event, config = await objects.create("events", config_map("a", "0")), await objects.create("configmaps", config_map("a", "0"))
    assert event.object is event.object
    for number in range(RECENT):
        await objects.create("configmaps", config_map(f"b-{number}", "0"))
    assert event.object is not event.object
    assert event.object["data"] == {"k": "0"}
    assert config.object is config.object
    again = ObjectStore(journal, seldom_read=("events",)).list("events")
    assert [obj["data"] for obj in again] == [{"k": "0"}]


async def test_equal_sets_of_owned_fields_are_kept_once() -> None:
    journal = MemoryJournal()
    objects = ObjectStore(journal)
    for name in ("a", "b"):
        owner = {"manager": "m", "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {"f:k": {}}}}
        obj = config_map(name)
        await objects.create("configmaps", {**obj, "metadata": {**obj["metadata"], "managedFields": [owner]}})
    for store in (objects, ObjectStore(journal)):
        one, other = (obj["metadata"]["managedFields"][0] for obj in store.list("configmaps"))
        assert one == other == owner
        assert one["fieldsV1"] is other["fieldsV1"]


async def test_a_walk_starts_behind_a_place_and_counts_the_rest_as_it_was() -> None:
    store = ObjectStore(MemoryJournal())
    for name in "abcd":
        await store.create("configmaps", {"metadata": {"name": name, "namespace": "d"}})
    then = store.revision
    await store.delete("configmaps", "d", "c", store.entry("configmaps", "d", "c").revision)  # type: ignore[union-attr]
    await store.create("configmaps", {"metadata": {"name": "bb", "namespace": "d"}})
    past = store.walk("configmaps", "d", at=then, after=("d/", "a"))
    assert ([entry.name for entry in past], len(past)) == (["b", "c", "d"], 3)
    assert [entry.name for entry in store.walk("configmaps", None, after=("d/", "a"))] == ["b", "bb", "d"]


async def test_many_watchers_are_told_in_turns_and_of_everything() -> None:
    store = ObjectStore(MemoryJournal())
    watches = [store.watch("configmaps") for _ in range(40)]
    for number in range(20):
        await store.create("configmaps", {"metadata": {"name": f"n{number}", "namespace": "d"}})
    for watch in watches:
        heard: list[str] = []
        while len(heard) < 20:
            heard += [change.entry.name for change in await watch.next(1)]
        assert heard == [f"n{number}" for number in range(20)]
        store.unwatch(watch)


async def test_a_watch_waits_no_longer_than_it_was_told() -> None:
    store = ObjectStore(MemoryJournal())
    watch = store.watch("configmaps")
    assert await watch.next(0.01) == [] and await watch.next(0.01) == []
    store.unwatch(watch)
