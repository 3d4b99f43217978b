"""Garbage collection that stalls nobody, whatever the number of objects.

Python looks through everything that it holds whenever enough has come; with the objects of a cluster among it that takes half a second,
in which no request is answered. Stored objects hold no cycles. So what has lived for a while is put aside, where only new things are looked
through; all of it is seldom looked through, for the sake of the cycles that lived long.
"""

import asyncio
import gc

SETTLE_SECONDS = 5
WHOLE_EVERY = 1440
"""Every so many times all is looked through, which is once in two hours."""

_YOUNG, _MIDDLE, _OLD = 5_000, 20, 1_000
"""How often Python looks for itself: seldom through what has lived for a while, which is ours to do."""


async def settle_now_and_then() -> None:
    """Runs until cancelled."""
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    turn = 0
    while True:
        turn += 1
        settle(whole=turn % WHOLE_EVERY == 0)
        await asyncio.sleep(SETTLE_SECONDS)


def settle(*, whole: bool = False) -> None:
    """Collects what is garbage among the new (among all when `whole`), and puts the rest aside."""
    if whole:
        gc.unfreeze()
    gc.collect()
    gc.freeze()
