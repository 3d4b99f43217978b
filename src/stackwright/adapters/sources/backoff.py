"""Remembers failures of servers, so that one that is down is asked ever more rarely."""

from collections import OrderedDict
from collections.abc import Callable

from stackwright.adapters.sources.problems import RenderProblem

FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 60.0
MAX_REMEMBERED = 1000


class Backoff:
    """Shape: `monotonic` gives seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._failures: OrderedDict[str, tuple[float, float, RenderProblem]] = OrderedDict()

    def check(self, key: str) -> None:
        """Raises the problem of the last attempt while the pause lasts."""
        found = self._failures.get(key)
        if found is not None and self._monotonic() < found[0]:
            raise RenderProblem(found[2].message, rpc=found[2].rpc, transient=True, hint=found[2].hint)

    def failed(self, key: str, problem: RenderProblem) -> None:
        """Only what may pass by itself is worth a pause."""
        if not problem.transient:
            return
        before = self._failures.pop(key, None)
        pause = min(before[1] * 2, LONGEST_PAUSE_SECONDS) if before else FIRST_PAUSE_SECONDS
        self._failures[key] = (self._monotonic() + pause, pause, problem)
        if len(self._failures) > MAX_REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        self._failures.pop(key, None)
