"""What happened, from Applications' histories, operations, health and events, on one axis. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.gitops.application import status_of

KINDS = ("deployed", "operation", "health", "event")


@dataclass(frozen=True, slots=True)
class Entry:
    """Shape: `time` in RFC 3339; `namespace` and `app` name an Application; `who` is empty for automation; `revision` may be."""

    time: str
    kind: str
    namespace: str
    app: str
    text: str
    who: str = ""
    revision: str = ""

    def link(self, prefix: str) -> str:
        place = f"{quote(self.namespace)}/{quote(self.app)}"
        return f'<a href="{prefix}/applications/{place}">{escape(self.app)}</a>'


def timeline(apps: Iterable[Object], events: Iterable[Object]) -> list[Entry]:
    """From new to old. `events` are those of Applications."""
    found = [entry for app in apps for entry in _of_app(app)] + [_of_event(event) for event in events]
    return sorted((entry for entry in found if entry.time), key=lambda entry: entry.time, reverse=True)


def chosen(entries: Sequence[Entry], app: str = "", kind: str = "", since: str = "") -> list[Entry]:
    """Shape: empty filters let everything through; `since` in RFC 3339."""
    return [
        entry
        for entry in entries
        if app.lower() in entry.app.lower() and (not kind or entry.kind == kind) and (not since or entry.time >= since)
    ]


def _of_app(app: Object) -> Iterator[Entry]:
    status, where = status_of(app), (namespace_of(app), name_of(app))
    for item in status.get("history") or ():
        revision, who = _revision(item), _who(item)
        yield Entry(str(item.get("deployedAt") or ""), "deployed", *where, f"{revision[:7]} (history {item.get('id')})", who, revision)
    state = status.get("operationState") or {}
    if state:
        asked, phase = state.get("operation") or {}, str(state.get("phase") or "")
        yield Entry(str(state.get("finishedAt") or ""), "operation", *where, f"{phase}: {state.get('message') or ''}"[:300], _who(asked))
        yield Entry(str(state.get("startedAt") or ""), "operation", *where, "began", _who(asked))
    health = status.get("health") or {}
    yield Entry(
        str(health.get("lastTransitionTime") or ""), "health", *where, f"{health.get('status')} {health.get('message') or ''}"[:300].strip()
    )


def _of_event(event: Object) -> Entry:
    about = event.get("involvedObject") or {}
    time = event.get("lastTimestamp") or event.get("eventTime") or event.get("firstTimestamp") or ""
    told = f"{event.get('reason')}: {event.get('message')}"[:300]
    return Entry(str(time), "event", str(about.get("namespace") or ""), str(about.get("name") or ""), told)


def _revision(item: Any) -> str:
    return str(item.get("revision") or ",".join(item.get("revisions") or ()))


def _who(item: Any) -> str:
    return str((item.get("initiatedBy") or {}).get("username") or "")
