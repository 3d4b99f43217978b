"""The portal as one service: pages, static files, the REST API."""

from collections.abc import AsyncIterator, Mapping
from importlib import resources
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from stackwright.kernel import json
from stackwright.kernel.http import BodyTooLarge, Request, Response, whole
from stackwright.portal import badge, views
from stackwright.portal.pages.login import login
from stackwright.portal.ports import Ports
from stackwright.portal.rest import VERSION, RestApi, describe, session_cookie
from stackwright.portal.sessions import Session
from stackwright.portal.site import Site

_STATIC = {"portal.css": "text/css; charset=utf-8", "portal.js": "text/javascript; charset=utf-8"}
_MAX_FORM_BYTES = 512 * 1024
_MAX_LOGIN_BYTES = 16 * 1024

__all__ = ["PortalService", "views"]


class PortalService:
    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._rest = RestApi(ports)
        self._site = Site(ports)
        folder = resources.files("stackwright.portal") / "static"
        self._static = {name: (folder / name).read_bytes() for name in _STATIC}

    async def serve(self, request: Request, body: AsyncIterator[bytes]) -> Response:
        path = request.path.removeprefix(self._ports.prefix) or "/"
        if path.startswith("/api/v1/"):
            return await self._rest.serve(path.removeprefix("/api/v1"), request, body)
        if path == "/api/version":
            return Response(200, json.dumps({"Version": VERSION}), {"content-type": "application/json"})
        if path == "/api/badge":
            return badge.serve(self._ports, request)
        if path == "/swagger.json":
            return Response(200, json.dumps(describe(self._ports.prefix)), {"content-type": "application/json"})
        if path.startswith("/static/"):
            return self._file(path.removeprefix("/static/"))
        session = self._ports.sessions.find(request.headers)
        if request.method == "POST":
            return await self._post(path, request, body, session)
        if path == "/login":
            return self._site.page("Log in", login(self._ports.prefix, "", request.param("back") or ""), None)
        if session is None:
            return self._site.redirect(f"/login?back={quote(_with_query(path, request), safe='')}")
        return await self._site.serve(path, request, session, {})

    def _file(self, name: str) -> Response:
        if name not in self._static:
            return self._site.missing("There is nothing here.", None)
        headers = {"content-type": _STATIC[name], "cache-control": "public, max-age=300", "x-content-type-options": "nosniff"}
        return Response(200, self._static[name], headers)

    async def _post(self, path: str, request: Request, body: AsyncIterator[bytes], session: Session | None) -> Response:
        limit = _MAX_LOGIN_BYTES if session is None else _MAX_FORM_BYTES
        try:
            content = (await whole(body, limit)).decode(errors="replace")
            form = dict(parse_qsl(content, keep_blank_values=True, max_num_fields=100))
        except (BodyTooLarge, ValueError):
            return self._site.page("Too large", '<p class="error">The form is too large.</p>', session, 413)
        if path == "/login":
            return self._log_in(form)
        if session is None or form.get("csrf") != session.csrf:
            told = '<h1>Refused</h1><p class="error" role="alert">This form is no longer valid: log in and try again.</p>'
            return self._site.page("Refused", told, session, 403)
        if path == "/logout":
            return self._site.redirect("/login", session_cookie("", self._ports.prefix))
        return await self._site.serve(path, request, session, form)

    def _log_in(self, form: Mapping[str, str]) -> Response:
        token = self._ports.sessions.log_in(form.get("username", ""), form.get("password", ""))
        back = form.get("back", "")
        if token is None:
            return self._site.page("Log in", login(self._ports.prefix, "Wrong user or password.", back), None, 401)
        inside = back if back.startswith("/") and not back.startswith(("//", "/\\")) and not urlsplit(back).netloc else "/"
        return self._site.redirect(inside, session_cookie(token, self._ports.prefix))


def _with_query(path: str, request: Request) -> str:
    return f"{path}?{urlencode(request.query)}" if request.query else path
