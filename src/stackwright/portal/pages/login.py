"""Logging in."""

from html import escape
from urllib.parse import quote


def login(prefix: str, problem: str, back: str, provider: str = "", *, local: bool = True) -> str:
    """Shape: `provider` is the name of who logs people in elsewhere, empty for nobody; `local` says whether an account here may log in."""
    said = f'<p class="error" role="alert">{escape(problem)}</p>' if problem else ""
    elsewhere = _elsewhere(prefix, back, provider) if provider else ""
    form = _form(prefix, back, first=not provider) if local else ""
    nobody = "" if form or elsewhere else '<p class="hint">Nobody may log in: every account is disabled, and no provider is set up.</p>'
    return f'<div class="login"><h1>Log in</h1>{said}{elsewhere}{form}{nobody}</div>'


def _elsewhere(prefix: str, back: str, provider: str) -> str:
    query = f"?return_url={quote(back, safe='')}" if back.startswith("/") else ""
    return f'<p><a class="button" href="{escape(f"{prefix}/auth/login{query}")}">Log in via {escape(provider)}</a></p>'


def _form(prefix: str, back: str, *, first: bool) -> str:
    focus = " autofocus" if first else ""
    return (
        f'<form method="post" action="{prefix}/login">'
        f'<input type="hidden" name="back" value="{escape(back)}">'
        '<label for="username">User</label>'
        '<input id="username" name="username" autocomplete="username" value="admin" required>'
        '<label for="password">Password</label>'
        f'<input id="password" name="password" type="password" autocomplete="current-password" required{focus}>'
        '<button>Log in</button><p class="hint">The password: <code>stackwright get secrets -p argocd</code></p></form>'
    )
