"""The status badge that a README shows: `/api/badge?name=NAME`, an image of one Application's health and sync status, or of a project's.

Source: Argo CD's docs/user-guide/status-badge.md; it is off until argocd-cm says `statusbadge.enabled: "true"`, and then needs no login.
"""

from collections.abc import Sequence
from html import escape

from stackwright.api.meta import Object, namespace_of
from stackwright.gitops.application import project_of
from stackwright.kernel.http import Request, Response
from stackwright.portal.ports import Ports

_GREEN, _BLUE, _YELLOW, _RED, _GREY = "#18794e", "#0b6bcb", "#8a6100", "#b42318", "#5b6770"
_COLOURS = {
    "Healthy": _GREEN,
    "Synced": _GREEN,
    "Progressing": _BLUE,
    "Missing": _YELLOW,
    "OutOfSync": _YELLOW,
    "Degraded": _RED,
}
_UNKNOWN = ("Unknown", "Unknown", "")
_HEADERS = {"content-type": "image/svg+xml", "cache-control": "private, no-store", "x-content-type-options": "nosniff"}
_HEIGHT, _LETTER, _PADDING, _REVISION_LETTERS = 20, 7, 10, 7


def serve(ports: Ports, request: Request) -> Response:
    """Never tells whether an Application exists while badges are off."""
    enabled = ports.settings().get("statusbadge.enabled") == "true"
    health, sync, revision = _found(ports, request) if enabled else _UNKNOWN
    return Response(200, svg(health, sync, revision if request.param("revision") == "true" else "").encode(), _HEADERS)


def _found(ports: Ports, request: Request) -> tuple[str, str, str]:
    name, namespace = request.param("name"), request.param("namespace") or ports.namespace
    if name:
        app = ports.applications.get(name, namespace)
        return _state(app) if app is not None else ("Not Found", "", "")
    projects = {value for key, value in request.query if key == "project"}
    return of_many([app for app in ports.applications.all() if project_of(app) in projects and namespace_of(app) == namespace])


def _state(app: Object) -> tuple[str, str, str]:
    status = app.get("status") or {}
    sync = status.get("sync") or {}
    health = (status.get("health") or {}).get("status")
    return health or "Unknown", sync.get("status") or "Unknown", str(sync.get("revision") or "")


def of_many(apps: Sequence[Object]) -> tuple[str, str, str]:
    """What a project's badge says: well only when all of its Applications are."""
    states = [_state(app) for app in apps]
    if not states:
        return _UNKNOWN
    healthy = all(health == "Healthy" for health, _, _ in states)
    synced = all(sync == "Synced" for _, sync, _ in states)
    return "Healthy" if healthy else "Degraded", "Synced" if synced else "OutOfSync", ""


def svg(health: str, sync: str, revision: str) -> str:
    """An image of words side by side, each on its colour."""
    words = [word for word in (health, sync, revision[:_REVISION_LETTERS]) if word]
    left, parts = 0, []
    for word in words:
        width = len(word) * _LETTER + 2 * _PADDING
        parts.append(
            f'<rect x="{left}" width="{width}" height="{_HEIGHT}" fill="{_COLOURS.get(word, _GREY)}"/>'
            f'<text x="{left + width / 2:g}" y="14" text-anchor="middle">{escape(word)}</text>'
        )
        left += width
    label = escape(" ".join(words))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left}" height="{_HEIGHT}" role="img" aria-label="{label}"><title>{label}</title>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">{"".join(parts)}</g></svg>'
    )
