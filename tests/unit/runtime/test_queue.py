"""The order in which work is handed out."""

from stackwright.runtime.queue import WorkQueue


async def _drained(queue: WorkQueue[str]) -> list[str]:
    found = []
    while len(queue):
        key = await queue.get()
        queue.done(key)
        found.append(key)
    return found


async def test_keys_come_in_the_order_they_were_added_and_once() -> None:
    queue: WorkQueue[str] = WorkQueue()
    for key in ("b", "a", "b", "c"):
        queue.add(key)
    assert await _drained(queue) == ["b", "a", "c"]


async def test_ranked_keys_come_first_and_equals_in_order() -> None:
    queue: WorkQueue[str] = WorkQueue(rank=len)
    for key in ("long", "b", "mid", "a"):
        queue.add(key)
    assert await _drained(queue) == ["b", "a", "mid", "long"]


async def test_a_key_added_while_it_is_worked_on_comes_again() -> None:
    queue: WorkQueue[str] = WorkQueue(rank=len)
    queue.add("a")
    key = await queue.get()
    queue.add(key)
    assert len(queue) == 1, "worked on, not waiting"
    queue.done(key)
    assert await _drained(queue) == ["a"]
