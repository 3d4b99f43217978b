"""What was deployed, what each deployment changed, and the way back to it."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from stackwright.api.meta import Object, name_of
from stackwright.gitops.application import status_of
from stackwright.gitops.ports import Commit
from stackwright.gitops.preview import Preview
from stackwright.portal import html
from stackwright.portal.pages.diff import patch
from stackwright.portal.sessions import Session


def revisions_of(entry: Mapping[str, Any]) -> list[str]:
    return [str(each) for each in entry.get("revisions") or (entry.get("revision"),) if each]


def history(app: Object, commits: Mapping[str, Commit], base: str, *, may_roll_back: bool) -> str:
    """Shape: `commits` by revision, as far as they are known."""
    entries = list(status_of(app).get("history") or ())
    rows = [_row(item, commits, base, may_roll_back and number > 0) for number, item in enumerate(reversed(entries))]
    headings = ("Id", "When", "Revision", "Commit", "By", "What")
    return html.table(headings, rows, "Nothing was deployed yet. The first sync makes the first entry.", "History")


def _row(item: Mapping[str, Any], commits: Mapping[str, Commit], base: str, back: bool) -> tuple[str, ...]:
    revisions = revisions_of(item)
    told = "; ".join(_commit(commits[each]) for each in revisions if each in commits)
    who = escape(str((item.get("initiatedBy") or {}).get("username") or "automation"))
    link = f'<a href="{escape(base)}/history/{item["id"]}">what it changed</a>'
    way = f' · <a href="{escape(base)}/rollback?id={item["id"]}">roll back…</a>' if back else ""
    shown = " ".join(html.short(each) for each in revisions)
    return str(item["id"]), html.moment(str(item.get("deployedAt") or "")), shown, told, who, f"{link}{way}"


def _commit(commit: Commit) -> str:
    return f"{escape(commit.title[:90])} <span class=hint>{escape(commit.author.partition(' <')[0])}</span>"


def changes(found: Preview | None, problem: str) -> str:
    """The objects that differ between two revisions. Shape: `problem` says why it is not known."""
    if found is None:
        return html.hollow(f"What changes cannot be told: {escape(problem)}")
    if not found.changes:
        return html.hollow("The same objects come out of both revisions: nothing changes.")
    counts = ", ".join(f"{found.count(what)} {what}" for what in ("created", "changed", "deleted") if found.count(what))
    shown = "".join(
        f'<details class="card"{" open" if len(found.changes) < 12 else ""}><summary>{html.word(_WORDS[change.what])} '
        f"{escape(change.key.kind)} {escape(f'{change.key.namespace}/{change.key.name}'.lstrip('/'))}"
        f"</summary>{patch(change.text)}</details>"
        for change in found.changes
    )
    return f"<p>{escape(counts)}</p>{shown}"


_WORDS = {"created": "create", "changed": "change", "deleted": "prune"}


def rollback(app: Object, entry: Mapping[str, Any], shown: str, base: str, session: Session, platform: str) -> str:
    """The question before an earlier deployment is made again. Shape: `shown` is what it would change, in HTML."""
    name, id = name_of(app), str(entry["id"])
    command = f"stackwright app rollback {name} {id} --name {platform}"
    boxes = html.checkbox("prune", "Delete what that revision does not have", checked=False).replace(
        'type="checkbox"', 'type="checkbox" data-flag="--prune"'
    ) + html.checkbox("dryRun", "Only try it", checked=False).replace('type="checkbox"', 'type="checkbox" data-flag="--dry-run"')
    revisions = " ".join(html.short(each) for each in revisions_of(entry))
    return (
        f"<p>Deploys entry {escape(id)} of the history again: {revisions}, first deployed "
        f"{html.moment(str(entry.get('deployedAt') or ''))}.</p>"
        f'<form method="post" action="{escape(base)}/rollback" class="form">{html.csrf(session)}<input type="hidden" name="id" '
        f'value="{escape(id)}">'
        f'<fieldset><legend>Options</legend>{boxes}</fieldset><code class="command" '
        f'data-command="{escape(command)}">{escape(command)}</code>'
        f'<div class="bar"><button>Roll back to {escape(id)}</button><a class="button plain" href="{escape(base)}/history">Back'
        f"</a></div></form>" + html.section("What it would change", shown)
    )


def find(app: Object, id: str) -> tuple[Mapping[str, Any], Mapping[str, Any] | None] | None:
    """An entry of the history, and the one before it."""
    entries: Sequence[Mapping[str, Any]] = list(status_of(app).get("history") or ())
    for before, entry in zip((None, *entries), entries, strict=False):
        if str(entry.get("id")) == id:
            return entry, before
    return None
