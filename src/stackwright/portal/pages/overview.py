"""The first page of the morning: what is not well and why, what is changing now, what changed last."""

from collections.abc import Sequence
from html import escape

from stackwright.api.meta import Object, name_of
from stackwright.gitops.application import status_of
from stackwright.gitops.operations import in_progress
from stackwright.portal import html
from stackwright.portal.pages.applications import counts, is_well, link_to, reason_of, word_of
from stackwright.portal.timeline import Entry

FEW = 20


def overview(apps: Sequence[Object], latest: Sequence[Entry], prefix: str) -> str:
    """Shape: `latest` from new to old."""
    changing = [app for app in apps if in_progress(status_of(app).get("operationState")) or word_of(app, "health") == "Progressing"]
    ill = sorted(
        (app for app in apps if not is_well(app) and app not in changing),
        key=lambda app: (word_of(app, "health") != "Degraded", name_of(app)),
    )
    more = f'<p><a href="{prefix}/applications">All {len(ill)} that are not well</a></p>' if len(ill) > FEW else ""
    return (
        f"{counts(apps)}<h2>Not well</h2>{_apps(ill[:FEW], prefix, 'Everything is well.', 'Not well')}{more}"
        f"<h2>Changing now</h2>{_apps(changing[:FEW], prefix, 'Nothing changes.', 'Changing now')}"
        f"<h2>Last changes</h2>{_latest(latest, prefix)}"
    )


def _apps(apps: Sequence[Object], prefix: str, empty: str, caption: str) -> str:
    rows = [
        (link_to(app, prefix), html.word(word_of(app, "sync")), html.word(word_of(app, "health")), escape(reason_of(app) or _message(app)))
        for app in apps
    ]
    return html.table(("Application", "Sync", "Health", "Why"), rows, empty, caption)


def _message(app: Object) -> str:
    return str((status_of(app).get("health") or {}).get("message") or "")


def _latest(latest: Sequence[Entry], prefix: str) -> str:
    rows = [(html.moment(entry.time), escape(entry.kind), entry.link(prefix), escape(entry.text)) for entry in latest[:FEW]]
    more = f'<p><a href="{prefix}/timeline">The whole timeline</a></p>'
    return html.table(("When", "What", "Application", "Which"), rows, "Nothing happened yet.", "Last changes") + more
