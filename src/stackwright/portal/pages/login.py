"""Logging in."""

from html import escape


def login(prefix: str, problem: str, back: str) -> str:
    said = f'<p class="error" role="alert">{escape(problem)}</p>' if problem else ""
    return (
        f'<form class="login" method="post" action="{prefix}/login"><h1>Log in</h1>{said}'
        f'<input type="hidden" name="back" value="{escape(back)}">'
        '<label for="username">User</label>'
        '<input id="username" name="username" autocomplete="username" value="admin" required>'
        '<label for="password">Password</label>'
        '<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>'
        '<button>Log in</button><p class="hint">The password: <code>stackwright get secrets -p argocd</code></p></form>'
    )
