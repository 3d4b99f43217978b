"""Repositories and credential templates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from stackwright.portal import html, repository_forms
from stackwright.portal.forms import Problems
from stackwright.portal.sessions import Session

HEADINGS = ("Repository", "Type", "Project", "Applications", "Problem", "What")
_LABELS = {"url": "URL", "name": "Name for people", "project": "Project", "username": "User"}
_HINTS = {"project": "only for Applications of this project; empty for all", "url": "templates match every URL that begins with theirs"}
_SECRETS = (
    ("password", "Password or token", "password"),
    ("bearerToken", "Bearer token", "password"),
)
_FLAGS = (
    ("insecure", "Do not check the server's certificate or host key"),
    ("enableLfs", "Large files (LFS)"),
    ("enableOCI", "The chart repository is a registry (OCI)"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """Shape: `registered` names the kind of its Secret, empty for one that Applications use without; `problem` in words."""

    url: str
    type: str
    project: str
    registered: str
    applications: int
    problem: str


def listed(rows: Sequence[Row], prefix: str, *, may_change: bool) -> str:
    shown = [
        (
            escape(row.url),
            escape(row.type),
            escape(row.project or "all"),
            f'<a href="{prefix}/applications?{escape(urlencode({"search": row.url}))}">{row.applications}</a>' if row.applications else "0",
            f'<span class="error">{escape(row.problem)}</span>' if row.problem else "",
            _what(row, prefix, may_change),
        )
        for row in rows
    ]
    return html.table(HEADINGS, shown, "No repositories yet: register one, or make an Application.", "Repositories")


def _what(row: Row, prefix: str, may_change: bool) -> str:
    if not may_change:
        return ""
    query = escape(urlencode({"url": row.url, "kind": row.registered or "repository", "project": row.project}))
    if not row.registered:
        return f'<a href="{prefix}/repositories-new?{query}">register…</a>'
    return f'<a href="{prefix}/repositories/edit?{query}">edit</a> · <a href="{prefix}/repositories/delete?{query}">delete…</a>'


def form(
    fields: Mapping[str, str], problems: Problems, told: Sequence[str], session: Session, action: str, platform: str, good: str
) -> str:
    """Shape: `good` says what a test found."""
    kinds = (("repository", "A repository"), ("repo-creds", "Credentials for every URL that begins like this"))
    chosen = fields.get("kind") or "repository"
    radios = "".join(
        f'<label class="check"><input type="radio" name="kind" value="{value}"{" checked" if value == chosen else ""}> {label}</label>'
        for value, label in kinds
    )
    texts = "".join(
        html.field(name, _LABELS[name], fields.get(name, ""), hint=_HINTS.get(name, ""), problem=problems.get(name, ""))
        for name in repository_forms.TEXTS
    )
    secrets = "".join(html.field(name, label, "", kind=kind, problem=problems.get(name, "")) for name, label, kind in _SECRETS)
    key = html.area("sshPrivateKey", "SSH key", "", rows=3, hint="private key in PEM form", problem=problems.get("sshPrivateKey", ""))
    certificates = html.area("tlsClientCertData", "Client certificate", "", rows=2) + html.area("tlsClientCertKey", "Its key", "", rows=2)
    boxes = "".join(html.checkbox(name, label, checked=fields.get(name) == "true") for name, label in _FLAGS)
    flags = "".join(f" --{flag} {fields[name]}" for name, flag in (("type", "type"), ("username", "username")) if fields.get(name))
    command = (
        f"stackwright {'repo' if chosen == 'repository' else 'repocreds'} add {fields.get('url') or 'URL'}{flags} --platform {platform}"
    )
    found = f'<p class="good" role="status">{escape(good)}</p>' if good else ""
    return (
        f'{html.problems([*told, *problems.values()])}{found}<form method="post" action="{escape(action)}" '
        f'class="form">{html.csrf(session)}'
        f"<fieldset><legend>What"
        f"</legend>{radios}{html.select('type', 'Type', repository_forms.TYPES, fields.get('type', 'git'))}{texts}</fieldset>"
        f'<fieldset><legend>How to get in</legend><p class="hint">What is there already is not shown; what is left empty stays.</p>'
        f'<div class="columns">{secrets}</div>{key}<details><summary>Client certificate</summary>{certificates}</details>{boxes}</fieldset>'
        '<div class="bar"><button name="do" value="save">Save</button>'
        '<button class="plain" name="do" value="test">Test the connection</button></div></form>'
        f'<code class="command">{escape(command)}</code>'
    )


def deletion(url: str, kind: str, count: int, action: str, session: Session, platform: str) -> str:
    used = f"{count} Applications use it; they go on without these credentials." if count else "No Application uses it."
    command = f"stackwright {'repo' if kind == 'repository' else 'repocreds'} rm {url} --platform {platform}"
    return f'<p>{escape(used)}</p>{html.button(action, "Delete", session, (), "danger")}<code class="command">{escape(command)}</code>'
