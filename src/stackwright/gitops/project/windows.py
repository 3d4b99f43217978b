"""Sync windows: which apply to an Application, which are open now, and whether a sync may run.

Source: Argo CD's AppProject sync windows.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stackwright.api.meta import Object, metadata_of
from stackwright.gitops.project.globs import any_matches
from stackwright.kernel import cron, duration
from stackwright.kernel.errors import BadInput

Window = Mapping[str, Any]


def problems_of(window: Window) -> list[str]:
    """All that is wrong with one window."""
    found = [] if window.get("kind") in ("allow", "deny") else [f"kind '{window.get('kind', '')}' mismatch: can only be allow or deny"]
    try:
        cron.parse(str(window.get("schedule") or ""))
    except BadInput as error:
        found.append(f"cannot parse schedule '{window.get('schedule', '')}': {error}")
    try:
        duration.parse(str(window.get("duration") or ""))
    except BadInput as error:
        found.append(f"cannot parse duration '{window.get('duration', '')}': {error}")
    return found


def is_active(window: Window, now: datetime) -> bool:
    """Raises BadInput when schedule, duration or time zone cannot be read."""
    local = now.astimezone(_zone(str(window.get("timeZone") or ""))).replace(tzinfo=None)
    opened = cron.parse(str(window.get("schedule") or "")).after(
        local - timedelta(seconds=duration.parse(str(window.get("duration") or "")))
    )
    return opened is not None and opened < local


def _zone(name: str) -> tzinfo:
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadInput(f"unknown time zone {name!r}") from error


def active(windows: Sequence[Window], now: datetime) -> list[Window]:
    return [window for window in windows if is_active(window, now)]


def inactive_allows(windows: Sequence[Window], now: datetime) -> list[Window]:
    return [window for window in windows if window.get("kind") == "allow" and not is_active(window, now)]


def assigned(project: Object, app: Object) -> list[Window]:
    """The windows of a project that speak of this Application."""
    return matching((project.get("spec") or {}).get("syncWindows") or (), app)


def matching(windows: Sequence[Window], app: Object) -> list[Window]:
    """The windows that speak of this Application."""
    return [window for window in windows if _matches(window, app)]


def _matches(window: Window, app: Object) -> bool:
    destination = (app.get("spec") or {}).get("destination") or {}
    clusters = [destination.get(field) or "" for field in ("server", "name")]
    values = {
        "applications": [metadata_of(app).get("name") or ""],
        "namespaces": [destination.get("namespace") or ""],
        "clusters": [cluster for cluster in clusters if cluster],
    }
    answers = [any(any_matches(window[field], value) for value in values[field]) for field in values if window.get(field)]
    return bool(answers) and (all(answers) if window.get("andOperator") else any(answers))


def can_sync(windows: Sequence[Window], now: datetime, *, manual: bool, started: datetime | None = None) -> bool:
    """Whether a sync may begin, or, `started` given, go on. `windows` are those that match the Application. Raises BadInput."""
    broken = [problem for window in windows for problem in problems_of(window)]
    if broken:
        raise BadInput(f"invalid sync windows: {'; '.join(broken)}")
    closing = _closing(windows, now)
    if not closing or (manual and all(window.get("manualSync") for window in closing)):
        return True
    overrun = started is not None and all(window.get("syncOverrun") for window in closing)
    return overrun and started is not None and can_sync(windows, started, manual=manual)


def _closing(windows: Sequence[Window], now: datetime) -> list[Window]:
    """The windows that keep a sync from running: the open denials, else the allowances when none of them is open."""
    opened = active(windows, now)
    denials = [window for window in opened if window.get("kind") == "deny"]
    if denials:
        return denials
    return [] if any(window.get("kind") == "allow" for window in opened) else inactive_allows(windows, now)
