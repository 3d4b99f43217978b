"""Requests that another site makes a browser send. Pure.

Source: the Fetch standard (Origin, Sec-Fetch-*); OWASP's CSRF prevention. Programs send none of these headers and are not concerned.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from stackwright.kernel.http import Request


def is_foreign(request: Request, homes: Sequence[str]) -> bool:
    """Whether the page that sends it is neither at the host that is asked nor at one of the portal's own URLs."""
    origin = request.headers.get("origin", "").lower()
    if not origin:
        return request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    host = request.headers.get("host", "").lower()
    ours = {urlsplit(home).netloc.lower() for home in homes} | {host}
    return urlsplit(origin).netloc not in ours - {""}


def is_embedded(request: Request) -> bool:
    """Whether a page only has it loaded, as an image is, and nobody goes there."""
    return request.headers.get("sec-fetch-dest", "document") != "document"
