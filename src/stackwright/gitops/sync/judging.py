"""How far a task came, by what is said of its object's health; and the sentences of an operation. Pure.

Source: Argo CD's gitops-engine pkg/sync/sync_context.go (`getOperationPhase`, `getRunningTasks`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from stackwright.gitops.health.types import Health
from stackwright.gitops.sync.types import OperationPhase, Task


def judged(task: Task, health: Health | None) -> Task:
    """Where a running task stands. A message that health does not tell stays."""
    if task.is_hook:
        return _judged_hook(task, health)
    if health is None or health.status == "Healthy":
        return replace(task, state="Succeeded", message=(health.message if health else "") or task.message)
    if health.status == "Degraded":
        return replace(task, state="Failed", message=health.message or task.message)
    return task


def _judged_hook(task: Task, health: Health | None) -> Task:
    if health is None:
        return replace(task, state="Succeeded", message=f"{task.key.name} created")
    match health.status:
        case "Healthy":
            state: OperationPhase = "Succeeded"
        case "Degraded" | "Unknown":
            state = "Failed"
        case _:
            state = "Running"
    return replace(task, state=state, message=health.message or task.message)


def may_look_settled(task: Task) -> bool:
    """Whether a change may not have been noticed by its controller yet, and the status not tell: it is still the old one."""
    status = (task.live or {}).get("status")
    changed = task.message.endswith((" configured", " serverside-applied", " replaced"))
    return changed and isinstance(status, Mapping) and bool(status) and "observedGeneration" not in status


def waiting_for(what: str, tasks: Sequence[Task], noun: str) -> str:
    more = f" and {len(tasks) - 1} more {noun}" if len(tasks) > 1 else ""
    return f"waiting for {what} {tasks[0].title}{more}"


def with_reasons(message: str, tasks: Sequence[Task]) -> str:
    reasons = list(dict.fromkeys(task.message for task in tasks if task.message))
    return f"{message}, reason: {','.join(reasons)}" if reasons else message


def what_runs(tasks: Sequence[Task]) -> str:
    """What is waited for: hooks before everything else."""
    running = [task for task in tasks if task.running]
    hooks = [task for task in running if task.is_hook]
    if hooks:
        return waiting_for("completion of hook", hooks, "hooks")
    return waiting_for("healthy state of", running, "resources") if running else "one or more tasks are running"
