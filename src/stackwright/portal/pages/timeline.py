"""The platform's timeline."""

from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

from stackwright.portal import html
from stackwright.portal.timeline import KINDS, Entry

PAGE_SIZE = 100


def form(app: str, kind: str, since: str) -> str:
    """What stays while entries come."""
    options = "".join(f"<option{' selected' if word == kind else ''}>{word}</option>" for word in KINDS)
    return (
        f'<form class="bar" method="get" role="search"><label for="app">Application<br>'
        f'<input id="app" name="app" type="search" value="{escape(app)}"></label>'
        f'<label for="kind">Kind<br><select id="kind" name="kind"><option value="">Any</option>{options}</select></label>'
        '<label for="since">Since (UTC)<br>'
        f'<input id="since" name="since" placeholder="2026-01-31T08:00:00Z" value="{escape(since)}"></label>'
        f"<button>Filter</button></form>"
    )


def entries(found: Sequence[Entry], page: int, query: dict[str, str], prefix: str) -> str:
    shown = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    rows = [
        (
            html.moment(entry.time),
            f'<span class="word">{escape(entry.kind)}</span>',
            entry.link(prefix),
            escape(entry.text),
            escape(entry.who or "–"),
        )
        for entry in shown
    ]
    table = html.table(("When", "Kind", "Application", "What", "By"), rows, "Nothing happened that matches.", "Timeline")
    return table + _pages(len(found), page, query)


def _pages(count: int, page: int, query: dict[str, str]) -> str:
    last = max(1, -(-count // PAGE_SIZE))
    links = [(number, label) for number, label in ((page - 1, "Newer"), (page + 1, "Older")) if 1 <= number <= last]
    shown = " ".join(f'<a href="?{escape(urlencode({**query, "page": str(number)}))}">{label}</a>' for number, label in links)
    return f'<nav aria-label="Pages"><p>{count} entries {shown}</p></nav>' if links else ""
