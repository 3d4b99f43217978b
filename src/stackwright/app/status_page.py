"""The page under `/argocd`: every Application and how it is."""

import base64
import hmac
from collections.abc import AsyncIterator
from html import escape

from stackwright.api.meta import Object, name_of
from stackwright.kernel.http import Request, Response
from stackwright.store.objects import ObjectStore

_BUCKET = "applications.argoproj.io"
_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "cache-control": "no-store",
}
_STYLE = "body{font:16px sans-serif;margin:2rem}td,th{padding:.3rem 1rem;text-align:left}"


_CHALLENGE = {"www-authenticate": 'Basic realm="Stackwright", charset="UTF-8"', "content-type": "text/plain; charset=utf-8"}


class StatusPage:
    """For the `admin` of argocd-initial-admin-secret."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def serve(self, request: Request, body: AsyncIterator[bytes]) -> Response:
        if request.path.rstrip("/") not in ("", "/argocd", "/argocd/applications", "/applications"):
            return Response(404, f"there is nothing at {request.path}\n".encode(), {"content-type": "text/plain; charset=utf-8"})
        if not self._is_admin(request):
            return Response(401, b"log in as admin\n", _CHALLENGE)
        rows = "".join(_row(obj) for obj in self._store.list(_BUCKET))
        head = "<tr><th>Application</th><th>Sync</th><th>Health</th></tr>"
        page = f"<!doctype html><html lang=en><meta charset=utf-8><title>Applications</title><style>{_STYLE}</style>"
        return Response(200, f"{page}<h1>Applications</h1><table>{head}{rows}</table></html>".encode(), _HEADERS)

    def _is_admin(self, request: Request) -> bool:
        secret = self._store.get("secrets", "argocd", "argocd-initial-admin-secret")
        if secret is None:
            return False
        password = base64.b64decode((secret.get("data") or {}).get("password", ""))
        wanted = b"Basic " + base64.b64encode(b"admin:" + password)
        return bool(password) and hmac.compare_digest(request.headers.get("authorization", "").encode(), wanted)


def _row(app: Object) -> str:
    status = app.get("status") or {}
    cells = (name_of(app), (status.get("sync") or {}).get("status", "Unknown"), (status.get("health") or {}).get("status", "Unknown"))
    return "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"
