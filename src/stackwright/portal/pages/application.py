"""One Application: where it stands and why, what it consists of, what a sync would change, what was done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

from stackwright.api.meta import Object, name_of
from stackwright.gitops.application import automation_of, destination_of, sources_of, status_of
from stackwright.gitops.compare import AppState
from stackwright.gitops.deeplinks import Link
from stackwright.gitops.explain import Finding
from stackwright.portal import html
from stackwright.portal.pages.applications import reason_of, word_of
from stackwright.portal.pages.diff import side_by_side
from stackwright.portal.sessions import Session

MAX_DEPTH = 6


def application(
    app: Object,
    state: AppState | None,
    nodes: Sequence[Mapping[str, Any]] = (),
    findings: Sequence[Finding] = (),
    base: str = "",
    links: Sequence[Link] = (),
) -> str:
    """The part of an Application's page that changes. Shape: `nodes` as in Argo CD's resource tree; `base` is the page's path."""
    status = status_of(app)
    told = "".join(_finding(finding) for finding in findings)
    why = f'<h2>Why</h2><ul class="findings">{told}</ul>' if told else ""
    parts = (_about(app, links), why, _conditions(status), _operation(status), _resources(status), _tree(nodes, base), _diff(state))
    return "".join(parts)


def _about(app: Object, links: Sequence[Link]) -> str:
    source = sources_of(app)[0] if sources_of(app) else {}
    sync = status_of(app).get("sync") or {}
    revision = str(sync.get("revision") or ",".join(sync.get("revisions") or ()))
    destination = destination_of(app)
    where = f"{destination.get('server') or destination.get('name')} / {destination.get('namespace', '')}"
    return html.fields(
        [
            ("Sync", f"{html.word(word_of(app, 'sync'))} {escape(revision[:12])}"),
            ("Health", html.word(word_of(app, "health"))),
            ("Reason", escape(reason_of(app)) or "all is well"),
            ("Repository", escape(str(source.get("repoURL") or ""))),
            ("Path", escape(str(source.get("path") or source.get("chart") or ""))),
            ("Target", escape(str(source.get("targetRevision") or "HEAD"))),
            ("Destination", escape(where)),
            ("Automation", "on" if automation_of(app) is not None else "off"),
            *([("Links", " ".join(_link(link) for link in links))] if links else []),
        ]
    )


def _link(link: Link) -> str:
    title = f' title="{escape(link.description)}"' if link.description else ""
    return f'<a href="{escape(link.url)}" rel="noopener noreferrer"{title}>{escape(link.title)}</a>'


def _finding(finding: Finding) -> str:
    hint = f' <span class="hint">{escape(finding.hint)}</span>' if finding.hint else ""
    return f'<li class="{finding.level}">{escape(finding.text)}{hint}</li>'


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
    headings = ("Group", "Kind", "Namespace", "Name", "Sync", "Health", "Message")
    return "<h2>Resources</h2>" + html.table(headings, rows, "No resources.", "Resources")


def _tree(nodes: Sequence[Mapping[str, Any]], base: str) -> str:
    """What the Application owns, down to pods, as a nested list."""
    below: dict[str, list[Mapping[str, Any]]] = {}
    for node in nodes:
        parents = node.get("parentRefs") or ()
        below.setdefault(parents[0]["uid"] if parents else "", []).append(node)
    return f"<h2>Tree</h2>{_branch(below, '', base)}" if nodes else ""


def _branch(below: Mapping[str, Sequence[Mapping[str, Any]]], uid: str, base: str, depth: int = 0) -> str:
    if uid not in below or depth > MAX_DEPTH:
        return ""
    items = "".join(
        f"<li>{_node(node, base)}{_branch(below, node['uid'], base, depth + 1) if node['uid'] else ''}</li>" for node in below[uid]
    )
    return f'<ul class="tree">{items}</ul>'


