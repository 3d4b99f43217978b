"""One visit to a page: who comes, which view answers, and what an answer looks like."""

import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import quote

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.errors import ClusterUnreachable, UnknownKind
from stackwright.client.kinds import EVENTS
from stackwright.gitops.events import new_event
from stackwright.kernel.clock import rfc3339
from stackwright.kernel.errors import BadInput, StackwrightError
from stackwright.kernel.http import Request, Response
from stackwright.kernel.routing import Routes
from stackwright.portal import html
from stackwright.portal.access import Forbidden
from stackwright.portal.commits import Commits
from stackwright.portal.ports import Ports
from stackwright.portal.sessions import Session

logger = logging.getLogger(__name__)

COMPONENT = "argocd-server"
USER_ACTION = "UserAction"
EVENT_STREAM = {"content-type": "text/event-stream", "cache-control": "no-store"}


class Missing(StackwrightError):
    """There is nothing at this place, or nothing that the session may know of."""

    code = "missing"


@dataclass(frozen=True, slots=True)
class Visit:
    """Shape: `form` are the fields of a POST, `parts` what the path names, `version` that of the Applications when it
    began, `path` the page's own, below the portal's."""

    request: Request
    session: Session
    parts: Mapping[str, str]
    form: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    path: str = ""

    @property
    def part(self) -> str:
        """What of a page that is there already is wanted anew; empty for the whole page."""
        return self.request.headers.get("x-part", "")

    @property
    def page(self) -> int:
        text = self.param("page")
        return max(1, int(text)) if text.isdigit() and len(text) < 7 else 1

    def param(self, name: str) -> str:
        return self.request.param(name) or ""


View = Callable[["Site", Visit], Coroutine[Any, Any, Response]]
_ROUTES: Routes[View] = Routes()
view = _ROUTES.add


class Site:
    def __init__(self, ports: Ports) -> None:
        self.ports = ports
        self.access = ports.access
        self.prefix = ports.prefix
        self.commits = Commits(ports.repositories)

    async def serve(self, path: str, request: Request, session: Session, form: Mapping[str, str]) -> Response:
        """Never raises for what a visitor can cause."""
        found = _ROUTES.find(request.method, path)
        if found is None:
            return self.missing("There is nothing here.", session)
        try:
            return await found[0](self, Visit(request, session, found[1], form, self.ports.applications.resource_version, path))
        except Missing as error:
            return self.missing(error.message, session)
        except Forbidden as error:
            hint = "Your roles do not allow this. Who looks after the platform can grant it in <code>argocd-rbac-cm</code>."
            return self.trouble("Not allowed", error.message, session, 403, hint)
        except UnknownKind as error:
            return self.trouble("Not found", error.message, session, 404)
        except StatusError as error:
            return self.trouble("Not done", error.message, session, 404 if error.not_found else 409)
        except BadInput as error:
            return self.trouble("Not done", error.message, session, 409, escape(error.hint or ""))

    # -- answers ---------------------------------------------------------------------------------------------------

    def page(self, title: str, body: str, session: Session | None, status: int = 200, path: str = "") -> Response:
        return Response(status, html.document(title, body, self.prefix, self.ports.platform, session, path), html.HEADERS)

    def answer(self, visit: Visit, title: str, body: str, status: int = 200) -> Response:
        """A page for a visit, marked in the navigation."""
        return self.page(title, body, visit.session, status, visit.path)

    def live(self, visit: Visit, title: str, head: str, part: str, path: str) -> Response:
        """A page with a part that follows what happens.

        Shape: `path` is where changes are told, since the visit began unless it says otherwise.
        """
        if visit.part:
            return Response(200, part.encode(), html.HEADERS)
        source = path if "?" in path else f"{path}?since={quote(visit.version)}"
        return self.answer(visit, title, f'{head}<div data-live="{escape(self.prefix + source)}">{part}</div>')

    def missing(self, told: str, session: Session | None) -> Response:
        link = f'<a href="{self.prefix}/applications">All Applications</a>'
        return self.page("Not found", f"<h1>Not found</h1><p>{escape(told)} {link}</p>", session, 404)

    def trouble(self, title: str, message: str, session: Session, status: int, hint: str = "") -> Response:
        """Shape: `hint` is HTML."""
        told = f'<p class="error" role="alert">{escape(message)}</p>' + (f'<p class="hint">{hint}</p>' if hint else "")
        return self.page(title, f'<h1>{title}</h1>{told}<p><a href="{self.prefix}/">Overview</a></p>', session, status)

    def redirect(self, path: str, cookie: str = "") -> Response:
        headers = {"location": f"{self.prefix}{path}", "cache-control": "no-store"}
        return Response(303, headers=headers | ({"set-cookie": cookie} if cookie else {}))

    # -- what visits are about -------------------------------------------------------------------------------------

    def app(self, visit: Visit, action: str = "get") -> Object:
        """Raises Missing and Forbidden."""
        found = self.ports.applications.get(visit.parts["name"], visit.parts["namespace"])
        if found is None or not self.access.may_app(visit.session, "get", found):
            raise Missing("There is no such Application, or none that you may see.")
        if action != "get":
            self.access.require_app(visit.session, action, found)
        return found

    async def tell(self, visit: Visit, app: Object, what: str) -> None:
        """Writes down who did something with an Application, as an event about it. Nothing fails when it cannot be written."""
        client = self.ports.client.named(COMPONENT)
        now = datetime.fromtimestamp(self.ports.sessions.now, UTC)
        event = new_event(app, USER_ACTION, f"{visit.session.username} {what}", "Normal", rfc3339(now), COMPONENT)
        event["metadata"]["name"] = f"{event['metadata']['name'][:230]}.{int(now.timestamp() * 1000):x}"
        try:
            await client.create(event, resource=EVENTS)
        except (StatusError, ClusterUnreachable):
            logger.warning("the event about %s is lost: %s", name_of(app), event["message"])

    def visible_apps(self, visit: Visit) -> list[Object]:
        return self.access.visible(visit.session, self.ports.applications.all())

    def base(self, app: Object) -> str:
        """The path of an Application's page."""
        return f"{self.prefix}{app_path(app)}"


def app_path(app: Object) -> str:
    return f"/applications/{quote(namespace_of(app))}/{quote(name_of(app))}"
