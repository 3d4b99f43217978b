"""Cookies of a login: several for what is too long for one, never readable by scripts. Pure.

Source: RFC 6265bis; Argo CD's util/http for how a long token is spread.
"""

import re
from collections.abc import Mapping

SESSION, COMPANION, STATE = "argocd.token", "argocd.refresh", "argocd.oauthstate"
MAX_VALUE, MAX_PARTS = 3800, 20
_VALUE = re.compile(r"[A-Za-z0-9_.=:~-]*")


def cookies_of(headers: Mapping[str, str]) -> dict[str, str]:
    """The first of each name wins: what another path or host sets later does not replace it."""
    found: dict[str, str] = {}
    for part in headers.get("cookie", "").replace(",", ";").split(";"):
        name, _, value = part.strip().partition("=")
        found.setdefault(name, value)
    return found


def joined(cookies: Mapping[str, str], name: str) -> str:
    """A value that may be spread over several; empty for none and for one with a part missing."""
    first = cookies.get(name, "")
    count, colon, head = first.partition(":")
    if not colon:
        return first
    if not (count.isdigit() and 1 < int(count) <= MAX_PARTS):
        return ""
    rest = [cookies.get(f"{name}-{number}", "") for number in range(1, int(count))]
    return head + "".join(rest) if all(rest) else ""


def set_cookie(name: str, value: str, path: str, seconds: int, *, secure: bool = True) -> tuple[str, ...]:
    """Lines of Set-Cookie. Units: `seconds` that it is kept."""
    assert _VALUE.fullmatch(value), "only what needs no quoting"
    parts = [value[start : start + MAX_VALUE] for start in range(0, len(value), MAX_VALUE)] or [""]
    assert len(parts) <= MAX_PARTS, "tokens are bounded before they get here"
    first = parts[0] if len(parts) == 1 else f"{len(parts)}:{parts[0]}"
    named = [(name, first), *((f"{name}-{number}", part) for number, part in enumerate(parts[1:], 1))]
    return tuple(_line(each, text, path, seconds, secure) for each, text in named)


def clear_cookie(cookies: Mapping[str, str], name: str, path: str, *, secure: bool = True) -> tuple[str, ...]:
    """Lines that remove it, and every further part that the browser sent."""
    further = re.compile(re.escape(name) + r"-[0-9]{1,2}")
    return tuple(_line(each, "", path, 0, secure) for each in (name, *(each for each in cookies if further.fullmatch(each))))


def _line(name: str, value: str, path: str, seconds: int, secure: bool) -> str:
    return f"{name}={value}; path={path or '/'}; Max-Age={seconds}; HttpOnly; {'Secure; ' if secure else ''}SameSite=Lax"
