"""The portal as one service: pages, static files, logins, the REST API."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from html import escape
from urllib.parse import parse_qsl, quote, urlencode

from stackwright.kernel import json
from stackwright.kernel.http import BodyTooLarge, Request, Response, whole
from stackwright.portal import assets, badge, origins, redirects, views
from stackwright.portal.accounts import LOGIN
from stackwright.portal.cookies import SESSION, set_cookie
from stackwright.portal.oidc.login import LoginFailed
from stackwright.portal.pages.login import login
from stackwright.portal.ports import Ports
from stackwright.portal.rest import VERSION, RestApi, describe
from stackwright.portal.sessions import Session
from stackwright.portal.site import Site

_JSON = {"content-type": "application/json", "cache-control": "no-store", "x-content-type-options": "nosniff"}
_MAX_FORM_BYTES = 512 * 1024
_MAX_FIELDS = 5_000
_MAX_LOGIN_BYTES = 16 * 1024

__all__ = ["PortalService", "views"]


class PortalService:
    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._rest = RestApi(ports)
        self._site = Site(ports)

    async def serve(self, request: Request, body: AsyncIterator[bytes]) -> Response:
        path = request.path.removeprefix(self._ports.prefix) or "/"
        if path.startswith("/api/v1/"):
            return await self._rest.serve(path.removeprefix("/api/v1"), request, body)
        if path == "/api/version":
            return Response(200, json.dumps({"Version": VERSION}), _JSON)
        if path == "/api/badge":
            return badge.serve(self._ports, request)
        if path == "/swagger.json":
            return Response(200, json.dumps(describe(self._ports.prefix)), _JSON)
        if path.startswith("/static/"):
            return self._file(path.removeprefix("/static/"))
        if path.startswith("/auth/"):
            return await self._auth(path, request)
        found = await self._ports.authentication.find(request.headers)
        answer = await self._page(path, request, body, found.session)
        return with_cookies(answer, found.cookies)

    async def _page(self, path: str, request: Request, body: AsyncIterator[bytes], session: Session | None) -> Response:
        if request.method == "POST":
            return await self._post(path, request, body, session)
        if path == "/login":
            return self._login_page("", request.param("back") or "")
        if session is None:
            return self._site.redirect(f"/login?back={quote(_with_query(path, request), safe='')}")
        return await self._site.serve(path, request, session, {})

    def _file(self, name: str) -> Response:
        return assets.serve(name) or self._site.missing("There is nothing here.", None)

    async def _post(self, path: str, request: Request, body: AsyncIterator[bytes], session: Session | None) -> Response:
        limit = _MAX_LOGIN_BYTES if session is None else _MAX_FORM_BYTES
        try:
            content = (await whole(body, limit)).decode(errors="replace")
            form = dict(parse_qsl(content, keep_blank_values=True, max_num_fields=_MAX_FIELDS))
        except (BodyTooLarge, ValueError):
            return self._site.page("Too large", '<p class="error">The form is too large.</p>', session, 413)
        if origins.is_foreign(request, self._ports.homes()):
            return self._refused("This form was sent by another site.", session)
        if path == "/login":
            return await self._log_in(form)
        if session is None or form.get("csrf") != session.csrf:
            return self._refused("This form is no longer valid: log in and try again.", session)
        if path == "/logout":
            return await self._leave(request, session)
        return await self._site.serve(path, request, session, form)

    def _refused(self, told: str, session: Session | None) -> Response:
        return self._site.page("Refused", f'<h1>Refused</h1><p class="error" role="alert">{told}</p>', session, 403)

    # -- logging in and out ----------------------------------------------------------------------------------------

    def _login_page(self, problem: str, back: str, status: int = 200) -> Response:
        """With a way in for everybody who has one: local accounts, people whom a provider knows."""
        provider, told = self._ports.login.offered()
        local = any(account.may(LOGIN) for account in self._ports.accounts().values())
        return self._site.page("Log in", login(self._ports.prefix, problem or told, back, provider, local=local), None, status)

    async def _log_in(self, form: Mapping[str, str]) -> Response:
        sessions, ports = self._ports.sessions, self._ports
        token = await sessions.log_in(form.get("username", ""), form.get("password", ""))
        if token is None:
            return self._login_page("Wrong user or password.", form.get("back", ""), 401)
        lines = set_cookie(SESSION, token, ports.prefix, sessions.seconds, secure=ports.secure)
        return self._site.redirect(redirects.inside(form.get("back", "")), "\n".join(lines))

    async def _auth(self, path: str, request: Request) -> Response:
        """What a browser asks while somebody logs in at a provider, or out."""
        try:
            match request.method, path:
                case "GET", "/auth/login":
                    return await self._ports.login.begin(request)
                case "GET", "/auth/callback":
                    return await self._ports.login.finish(request)
                case "GET", "/auth/logout" if not origins.is_embedded(request):
                    return await self._leave_by_link(request)
                case _:
                    return self._site.missing("There is nothing here.", None)
        except LoginFailed as error:
            return self._login_page(error.message, "", error.status)

    async def _leave_by_link(self, request: Request) -> Response:
        place, lines = await self._left(request)
        if place.startswith("/"):
            return self._site.redirect(place, "\n".join(lines))
        return Response(303, headers={"location": place, "cache-control": "no-store", "set-cookie": "\n".join(lines)})

    async def _leave(self, request: Request, session: Session) -> Response:
        """A form may not be redirected to another site: from here on a page leads there."""
        place, lines = await self._left(request)
        if place.startswith("/"):
            return self._site.redirect(place, "\n".join(lines))
        told = f'<h1>Logged out</h1><p><a href="{escape(place)}">Log out of {escape(session.issuer)}, too</a></p>'
        body = f'{told}<meta http-equiv="refresh" content="0; url={escape(place)}">'
        return with_cookies(self._site.page("Logged out", body, None), lines)

    async def _left(self, request: Request) -> tuple[str, tuple[str, ...]]:
        found = await self._ports.authentication.find(request.headers)
        if found.session is not None and found.token:
            await self._ports.revoke(found.token, found.session.ends)
        return await self._ports.login.leave(request)


def with_cookies(answer: Response, lines: tuple[str, ...]) -> Response:
    """Unless the answer sets cookies of its own: a login or a logout is about these."""
    if not lines or "set-cookie" in answer.headers:
        return answer
    return replace(answer, headers={**answer.headers, "set-cookie": "\n".join(lines)})


def _with_query(path: str, request: Request) -> str:
    return f"{path}?{urlencode(request.query)}" if request.query else path
