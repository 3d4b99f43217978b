"""Where a browser is sent after logging in: inside the portal, or nowhere. Pure.

Source: Argo CD's util/oidc (`isValidRedirectURL`).
"""

import posixpath
import re
from collections.abc import Sequence
from urllib.parse import quote, unquote, urlsplit

_WHOLE = re.compile(r"[!-~]*")
_SAFE = "/:@!$&'()*+,;=-._~%"


def inside(path: str) -> str:
    """A path below the portal's own prefix, as it may stand in a Location header; `/` for anything that leads elsewhere.

    Shape: begins with `/`, and is followed by no second one.
    """
    if not path.startswith("/") or path.startswith("//") or "\\" in path or any(ord(letter) < 32 or ord(letter) == 127 for letter in path):
        return "/"
    parts = urlsplit(path)
    if parts.scheme or parts.netloc or ".." in unquote(parts.path).split("/"):
        return "/"
    query = f"?{quote(parts.query, safe=_SAFE + '?/')}" if parts.query else ""
    return quote(parts.path, safe=_SAFE) + query


def below(url: str, homes: Sequence[str]) -> str | None:
    """The path of a whole URL below one of our own; None for any other place. Shape: as `inside`."""
    if not _WHOLE.fullmatch(url) or "\\" in url:
        return None
    parts = urlsplit(url)
    for home in homes:
        ours = urlsplit(home.rstrip("/"))
        path = posixpath.normpath(parts.path or "/")
        same = (parts.scheme, parts.netloc) == (ours.scheme, ours.netloc) and bool(ours.netloc)
        if same and (path == ours.path or path.startswith(f"{ours.path}/")):
            return inside((path.removeprefix(ours.path) or "/") + (f"?{parts.query}" if parts.query else ""))
    return None
