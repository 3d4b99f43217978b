"""What the next sync of an Application would do, phase by phase and wave by wave. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from stackwright.api.meta import ObjectKey, key_of
from stackwright.gitops.application import destination_of, sync_options_of, sync_policy_of
from stackwright.gitops.compare import AppState
from stackwright.gitops.gathering import Gathered
from stackwright.gitops.operating import namespace_to_make
from stackwright.gitops.sync.plan import PlanInput, plan
from stackwright.gitops.sync.types import Task

Doing = Literal["create", "change", "keep", "prune", "run"]


@dataclass(frozen=True, slots=True)
class Planned:
    """One object in one phase and wave. Shape: `doing` is what happens to it; hooks `run`, what is as wanted is `keep`."""

    phase: str
    wave: int
    key: ObjectKey
    doing: Doing
    message: str = ""


def next_sync(gathered: Gathered, now: datetime) -> list[Planned]:
    """In the order of the sync; what would fail before it began says why in `message`."""
    app, options = gathered.app, sync_options_of(gathered.app)
    made = namespace_to_make(app) if options.has("CreateNamespace") else None
    if made is not None and sync_policy_of(app).get("managedNamespaceMetadata") is None and gathered.live.get(key_of(made)) is not None:
        made = None
    given = PlanInput(
        gathered.state.pairs,
        gathered.target.hooks,
        gathered.live.get,
        options,
        gathered.revisions[0] if gathered.revisions else "",
        int(now.timestamp()),
        False,
        gathered.live.namespaced,
        str(destination_of(app).get("namespace") or ""),
        made,
    )
    return [Planned(task.phase, task.wave, task.key, doing_of(task, gathered.state), task.message) for task in plan(given, {})]


def doing_of(task: Task, state: AppState) -> Doing:
    """What a task does to its object."""
    if task.is_prune:
        return "prune"
    if task.is_hook:
        return "run"
    if task.live is None:
        return "create"
    differing = any(resource.pair.key == task.key and resource.status == "OutOfSync" for resource in state.resources)
    return "change" if differing else "keep"
