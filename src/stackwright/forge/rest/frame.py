"""What every route of the REST API shares: the request understood, the answer, the refusals.

Source: Forgejo's API reference.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.forge import shapes
from stackwright.forge.access import Login, may_administer, may_write
from stackwright.forge.errors import ForgeError, NotAllowed, NotFound, Unauthenticated, Unprocessable
from stackwright.forge.forge import Forge
from stackwright.forge.shapes import Urls
from stackwright.forge.types import Account, Repository
from stackwright.kernel import json
from stackwright.kernel.http import BodyTooLarge, Request, Response, whole
from stackwright.kernel.routing import Routes

MAX_BODY_BYTES = 16 * 1024 * 1024
PAGE_SIZE, MAX_PAGE_SIZE = 30, 50
_HEADERS = {"content-type": "application/json;charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request, understood. Shape: `body` is the JSON mapping that was sent, `{}` for none."""

    request: Request
    account: Account | None
    body: Mapping[str, Any]
    parts: Mapping[str, str]

    def user(self) -> Account:
        """Raises Unauthenticated."""
        if self.account is None:
            raise Unauthenticated("token is required")
        return self.account

    def admin(self) -> Account:
        user = self.user()
        if not user.is_admin:
            raise NotAllowed("user should be an administrator")
        return user

    def text(self, field: str, *, required: bool = False) -> str:
        """Raises Unprocessable naming the field."""
        value = self.body.get(field)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or (required and not value):
            raise Unprocessable(f"[{field}]: expected a text, found {value!r}")
        return value

    def flag(self, field: str) -> bool:
        value = self.body.get(field, False)
        if not isinstance(value, bool):
            raise Unprocessable(f"[{field}]: expected true or false, found {value!r}")
        return value


Handler = Callable[["RestApi", Call], Response]
_ROUTES: Routes[Handler] = Routes()
route = _ROUTES.add


class RestApi:
    def __init__(self, forge: Forge, login: Login, base_url: str) -> None:
        self.forge = forge
        self.login = login
        self.urls = Urls(base_url)

    async def serve(self, path: str, request: Request, body: AsyncIterator[bytes]) -> Response:
        """`path` comes without `/api/v1`. Never raises for what a request can cause."""
        try:
            content = await whole(body, MAX_BODY_BYTES)
            handler, parts = _find(request.method, path)
            account = self.login.account(request.headers)
            return handler(self, Call(request, account, _parsed(content), parts))
        except BodyTooLarge:
            return self._refused(413, f"the request is larger than {MAX_BODY_BYTES} bytes")
        except ForgeError as error:
            return self._refused(error.status, error.message)

    def _refused(self, status: int, message: str) -> Response:
        body: dict[str, Any] = {"message": message, "url": f"{self.urls.base}/api/swagger"}
        return answer(body | ({"errors": []} if status == 404 else {}), status)

    # -- what the handlers share -----------------------------------------------------------------------------------

    def repository(self, call: Call) -> Repository:
        return self.forge.repository(call.parts["owner"], call.parts["repo"], call.account)

    def administered(self, call: Call) -> Repository:
        """Raises NotAllowed."""
        found = self.repository(call)
        if not may_administer(call.user(), found):
            raise NotAllowed("user should be an owner or a collaborator with admin write of a repository")
        return found

    def shown(self, found: Repository, viewer: Account | None) -> dict[str, Any]:
        owner = self.forge.records.account(found.owner) or Account(0, found.owner)
        empty = not self.forge.git.refs(found.owner, found.name)
        return shapes.repository(found, owner, self.urls, empty=empty, admin=may_administer(viewer, found), push=may_write(viewer, found))

    def account_named(self, name: str) -> Account:
        found = self.forge.records.account(name)
        if found is None:
            raise NotFound(f"user redirect does not exist [name: {name}]")
        return found

    def page(self, call: Call, items: Sequence[Any], show: Callable[[Any], Any], wrap: Callable[[list[Any]], Any] = list) -> Response:
        """One page, with the headers that tell of the others."""
        page, size = number(call.request.param("page"), 1), min(number(call.request.param("limit"), PAGE_SIZE), MAX_PAGE_SIZE)
        shown = [show(item) for item in items[(page - 1) * size : page * size]]
        return answer(wrap(shown), 200, {"x-total-count": str(len(items)), "access-control-expose-headers": "X-Total-Count, Link"})


def _find(method: str, path: str) -> tuple[Handler, Mapping[str, str]]:
    found = _ROUTES.find(method, path)
    if found is None:
        raise NotFound("The target couldn't be found.")
    return found


def _parsed(content: bytes) -> Mapping[str, Any]:
    if not content:
        return {}
    try:
        body = json.loads(content)
    except json.JSONDecodeError as error:
        raise Unprocessable(f"the body is not JSON: {error}") from error
    if not isinstance(body, Mapping):
        raise Unprocessable("the body must be a JSON object")
    return body


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, json.dumps(body), {**_HEADERS, **(headers or {})})


def nothing() -> Response:
    return Response(204)


def number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() and int(text) > 0 else default


@route("GET", "/version")
def version(api: RestApi, call: Call) -> Response:
    return answer({"version": shapes.VERSION})


@route("GET", "/settings/api")
def api_settings(api: RestApi, call: Call) -> Response:
    body = {"max_response_items": MAX_PAGE_SIZE, "default_paging_num": PAGE_SIZE, "default_git_trees_per_page": 1000}
    return answer({**body, "default_max_blob_size": 10 * 1024 * 1024})
