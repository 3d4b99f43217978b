"""The part of Forgejo's REST API (`/api/v1`) that git clients, idpbuilder's stacks and SDKs need, as a table of routes.

Source: Forgejo's API reference.
"""

import base64
import binascii
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from stackwright.forge import shapes
from stackwright.forge.access import Login, may_administer, may_write
from stackwright.forge.errors import ForgeError, NotAllowed, NotFound, Unauthenticated, Unprocessable
from stackwright.forge.forge import Forge
from stackwright.forge.ports import FileContent
from stackwright.forge.shapes import Urls
from stackwright.forge.types import Account, Repository
from stackwright.kernel import json
from stackwright.kernel.http import BodyTooLarge, Request, Response, whole
from stackwright.kernel.passwords import hash_password
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
        return _json(body | ({"errors": []} if status == 404 else {}), status)

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
        number, size = _number(call.request.param("page"), 1), min(_number(call.request.param("limit"), PAGE_SIZE), MAX_PAGE_SIZE)
        shown = [show(item) for item in items[(number - 1) * size : number * size]]
        return _json(wrap(shown), 200, {"x-total-count": str(len(items)), "access-control-expose-headers": "X-Total-Count, Link"})


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


def _json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, json.dumps(body), {**_HEADERS, **(headers or {})})


def _nothing() -> Response:
    return Response(204)


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() and int(text) > 0 else default


# -- the server itself ---------------------------------------------------------------------------------------------


@route("GET", "/version")
def version(api: RestApi, call: Call) -> Response:
    return _json({"version": shapes.VERSION})


@route("GET", "/settings/api")
def api_settings(api: RestApi, call: Call) -> Response:
    body = {"max_response_items": MAX_PAGE_SIZE, "default_paging_num": PAGE_SIZE, "default_git_trees_per_page": 1000}
    return _json({**body, "default_max_blob_size": 10 * 1024 * 1024})


# -- accounts and tokens -------------------------------------------------------------------------------------------


@route("GET", "/user")
def current_user(api: RestApi, call: Call) -> Response:
    return _json(shapes.account(call.user(), api.urls))


@route("GET", "/users/{name}")
def user(api: RestApi, call: Call) -> Response:
    return _json(shapes.account(api.account_named(call.parts["name"]), api.urls))


def _token_owner(api: RestApi, call: Call) -> Account:
    """Tokens are managed with a password, by the user or an administrator."""
    asking = api.login.by_password(call.request.headers)
    owner = api.account_named(call.parts["name"])
    if asking is None or (asking.id != owner.id and not asking.is_admin):
        raise NotAllowed("you may not manage the tokens of this user")
    return owner


@route("GET", "/users/{name}/tokens")
def tokens(api: RestApi, call: Call) -> Response:
    return api.page(call, api.forge.records.tokens_of(_token_owner(api, call).id), shapes.token)


@route("POST", "/users/{name}/tokens")
def create_token(api: RestApi, call: Call) -> Response:
    scopes = tuple(str(scope) for scope in call.body.get("scopes") or ("all",))
    found, secret = api.forge.create_token(_token_owner(api, call), call.text("name", required=True), scopes)
    return _json(shapes.token(found, secret), 201)


@route("DELETE", "/users/{name}/tokens/{token}")
def delete_token(api: RestApi, call: Call) -> Response:
    api.forge.delete_token(_token_owner(api, call), call.parts["token"])
    return _nothing()


@route("GET", "/admin/users")
def users(api: RestApi, call: Call) -> Response:
    call.admin()
    people = [account for account in api.forge.records.accounts() if not account.is_organization]
    return api.page(call, people, lambda account: shapes.account(account, api.urls))


@route("POST", "/admin/users")
def create_user(api: RestApi, call: Call) -> Response:
    call.admin()
    made = api.forge.create_account(
        call.text("username", required=True),
        call.text("password", required=True),
        email=call.text("email"),
        full_name=call.text("full_name"),
    )
    return _json(shapes.account(made, api.urls), 201)


@route("PATCH", "/admin/users/{name}")
def edit_user(api: RestApi, call: Call) -> Response:
    call.admin()
    found = api.account_named(call.parts["name"])
    password = call.text("password")
    changed = replace(
        found,
        email=call.text("email") or found.email,
        full_name=call.text("full_name") or found.full_name,
        is_admin=call.flag("admin") if "admin" in call.body else found.is_admin,
        password=hash_password(password) if password else found.password,
    )
    return _json(shapes.account(api.forge.records.put_account(changed), api.urls))


