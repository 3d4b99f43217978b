"""One node as it would be with fewer pods. Changed in steps: a node may have thousands of pods, and each is asked about."""

from collections.abc import Callable

from stackwright.api.meta import Object, uid_of
from stackwright.cluster.scheduler.demand import Usage
from stackwright.cluster.scheduler.fitting import Refusal
from stackwright.cluster.scheduler.neighbours import Placed


class Trial:
    """Keeps its own copy of what the pods take. `judge` says what the node thinks of such a world."""

    def __init__(self, usage: Usage, placed: Placed, judge: Callable[[Usage, Placed], Refusal]) -> None:
        self._usage = usage.without(())
        self._placed = placed
        self._gone: set[str] = set()
        self._judge = judge

    def remove(self, pod: Object) -> None:
        self._gone.add(uid_of(pod))
        self._usage.remove(uid_of(pod))

    def bring_back(self, pod: Object) -> None:
        self._gone.discard(uid_of(pod))
        self._usage.add(uid_of(pod), pod)

    def refusal(self) -> Refusal:
        """Of the world as it stands now."""
        return self._judge(self._usage, [pair for pair in self._placed if uid_of(pair[0]) not in self._gone])
