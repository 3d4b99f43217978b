"""What counts as a finding: an error that is not allowed, more than a second of work, memory that is kept."""

import hashlib
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from fuzz.target import Target

LONGEST_SECONDS = 1.0
MOST_GROWTH_BYTES = 64 * 1024 * 1024
"""Of the whole process, by one input."""
_PRODUCT = "stackwright"


@dataclass(frozen=True, slots=True)
class Finding:
    """Shape: `sort` is equal for findings of one cause, as far as one can tell."""

    sort: str
    story: str
    data: bytes

    @property
    def name(self) -> str:
        return hashlib.sha256(self.sort.encode()).hexdigest()[:12]


def judged(target: Target, data: bytes) -> Finding | None:
    """None when the target reads the bytes, or refuses them with an error that it may raise. Costs: the time of this thread is
    counted, so that a busy machine is no finding."""
    memory, start = _most_memory_bytes(), time.thread_time()
    try:
        target.tries(data)
    except target.allowed:
        pass
    except Exception as error:
        return Finding(f"{type(error).__name__} in {_place(error)}", traceback.format_exc(), data)
    seconds, growth = time.thread_time() - start, _most_memory_bytes() - memory
    if seconds > LONGEST_SECONDS:
        return Finding("slow", f"took {seconds:.1f} s for {len(data)} bytes; expected at most {LONGEST_SECONDS:.0f} s", data)
    if growth > MOST_GROWTH_BYTES:
        return Finding("memory", f"took {growth >> 20} MiB for {len(data)} bytes; expected at most {MOST_GROWTH_BYTES >> 20} MiB", data)
    return None


def _most_memory_bytes() -> int:
    """Of this program: what `getrusage` tells begins with the size of the process that started it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def _place(error: Exception) -> str:
    """The innermost function of the product."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _PRODUCT in Path(frame.filename).parts] or frames
    return f"{Path(ours[-1].filename).name}:{ours[-1].name}"
