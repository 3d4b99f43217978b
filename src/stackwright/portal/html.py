"""Pieces of HTML. Everything that comes from outside is escaped here."""

import re
from collections.abc import Iterable, Sequence
from html import escape

from stackwright.portal.assets import version
from stackwright.portal.icons import icon
from stackwright.portal.sessions import Session

_COMMIT = re.compile("[0-9a-f]{40}")

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
    ("Timeline", "timeline"),
    ("Packages", "packages"),
    ("Projects", "projects"),
    ("Repositories", "repositories"),
    ("Clusters", "clusters"),
    ("Objects", "objects"),
    ("Account", "account"),
)


def document(title: str, body: str, prefix: str, platform: str, session: Session | None, path: str = "") -> bytes:
    """A whole page. Shape: `path` is the page's own, below `prefix`: its entry of the navigation is marked."""
    bar = "" if session is None else _bar(prefix, platform, session, path)
    static = f"{prefix}/static/{version()}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)} · {escape(platform)}</title><link rel="icon" href="data:,">'
        f'<link rel="stylesheet" href="{static}/portal.css">'
        f'<link rel="modulepreload" href="{static}/morph.js"><script src="{static}/portal.js" type="module"></script></head><body>'
        f'<a class="skip" href="#main">Skip to content</a><div class="{"shell" if session else "bare"}">{bar}'
        f'<main id="main" tabindex="-1">{body}</main></div></body></html>'
    ).encode()


def _bar(prefix: str, platform: str, session: Session, path: str) -> str:
    here = path.strip("/").partition("/")[0].removesuffix("-new")
    nav = "".join(
        f'<a href="{prefix}/{place}"{" aria-current=page" if place == here else ""}>{icon(place or "overview")}<span>{name}</span></a>'
        for name, place in NAVIGATION
    )
    button = f'<button class="plain small">Log out {escape(session.username)}</button>'
    leave = f'<form method="post" action="{prefix}/logout">{csrf(session)}{button}</form>'
    return (
        f'<header class="side"><a class="brand" href="{prefix}/">{escape(platform)}</a><nav aria-label="Main">{nav}</nav>{leave}</header>'
    )


def csrf(session: Session) -> str:
    return f'<input type="hidden" name="csrf" value="{escape(session.csrf)}">'


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], empty: str, caption: str, style: str = "") -> str:
    """`rows` hold cells of HTML already escaped. On narrow screens each row becomes a card that names its cells."""
    body = "".join(row(headings, cells) for cells in rows)
    if not body:
        return hollow(escape(empty)) if empty else ""
    head = "".join(f'<th scope="col" role="columnheader">{escape(heading)}</th>' for heading in headings)
    inner = f'<table role="table" aria-label="{escape(caption)}"><thead role="rowgroup"><tr role="row">{head}</tr></thead>'
    inner += f'<tbody role="rowgroup">{body}</tbody></table>'
    return f'<div class="scroll {style}" tabindex="0" role="region" aria-label="{escape(caption)}">{inner}</div>'


def row(headings: Sequence[str], cells: Sequence[str], attributes: str = "") -> str:
    """Shape: `attributes` is HTML."""
    shown = "".join(f'<td role="cell" data-label="{escape(name)}">{cell}</td>' for name, cell in zip(headings, cells, strict=True))
    return f'<tr role="row"{attributes}>{shown}</tr>'


def hollow(told: str) -> str:
    """Nothing is here, and what to do about it. Shape: `told` is HTML."""
    return f'<p class="hollow">{told}</p>'


def section(title: str, content: str, count: int | None = None, id: str = "") -> str:
    """Shape: `content` is HTML; nothing at all without it."""
    number = f' <span class="count">{count}</span>' if count is not None else ""
    place = f' id="{escape(id)}"' if id else ""
    return f'<section{place} data-key="{escape(title)}"><h2>{escape(title)}{number}</h2>{content}</section>' if content else ""


def word(text: str, label: str = "") -> str:
    """A status, with its mark and in its colour. Shape: `label` says it in other words."""
    return f'<span class="word {escape(text or "Unknown")}">{escape(label or text or "–")}</span>'


def short(revision: str) -> str:
    """A revision as people say it."""
    each = dict.fromkeys(part[:7] if _COMMIT.fullmatch(part) else part for part in revision.split(",") if part)
    return " ".join(f"<code>{escape(part)}</code>" for part in each)


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


def area(name: str, label: str, value: str = "", *, rows: int = 4, hint: str = "", problem: str = "") -> str:
    """A labelled field of several lines, with what is wrong about it."""
    told = f'<span class="error" id="{escape(name)}-problem">{escape(problem)}</span>' if problem else ""
    wrong = f' aria-invalid="true" aria-describedby="{escape(name)}-problem"' if problem else ""
    helped = f'<span class="hint">{escape(hint)}</span>' if hint else ""
    entry = f'<textarea id="{escape(name)}" name="{escape(name)}" rows="{rows}" spellcheck="false"{wrong}>{escape(value)}</textarea>'
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