def _node(node: Mapping[str, Any], base: str) -> str:
    health = (node.get("health") or {}).get("status", "")
    place = "/".join(quote(str(node[key]) or "-", safe="") for key in ("group", "version", "kind", "namespace", "name"))
    name = f'<a href="{escape(base)}/resource/{place}">{escape(node["name"])}</a>' if node.get("uid") else escape(node["name"])
    logs = f' <a href="{escape(base)}/logs/{quote(node["namespace"])}/{quote(node["name"])}">logs</a>' if node["kind"] == "Pod" else ""
    return f"{escape(node['kind'])} <strong>{name}</strong> {html.word(health) if health else ''}{logs}"


def history(app: Object, base: str, session: Session, *, may_roll_back: bool) -> str:
    """What was deployed, each with a way back to it."""
    rows = [
        (
            str(item["id"]),
            html.moment(str(item.get("deployedAt", ""))),
            escape(str(item.get("revision") or ",".join(item.get("revisions") or ()))[:12]),
            escape(str((item.get("initiatedBy") or {}).get("username") or "automation")),
            _way_back(int(item["id"]), base, session) if may_roll_back else "",
        )
        for item in reversed(status_of(app).get("history") or ())
    ]
    headings = ("Id", "Deployed", "Revision", "By", "Back to it")
    return html.table(headings, rows, "Nothing was deployed yet.", "History")


def _way_back(id: int, base: str, session: Session) -> str:
    return html.button(
        f"{base}/rollback", f"Roll back to {id}", session, [("id", str(id))], "plain", f"Deploy entry {id} of the history again?"
    )


def _diff(state: AppState | None) -> str:
    """What a sync would change; Secret values are masked."""
    differing = [resource for resource in (state.resources if state is not None else ()) if resource.status == "OutOfSync"]
    shown = "".join(side_by_side(resource.pair.live, resource.pair.target) for resource in differing)
    return f"<h2>What a sync would change</h2>{shown}" if shown else ""


@dataclass(frozen=True, slots=True)
class Button:
    """Something that can be done. Shape: `needs` is the action that roles speak of; `hidden` are fields of the form."""

    path: str
    label: str
    needs: str
    command: str
    hidden: Sequence[tuple[str, str]] = ()
    style: str = "plain"
    confirm: str = ""


def buttons(app: Object) -> list[Button]:
    name = name_of(app)
    return [
        Button("sync", "Sync", "sync", f"app sync {name}", style=""),
        Button("sync", "Sync and prune", "sync", f"app sync {name} --prune", [("prune", "true")]),
        Button("sync", "Dry run", "sync", f"app sync {name} --dry-run", [("dryRun", "true")]),
        Button("refresh", "Refresh", "get", f"app get {name} --refresh"),
        Button("refresh", "Hard refresh", "get", f"app get {name} --hard-refresh", [("hard", "true")]),
        Button("terminate", "Terminate", "sync", f"app terminate-op {name}"),
        Button("rollback", "Roll back", "rollback", f"app rollback {name}", (), "plain", "Deploy the revision before the last again?"),
        Button("delete", "Delete", "delete", f"app delete {name}", (), "danger", f"Delete {name} and all it deployed?"),
    ]


def actions(shown: Sequence[Button], base: str, session: Session, platform: str) -> str:
    """Buttons, each beside the command that does the same."""
    forms = "".join(html.button(f"{base}/{each.path}", each.label, session, each.hidden, each.style, each.confirm) for each in shown)
    commands = "".join(f"<li><code>stackwright {escape(each.command)} --name {escape(platform)}</code></li>" for each in shown)
    return f'<div class="bar">{forms}</div><details><summary>The same from the command line</summary><ul>{commands}</ul></details>'


def tabs(base: str, current: str) -> str:
    """The pages of one Application."""
    pages = (
        ("", "Summary"),
        ("plan", "Next sync"),
        ("history", "History"),
        ("events", "Events"),
        ("manifests", "Manifests"),
        ("edit", "Edit"),
    )
    links = "".join(
        f'<a href="{escape(base)}{"/" + path if path else ""}"{" aria-current=page" if path == current else ""}>{label}</a>'
        for path, label in pages
    )
    return f'<nav class="tabs" aria-label="Application">{links}</nav>'
