"""The portal as one service: pages, static files, the REST API."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from html import escape
from importlib import resources
from urllib.parse import parse_qsl, quote, urlsplit

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.informer import Change
from stackwright.gitops import requests
from stackwright.gitops.application import sources_of
from stackwright.kernel import json
from stackwright.kernel.errors import BadInput
from stackwright.kernel.http import BodyTooLarge, Request, Response, whole
from stackwright.portal import html, pages, shapes
from stackwright.portal.ports import Ports
from stackwright.portal.rest import KEEPALIVE_SECONDS, VERSION, RestApi, session_cookie
from stackwright.portal.sessions import Session

_STATIC = {"portal.css": "text/css; charset=utf-8", "portal.js": "text/javascript; charset=utf-8"}
_MAX_FORM_BYTES = 16 * 1024
_REFRESH_SECONDS = 30.0


class PortalService:
    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._rest = RestApi(ports)
        folder = resources.files("stackwright.portal") / "static"
        self._static = {name: (folder / name).read_bytes() for name in _STATIC}

    async def serve(self, request: Request, body: AsyncIterator[bytes]) -> Response:
        path = request.path.removeprefix(self._ports.prefix) or "/"
        if path.startswith("/api/v1/"):
            return await self._rest.serve(path.removeprefix("/api/v1"), request, body)
        if path == "/api/version":
            return Response(200, json.dumps({"Version": VERSION}), {"content-type": "application/json"})
        if path.startswith("/static/"):
            return self._file(path.removeprefix("/static/"))
        session = self._ports.sessions.find(request.headers)
        if request.method == "POST":
            return await self._post(path, request, body, session)
        if path == "/login":
            return self._page("Log in", pages.login(self._ports.prefix, "", request.param("back") or ""), None)
        if session is None:
            return self._redirect(f"/login?back={quote(path)}")
        return await self._get(path, request, session)

    def _file(self, name: str) -> Response:
        if name not in self._static:
            return self._missing(None)
        headers = {"content-type": _STATIC[name], "cache-control": "public, max-age=300", "x-content-type-options": "nosniff"}
        return Response(200, self._static[name], headers)

    # -- pages -----------------------------------------------------------------------------------------------------

    async def _get(self, path: str, request: Request, session: Session) -> Response:
        parts = [part for part in path.split("/") if part]
        match parts:
            case [] | ["applications"]:
                return self._applications(request, session)
            case ["applications", namespace, name]:
                return await self._application(namespace, name, request, session)
            case ["live"] | ["live", _, _]:
                return Response(
                    200, headers={"content-type": "text/event-stream", "cache-control": "no-store"}, stream=self._live(parts[1:])
                )
            case ["projects"]:
                rows = [
                    (escape(name_of(each)), escape(str((each.get("spec") or {}).get("description") or "")))
                    for each in self._ports.projects.all()
                ]
                return self._page(
                    "Projects", "<h1>Projects</h1>" + html.table(("Project", "Description"), rows, "No projects.", "Projects"), session
                )
            case ["clusters"]:
                rows = [(escape(str(each["name"])), escape(str(each["server"]))) for each in self._ports.clusters()]
                return self._page(
                    "Clusters", "<h1>Clusters</h1>" + html.table(("Cluster", "Server"), rows, "No clusters.", "Clusters"), session
                )
            case ["repositories"]:
                return self._page("Repositories", self._repositories(), session)
            case _:
                return self._missing(session)

    def _applications(self, request: Request, session: Session) -> Response:
        page = request.param("page") or "1"
        wanted = pages.Filter(
            request.param("search") or "",
            request.param("sync") or "",
            request.param("health") or "",
            int(page) if page.isdigit() and int(page) else 1,
        )
        rows = pages.applications(self._ports.applications.all(), wanted, self._ports.prefix)
        if request.headers.get("x-part") == "live":
            return Response(200, rows.encode(), html.HEADERS)
        body = f'<h1>Applications</h1>{pages.filter_form(wanted)}<div data-live="{self._ports.prefix}/live">{rows}</div>'
        return self._page("Applications", body, session)

    async def _application(self, namespace: str, name: str, request: Request, session: Session) -> Response:
        app = self._ports.applications.get(name, namespace)
        if app is None:
            return self._missing(session)
        state = await self._ports.state_of(app)
        shown = pages.application(app, state, [] if state is None else shapes.tree(state, self._ports.children_of))
        if request.headers.get("x-part") == "live":
            return Response(200, shown.encode(), html.HEADERS)
        buttons = pages.actions(app, self._ports.prefix, session, self._ports.platform)
        live = f"{self._ports.prefix}/live/{quote(namespace)}/{quote(name)}"
        return self._page(name, f'<h1>{escape(name)}</h1>{buttons}<div data-live="{live}">{shown}</div>', session)

    def _repositories(self) -> str:
        urls = sorted({str(source.get("repoURL") or "") for app in self._ports.applications.all() for source in sources_of(app)})
        return "<h1>Repositories</h1>" + html.table(
            ("Repository that Applications use",), [(escape(url),) for url in urls], "None.", "Repositories"
        )

    async def _live(self, only: list[str]) -> AsyncIterator[bytes]:
        """A word for each change; the page then fetches what it shows."""
        changed = asyncio.Event()

        def tell(change: Change, app: Object, previous: Object | None) -> None:
            if not only or only == [namespace_of(app), name_of(app)]:
                changed.set()

        self._ports.applications.listen(tell)
        changed.clear()
        try:
            while True:
                try:
                    await asyncio.wait_for(changed.wait(), KEEPALIVE_SECONDS)
                except TimeoutError:
                    yield b":\n\n"
                    continue
                changed.clear()
                yield b"data: changed\n\n"
        finally:
            self._ports.applications.unlisten(tell)

    # -- forms -----------------------------------------------------------------------------------------------------

    async def _post(self, path: str, request: Request, body: AsyncIterator[bytes], session: Session | None) -> Response:
        try:
            form = dict(parse_qsl((await whole(body, _MAX_FORM_BYTES)).decode(errors="replace"), max_num_fields=50))
        except (BodyTooLarge, ValueError):
            return self._page("Too large", '<p class="error">The form is too large.</p>', session, 413)
        if path == "/login":
            return self._log_in(form)
        if session is None or form.get("csrf") != session.csrf:
            return self._page("Refused", '<p class="error">This form is no longer valid: log in and try again.</p>', session, 403)
        if path == "/logout":
            return self._redirect("/login", session_cookie("", self._ports.prefix))
        return await self._act([part for part in path.split("/") if part], form, session)

    def _log_in(self, form: Mapping[str, str]) -> Response:
        token = self._ports.sessions.log_in(form.get("username", ""), form.get("password", ""))
        back = form.get("back", "")
        if token is None:
            return self._page("Log in", pages.login(self._ports.prefix, "Wrong user or password.", back), None, 401)
        inside = back if back.startswith("/") and not back.startswith("//") and not urlsplit(back).netloc else "/"
        return self._redirect(inside, session_cookie(token, self._ports.prefix))

    async def _act(self, parts: list[str], form: Mapping[str, str], session: Session) -> Response:
        if len(parts) != 4 or parts[0] != "applications":
            return self._missing(session)
        _, namespace, name, action = parts
        app = self._ports.applications.get(name, namespace)
        if app is None:
            return self._missing(session)
        try:
            await self._carry_out(action, app, form)
        except (BadInput, StatusError) as error:
            back = f'<p><a href="{self._ports.prefix}/applications/{quote(namespace)}/{quote(name)}">Back</a></p>'
            return self._page("Not done", f'<h1>Not done</h1><p class="error" role="alert">{escape(error.message)}</p>{back}', session, 409)
        return self._redirect("/applications" if action == "delete" else f"/applications/{quote(namespace)}/{quote(name)}")

    async def _carry_out(self, action: str, app: Object, form: Mapping[str, str]) -> None:
        """Raises BadInput and StatusError."""
        client = self._ports.client
        match action:
            case "sync":
                await requests.request_sync(
                    client, app, requests.SyncRequest(prune=form.get("prune") == "true", dry_run=form.get("dryRun") == "true")
                )
            case "refresh":
                await requests.refresh(client, name_of(app), namespace_of(app), hard=form.get("hard") == "true", seconds=_REFRESH_SECONDS)
            case "terminate":
                await requests.terminate(client, app)
            case "rollback":
                await requests.request_rollback(
                    client, app, int(form["id"]) if form.get("id", "").isdigit() else None, prune=False, dry_run=False
                )
            case "delete":
                await requests.delete(client, app, cascade=True)
            case _:
                raise BadInput(f"there is no action {action!r}")

    # -- answers ---------------------------------------------------------------------------------------------------

    def _page(self, title: str, body: str, session: Session | None, status: int = 200) -> Response:
        return Response(status, html.document(title, body, self._ports.prefix, self._ports.platform, session), html.HEADERS)

    def _missing(self, session: Session | None) -> Response:
        link = f'<a href="{self._ports.prefix}/applications">All Applications</a>'
        return self._page("Not found", f"<h1>Not found</h1><p>There is nothing here. {link}</p>", session, 404)

    def _redirect(self, path: str, cookie: str = "") -> Response:
        headers = {"location": f"{self._ports.prefix}{path}", "cache-control": "no-store"}
        return Response(303, headers=headers | ({"set-cookie": cookie} if cookie else {}))
