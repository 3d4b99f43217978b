"""Forms to make and to edit Applications."""

from collections.abc import Mapping, Sequence
from html import escape

from stackwright.api.meta import Object
from stackwright.portal import html
from stackwright.portal.forms import Problems, editable
from stackwright.portal.sessions import Session

FIRST: Mapping[str, str] = {
    "project": "default", "path": ".", "targetRevision": "HEAD", "automated": "true", "prune": "true", "selfHeal": "true",
    "createNamespace": "true",
}  # fmt: skip


def create(
    form: Mapping[str, str],
    choices: Mapping[str, Sequence[str]],
    problems: Problems,
    told: Sequence[str],
    session: Session,
    action: str,
    preview: Object | None = None,
) -> str:
    """Shape: `choices` has `projects`, `repositories`, `servers`; `preview` is the Application when it is good."""
    value = form.get

    def text(name: str, label: str, hint: str = "", options: str = "") -> str:
        return html.field(name, label, value(name, ""), hint=hint, problem=problems.get(name, ""), options=options)

    repositories = "".join(f'<option value="{escape(url)}"></option>' for url in choices["repositories"])
    checks = (
        ("automated", "Sync by itself"),
        ("prune", "Delete what is no longer wanted"),
        ("selfHeal", "Undo changes in the cluster"),
        ("createNamespace", "Make the namespace"),
    )
    boxes = "".join(html.checkbox(name, label, checked=value(name) == "true") for name, label in checks)
    return (
        f'<div class="head"><h1>New Application</h1></div>'
        f"{html.problems([*told, *problems.values()])}"
        f'<form method="post" action="{escape(action)}" class="form">{html.csrf(session)}'
        f"{text('name', 'Name')}{html.select('project', 'Project', choices['projects'], value('project', ''))}"
        f"{text('repoURL', 'Repository', 'URL of a git or chart repository', 'repositories')}"
        f'<datalist id="repositories">{repositories}</datalist>'
        f"{text('path', 'Path', 'folder in the repository')}{text('chart', 'Chart', 'only for chart repositories')}"
        f"{text('targetRevision', 'Revision', 'branch, tag, commit, or version of the chart')}"
        f"{html.select('server', 'Cluster', choices['servers'], value('server', ''))}{text('namespace', 'Namespace')}"
        f'<fieldset><legend>Sync</legend>{boxes}</fieldset><div class="bar">'
        f'<button name="do" value="create">Create</button><button class="plain" name="do" value="check">Check only</button></div></form>'
        + (
            f'<h2>What will be made</h2><p class="good" role="status">Nothing is wrong with it.</p>{html.code(editable(preview))}'
            if preview
            else ""
        )
    )


def edit(text: str, problems: Sequence[str], session: Session, action: str, difference: str | None = None) -> str:
    """Shape: `difference` is HTML once it was checked: empty when nothing changes."""
    checked = "" if difference is None or problems else good(difference)
    return (
        f'{html.problems(problems)}<form method="post" action="{escape(action)}" class="form">{html.csrf(session)}'
        f'<label for="yaml">YAML</label><textarea id="yaml" data-yaml name="yaml" rows="28" spellcheck="false">{escape(text)}</textarea>'
        f'<div class="bar"><button name="do" value="save">Save</button>'
        f'<button class="plain" name="do" value="check">Check only</button></div></form>{checked}'
    )


def good(difference: str) -> str:
    """What stands below a form that was checked and found right. Shape: `difference` is HTML, empty when nothing changes."""
    shown = difference or html.hollow("Nothing changes.")
    return f'<h2>What this changes</h2><p class="good" role="status">Nothing is wrong with it.</p>{shown}'
