"""The platform's timeline, and what a commit changed."""

import re
from collections.abc import Sequence
from html import escape
from itertools import groupby
from urllib.parse import urlencode

from stackwright.gitops.ports import Commit
from stackwright.gitops.preview import Preview
from stackwright.portal import html
from stackwright.portal.pages.history import changes
from stackwright.portal.timeline import KINDS, Entry

PAGE_SIZE = 100
_COMMIT = re.compile(r"\b([0-9a-f]{7})[0-9a-f]{33}\b")
HEADINGS = ("When", "Kind", "About", "Revision", "What", "By", "More")


def form(app: str, kind: str, since: str, until: str, who: str) -> str:
    """What stays while entries come; everything that is chosen is in the URL."""
    options = "".join(f"<option{' selected' if word == kind else ''}>{word}</option>" for word in KINDS)
    fields = "".join(
        f'<label for="{name}">{label}<br><input id="{name}" name="{name}" {kind_of} value="{escape(value)}"></label>'
        for name, label, kind_of, value in (
            ("app", "Application or repository", 'type="search"', app),
            ("who", "By", "", who),
            ("since", "Since (UTC)", 'placeholder="2026-01-31T08:00"', since),
            ("until", "Until (UTC)", 'placeholder="2026-01-31T09:00"', until),
        )
    )
    select = f'<label for="kind">Kind<br><select id="kind" name="kind" data-auto><option value="">Any</option>{options}</select></label>'
    return f'<form class="bar" method="get" role="search">{fields}{select}<button class="plain">Filter</button></form>'


def entries(found: Sequence[Entry], page: int, query: dict[str, str], prefix: str) -> str:
    shown = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    if not shown:
        return html.hollow('Nothing happened that matches. <a href="?">Show everything</a>')
    days = "".join(_day(day, list(of_day), prefix) for day, of_day in groupby(shown, lambda entry: entry.time[:10]))
    return days + _pages(len(found), page, query)


def _day(day: str, found: Sequence[Entry], prefix: str) -> str:
    rows = [
        (
            f'{escape(entry.time[11:19])} <span class="hint">{html.moment(entry.time)}</span>',
            f'<span class="word {escape(entry.kind)}">{escape(entry.kind)}</span>',
            entry.link(prefix),
            html.short(entry.revision),
            escape(_COMMIT.sub(r"\1", entry.text)),
            escape(entry.who or "automation"),
            entry.detail_link(prefix),
        )
        for entry in found
    ]
    return html.section(day, html.table(HEADINGS, rows, "", f"Timeline of {day}", "axis"), len(found))


def _pages(count: int, page: int, query: dict[str, str]) -> str:
    last = max(1, -(-count // PAGE_SIZE))
    links = [(number, label) for number, label in ((page - 1, "Newer"), (page + 1, "Older")) if 1 <= number <= last]
    shown = " ".join(
        f'<a class="button plain small" href="?{escape(urlencode({**query, "page": str(number)}))}">{label}</a>' for number, label in links
    )
    return f'<nav aria-label="Pages"><p>{count} entries {shown}</p></nav>' if links else ""


def commit(found: Commit, repository: str, paths: Sequence[str], per_app: Sequence[tuple[str, Preview | None, str]]) -> str:
    """Shape: `per_app` is a link to an Application, what the commit changes for it, and why that is unknown."""
    about = html.fields(
        [
            ("Repository", escape(repository)),
            ("Commit", html.short(found.sha) + f' <span class="hint">{escape(found.sha)}</span>'),
            ("By", f"{escape(found.author)}, {html.moment(found.date)}"),
        ]
    )
    message = f"<pre tabindex=0>{escape(found.message)}</pre>"
    files = "".join(f"<li><code>{escape(path)}</code></li>" for path in paths)
    touched = html.section("Files", f"<ul>{files}</ul>" if files else html.hollow("It changes no files."), len(paths))
    apps = "".join(
        html.section(f"What it changes for {name}", changes(preview, why))
        for name, preview, why in per_app
        if preview is None or preview.changes
    )
    nobody = "" if apps else html.hollow("It changes no object of any Application that you may see.")
    return f"{about}{message}{touched}{apps}{nobody}"
