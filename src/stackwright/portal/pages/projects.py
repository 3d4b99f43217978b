"""Projects: what may come from where and go where, who may what, and when."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import quote

from stackwright.api.meta import Object, name_of
from stackwright.gitops.project import windows
from stackwright.kernel.errors import BadInput
from stackwright.portal import html, project_forms
from stackwright.portal.forms import Problems
from stackwright.portal.sessions import Session

_LINES = (
    ("sourceRepos", "Repositories", "URLs that Applications may deploy from, one a line; * for any", 3),
    ("destinations", "Destinations", "SERVER NAMESPACE, one a line; a cluster's name will do, * matches", 3),
)
_RULES = (
    ("clusterResourceWhitelist", "Kinds of the cluster that are allowed", "GROUP/KIND, one a line; none without an entry", 3),
    ("clusterResourceBlacklist", "Kinds of the cluster that are not", "", 2),
    ("namespaceResourceBlacklist", "Kinds in namespaces that are not allowed", "", 2),
    ("namespaceResourceWhitelist", "Only these kinds in namespaces", "all of them without an entry", 2),
    ("sourceNamespaces", "Namespaces that Applications may live in", "besides the control plane's own", 2),
)


def projects(found: Sequence[Object], counts: Mapping[str, int], prefix: str) -> str:
    rows = [
        (
            f'<a href="{prefix}/projects/{quote(name_of(each))}">{escape(name_of(each))}</a>',
            escape(str((each.get("spec") or {}).get("description") or "")),
            escape(", ".join((each.get("spec") or {}).get("sourceRepos") or ())),
            escape(", ".join(_destination(item) for item in (each.get("spec") or {}).get("destinations") or ())),
            escape(", ".join(str(role.get("name")) for role in (each.get("spec") or {}).get("roles") or ()) or "–"),
            f'<a href="{prefix}/applications?project={quote(name_of(each))}">{counts.get(name_of(each), 0)}</a>',
        )
        for each in sorted(found, key=name_of)
    ]
    headings = ("Project", "Description", "Sources", "Destinations", "Roles", "Applications")
    return html.table(headings, rows, "No projects that you may see.", "Projects")


def _destination(item: Mapping[str, Any]) -> str:
    return f"{item.get('server') or item.get('name')}/{item.get('namespace')}"


def one(project: Object, count: int, now: datetime, prefix: str) -> str:
    spec = project.get("spec") or {}
    facts = html.fields(
        [
            ("Description", escape(str(spec.get("description") or "–"))),
            ("Applications", f'<a href="{prefix}/applications?project={quote(name_of(project))}">{count}</a>'),
            ("Repositories", _list(spec.get("sourceRepos") or (), "none")),
            ("Destinations", _list([_destination(item) for item in spec.get("destinations") or ()], "none")),
            ("Kinds of the cluster", _list(_kinds(spec, "clusterResourceWhitelist"), "none are allowed")),
            ("Kinds not allowed", _list([*_kinds(spec, "clusterResourceBlacklist"), *_kinds(spec, "namespaceResourceBlacklist")], "–")),
            ("Kinds in namespaces", _list(_kinds(spec, "namespaceResourceWhitelist"), "all")),
        ]
    )
    return facts + html.section("Roles", _roles(spec.get("roles") or ())) + html.section("Sync windows", _windows(spec, now))


def _list(items: Sequence[str], nothing: str) -> str:
    return "<br>".join(f"<code>{escape(str(item))}</code>" for item in items) or escape(nothing)


def _kinds(spec: Mapping[str, Any], field: str) -> list[str]:
    return [f"{each.get('group') or 'core'}/{each.get('kind')}" for each in spec.get(field) or ()]


def _roles(found: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (
            escape(str(role.get("name"))),
            escape(str(role.get("description") or "")),
            _list(role.get("policies") or (), "may nothing"),
            _list(role.get("groups") or (), "–"),
            str(len(role.get("jwtTokens") or ())),
        )
        for role in found
    ]
    return html.table(
        ("Role", "Description", "Policies", "Groups", "Tokens"), rows, "No roles: only the platform's own roles count.", "Roles"
    )


def _windows(spec: Mapping[str, Any], now: datetime) -> str:
    rows = [
        (
            html.word("Allowed" if each.get("kind") == "allow" else "Refused", str(each.get("kind"))),
            f"<code>{escape(str(each.get('schedule')))}</code> {escape(str(each.get('timeZone') or 'UTC'))}",
            escape(str(each.get("duration"))),
            escape(_speaks_of(each)),
            "yes" if each.get("manualSync") else "no",
            _is_open(each, now),
        )
        for each in spec.get("syncWindows") or ()
    ]
    headings = ("Window", "Schedule", "Lasts", "Of", "By hand", "Now")
    return html.table(headings, rows, "No windows: a sync may run at any time.", "Sync windows")


def _speaks_of(window: Mapping[str, Any]) -> str:
    parts = [f"{name}: {', '.join(window[name])}" for name in ("applications", "namespaces", "clusters") if window.get(name)]
    return "; ".join(parts) or "nothing"


def _is_open(window: Mapping[str, Any], now: datetime) -> str:
    try:
        return "open" if windows.is_active(window, now) else "closed"
    except BadInput as error:
        return f'<span class="error">{escape(error.message)}</span>'


def form(fields: Mapping[str, str], problems: Problems, told: Sequence[str], session: Session, action: str, *, new: bool) -> str:
    def area(name: str, label: str, hint: str, rows: int) -> str:
        return html.area(name, label, fields.get(name, ""), rows=rows, hint=hint, problem=problems.get(name, ""))

    def text(name: str, label: str, hint: str = "") -> str:
        return html.field(name, label, fields.get(name, ""), hint=hint, problem=problems.get(name, ""))

    name = text("name", "Name") if new else ""
    lines = "".join(area(*each) for each in _LINES)
    rules = "".join(area(*each) for each in _RULES)
    return (
        f'{html.problems([*told, *problems.values()])}<form method="post" action="{escape(action)}" class="form">{html.csrf(session)}'
        f"<fieldset><legend>Project</legend>{name}{text('description', 'Description')}{lines}</fieldset>"
        f"<fieldset><legend>Kinds and places</legend>{rules}</fieldset>{_role_forms(fields, problems)}{_window_forms(fields, problems)}"
        '<div class="bar"><button name="do" value="save">Save</button>'
        '<button class="plain" name="do" value="check">Check only</button></div></form>'
    )


def _role_forms(fields: Mapping[str, str], problems: Problems) -> str:
    parts = ""
    for number in range(project_forms.count_of(fields, "roles") + project_forms.SPARE):
        key = f"roles.{number}"
        title = f"Role {fields.get(f'{key}.name') or '(new)'}"
        names = "".join(_field(fields, problems, f"{key}.{name}", name.capitalize()) for name in ("name", "description"))
        policies = html.area(
            f"{key}.policies", "Policies", fields.get(f"{key}.policies", ""), rows=3, problem=problems.get(f"{key}.policies", ""),
            hint="p, proj:PROJECT:ROLE, applications, sync, PROJECT/*, allow",
        )  # fmt: skip
        groups = html.area(f"{key}.groups", "Groups", fields.get(f"{key}.groups", ""), rows=2, problem=problems.get(f"{key}.groups", ""))
        parts += f'<fieldset><legend>{escape(title)}</legend><div class="columns">{names}</div>{policies}{groups}</fieldset>'
    general = f'<p class="error">{escape(problems["roles"])}</p>' if problems.get("roles") else ""
    return general + parts


def _window_forms(fields: Mapping[str, str], problems: Problems) -> str:
    parts = ""
    labels = (("schedule", "Schedule (cron)"), ("duration", "Duration"), ("timeZone", "Time zone"))
    for number in range(project_forms.count_of(fields, "syncWindows") + project_forms.SPARE):
        key = f"syncWindows.{number}"
        kind = html.select(f"{key}.kind", "Kind", ("allow", "deny"), fields.get(f"{key}.kind", ""))
        texts = "".join(_field(fields, problems, f"{key}.{name}", label) for name, label in labels)
        areas = "".join(
            html.area(f"{key}.{name}", name.capitalize(), fields.get(f"{key}.{name}", ""), rows=2, hint="globs, one a line")
            for name in ("applications", "namespaces", "clusters")
        )
        manual = html.checkbox(f"{key}.manualSync", "Syncs by hand may run", checked=fields.get(f"{key}.manualSync") == "true")
        title = "Sync window" + ("" if fields.get(f"{key}.schedule") else " (new)")
        parts += (
            f'<fieldset><legend>{title}</legend><div class="columns">{kind}{texts}</div><div class="columns">{areas}'
            f"</div>{manual}</fieldset>"
        )
    return parts


def _field(fields: Mapping[str, str], problems: Problems, name: str, label: str) -> str:
    return html.field(name, label, fields.get(name, ""), problem=problems.get(name, ""))


def deletion(name: str, count: int, action: str, session: Session, platform: str) -> str:
    if count:
        return html.hollow(f"{count} Applications belong to it: it can be deleted when they are gone or in another project.")
    return (
        f"<p>Its roles and their tokens go with it.</p>{html.button(action, f'Delete {name}', session, (), 'danger')}"
        f'<code class="command">stackwright proj delete {escape(name)} --name {escape(platform)}</code>'
    )
