"""One request to the REST API: who asks, which handler answers, and how failures look."""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any

from stackwright.api.meta import Object
from stackwright.api.status import StatusError
from stackwright.client.kinds import APPLICATIONS
from stackwright.gitops import requests
from stackwright.gitops.application import project_of
from stackwright.gitops.ports import SourceError
from stackwright.kernel import json
from stackwright.kernel.errors import BadInput, StackwrightError
from stackwright.kernel.http import BodyTooLarge, Request, Response, whole
from stackwright.kernel.routing import Routes
from stackwright.portal import origins
from stackwright.portal.access import Forbidden
from stackwright.portal.authentication import Found, bearer_of
from stackwright.portal.connections import Connections
from stackwright.portal.ports import Ports
from stackwright.portal.sessions import Session

MAX_BODY_BYTES = 4 * 1024 * 1024
KEEPALIVE_SECONDS = 15.0
VERSION = "v3.1.7+stackwright"
JSON = {"content-type": "application/json", "cache-control": "no-store", "x-content-type-options": "nosniff"}
_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 409: 6, 413: 8, 415: 3, 422: 3, 500: 13, 501: 12}
_PUBLIC = frozenset((("POST", "/session"), ("GET", "/settings"), ("GET", "/session/userinfo")))


@dataclass(frozen=True, slots=True)
class Call:
    """One request, understood. Shape: `body` is the JSON that was sent, `token` that of the session."""

    request: Request
    session: Session | None
    body: Mapping[str, Any]
    parts: Mapping[str, str]
    token: str = ""

    @property
    def namespace(self) -> str:
        return self.request.param("appNamespace") or "argocd"

    @property
    def name(self) -> str:
        return self.parts["name"]

    @property
    def username(self) -> str:
        return self.session.username if self.session is not None else ""

    @property
    def account(self) -> str:
        """The local account that asks; empty for whoever has none here."""
        return self.session.account if self.session is not None else ""

    def param(self, name: str) -> str:
        return self.request.param(name) or ""


class Refused(StackwrightError):
    """Shape: `status` is HTTP's."""

    code = "refused"

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


Handler = Callable[["RestApi", Call], Coroutine[Any, Any, Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """What one operation takes and gives, for those who call it.

    Shape: `answers` and `body` name messages of `messages.py`, `body` empty for none; `query` are the parameters that are read;
    `streams` where `answers` come one by one until somebody goes.
    """

    method: str
    path: str
    handler: Handler
    answers: str
    body: str = ""
    query: tuple[str, ...] = ()
    streams: bool = False


_ROUTES: Routes[Route] = Routes()


def route(method: str, path: str, answers: str, *, body: str = "", query: str = "", streams: bool = False) -> Callable[[Handler], Handler]:
    """The one table: what is served is described. Shape: `query` are names, parted by spaces."""

    def register(handler: Handler) -> Handler:
        _ROUTES.add(method, path)(Route(method, path, handler, answers, body, tuple(query.split()), streams))
        return handler

    return register


def routes() -> list[Route]:
    return [found for _, _, found in _ROUTES.all()]


class RestApi:
    """Answers requests by the table of routes."""

    def __init__(self, ports: Ports) -> None:
        self.ports = ports
        self.access = ports.access
        self.connections = Connections(ports)

    async def serve(self, path: str, request: Request, body: AsyncIterator[bytes]) -> Response:
        """`path` comes without `/api/v1`. Never raises for what a request can cause."""
        found = await self.ports.authentication.find(request.headers)
        response = await self._judged(path, request, body, found)
        if not found.cookies or "set-cookie" in response.headers:
            return response
        return replace(response, headers={**response.headers, "set-cookie": "\n".join(found.cookies)})

    async def _judged(self, path: str, request: Request, body: AsyncIterator[bytes], asks: Found) -> Response:
        try:
            return await self._answer(path, request, body, asks)
        except Refused as error:
            return failure(error.status, error.message)
        except Forbidden as error:
            return failure(403, error.message)
        except StatusError as error:
            return failure(error.http_status, error.message)
        except (BadInput, SourceError) as error:
            return failure(400, error.message)
        except requests.TimedOut as error:
            return failure(500, error.message)
        except BodyTooLarge:
            return failure(413, f"the request is larger than {MAX_BODY_BYTES} bytes")

    async def _answer(self, path: str, request: Request, body: AsyncIterator[bytes], asks: Found) -> Response:
        if asks.session is None and (request.method, path.rstrip("/")) not in _PUBLIC:
            raise Refused(401, asks.problem or "no session information")
        if request.method != "GET" and not bearer_of(request.headers) and origins.is_foreign(request, self.ports.homes()):
            raise Refused(403, "the request was sent by another site")
        found = _ROUTES.find(request.method, path)
        if found is None:
            raise Refused(404, f"Not Found: {request.method} {path}")
        content = await whole(body, MAX_BODY_BYTES)
        if request.method not in ("GET", "DELETE") and request.headers.get("content-type", "").split(";")[0] != "application/json":
            raise Refused(415, "Invalid content type: application/json is expected")
        operation, parts = found
        return await operation.handler(self, Call(request, asks.session, parsed(content), parts, asks.token))

    async def app(self, call: Call, action: str = "get") -> Object:
        """The Application that a call names, if its session may do `action` with it.

        Raises Refused and Forbidden: who may not see every Application does not learn which there are.
        """
        found = self.ports.applications.get(call.name, call.namespace)
        if found is None:
            self.access.require(call.session, "applications", action, self.access.object_name("*", call.namespace, call.name))
            raise Refused(404, f'applications.argoproj.io "{call.name}" not found')
        self.access.require_app(call.session, "get", found)
        if action != "get":
            self.access.require_app(call.session, action, found)
        if call.param("project") not in ("", project_of(found)):
            raise Forbidden("permission denied")
        return typed(found)

    def stands(self, call: Call) -> bool:
        """Whether the session of a call that goes on is still one."""
        session, sessions = call.session, self.ports.sessions
        if session is None or (session.ends and session.ends <= sessions.now):
            return False
        return not session.account or not call.token or sessions.find(call.token) is not None

    def require(self, call: Call, resource: str, action: str, obj: str) -> None:
        """Raises Forbidden."""
        self.access.require(call.session, resource, action, obj)


def failure(status: int, message: str) -> Response:
    code = _CODES.get(status, 2)
    return Response(status, json.dumps({"error": message, "code": code, "message": message}), JSON)


def answer(body: Any, headers: Mapping[str, str] | None = None) -> Response:
    return Response(200, json.dumps(body), {**JSON, **(headers or {})})


def parsed(content: bytes) -> Mapping[str, Any]:
    """A body that is a JSON object; nothing is an empty one, a bare text stands under `body`. Raises Refused."""
    if not content:
        return {}
    try:
        body = json.loads(content)
    except json.JSONDecodeError as error:
        raise Refused(400, f"the body is not JSON: {error}") from error
    if isinstance(body, str):
        return {"body": body}
    if not isinstance(body, Mapping):
        raise Refused(400, "the body must be a JSON object")
    return body


def typed(app: Object) -> Object:
    return {"apiVersion": APPLICATIONS.api_version, "kind": "Application", **app}
