"""The portal's own files: styles and scripts, plain ones that no build has to make."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from stackwright.kernel.http import Response

TYPES: Mapping[str, str] = {
    "portal.css": "text/css; charset=utf-8",
    "portal.js": "text/javascript; charset=utf-8",
    "morph.js": "text/javascript; charset=utf-8",
    "rows.js": "text/javascript; charset=utf-8",
    "graph.js": "text/javascript; charset=utf-8",
    "logs.js": "text/javascript; charset=utf-8",
    "forms.js": "text/javascript; charset=utf-8",
}
_FOR_EVER = "public, max-age=31536000, immutable"


@cache
def contents() -> Mapping[str, bytes]:
    folder = resources.files("stackwright.portal") / "static"
    return {name: (folder / name).read_bytes() for name in TYPES}


@cache
def version() -> str:
    """Of all files together: it stands in their paths, so that a browser keeps them until they change."""
    return hashlib.sha256(b"\0".join(contents().values())).hexdigest()[:12]


def serve(name: str) -> Response | None:
    """`name` with or without the version before it; None when there is no such file."""
    given, _, file = name.rpartition("/")
    if file not in TYPES or given not in ("", version()):
        return None
    cached = _FOR_EVER if given else "no-cache"
    headers = {"content-type": TYPES[file], "cache-control": cached, "x-content-type-options": "nosniff"}
    return Response(200, contents()[file], headers)
