"""What is remembered of an Application between two passes. Losing it costs a rendering and a comparison, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stackwright.api.meta import Object, ObjectKey
from stackwright.gitops.compare import Target
from stackwright.gitops.health.types import Health
from stackwright.gitops.ports import Rendered
from stackwright.gitops.settings import Settings


@dataclass(slots=True)
class Verdicts:
    """Answers about pairs of objects, kept while both objects are the very same. Shape: `stamp` is all else that they depend on."""

    stamp: Any = None
    modified: dict[ObjectKey, tuple[Object, Object, bool]] = field(default_factory=dict)
    healths: dict[ObjectKey, tuple[Object, Health | None]] = field(default_factory=dict)

    def reset(self, stamp: Any) -> None:
        if stamp != self.stamp:
            self.stamp = stamp
            self.modified.clear()
            self.healths.clear()

    def keep_only(self, keys: set[ObjectKey]) -> None:
        for known in (self.modified, self.healths):
            for key in [key for key in known if key not in keys]:
                del known[key]

    def health(self, key: ObjectKey, obj: Object, judge: Callable[[Object], Health | None]) -> Health | None:
        known = self.healths.get(key)
        if known is None or known[0] is not obj:
            known = self.healths[key] = (obj, judge(obj))
        return known[1]


@dataclass(slots=True)
class Memory:
    """Shape: `rendered_at`, `hard_at` (the last rendering without a cache) and `retry_at` on the event loop's clock; `failure` is why
    the sources could not be rendered; `written` is the Application as our last write left it.
    """

    key: str = ""
    rendered: Rendered | None = None
    failure: str = ""
    rendered_at: float = 0.0
    hard_at: float = 0.0
    stale: bool = True
    fresh: bool = False
    grace_until: float = 0.0
    retry_at: float | None = None
    target: tuple[Rendered | None, Settings, tuple[Any, ...], Target] | None = None
    verdicts: Verdicts = field(default_factory=Verdicts)
    operation: "Memory | None" = None
    targets: frozenset[ObjectKey] = frozenset()
    server: str = ""
    written: Object | None = None
    orphans: int = 0
