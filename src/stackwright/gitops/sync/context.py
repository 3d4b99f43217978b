"""What one operation wants and may ask, and where a step left it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stackwright.api.meta import Object, ObjectKey
from stackwright.gitops.health.types import Health
from stackwright.gitops.options import SyncOptions
from stackwright.gitops.sync.apply import Applier
from stackwright.gitops.sync.types import OperationPhase, Task


@dataclass(frozen=True, slots=True)
class SyncContext:
    """What one operation wants, and what it may ask.

    Shape: `namespace` names the Namespace to make first (CreateNamespace), empty for none; `in_scope` says whether a task is of the
    Application's OutOfSync ones (ApplyOutOfSyncOnly); `permitted` gives the reason why the project refuses, empty for none;
    `earlier` are the results so far, kept also for what is not there any more.
    """

    applier: Applier
    health: Callable[[Object], Health | None]
    options: SyncOptions
    prune: bool = False
    dry_run: bool = False
    force: bool = False
    replace: bool = False
    confirmed: bool = False
    namespace: str = ""
    in_scope: Callable[[Task], bool] = lambda _task: True
    permitted: Callable[[Task], str] = lambda _task: ""
    earlier: Sequence[Mapping[str, Any]] = ()
    wave_delay_seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class Step:
    """Where the operation stands. Shape: `results` as syncResult.resources; `written` are objects as they live now, by key
    (None for deleted ones); `again` says that the next step need not wait for an event.
    """

    phase: OperationPhase
    message: str
    results: Sequence[Mapping[str, Any]]
    written: Mapping[ObjectKey, Object | None] = field(default_factory=dict)
    again: bool = False
