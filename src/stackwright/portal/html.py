"""Pieces of HTML. Everything that comes from outside is escaped here."""

from collections.abc import Iterable, Sequence
from html import escape

from stackwright.portal.sessions import Session

HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
}


def document(title: str, body: str, prefix: str, platform: str, session: Session | None) -> bytes:
    """A whole page."""
    bar = "" if session is None else _bar(prefix, platform, session)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)} · {escape(platform)}</title><link rel="icon" href="data:,">'
        f'<link rel="stylesheet" href="{prefix}/static/portal.css">'
        f'<script src="{prefix}/static/portal.js" defer></script></head><body>'
        f'<a class="skip" href="#main">Skip to content</a>{bar}<main id="main">{body}</main></body></html>'
    ).encode()


def _bar(prefix: str, platform: str, session: Session) -> str:
    links = ("Applications", "applications"), ("Projects", "projects"), ("Clusters", "clusters"), ("Repositories", "repositories")
    nav = "".join(f'<a href="{prefix}/{path}">{name}</a>' for name, path in links)
    button = f'<button class="plain">Log out {escape(session.username)}</button>'
    leave = f'<form method="post" action="{prefix}/logout">{csrf(session)}{button}</form>'
    return f'<header><strong>{escape(platform)}</strong><nav aria-label="Main">{nav}</nav>{leave}</header>'


def csrf(session: Session) -> str:
    return f'<input type="hidden" name="csrf" value="{escape(session.csrf)}">'


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], empty: str, caption: str) -> str:
    """`rows` hold cells of HTML already escaped."""
    body = "".join("<tr>" + "".join(f'<td class="wrap">{cell}</td>' for cell in row) + "</tr>" for row in rows)
    if not body:
        return f'<p class="hint">{escape(empty)}</p>'
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    inner = f'<table aria-label="{escape(caption)}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">{inner}</div>'


def word(text: str) -> str:
    """A status, in its colour."""
    return f'<span class="word {escape(text)}">{escape(text or "–")}</span>'


def fields(pairs: Iterable[tuple[str, str]]) -> str:
    """`pairs` of a plain name and a value of HTML already escaped."""
    return "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in pairs) + "</dl>"


def button(action: str, label: str, session: Session, hidden: Sequence[tuple[str, str]] = (), style: str = "", confirm: str = "") -> str:
    """A form of one button."""
    inputs = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in hidden)
    asks = f' data-confirm="{escape(confirm)}"' if confirm else ""
    kind = f' class="{style}"' if style else ""
    return f'<form method="post" action="{escape(action)}"{asks}>{csrf(session)}{inputs}<button{kind}>{escape(label)}</button></form>'
