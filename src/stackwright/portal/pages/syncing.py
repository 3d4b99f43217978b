"""The next sync: what it would do by phase and wave, which of it is wanted, and how."""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby

from stackwright.api.meta import Object, ObjectKey, name_of
from stackwright.gitops.planning import Planned
from stackwright.gitops.requests import SyncRequest
from stackwright.portal import html
from stackwright.portal.sessions import Session

WORDS = {"create": "is made", "change": "is changed", "keep": "stays as it is", "prune": "is deleted, if pruned", "run": "is run"}
RESOURCE = "resource:"
OPTIONS = (
    ("prune", "Delete what is no longer wanted", "--prune"),
    ("dryRun", "Only try it", "--dry-run"),
    ("force", "Delete and make anew what cannot be changed", "--force"),
    ("replace", "Replace instead of apply", "--replace"),
    ("serverSide", "Apply on the server's side", "--server-side"),
    ("outOfSyncOnly", "Leave alone what is in sync", "--apply-out-of-sync-only"),
)


def request_of(form: Mapping[str, str], planned: int, username: str) -> SyncRequest:
    """What a form asks for. Shape: `planned` objects were offered; all of them chosen is no selection."""
    chosen = tuple(name.removeprefix(RESOURCE) for name in form if name.startswith(RESOURCE))
    flags = {name: form.get(name) == "true" for name, _, _ in OPTIONS}
    return SyncRequest(
        revision=form.get("revision", "").strip(),
        prune=flags["prune"],
        dry_run=flags["dryRun"],
        force=flags["force"],
        replace=flags["replace"],
        server_side=flags["serverSide"],
        apply_out_of_sync_only=flags["outOfSyncOnly"],
        resources=() if len(chosen) == planned else chosen,
        username=username,
    )


def resource_text(key: ObjectKey) -> str:
    place = f"{key.namespace}/{key.name}" if key.namespace else key.name
    return f"{key.group}:{key.kind}:{place}"


def selectable(tasks: Sequence[Planned]) -> list[Planned]:
    """What a sync can be narrowed to: hooks run with a whole sync only."""
    return [task for task in tasks if task.doing != "run"]


def form(app: Object, tasks: Sequence[Planned] | None, base: str, session: Session, platform: str, revision: str) -> str:
    """Shape: `tasks` in the order of the sync, None when nothing can be said; `revision` is what the spec tracks."""
    if tasks is None:
        return html.hollow("Nothing can be planned: the Application could not be compared. Its summary says why.")
    boxes = "".join(
        f'<label class="check"><input type="checkbox" name="{name}" value="true" data-flag="{flag}"> {escape(label)}</label>'
        for name, label, flag in OPTIONS
    )
    command = f"stackwright app sync {name_of(app)} --name {platform}"
    offered = selectable(tasks)
    field = (
        '<div class="field"><label for="revision">Revision</label>'
        f'<input id="revision" name="revision" data-flag="--revision" placeholder="{escape(revision)}"></div>'
    )
    return (
        f'<form method="post" action="{escape(base)}/sync">{html.csrf(session)}<input type="hidden" name="planned" value="{len(offered)}">'
        f'<fieldset><legend>How</legend><div class="split"><div class="checks">{boxes}</div>{field}</div></fieldset>'
        f'<code class="command" data-command="{escape(command)}">{escape(command)}</code>'
        f'<div class="bar"><button data-needs-some>Sync</button>{_all_boxes(offered)}</div>{plan(tasks, selecting=True)}</form>'
    )


def _all_boxes(offered: Sequence[Planned]) -> str:
    if not offered:
        return ""
    all_of_them = '<label class="check"><input type="checkbox" data-all="" checked> All</label>'
    differing = sum(task.doing != "keep" for task in offered)
    return all_of_them + (
        '<label class="check"><input type="checkbox" data-all="keep" checked> What is in sync</label>' if differing < len(offered) else ""
    )


def plan(tasks: Sequence[Planned] | None, *, selecting: bool = False) -> str:
    """By phase and wave."""
    if tasks is None:
        return html.hollow("Nothing can be planned: the Application could not be compared. Its summary says why.")
    if not tasks:
        return html.hollow("There is nothing to sync: the sources hold no objects.")
    counts = {doing: sum(task.doing == doing for task in tasks) for doing in WORDS}
    told = ", ".join(f"{count} {WORDS[doing]}" for doing, count in counts.items() if count)
    groups = "".join(_group(*key, list(group), selecting) for key, group in groupby(tasks, lambda task: (task.phase, task.wave)))
    return f'<p>{escape(told)}</p><ol class="phases">{groups}</ol>'


def _group(phase: str, wave: int, tasks: Sequence[Planned], selecting: bool) -> str:
    title = f"{phase}, wave {wave}"
    rows = [
        (
            *((_box(task),) if selecting else ()),
            f'<span class="word {task.doing}">{WORDS[task.doing]}</span>',
            escape(task.key.kind),
            escape(f"{task.key.namespace}/{task.key.name}".lstrip("/")),
            f'<span class="error">{escape(task.message)}</span>' if task.message else "",
        )
        for task in tasks
    ]
    headings = (*(("Chosen",) if selecting else ()), "What", "Kind", "Object", "Problem")
    table = html.table(headings, rows, "", title, "plan")
    return f'<li><h3>{escape(title)} <span class="count">{len(tasks)}</span></h3>{table}</li>'


def _box(task: Planned) -> str:
    if task.doing == "run":
        return '<span class="hint hook">hook</span>'
    text, label = escape(resource_text(task.key)), escape(f"{task.key.kind} {task.key.name}")
    marks = f'data-resource="{text}" data-state="{task.doing}" aria-label="{label}"'
    return f'<input type="checkbox" name="{RESOURCE}{text}" value="true" checked {marks}>'
