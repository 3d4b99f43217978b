"""When an Application is looked at anew though nothing happened. Pure.

Source: Argo CD's controller/appcontroller.go (`needRefreshAppStatus`).
"""

import zlib
from collections.abc import Iterator
from typing import Literal

from stackwright.api.meta import Object, uid_of
from stackwright.gitops.memory import Memory
from stackwright.gitops.settings import Timing


def due(timing: Timing, app: Object, memory: Memory, now: float) -> Literal["", "normal", "hard"]:
    """Whether the time of the next refresh has come, and of which. Units: the event loop's seconds."""
    if timing.hard > 0 and memory.hard_at and now >= memory.hard_at + timing.hard:
        return "hard"
    soft = _soft(timing, app, memory)
    return "normal" if soft is not None and now >= soft else ""


def refreshes(timing: Timing, app: Object, memory: Memory) -> Iterator[float]:
    """The moments of the next ones."""
    soft = _soft(timing, app, memory)
    if soft is not None:
        yield soft
    if timing.hard > 0 and memory.hard_at:
        yield memory.hard_at + timing.hard


def _soft(timing: Timing, app: Object, memory: Memory) -> float | None:
    if timing.reconciliation <= 0:
        return None
    return memory.rendered_at + timing.reconciliation + timing.jitter * spread(app)


def spread(app: Object) -> float:
    """A place between 0 and 1, always the same for one Application, evenly spread over many."""
    return (zlib.crc32(uid_of(app).encode()) & 0xFFFF) / 0x10000
