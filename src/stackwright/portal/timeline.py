"""What happened on one axis: commits, deployments, operations, changes of health, what people did. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.gitops.application import status_of
from stackwright.gitops.operations import in_progress
from stackwright.gitops.ports import Commit

KINDS = ("commit", "deployed", "operation", "health", "action", "event")
USER_ACTION = "UserAction"
_KINDS_OF_REASONS = {
    USER_ACTION: "action",
    "ResourceActionRan": "action",
    "OperationStarted": "operation",
    "OperationCompleted": "operation",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """Shape: `time` in RFC 3339; `namespace` and `app` name an Application, or `repository` a commit's; `who` is empty for
    automation; `detail` is the path that shows what changed, below the portal's, or empty.
    """

    time: str
    kind: str
    namespace: str
    app: str
    text: str
    who: str = ""
    revision: str = ""
    detail: str = ""
    repository: str = ""

    def link(self, prefix: str) -> str:
        """To whom it is about."""
        if not self.app:
            return escape(self.repository.removesuffix(".git").rpartition("/")[2])
        return f'<a href="{prefix}/applications/{quote(self.namespace)}/{quote(self.app)}">{escape(self.app)}</a>'

    def detail_link(self, prefix: str) -> str:
        words = {"commit": "what it changed", "deployed": "what it changed", "operation": "the operation", "health": "why"}
        return f'<a href="{escape(prefix + self.detail)}">{words.get(self.kind, "more")}</a>' if self.detail else ""


def timeline(apps: Iterable[Object], events: Iterable[Object], commits: Mapping[str, Sequence[Commit]] | None = None) -> list[Entry]:
    """From new to old. Shape: `events` are those of Applications, `commits` by the URL of their repository."""
    told = [_of_event(event) for event in events]
    known = {_moment(entry) for entry in told}
    found = told + [entry for app in apps for entry in _of_app(app) if entry.kind == "deployed" or _moment(entry) not in known]
    found += [_of_commit(url, commit) for url, listed in (commits or {}).items() for commit in listed]
    return sorted((entry for entry in found if entry.time), key=lambda entry: entry.time, reverse=True)


def _moment(entry: Entry) -> tuple[str, ...]:
    """What an Application's state and an event about it say of the same moment is one thing."""
    return entry.namespace, entry.app, entry.kind, entry.time


def chosen(entries: Sequence[Entry], app: str = "", kind: str = "", since: str = "", until: str = "", who: str = "") -> list[Entry]:
    """Shape: empty filters let everything through; `since` and `until` in RFC 3339."""
    return [
        entry
        for entry in entries
        if app.lower() in (entry.app or entry.repository).lower()
        and (not kind or entry.kind == kind)
        and (not since or entry.time >= since)
        and (not until or entry.time < until)
        and who.lower() in (entry.who or "automation").lower()
    ]


def _of_app(app: Object) -> Iterator[Entry]:
    status, where = status_of(app), (namespace_of(app), name_of(app))
    base = f"/applications/{quote(where[0])}/{quote(where[1])}"
    for item in status.get("history") or ():
        revision, who, id = _revision(item), _who(item), item.get("id")
        text = f"{revision[:7]} (history {id})"
        yield Entry(str(item.get("deployedAt") or ""), "deployed", *where, text, who, revision, f"{base}/history/{id}")
    state = status.get("operationState") or {}
    if state:
        asked, phase = state.get("operation") or {}, str(state.get("phase") or "")
        told = f"{phase}: {state.get('message') or ''}"[:300]
        if not in_progress(state):
            yield Entry(str(state.get("finishedAt") or ""), "operation", *where, told, _who(asked), "", f"{base}/operation")
        yield Entry(str(state.get("startedAt") or ""), "operation", *where, "began", _who(asked), "", f"{base}/operation")
    health = status.get("health") or {}
    told = f"is {health.get('status')}. {health.get('message') or ''}"[:300].strip()
    yield Entry(str(health.get("lastTransitionTime") or ""), "health", *where, told, "", "", base)


def _of_event(event: Object) -> Entry:
    about = event.get("involvedObject") or {}
    time = event.get("lastTimestamp") or event.get("eventTime") or event.get("firstTimestamp") or ""
    reason, message = str(event.get("reason")), str(event.get("message") or "")
    kind = "health" if "health status" in message else _KINDS_OF_REASONS.get(reason, "event")
    where = str(about.get("namespace") or ""), str(about.get("name") or "")
    base = f"/applications/{quote(where[0])}/{quote(where[1])}"
    detail = {"operation": f"{base}/operation", "health": base}.get(kind, "")
    if reason == USER_ACTION:
        who, _, told = message.partition(" ")
        return Entry(str(time), kind, *where, told, who)
    return Entry(str(time), kind, *where, message[:300] or reason, "", "", detail)


def _of_commit(url: str, commit: Commit) -> Entry:
    detail = f"/commits?repository={quote(url, safe='')}&revision={commit.sha}"
    author = commit.author.partition(" <")[0]
    return Entry(commit.date, "commit", "", "", commit.title[:300], author, commit.sha, detail, url)


def _revision(item: Any) -> str:
    return str(item.get("revision") or ",".join(item.get("revisions") or ()))


def _who(item: Any) -> str:
    return str((item.get("initiatedBy") or {}).get("username") or "")
