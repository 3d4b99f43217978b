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


NAVIGATION = (
    ("Overview", ""),
    ("Applications", "applications"),
    ("ApplicationSets", "applicationsets"),
    ("Packages", "packages"),
    ("Timeline", "timeline"),
    ("Objects", "objects"),
    ("Projects", "projects"),
    ("Clusters", "clusters"),
    ("Repositories", "repositories"),
    ("Account", "account"),
)


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
    nav = "".join(f'<a href="{prefix}/{path}">{name}</a>' for name, path in NAVIGATION)
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


def moment(time: str) -> str:
    """A point in time; the page's script adds how long ago it was."""
    return f'<time datetime="{escape(time)}">{escape(time)}</time>' if time else ""


def field(name: str, label: str, value: str = "", *, kind: str = "text", hint: str = "", problem: str = "", options: str = "") -> str:
    """A labelled input, with what is wrong about it. Shape: `options` is the id of a list of suggestions."""
    told = f'<span class="error" id="{escape(name)}-problem">{escape(problem)}</span>' if problem else ""
    wrong = f' aria-invalid="true" aria-describedby="{escape(name)}-problem"' if problem else ""
    suggested = f' list="{escape(options)}"' if options else ""
    helped = f'<span class="hint">{escape(hint)}</span>' if hint else ""
    entry = f'<input id="{escape(name)}" name="{escape(name)}" type="{kind}" value="{escape(value)}"{suggested}{wrong}>'
    return f'<div class="field"><label for="{escape(name)}">{escape(label)}</label>{entry}{helped}{told}</div>'


def select(name: str, label: str, words: Sequence[str], chosen: str) -> str:
    options = "".join(f"<option{' selected' if word == chosen else ''}>{escape(word)}</option>" for word in words)
    return f'<div class="field"><label for="{name}">{escape(label)}</label><select id="{name}" name="{name}">{options}</select></div>'


def checkbox(name: str, label: str, *, checked: bool) -> str:
    mark = " checked" if checked else ""
    return f'<label class="check"><input type="checkbox" name="{name}" value="true"{mark}> {escape(label)}</label>'


def problems(found: Sequence[str]) -> str:
    """All that is wrong, in a list that is read aloud."""
    items = "".join(f"<li>{escape(problem)}</li>" for problem in found)
    return f'<div class="error" role="alert"><p>Not done:</p><ul>{items}</ul></div>' if found else ""


def code(text: str) -> str:
    """A text as it is; the keyboard can scroll it."""
    return f'<pre tabindex="0">{escape(text)}</pre>'
