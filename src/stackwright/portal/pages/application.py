"""One Application: where it stands and why, and what can be done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from stackwright.api.meta import Object, name_of
from stackwright.gitops.application import automation_of, destination_of, project_of, sources_of, status_of
from stackwright.gitops.deeplinks import Link
from stackwright.gitops.explain import Finding
from stackwright.gitops.ports import Commit
from stackwright.portal import html
from stackwright.portal.pages.applications import word_of
from stackwright.portal.sessions import Session


@dataclass(frozen=True, slots=True)
class Button:
    """Something that can be done. Shape: `needs` is the action that roles speak of; a `link` leads to a page that asks first."""

    path: str
    label: str
    needs: str
    command: str
    hidden: Sequence[tuple[str, str]] = ()
    style: str = "plain"
    link: bool = False


def buttons(app: Object) -> list[Button]:
    name = name_of(app)
    return [
        Button("sync", "Sync", "sync", f"app sync {name}", style=""),
        Button("refresh", "Refresh", "get", f"app get {name} --refresh"),
        Button("refresh", "Hard refresh", "get", f"app get {name} --hard-refresh", [("hard", "true")]),
        Button("delete", "Delete…", "delete", f"app delete {name}", style="danger", link=True),
    ]


def actions(shown: Sequence[Button], base: str, session: Session) -> str:
    """What can be done at once; what needs a question first leads to it."""
    return f'<div class="bar">{"".join(_action(each, base, session) for each in shown)}</div>'


def _action(each: Button, base: str, session: Session) -> str:
    if each.link:
        return f'<a class="button plain" href="{escape(base)}/{each.path}">{escape(each.label)}</a>'
    return html.button(f"{base}/{each.path}", each.label, session, each.hidden, each.style)


def commands(shown: Sequence[Button], platform: str) -> str:
    items = "".join(f'<code class="command">stackwright {escape(each.command)} --name {escape(platform)}</code>' for each in shown)
    return f"<details><summary>The same from the command line</summary>{items}</details>"


TABS = (
    ("", "Summary"),
    ("sync", "Sync"),
    ("diff", "Differences"),
    ("operation", "Operation"),
    ("history", "History"),
    ("sources", "Sources"),
    ("logs", "Logs"),
    ("events", "Events"),
    ("manifests", "Manifests"),
    ("edit", "YAML"),
)


def tabs(base: str, current: str, hidden: Sequence[str] = ()) -> str:
    """The pages of one Application. Shape: `hidden` are those that the session may not see."""
    links = "".join(
        f'<a href="{escape(base)}{"/" + path if path else ""}"{" aria-current=page" if path == current else ""}>{label}</a>'
        for path, label in TABS
        if path not in hidden
    )
    return f'<nav class="tabs" aria-label="Application">{links}</nav>'


def state(app: Object, commit: Commit | None = None, prefix: str = "") -> str:
    """The line above every page of an Application. Shape: `commit` is the one that the cluster is compared with."""
    status = status_of(app)
    sync = status.get("sync") or {}
    revisions = [str(each) for each in sync.get("revisions") or (sync.get("revision"),) if each]
    shown = " ".join(html.short(each) for each in revisions)
    destination = destination_of(app)
    where = f"{destination.get('name') or destination.get('server') or ''} / {destination.get('namespace') or ''}"
    who = f" “{escape(commit.title[:80])}” by {escape(_person(commit.author))}, {html.moment(commit.date)}" if commit else ""
    parts = (
        f"{html.word(word_of(app, 'sync'))} {html.word(word_of(app, 'health'))}",
        f"at {shown}{who}" if shown else "",
        f'project <a href="{prefix}/projects/{escape(project_of(app))}">{escape(project_of(app))}</a>',
        f"to {escape(where)}",
        f"sync {'by itself' if automation_of(app) is not None else 'by hand'}",
    )
    return f'<p class="sub state">{"".join(f"<span>{part}</span>" for part in parts if part)}</p>'


def _person(author: str) -> str:
    return author.partition(" <")[0]


def why(findings: Sequence[Finding]) -> str:
    told = "".join(_finding(finding) for finding in findings)
    return html.section("Why", f'<ul class="findings">{told}</ul>' if told else "")


def _finding(finding: Finding) -> str:
    hint = f' <span class="hint">{escape(finding.hint)}</span>' if finding.hint else ""
    return f'<li class="{finding.level}">{escape(finding.text)}{hint}</li>'


def conditions(app: Object) -> str:
    rows = [
        (escape(item["type"]), escape(item["message"]), html.moment(str(item.get("lastTransitionTime") or "")))
        for item in status_of(app).get("conditions") or ()
    ]
    return html.section("Conditions", html.table(("Type", "Message", "When"), rows, "", "Conditions"))


def where_from(app: Object, beside: Sequence[Link] = ()) -> str:
    """Every source in a line. Shape: `beside` are the links that argocd-cm asks for."""
    items = "".join(f"<li>{_source(source)}</li>" for source in sources_of(app))
    links = "".join(
        f'<li><a href="{escape(str(url))}" rel="noreferrer">{escape(str(url))}</a></li>'
        for url in (status_of(app).get("summary") or {}).get("externalURLs") or ()
        if str(url).startswith(("https://", "http://"))
    )
    images = "".join(f"<li><code>{escape(str(image))}</code></li>" for image in (status_of(app).get("summary") or {}).get("images") or ())
    parts = [
        ("Sources", items),
        ("Links", "".join(f"<li>{_link(each)}</li>" for each in beside)),
        ("Reached at", links),
        ("Images", images),
    ]
    shown = "".join(html.section(title, f"<ul>{content}</ul>" if content else "") for title, content in parts)
    return f'<div class="facts">{shown}</div>'


def _link(link: Link) -> str:
    title = f' title="{escape(link.description)}"' if link.description else ""
    return f'<a href="{escape(link.url)}" rel="noopener noreferrer"{title}>{escape(link.title)}</a>'


def _source(source: Mapping[str, Any]) -> str:
    path = str(source.get("chart") or source.get("path") or (f"as ${source['ref']}" if source.get("ref") else "."))
    return (
        f"{escape(str(source.get('repoURL') or ''))} <code>{escape(path)}</code> at {escape(str(source.get('targetRevision') or 'HEAD'))}"
    )


def deletion(app: Object, base: str, session: Session, platform: str) -> str:
    """The question before an Application goes."""
    name = name_of(app)
    resources = status_of(app).get("resources") or ()
    rows = [(escape(item["kind"]), escape(item.get("namespace", "")), escape(item["name"])) for item in resources]
    command = f"stackwright app delete {name} --name {platform}"
    return (
        f"<p>Its {len(resources)} objects go with it, unless you let them stay.</p>"
        f'<form method="post" action="{escape(base)}/delete" class="form">{html.csrf(session)}'
        f'<fieldset><legend>What becomes of its objects</legend><label class="check"><input type="radio" name="cascade" '
        f'value="true" checked> '
        f'Delete them</label><label class="check"><input type="radio" name="cascade" value="false"> Let them stay, '
        f"without an Application</label></fieldset>"
        f'<code class="command">{escape(command)}</code><div class="bar"><button class="danger">Delete {escape(name)}</button>'
        f'<a class="button plain" href="{escape(base)}">Keep it</a></div></form>'
        + html.section("Its objects", html.table(("Kind", "Namespace", "Name"), rows, "It owns nothing.", "Objects"))
    )
