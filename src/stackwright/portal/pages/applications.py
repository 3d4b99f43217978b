"""The list of Applications: searched, filtered, paged; what is not well comes first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, urlencode

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.gitops.application import destination_of, project_of, status_of
from stackwright.portal import html

PAGE_SIZE = 50
SYNC_WORDS = ("Synced", "OutOfSync", "Unknown")
HEALTH_WORDS = ("Healthy", "Progressing", "Degraded", "Suspended", "Missing", "Unknown")


@dataclass(frozen=True, slots=True)
class Filter:
    """What is looked for; kept in the URL. Shape: empty fields look for anything; pages count from 1."""

    search: str = ""
    sync: str = ""
    health: str = ""
    page: int = 1

    def matches(self, app: Object) -> bool:
        if (self.sync and word_of(app, "sync") != self.sync) or (self.health and word_of(app, "health") != self.health):
            return False
        return not self.search or self.search.lower() in f"{name_of(app)} {project_of(app)} {destination_of(app).get('namespace')}".lower()

    def link(self, page: int) -> str:
        fields = {"search": self.search, "sync": self.sync, "health": self.health, "page": str(page) if page > 1 else ""}
        return "?" + urlencode({name: value for name, value in fields.items() if value})


def word_of(app: Object, part: str) -> str:
    return str((status_of(app).get(part) or {}).get("status") or "Unknown")


def is_well(app: Object) -> bool:
    return word_of(app, "sync") == "Synced" and word_of(app, "health") == "Healthy"


def applications(apps: Sequence[Object], wanted: Filter, prefix: str) -> str:
    """The part of the list that changes: counts, rows, pages."""
    found = sorted((app for app in apps if wanted.matches(app)), key=lambda app: (is_well(app), name_of(app)))
    shown = found[(wanted.page - 1) * PAGE_SIZE : wanted.page * PAGE_SIZE]
    rows = [_app_row(app, prefix) for app in shown]
    headings = ("Application", "Sync", "Health", "Why", "Project", "Namespace", "Revision")
    empty = "No Application matches." if apps else "No Applications yet: make one, or stackwright create --package FOLDER"
    return counts(apps) + html.table(headings, rows, empty, "Applications") + _pages(len(found), wanted)


def counts(apps: Sequence[Object]) -> str:
    sync, health = Counter(word_of(app, "sync") for app in apps), Counter(word_of(app, "health") for app in apps)
    told = (
        ("Applications", len(apps)),
        ("OutOfSync", sync["OutOfSync"]),
        ("Degraded", health["Degraded"]),
        ("Progressing", health["Progressing"]),
    )
    return '<div class="cards">' + "".join(f'<div class="card"><b>{count}</b>{name}</div>' for name, count in told) + "</div>"


def _app_row(app: Object, prefix: str) -> tuple[str, ...]:
    sync = status_of(app).get("sync") or {}
    revision = str(sync.get("revision") or ",".join(sync.get("revisions") or ()))[:7]
    link = link_to(app, prefix)
    namespace = str(destination_of(app).get("namespace") or "")
    words = html.word(word_of(app, "sync")), html.word(word_of(app, "health")), escape(reason_of(app))
    return link, *words, escape(project_of(app)), escape(namespace), escape(revision)


def link_to(app: Object, prefix: str) -> str:
    return f'<a href="{prefix}/applications/{quote(namespace_of(app))}/{quote(name_of(app))}">{escape(name_of(app))}</a>'


def reason_of(app: Object) -> str:
    """In words, why it is not well; empty when it is."""
    status = status_of(app)
    errors = [item["message"] for item in status.get("conditions") or () if str(item.get("type", "")).endswith("Error")]
    operation = status.get("operationState") or {}
    if errors:
        return str(errors[0])[:300]
    if operation.get("phase") in ("Failed", "Error", "Running"):
        return str(operation.get("message") or "")[:300]
    for resource in status.get("resources") or ():
        health = resource.get("health") or {}
        if health.get("status") not in (None, "Healthy", "Suspended"):
            return f"{resource.get('kind')} {resource.get('name')}: {health.get('message') or health.get('status')}"[:300]
    return ""


def _pages(count: int, wanted: Filter) -> str:
    last = max(1, -(-count // PAGE_SIZE))
    if last == 1:
        return ""
    links = [(wanted.page - 1, "Previous")] if wanted.page > 1 else []
    links += [(wanted.page + 1, "Next")] if wanted.page < last else []
    shown = " ".join(f'<a href="{escape(wanted.link(page))}">{label}</a>' for page, label in links)
    return f'<nav aria-label="Pages"><p>Page {wanted.page} of {last} ({count} Applications) {shown}</p></nav>'


def filter_form(wanted: Filter) -> str:
    """The part of the list that stays while rows change."""
    selects = _select("sync", "Sync", SYNC_WORDS, wanted.sync) + _select("health", "Health", HEALTH_WORDS, wanted.health)
    search = f'<label for="search">Search<br><input id="search" name="search" type="search" value="{escape(wanted.search)}"></label>'
    return f'<form class="bar" method="get" role="search">{search}{selects}<button>Filter</button></form>'


def _select(name: str, label: str, words: Sequence[str], chosen: str) -> str:
    options = "".join(f"<option{' selected' if word == chosen else ''}>{word}</option>" for word in words)
    return f'<label for="{name}">{label}<br><select id="{name}" name="{name}"><option value="">Any</option>{options}</select></label>'