@route("DELETE", "/admin/users/{name}")
def delete_user(api: RestApi, call: Call) -> Response:
    admin, found = call.admin(), api.account_named(call.parts["name"])
    if found.id == admin.id:
        raise Unprocessable("you cannot delete yourself")
    if any(repository.owner.lower() == found.name.lower() for repository in api.forge.records.repositories()):
        raise Unprocessable(f"user {found.name} still owns repositories")
    api.forge.records.delete_account(found.id)
    return _nothing()


@route("POST", "/orgs")
def create_organization(api: RestApi, call: Call) -> Response:
    call.admin()
    made = api.forge.create_account(call.text("username", required=True), full_name=call.text("full_name"), organization=True)
    return _json(shapes.organization(made, api.urls), 201)


@route("GET", "/orgs/{name}")
def organization(api: RestApi, call: Call) -> Response:
    found = api.account_named(call.parts["name"])
    if not found.is_organization:
        raise NotFound("The target couldn't be found.")
    return _json(shapes.organization(found, api.urls))


# -- repositories --------------------------------------------------------------------------------------------------


def _visible(api: RestApi, call: Call, owner: str = "") -> list[Repository]:
    found = api.forge.records.repositories()
    return [
        repository
        for repository in found
        if (not owner or repository.owner.lower() == owner.lower()) and (not repository.private or may_administer(call.account, repository))
    ]


def _created(api: RestApi, call: Call, owner: str) -> Response:
    made = api.forge.create_repository(
        owner,
        call.text("name", required=True),
        description=call.text("description"),
        private=call.flag("private"),
        default_branch=call.text("default_branch"),
        auto_init=call.flag("auto_init"),
    )
    return _json(api.shown(made, call.account), 201)


@route("GET", "/repos/search")
def search(api: RestApi, call: Call) -> Response:
    wanted = (call.request.param("q") or "").lower()
    found = [repository for repository in _visible(api, call) if wanted in repository.name.lower()]
    return api.page(call, found, lambda repository: api.shown(repository, call.account), lambda items: {"ok": True, "data": items})


@route("GET", "/user/repos")
def own_repositories(api: RestApi, call: Call) -> Response:
    return api.page(call, _visible(api, call, call.user().name), lambda repository: api.shown(repository, call.account))


@route("POST", "/user/repos")
def create_own_repository(api: RestApi, call: Call) -> Response:
    return _created(api, call, call.user().name)


@route("GET", "/(?:users|orgs)/{name}/repos")
def repositories_of(api: RestApi, call: Call) -> Response:
    owner = api.account_named(call.parts["name"])
    return api.page(call, _visible(api, call, owner.name), lambda repository: api.shown(repository, call.account))


@route("POST", "/(?:orgs?|admin/users)/{name}/repos")
def create_repository_for(api: RestApi, call: Call) -> Response:
    owner = api.account_named(call.parts["name"])
    if not (call.user().is_admin or call.user().id == owner.id):
        raise NotAllowed("you may not create repositories for this owner")
    return _created(api, call, owner.name)


@route("GET", "/repos/{owner}/{repo}")
def repository(api: RestApi, call: Call) -> Response:
    return _json(api.shown(api.repository(call), call.account))


@route("PATCH", "/repos/{owner}/{repo}")
def edit_repository(api: RestApi, call: Call) -> Response:
    found = api.administered(call)
    changed = replace(
        found,
        description=call.text("description") if "description" in call.body else found.description,
        private=call.flag("private") if "private" in call.body else found.private,
        archived=call.flag("archived") if "archived" in call.body else found.archived,
        default_branch=call.text("default_branch") or found.default_branch,
    )
    return _json(api.shown(api.forge.records.put_repository(changed), call.account))


@route("DELETE", "/repos/{owner}/{repo}")
def delete_repository(api: RestApi, call: Call) -> Response:
    api.forge.delete_repository(api.administered(call))
    return _nothing()


# -- what is in them -----------------------------------------------------------------------------------------------


@route("GET", "/repos/{owner}/{repo}/branches")
def branches(api: RestApi, call: Call) -> Response:
    found, git = api.repository(call), api.forge.git
    names = sorted(ref.removeprefix("refs/heads/") for ref in git.refs(found.owner, found.name) if ref.startswith("refs/heads/"))
    return api.page(call, names, lambda name: shapes.branch(name, git.commit(found.owner, found.name, name), api.urls, found))


@route("GET", "/repos/{owner}/{repo}/branches/{branch...}")
def branch(api: RestApi, call: Call) -> Response:
    found, name = api.repository(call), call.parts["branch"]
    if f"refs/heads/{name}" not in api.forge.git.refs(found.owner, found.name):
        raise NotFound("The target couldn't be found.")
    return _json(shapes.branch(name, api.forge.git.commit(found.owner, found.name, name), api.urls, found))


