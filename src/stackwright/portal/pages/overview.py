"""The first page of the morning: what is not well and why, what is changing, what changed last and by whom."""

from collections.abc import Mapping, Sequence
from html import escape

from stackwright.api.meta import Object, name_of
from stackwright.gitops.application import status_of
from stackwright.gitops.operations import in_progress
from stackwright.gitops.ports import Commit
from stackwright.portal import html
from stackwright.portal.pages.applications import counts, is_well, link_to, meter, reason_of, word_of
from stackwright.portal.timeline import Entry

FEW = 15


def overview(apps: Sequence[Object], latest: Sequence[Entry], commits: Mapping[str, Commit], prefix: str) -> str:
    """Shape: `latest` from new to old; `commits` by revision, as far as they are known."""
    changing = [app for app in apps if is_changing(app)]
    ill = sorted(
        (app for app in apps if not is_well(app) and not is_changing(app)),
        key=lambda app: (word_of(app, "health") != "Degraded", name_of(app)),
    )
    more = f'<p><a href="{prefix}/applications">All {len(ill)} that are not well</a></p>' if len(ill) > FEW else ""
    now = f'<p><a href="{prefix}/applications?health=Progressing">All {len(changing)}</a></p>' if len(changing) > FEW else ""
    well = "Everything is well: every Application is synced and healthy."
    first = f'There are no Applications yet. <a href="{prefix}/new">Make one</a>, or run <code>stackwright create --package FOLDER</code>.'
    bad = _ill(ill[:FEW], prefix) if ill else html.hollow(well if apps else first)
    return (
        f"{counts(apps, prefix)}{meter(apps)}"
        f"{html.section('Not well', bad + more, len(ill))}"
        f"{html.section('Changing now', _changing(changing[:FEW], prefix) + now, len(changing))}"
        f"{html.section('Changed last', _latest(latest, commits, prefix))}"
    )


def is_changing(app: Object) -> bool:
    return bool(app.get("operation")) or in_progress(status_of(app).get("operationState")) or word_of(app, "health") == "Progressing"


def _ill(apps: Sequence[Object], prefix: str) -> str:
    rows = [
        (
            link_to(app, prefix),
            html.word(word_of(app, "sync")),
            html.word(word_of(app, "health")),
            escape(reason_of(app) or _message(app) or _differing(app)),
            html.moment(str((status_of(app).get("health") or {}).get("lastTransitionTime") or "")),
        )
        for app in apps
    ]
    return html.table(("Application", "Sync", "Health", "Why", "When"), rows, "", "Not well")


def _message(app: Object) -> str:
    return str((status_of(app).get("health") or {}).get("message") or "")


def _differing(app: Object) -> str:
    count = sum(item.get("status") == "OutOfSync" for item in status_of(app).get("resources") or ())
    return f"{count} objects differ from what the sources want" if count else ""


def _changing(apps: Sequence[Object], prefix: str) -> str:
    rows = [
        (link_to(app, prefix), html.word(word_of(app, "sync")), html.word(word_of(app, "health")), _doing(app), html.moment(_since(app)))
        for app in apps
    ]
    return html.table(("Application", "Sync", "Health", "What", "When"), rows, "Nothing changes.", "Changing now")


def _doing(app: Object) -> str:
    state = status_of(app).get("operationState") or {}
    if app.get("operation") or in_progress(state):
        done = len((state.get("syncResult") or {}).get("resources") or ())
        who = str(((state.get("operation") or app.get("operation") or {}).get("initiatedBy") or {}).get("username") or "automation")
        return f"sync by {escape(who)}: {done} objects done. {escape(str(state.get('message') or ''))}"
    return escape(reason_of(app) or _message(app))


def _since(app: Object) -> str:
    state = status_of(app).get("operationState") or {}
    if in_progress(state):
        return str(state.get("startedAt") or "")
    return str((status_of(app).get("health") or {}).get("lastTransitionTime") or "")


def _latest(latest: Sequence[Entry], commits: Mapping[str, Commit], prefix: str) -> str:
    rows = [
        (
            html.moment(entry.time),
            entry.link(prefix),
            html.short(entry.revision),
            _commit(commits.get(entry.revision)),
            escape(entry.who or "automation"),
            entry.detail_link(prefix),
        )
        for entry in latest[:FEW]
    ]
    more = f'<p><a href="{prefix}/timeline">The whole timeline</a></p>'
    headings = ("When", "Application", "Revision", "Commit", "By", "More")
    return html.table(headings, rows, "Nothing was deployed yet.", "Changed last") + more


def _commit(commit: Commit | None) -> str:
    if commit is None:
        return ""
    return f"{escape(commit.title[:90])} <span class=hint>{escape(commit.author.partition(' <')[0])}</span>"
