"""What the pages say: the list of Applications, one Application, its differences. Pure: values in, HTML out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.gitops.application import destination_of, project_of, sources_of, status_of, sync_policy_of
from stackwright.gitops.compare import AppState
from stackwright.gitops.diff.masks import hidden
from stackwright.kernel import yaml
from stackwright.portal import html
from stackwright.portal.sessions import Session

PAGE_SIZE = 50
MAX_DEPTH = 6
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
    empty = "No Application matches." if apps else "No Applications yet: stackwright create --package FOLDER"
    return _counts(apps) + html.table(headings, rows, empty, "Applications") + _pages(len(found), wanted)


def _counts(apps: Sequence[Object]) -> str:
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
    link = f'<a href="{prefix}/applications/{quote(namespace_of(app))}/{quote(name_of(app))}">{escape(name_of(app))}</a>'
    namespace = str(destination_of(app).get("namespace") or "")
    words = html.word(word_of(app, "sync")), html.word(word_of(app, "health")), escape(reason_of(app))
    return link, *words, escape(project_of(app)), escape(namespace), escape(revision)


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


# -- one Application -----------------------------------------------------------------------------------------------


def application(app: Object, state: AppState | None, nodes: Sequence[Mapping[str, Any]] = ()) -> str:
    """The part of an Application's page that changes. Shape: `nodes` as in Argo CD's resource tree."""
    status = status_of(app)
    source = sources_of(app)[0] if sources_of(app) else {}
    sync = status.get("sync") or {}
    revision = str(sync.get("revision") or ",".join(sync.get("revisions") or ()))
    automated = sync_policy_of(app).get("automated")
    about = html.fields(
        [
            ("Sync", f"{html.word(word_of(app, 'sync'))} {escape(revision[:12])}"),
            ("Health", html.word(word_of(app, "health"))),
            ("Why", escape(reason_of(app)) or "all is well"),
            ("Repository", escape(str(source.get("repoURL") or ""))),
            ("Path", escape(str(source.get("path") or source.get("chart") or ""))),
            ("Target", escape(str(source.get("targetRevision") or "HEAD"))),
            (
                "Destination",
                escape(
                    f"{destination_of(app).get('server') or destination_of(app).get('name')} / {destination_of(app).get('namespace', '')}"
                ),
            ),
            ("Automation", "on" if automated is not None else "off"),
        ]
    )
    return f"{about}{_conditions(status)}{_operation(status)}{_resources(status)}{_tree(nodes)}{_history(status)}{_diff(state)}"


def _conditions(status: Mapping[str, Any]) -> str:
    rows = [
        (escape(item["type"]), escape(item["message"]), escape(item.get("lastTransitionTime", "")))
        for item in status.get("conditions") or ()
    ]
    return "<h2>Conditions</h2>" + html.table(("Type", "Message", "Since"), rows, "", "Conditions") if rows else ""


def _operation(status: Mapping[str, Any]) -> str:
    state = status.get("operationState")
    if not state:
        return ""
    rows = [
        (
            escape(item.get("syncPhase", "")),
            escape(item["kind"]),
            escape(item["name"]),
            html.word(item.get("status", "")),
            escape(item.get("message", "")),
        )
        for item in (state.get("syncResult") or {}).get("resources") or ()
    ]
    said = f"{escape(str(state.get('message', '')))} ({escape(str(state.get('startedAt', '')))})"
    head = f"<h2>Last operation</h2><p>{html.word(state.get('phase', ''))} {said}</p>"
    return head + html.table(("Phase", "Kind", "Name", "Result", "Message"), rows, "", "Results of the last operation")


def _resources(status: Mapping[str, Any]) -> str:
    rows = [
        (
            escape(item.get("group", "")), escape(item["kind"]), escape(item.get("namespace", "")), escape(item["name"]),
            html.word(item.get("status", "")), html.word((item.get("health") or {}).get("status", "")),
            escape((item.get("health") or {}).get("message", "")),
        )
        for item in status.get("resources") or ()
    ]  # fmt: skip
    headings = ("Group", "Kind", "Namespace", "Name", "Sync", "Health", "Why")
    return "<h2>Resources</h2>" + html.table(headings, rows, "No resources.", "Resources")


def _tree(nodes: Sequence[Mapping[str, Any]]) -> str:
    """What the Application owns, down to pods, as a nested list."""
    below: dict[str, list[Mapping[str, Any]]] = {}
    for node in nodes:
        parents = node.get("parentRefs") or ()
        below.setdefault(parents[0]["uid"] if parents else "", []).append(node)
    return f"<h2>Tree</h2>{_branch(below, '')}" if nodes else ""


def _branch(below: Mapping[str, Sequence[Mapping[str, Any]]], uid: str, depth: int = 0) -> str:
    if uid not in below or depth > MAX_DEPTH:
        return ""
    items = "".join(f"<li>{_node(node)}{_branch(below, node['uid'], depth + 1) if node['uid'] else ''}</li>" for node in below[uid])
    return f'<ul class="tree">{items}</ul>'


def _node(node: Mapping[str, Any]) -> str:
    health = (node.get("health") or {}).get("status", "")
    return f"{escape(node['kind'])} <strong>{escape(node['name'])}</strong> {html.word(health) if health else ''}"


def _history(status: Mapping[str, Any]) -> str:
    rows = [
        (
            str(item["id"]),
            escape(str(item.get("deployedAt", ""))),
            escape(str(item.get("revision") or ",".join(item.get("revisions") or ()))[:12]),
        )
        for item in reversed(status.get("history") or ())
    ]
    return "<h2>History</h2>" + html.table(("Id", "Deployed", "Revision"), rows, "Nothing was deployed yet.", "History")


def _diff(state: AppState | None) -> str:
    """What a sync would change; Secret values are masked."""
    texts = [
        _object_diff(resource.pair.target, resource.pair.live)
        for resource in (state.resources if state is not None else ())
        if resource.status == "OutOfSync"
    ]
    shown = "".join(f"<pre>{text}</pre>" for text in texts if text)
    return f"<h2>What a sync would change</h2>{shown}" if shown else ""


def _object_diff(target: Object | None, live: Object | None) -> str:
    if (target or live or {}).get("kind") == "Secret":
        target, live = hidden(target, live)
    before, after = _plain(live), _plain(target)
    return "".join(_diff_line(line) for line in unified_diff(before, after, "live", "wanted"))


def _plain(obj: Object | None) -> list[str]:
    if obj is None:
        return []
    metadata = {key: value for key, value in (obj.get("metadata") or {}).items() if key in ("name", "namespace", "labels")}
    shown = {key: value for key, value in obj.items() if key != "status"} | {"metadata": metadata}
    return yaml.dump(shown).splitlines(keepends=True)


def _diff_line(line: str) -> str:
    tag = {"+": "ins", "-": "del"}.get(line[:1])
    return f"<{tag}>{escape(line)}</{tag}>" if tag else escape(line)


def actions(app: Object, prefix: str, session: Session, platform: str) -> str:
    """Buttons, each beside the command that does the same."""
    base = f"{prefix}/applications/{quote(namespace_of(app))}/{quote(name_of(app))}"
    name = f"{name_of(app)} --name {platform}"
    buttons = [
        (html.button(f"{base}/sync", "Sync", session), f"stackwright app sync {name}"),
        (html.button(f"{base}/sync", "Sync and prune", session, [("prune", "true")], "plain"), f"stackwright app sync {name} --prune"),
        (html.button(f"{base}/refresh", "Refresh", session, (), "plain"), f"stackwright app get {name} --refresh"),
        (
            html.button(f"{base}/refresh", "Hard refresh", session, [("hard", "true")], "plain"),
            f"stackwright app get {name} --hard-refresh",
        ),
        (html.button(f"{base}/terminate", "Terminate", session, (), "plain"), f"stackwright app terminate-op {name}"),
        (
            html.button(f"{base}/rollback", "Roll back", session, (), "plain", "Deploy the revision before the last again?"),
            f"stackwright app rollback {name}",
        ),
        (
            html.button(f"{base}/delete", "Delete", session, (), "danger", f"Delete {name_of(app)} and all it deployed?"),
            f"stackwright app delete {name}",
        ),
    ]
    forms = "".join(form for form, _ in buttons)
    commands = "".join(f"<li><code>{escape(command)}</code></li>" for _, command in buttons)
    return f'<div class="bar">{forms}</div><details><summary>The same from the command line</summary><ul>{commands}</ul></details>'


def login(prefix: str, problem: str, back: str) -> str:
    said = f'<p class="error" role="alert">{escape(problem)}</p>' if problem else ""
    return (
        f'<form class="login" method="post" action="{prefix}/login"><h1>Log in</h1>{said}'
        f'<input type="hidden" name="back" value="{escape(back)}">'
        '<label for="username">User</label>'
        '<input id="username" name="username" autocomplete="username" value="admin" required>'
        '<label for="password">Password</label>'
        '<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>'
        '<button>Log in</button><p class="hint">The password: <code>stackwright get secrets -p argocd</code></p></form>'
    )
