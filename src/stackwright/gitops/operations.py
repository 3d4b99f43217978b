"""The life of an operation: begun, carried on, tried again, ended. Pure.

Source: Argo CD's controller/appcontroller.go (`processRequestedAppOperation`, `setOperationState`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from stackwright.api.meta import Object
from stackwright.gitops.application import DEFAULT_HISTORY_LIMIT, has_several_sources, spec_of, status_of
from stackwright.kernel import duration
from stackwright.kernel.clock import parse_rfc3339, rfc3339
from stackwright.kernel.errors import BadInput

COMPLETED = frozenset(("Succeeded", "Failed", "Error"))
_DEFAULT_DELAY, _DEFAULT_FACTOR, _DEFAULT_LONGEST = 5.0, 2.0, 180.0
State = Mapping[str, Any]


def in_progress(state: State | None) -> bool:
    return bool(state) and (state or {}).get("phase") not in COMPLETED


def begun(operation: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {"phase": "Running", "operation": dict(operation), "startedAt": rfc3339(now), "message": ""}


def is_waiting_to_retry(state: State) -> bool:
    return state.get("phase") == "Running" and bool(state.get("finishedAt"))


TIMED_OUT = "operation is terminating due to timeout"


def has_timed_out(state: State, now: datetime, limit_seconds: float) -> bool:
    """Whether an operation, all its attempts included, took longer than it may; a limit of 0 is none."""
    left = seconds_left(state, now, limit_seconds)
    return state.get("phase") != "Terminating" and left is not None and left <= 0


def seconds_left(state: State, now: datetime, limit_seconds: float) -> float | None:
    """Until the operation is ended; None without a limit."""
    if limit_seconds <= 0:
        return None
    return limit_seconds - (now - parse_rfc3339(str(state["startedAt"]))).total_seconds()


def timed_out(state: State) -> dict[str, Any]:
    return {**state, "phase": "Terminating", "message": TIMED_OUT}


def with_cause(state: State, message: str) -> str:
    """What is said at the end of an operation that nobody but the timeout ended."""
    ended_by_timeout = state.get("phase") == "Terminating" and state.get("message") == TIMED_OUT
    return f"{message}, triggered by controller sync timeout" if ended_by_timeout else message


def is_automated(state: State) -> bool:
    return bool(((state.get("operation") or {}).get("initiatedBy") or {}).get("automated"))


def message_before_retry(state: State) -> str:
    """What was said of the attempt that failed."""
    return str(state.get("message") or "").partition(". Retrying attempt #")[0]


def retry_of(state: State) -> Mapping[str, Any]:
    return (state.get("operation") or {}).get("retry") or {}


def retries_left(state: State) -> bool:
    limit = int(retry_of(state).get("limit") or 0)
    return limit < 0 or int(state.get("retryCount") or 0) < limit


def delay_seconds(retry: Mapping[str, Any], count: int) -> float:
    """How long to wait before the attempt after `count` failed retries."""
    backoff = retry.get("backoff") or {}
    base = _seconds(backoff.get("duration"), _DEFAULT_DELAY)
    factor = float(backoff.get("factor") or _DEFAULT_FACTOR)
    longest = _seconds(backoff.get("maxDuration"), _DEFAULT_LONGEST)
    return float(min(base * factor ** min(count, 64), longest))


def _seconds(value: Any, default: float) -> float:
    if value in (None, ""):
        return default
    try:
        return float(value) if isinstance(value, int | float) or str(value).isdigit() else duration.parse(str(value))
    except BadInput:
        return default


def retry_due(state: State) -> datetime:
    count = int(state.get("retryCount") or 1) - 1
    return parse_rfc3339(str(state["finishedAt"])) + timedelta(seconds=delay_seconds(retry_of(state), count))


def failed_once(state: State, phase: str, message: str, now: datetime) -> dict[str, Any]:
    """After a failure that will be tried again."""
    count = int(state.get("retryCount") or 0)
    waiting = {**state, "phase": "Running", "finishedAt": rfc3339(now), "retryCount": count + 1}
    at = retry_due(waiting).strftime("%-I:%M%p")
    return {**waiting, "message": f"{message}. Retrying attempt #{count + 1} at {at}."}


def tried_again(state: State) -> dict[str, Any]:
    """When the time of the next attempt has come."""
    latest = bool(retry_of(state).get("refresh"))
    kept = {key: value for key, value in state.items() if key not in ("finishedAt", "syncResult")}
    words = " with latest revisions" if latest else ""
    kept["message"] = f"Retrying operation{words}. Attempt #{state.get('retryCount')}"
    if latest:
        operation = dict(state["operation"])
        operation["sync"] = {key: value for key, value in (operation.get("sync") or {}).items() if key not in ("revision", "revisions")}
        kept["operation"] = operation
    return kept


def ended(state: State, phase: str, message: str, now: datetime) -> dict[str, Any]:
    count = int(state.get("retryCount") or 0)
    words = f"{message} (retried {count} times)." if count and phase != "Succeeded" else message
    return {**state, "phase": phase, "message": words, "finishedAt": rfc3339(now)}


def with_history(app: Object, state: State, now: datetime) -> Sequence[Mapping[str, Any]]:
    """The history after a successful sync of everything; the oldest entries go."""
    entries = list(status_of(app).get("history") or ())
    limit = spec_of(app).get("revisionHistoryLimit")
    kept = DEFAULT_HISTORY_LIMIT if limit is None else int(limit)
    result = state.get("syncResult") or {}
    entry: dict[str, Any] = {
        "id": max([int(item.get("id") or 0) for item in entries], default=-1) + 1,
        "deployStartedAt": state.get("startedAt"),
        "deployedAt": rfc3339(now),
        "initiatedBy": (state.get("operation") or {}).get("initiatedBy") or {},
    }
    fields = ("revisions", "sources") if has_several_sources(app) or result.get("sources") else ("revision", "source")
    entry |= {name: result[name] for name in fields if name in result}
    return [*entries, entry][-kept:] if kept > 0 else []


def is_whole(state: State) -> bool:
    """Whether the operation is one that history remembers: everything, for real."""
    sync = (state.get("operation") or {}).get("sync") or {}
    return not sync.get("dryRun") and not sync.get("resources")
