"""Argo CD's REST API (`/api/v1`), as far as clients, plug-ins and idpbuilder's stacks need it.

Source: Argo CD's assets/swagger.json; errors have the shape of grpc-gateway.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import GroupVersionKind, Object, labels_of, name_of, namespace_of
from stackwright.api.selectors import SelectorError, parse_label_selector
from stackwright.api.status import StatusError
from stackwright.client.errors import UnknownKind
from stackwright.client.informer import Change
from stackwright.client.kinds import APP_PROJECTS, APPLICATION_SETS, APPLICATIONS, EVENTS, SECRETS
from stackwright.gitops import requests
from stackwright.gitops.application import project_of, sources_of
from stackwright.gitops.clusters import decoded
from stackwright.kernel import json
from stackwright.kernel.errors import BadInput, StackwrightError
from stackwright.kernel.http import BodyTooLarge, Request, Response, whole
from stackwright.kernel.routing import Routes
from stackwright.portal import shapes
from stackwright.portal.ports import Ports
from stackwright.portal.sessions import COOKIE, SESSION_SECONDS, Session

MAX_BODY_BYTES = 4 * 1024 * 1024
KEEPALIVE_SECONDS = 15.0
VERSION = "v3.1.7+stackwright"
_JSON = {"content-type": "application/json", "cache-control": "no-store", "x-content-type-options": "nosniff"}
_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 409: 6, 413: 8, 415: 3, 422: 3, 500: 13, 501: 12}
_PUBLIC = frozenset((("POST", "/session"), ("GET", "/settings"), ("GET", "/session/userinfo")))


@dataclass(frozen=True, slots=True)
class Call:
    """One request, understood. Shape: `body` is the JSON that was sent."""

    request: Request
    session: Session | None
    body: Mapping[str, Any]
    parts: Mapping[str, str]

    @property
    def namespace(self) -> str:
        return self.request.param("appNamespace") or "argocd"

    @property
    def name(self) -> str:
        return self.parts["name"]


class Refused(StackwrightError):
    """Shape: `status` is HTTP's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


Handler = Callable[["RestApi", Call], Coroutine[Any, Any, Response]]
_ROUTES: Routes[Handler] = Routes()
route = _ROUTES.add


class RestApi:
    def __init__(self, ports: Ports) -> None:
        self.ports = ports

    async def serve(self, path: str, request: Request, body: AsyncIterator[bytes]) -> Response:
        """`path` comes without `/api/v1`. Never raises for what a request can cause."""
        try:
            return await self._answer(path, request, body)
        except Refused as error:
            return failure(error.status, error.message)
        except StatusError as error:
            return failure(error.http_status, error.message)
        except BadInput as error:
            return failure(400, error.message)
        except requests.TimedOut as error:
            return failure(500, error.message)
        except BodyTooLarge:
            return failure(413, f"the request is larger than {MAX_BODY_BYTES} bytes")

    async def _answer(self, path: str, request: Request, body: AsyncIterator[bytes]) -> Response:
        session = self.ports.sessions.find(request.headers)
        if session is None and (request.method, path.rstrip("/")) not in _PUBLIC:
            raise Refused(401, "no session information")
        found = _ROUTES.find(request.method, path)
        if found is None:
            raise Refused(404, f"Not Found: {request.method} {path}")
        content = await whole(body, MAX_BODY_BYTES)
        if request.method not in ("GET", "DELETE") and request.headers.get("content-type", "").split(";")[0] != "application/json":
            raise Refused(415, "Invalid content type: application/json is expected")
        handler, parts = found
        return await handler(self, Call(request, session, _parsed(content), parts))

    async def app(self, call: Call) -> Object:
        found = self.ports.applications.get(call.name, call.namespace)
        if found is None:
            raise Refused(404, f'applications.argoproj.io "{call.name}" not found')
        return _typed(found)


def failure(status: int, message: str) -> Response:
    code = _CODES.get(status, 2)
    return Response(status, json.dumps({"error": message, "code": code, "message": message}), _JSON)


