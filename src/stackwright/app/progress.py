"""How far a platform has come: what it waits for and why, and whether it is done. Pure.

Source: idpbuilder exits when its packages are synced; we also ask for health, and say what is missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from stackwright.api.meta import Object, annotations_of, name_of

Verdict = Literal["ready", "waiting", "stuck"]
STARTED, OBSERVED = "cnoe.io/cli-start-time", "cnoe.io/last-observed-cli-start-time"
_ERRORS = ("ComparisonError", "InvalidSpecError", "SyncError", "DependencyError", "UnknownError", "DeletionError")


@dataclass(frozen=True, slots=True)
class AppLine:
    """One Application as people are told of it. Shape: `reason` is empty when all is well."""

    name: str
    sync: str
    health: str
    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """Shape: `problems` are those of packages, which no waiting will cure; `warnings` need no cure."""

    apps: Sequence[AppLine]
    packages_done: bool
    problems: Sequence[str]
    warnings: Sequence[str] = ()

    @property
    def done(self) -> bool:
        return self.packages_done and bool(self.apps) and all(app.verdict == "ready" for app in self.apps)

    @property
    def stuck(self) -> bool:
        """Everything that moves has come to its end, and something is not well."""
        return self.packages_done and all(app.verdict != "waiting" for app in self.apps) and not self.done

    @property
    def waiting(self) -> list[AppLine]:
        return [app for app in self.apps if app.verdict != "ready"]


def judge(applications: Sequence[Object], localbuild: Object | None, root: str) -> Progress:
    """`root` is the Application that brings the platform's own: nothing is done before it was looked at."""
    lines = [_line(app) for app in sorted(applications, key=name_of)]
    annotations = {} if localbuild is None else annotations_of(localbuild)
    observed = bool(annotations.get(STARTED)) and annotations.get(STARTED) == annotations.get(OBSERVED)
    told = (localbuild or {}).get("status") or {}
    rooted = any(line.name == root and line.verdict == "ready" for line in lines)
    return Progress(lines, observed and rooted, list(told.get("problems") or ()), list(told.get("warnings") or ()))


def _line(app: Object) -> AppLine:
    status = app.get("status") or {}
    sync, health = _word(status, "sync"), _word(status, "health")
    operation = status.get("operationState") or {}
    errors = [item.get("message", "") for item in status.get("conditions") or () if item.get("type") in _ERRORS]
    ready = sync == "Synced" and health in ("Healthy", "Suspended") and operation.get("phase") != "Running" and not app.get("operation")
    if ready:
        return AppLine(name_of(app), sync, health, "ready")
    if errors:
        return AppLine(name_of(app), sync, health, "stuck", errors[0])
    if operation.get("phase") in ("Failed", "Error"):
        return AppLine(name_of(app), sync, health, "stuck", str(operation.get("message", "")))
    if health == "Degraded":
        return AppLine(name_of(app), sync, health, "stuck", _reason(status) or "degraded")
    return AppLine(name_of(app), sync, health, "waiting", _reason(status))


def _word(status: Mapping[str, Any], part: str) -> str:
    return str((status.get(part) or {}).get("status") or "Unknown")


def _reason(status: Mapping[str, Any]) -> str:
    operation = status.get("operationState") or {}
    if operation.get("phase") == "Running" and operation.get("message"):
        return str(operation["message"])
    for condition in status.get("conditions") or ():
        if condition.get("type") == "DependencyWarning":
            return str(condition.get("message") or "")
    for resource in status.get("resources") or ():
        health = resource.get("health") or {}
        if health.get("status") not in (None, "Healthy", "Suspended"):
            message = health.get("message") or str(health.get("status")).lower()
            return f"{resource.get('kind')} {resource.get('name')}: {message}"
    return "" if status.get("reconciledAt") else "not looked at yet"