@route("GET", "/repos/{owner}/{repo}/commits")
def commits(api: RestApi, call: Call) -> Response:
    found = api.repository(call)
    log = api.forge.git.log(found.owner, found.name, call.request.param("sha") or found.default_branch, 1000)
    return api.page(call, log, lambda commit: shapes.commit(commit, api.urls, found))


@route("GET", "/repos/{owner}/{repo}/git/commits/{ref}")
def commit(api: RestApi, call: Call) -> Response:
    found = api.repository(call)
    return _json(shapes.commit(api.forge.git.commit(found.owner, found.name, call.parts["ref"]), api.urls, found))


@route("GET", "/repos/{owner}/{repo}/git/trees/{ref}")
def tree(api: RestApi, call: Call) -> Response:
    found = api.repository(call)
    recursive = (call.request.param("recursive") or "") in ("1", "true")
    entries = api.forge.git.entries(found.owner, found.name, call.parts["ref"], "", recursive=recursive)
    base = f"{api.urls.base}/api/v1/repos/{found.full_name}"
    shown = [shapes.tree_entry(entry, base) for entry in entries]
    sha = api.forge.git.commit(found.owner, found.name, call.parts["ref"]).tree
    return _json({"sha": sha, "url": f"{base}/git/trees/{sha}", "tree": shown, "truncated": False, "page": 1, "total_count": len(shown)})


@route("GET", "/repos/{owner}/{repo}/contents/?{path...}")
def contents(api: RestApi, call: Call) -> Response:
    found, path = api.repository(call), call.parts["path"].strip("/")
    ref = call.request.param("ref") or found.default_branch
    entry = api.forge.git.entry(found.owner, found.name, ref, path)
    if entry.kind == "file":
        return _json(shapes.content(entry, ref, api.urls, found))
    entries = api.forge.git.entries(found.owner, found.name, ref, path)
    return _json([shapes.content(item, ref, api.urls, found) for item in entries])


@route("GET", "/repos/{owner}/{repo}/raw/{path...}")
def raw(api: RestApi, call: Call) -> Response:
    found = api.repository(call)
    entry = api.forge.git.entry(found.owner, found.name, call.request.param("ref") or found.default_branch, call.parts["path"])
    if entry.content is None:
        raise NotFound("The target couldn't be found.")
    return Response(200, entry.content, {"content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff"})


@route("POST", "/repos/{owner}/{repo}/contents/{path...}")
def create_file(api: RestApi, call: Call) -> Response:
    return _written(api, call, _decoded(call), exists=False)


@route("PUT", "/repos/{owner}/{repo}/contents/{path...}")
def update_file(api: RestApi, call: Call) -> Response:
    return _written(api, call, _decoded(call), exists=True)


@route("DELETE", "/repos/{owner}/{repo}/contents/{path...}")
def delete_file(api: RestApi, call: Call) -> Response:
    return _written(api, call, None, exists=True)


def _decoded(call: Call) -> FileContent:
    try:
        return FileContent(base64.b64decode(call.text("content"), validate=True))
    except binascii.Error as error:
        raise Unprocessable("[content]: expected base64") from error


def _written(api: RestApi, call: Call, content: FileContent | None, *, exists: bool) -> Response:
    found, user, path = api.repository(call), call.user(), _safe_path(call.parts["path"])
    if not may_write(user, found):
        raise NotAllowed("you may not write to this repository")
    branch = call.text("branch") or found.default_branch
    _check_file(api, found, branch, path, call.text("sha"), exists)
    verb = ("Update" if exists else "Add") if content is not None else "Delete"
    message = call.text("message") or f"{verb} {path}"
    sha = api.forge.write(found, branch, {path: content}, message, (user.name, user.email))
    info = api.forge.git.commit(found.owner, found.name, sha or branch)
    shown = None if content is None else shapes.content(api.forge.git.entry(found.owner, found.name, branch, path), branch, api.urls, found)
    body = {"content": shown, "commit": shapes.commit(info, api.urls, found)["commit"] | {"sha": info.sha}, "verification": None}
    return _json(body, 201 if not exists else 200)


def _check_file(api: RestApi, found: Repository, branch: str, path: str, sha: str, exists: bool) -> None:
    """Raises Unprocessable when the file is there but should not be, or changed since the caller read it."""
    try:
        entry = api.forge.git.entry(found.owner, found.name, branch, path)
    except NotFound:
        if exists and sha:
            raise
        return
    if not exists:
        raise Unprocessable(f"repository file already exists [path: {path}]")
    if sha and sha != entry.sha:
        raise Unprocessable(f"sha does not match [given: {sha}, expected: {entry.sha}]")


def _safe_path(path: str) -> str:
    parts = path.strip("/").split("/")
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in parts) or "\0" in path:
        raise Unprocessable(f"[path]: {quote(path)} is no valid path")
    return "/".join(parts)