def answer(body: Any, headers: Mapping[str, str] | None = None) -> Response:
    return Response(200, json.dumps(body), {**_JSON, **(headers or {})})


def _parsed(content: bytes) -> Mapping[str, Any]:
    if not content:
        return {}
    try:
        body = json.loads(content)
    except json.JSONDecodeError as error:
        raise Refused(400, f"the body is not JSON: {error}") from error
    if not isinstance(body, Mapping):
        raise Refused(400, "the body must be a JSON object")
    return body


def _typed(app: Object) -> Object:
    return {"apiVersion": APPLICATIONS.api_version, "kind": "Application", **app}


# -- sessions, settings, accounts ----------------------------------------------------------------------------------


@route("POST", "/session")
async def log_in(api: RestApi, call: Call) -> Response:
    username, password = str(call.body.get("username") or ""), str(call.body.get("password") or "")
    token = api.ports.sessions.log_in(username, password)
    if token is None:
        raise Refused(401, "Invalid username or password")
    return answer({"token": token}, {"set-cookie": session_cookie(token, api.ports.prefix)})


def session_cookie(token: str, path: str) -> str:
    age = SESSION_SECONDS if token else 0
    return f"{COOKIE}={token}; path={path or '/'}; Max-Age={age}; HttpOnly; Secure; SameSite=Lax"


@route("DELETE", "/session")
async def log_out(api: RestApi, call: Call) -> Response:
    return answer({}, {"set-cookie": session_cookie("", api.ports.prefix)})


@route("GET", "/session/userinfo")
async def userinfo(api: RestApi, call: Call) -> Response:
    if call.session is None:
        return answer({})
    return answer({"loggedIn": True, "username": call.session.username, "iss": "argocd"})


@route("GET", "/settings")
async def settings(api: RestApi, call: Call) -> Response:
    raw = api.ports.settings()
    return answer(shapes.settings(raw, api.ports.url))


@route("GET", "/account")
async def accounts(api: RestApi, call: Call) -> Response:
    return answer({"items": [shapes.ADMIN_ACCOUNT]})


@route("GET", "/account/can-i/{resource}/{action}/{subresource...}")
async def can_i(api: RestApi, call: Call) -> Response:
    return answer({"value": "yes"})


@route("GET", "/account/{name}")
async def account(api: RestApi, call: Call) -> Response:
    if call.name != "admin":
        raise Refused(404, f"account '{call.name}' does not exist")
    return answer(shapes.ADMIN_ACCOUNT)


# -- Applications --------------------------------------------------------------------------------------------------


def chosen(apps: Sequence[Object], request: Request) -> list[Object]:
    """By the query of a list. Raises Refused."""
    projects = {value for key, value in request.query if key in ("project", "projects") and value}
    name, repo, namespace = request.param("name"), request.param("repo"), request.param("appNamespace")
    try:
        selector = parse_label_selector(request.param("selector") or "")
    except SelectorError as error:
        raise Refused(400, error.message) from error
    found = [app for app in apps if selector.matches(labels_of(app)) and (not projects or project_of(app) in projects)]
    found = [app for app in found if (not name or name_of(app) == name) and (not namespace or namespace_of(app) == namespace)]
    return [app for app in found if not repo or any(source.get("repoURL") == repo for source in sources_of(app))]


@route("GET", "/applications")
async def applications(api: RestApi, call: Call) -> Response:
    found = sorted(chosen(api.ports.applications.all(), call.request), key=name_of)
    version = api.ports.applications.resource_version
    return answer({"metadata": {"resourceVersion": version}, "items": [_typed(app) for app in found]})


@route("POST", "/applications")
async def create_application(api: RestApi, call: Call) -> Response:
    wanted = {**call.body, "apiVersion": APPLICATIONS.api_version, "kind": "Application"}
    wanted["metadata"] = {"namespace": api.ports.namespace, **(wanted.get("metadata") or {})}
    client = api.ports.client
    try:
        return answer(await client.create(wanted, resource=APPLICATIONS))
    except StatusError as error:
        if not (error.already_exists and call.request.param("upsert") == "true"):
            raise
    patch = {"spec": wanted.get("spec")}
    return answer(await client.patch(APPLICATIONS, name_of(wanted), namespace_of(wanted), patch))


@route("GET", "/applications/{name}")
async def application(api: RestApi, call: Call) -> Response:
    found = await api.app(call)
    asked = call.request.param("refresh")
    if asked:
        found = await requests.refresh(api.ports.client, call.name, call.namespace, hard=asked == "hard", seconds=60)
    return answer(found)


@route("PUT", "/applications/{name}")
async def update_application(api: RestApi, call: Call) -> Response:
    await api.app(call)
    metadata = call.body.get("metadata") or {}
    kept = {key: metadata[key] for key in ("labels", "annotations", "finalizers") if key in metadata}
    patch = {"spec": call.body.get("spec"), "metadata": kept}
    return answer(await api.ports.client.patch(APPLICATIONS, call.name, call.namespace, patch))


@route("PUT", "/applications/{name}/spec")
async def update_spec(api: RestApi, call: Call) -> Response:
    found = await api.app(call)
    changed = await api.ports.client.update({**found, "spec": dict(call.body)}, resource=APPLICATIONS)
    return answer(changed["spec"])


@route("PATCH", "/applications/{name}")
async def patch_application(api: RestApi, call: Call) -> Response:
    await api.app(call)
    try:
        patch = json.loads(str(call.body.get("patch") or "{}"))
    except json.JSONDecodeError as error:
        raise Refused(400, f"patch: not JSON: {error}") from error
    kind: Any = "json" if call.body.get("patchType") == "json" else "merge"
    return answer(await api.ports.client.patch(APPLICATIONS, call.name, call.namespace, patch, type=kind))


@route("DELETE", "/applications/{name}")
async def delete_application(api: RestApi, call: Call) -> Response:
    found = await api.app(call)
    await requests.delete(api.ports.client, found, cascade=call.request.param("cascade") != "false")
    return answer({})


@route("POST", "/applications/{name}/sync")
async def sync(api: RestApi, call: Call) -> Response:
    found = await api.app(call)
    return answer(await requests.request_sync(api.ports.client, found, shapes.sync_request(call.body)))


@route("POST", "/applications/{name}/rollback")
async def rollback(api: RestApi, call: Call) -> Response:
    found = await api.app(call)
    id = int(call.body.get("id") or 0)
    prune, dry_run = bool(call.body.get("prune")), bool(call.body.get("dryRun"))
    return answer(await requests.request_rollback(api.ports.client, found, id, prune=prune, dry_run=dry_run))


@route("DELETE", "/applications/{name}/operation")
async def terminate(api: RestApi, call: Call) -> Response:
    await requests.terminate(api.ports.client, await api.app(call))
    return answer({})


@route("GET", "/applications/{name}/managed-resources")
async def managed_resources(api: RestApi, call: Call) -> Response:
    state = await api.ports.state_of(await api.app(call))
    return answer({"items": [] if state is None else [shapes.managed(resource) for resource in state.resources]})


@route("GET", "/applications/{name}/resource-tree")
async def resource_tree(api: RestApi, call: Call) -> Response:
    state = await api.ports.state_of(await api.app(call))
    return answer({"nodes": [] if state is None else shapes.tree(state, api.ports.children_of)})


@route("GET", "/applications/{name}/manifests")
async def manifests(api: RestApi, call: Call) -> Response:
    found = await api.app(call)
    state = await api.ports.state_of(found)
    wanted = [] if state is None else [resource.pair.target for resource in state.resources if resource.pair.target is not None]
    return answer({"manifests": [json.dumps(shapes.masked(obj)).decode() for obj in wanted], "namespace": call.namespace})


@route("GET", "/applications/{name}/resource")
async def resource(api: RestApi, call: Call) -> Response:
    await api.app(call)
    param = call.request.param
    kind = GroupVersionKind(param("group") or "", param("version") or "", param("kind") or "")
    try:
        served = await api.ports.client.resource(kind)
    except UnknownKind as error:
        raise Refused(404, error.message) from error
    found = await api.ports.client.get(served, param("resourceName") or "", param("namespace") or None)
    return answer({"manifest": json.dumps(shapes.masked(found)).decode()})


@route("GET", "/applications/{name}/events")
async def events(api: RestApi, call: Call) -> Response:
    found = await api.app(call)
    listed = await api.ports.client.list(EVENTS, namespace_of(found), fields=f"involvedObject.name={call.name}")
    return answer({"metadata": {}, "items": listed})


@route("GET", "/applications/{name}/syncwindows")
async def sync_windows(api: RestApi, call: Call) -> Response:
    await api.app(call)
    return answer({"canSync": True})


@route("GET", "/stream/applications")
async def stream(api: RestApi, call: Call) -> Response:
    """As grpc-gateway streams: lines of JSON, or server-sent events for a browser."""
    sse = "text/event-stream" in call.request.headers.get("accept", "")
    headers = {**_JSON, "content-type": "text/event-stream" if sse else "application/json"}
    return Response(200, headers=headers, stream=_changes(api, call.request, sse=sse))


async def _changes(api: RestApi, request: Request, *, sse: bool) -> AsyncIterator[bytes]:
    queue: asyncio.Queue[tuple[str, Object]] = asyncio.Queue(10_000)
    words = {"added": "ADDED", "modified": "MODIFIED", "deleted": "DELETED"}

    def tell(change: Change, app: Object, previous: Object | None) -> None:
        if chosen([app], request) and not queue.full():
            queue.put_nowait((words[change], app))

    api.ports.applications.listen(tell)
    try:
        while True:
            try:
                kind, app = await asyncio.wait_for(queue.get(), KEEPALIVE_SECONDS)
            except TimeoutError:
                yield b":\n\n" if sse else b"\n"
                continue
            line = json.dumps({"result": {"type": kind, "application": _typed(app)}})
            yield b"data: " + line + b"\n\n" if sse else line + b"\n"
    finally:
        api.ports.applications.unlisten(tell)


# -- everything else -----------------------------------------------------------------------------------------------


@route("GET", "/projects")
async def projects(api: RestApi, call: Call) -> Response:
    return answer({"metadata": {}, "items": sorted(api.ports.projects.all(), key=name_of)})


@route("GET", "/projects/{name}")
async def project(api: RestApi, call: Call) -> Response:
    found = api.ports.projects.get(call.name, api.ports.namespace)
    if found is None:
        raise Refused(404, f'appprojects.argoproj.io "{call.name}" not found')
    return answer(found)


@route("POST", "/projects")
async def create_project(api: RestApi, call: Call) -> Response:
    wanted = dict(call.body.get("project") or {})
    wanted |= {"apiVersion": APP_PROJECTS.api_version, "kind": "AppProject"}
    wanted["metadata"] = {**(wanted.get("metadata") or {}), "namespace": api.ports.namespace}
    return answer(await api.ports.client.create(wanted, resource=APP_PROJECTS))


@route("DELETE", "/projects/{name}")
async def delete_project(api: RestApi, call: Call) -> Response:
    await api.ports.client.delete(APP_PROJECTS, call.name, api.ports.namespace)
    return answer({})


@route("GET", "/applicationsets")
async def application_sets(api: RestApi, call: Call) -> Response:
    return answer({"metadata": {}, "items": await api.ports.client.list(APPLICATION_SETS)})


@route("GET", "/applicationsets/{name}")
async def application_set(api: RestApi, call: Call) -> Response:
    return answer(await api.ports.client.get(APPLICATION_SETS, call.name, call.request.param("appsetNamespace") or api.ports.namespace))


@route("GET", "/clusters")
async def clusters(api: RestApi, call: Call) -> Response:
    return answer({"metadata": {}, "items": [shapes.cluster(item) for item in api.ports.clusters()]})


@route("GET", "/repositories")
async def repositories(api: RestApi, call: Call) -> Response:
    listed = await api.ports.client.list(SECRETS, api.ports.namespace, labels="argocd.argoproj.io/secret-type=repository")
    return answer({"metadata": {}, "items": [shapes.repository(decoded(secret)["data"]) for secret in listed]})
