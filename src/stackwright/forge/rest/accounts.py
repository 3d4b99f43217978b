"""Users, organisations and access tokens."""

from dataclasses import replace

from stackwright.forge import shapes
from stackwright.forge.errors import NotAllowed, NotFound, Unprocessable
from stackwright.forge.rest.frame import Call, RestApi, answer, nothing, route
from stackwright.forge.types import Account
from stackwright.kernel.http import Response
from stackwright.kernel.passwords import hash_password


@route("GET", "/user")
def current_user(api: RestApi, call: Call) -> Response:
    return answer(shapes.account(call.user(), api.urls))


@route("GET", "/users/{name}")
def user(api: RestApi, call: Call) -> Response:
    return answer(shapes.account(api.account_named(call.parts["name"]), api.urls))


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
    return answer(shapes.token(found, secret), 201)


@route("DELETE", "/users/{name}/tokens/{token}")
def delete_token(api: RestApi, call: Call) -> Response:
    api.forge.delete_token(_token_owner(api, call), call.parts["token"])
    return nothing()


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
    return answer(shapes.account(made, api.urls), 201)


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
    return answer(shapes.account(api.forge.records.put_account(changed), api.urls))


@route("DELETE", "/admin/users/{name}")
def delete_user(api: RestApi, call: Call) -> Response:
    admin, found = call.admin(), api.account_named(call.parts["name"])
    if found.id == admin.id:
        raise Unprocessable("you cannot delete yourself")
    if any(repository.owner.lower() == found.name.lower() for repository in api.forge.records.repositories()):
        raise Unprocessable(f"user {found.name} still owns repositories")
    api.forge.records.delete_account(found.id)
    return nothing()


@route("POST", "/orgs")
def create_organization(api: RestApi, call: Call) -> Response:
    call.admin()
    made = api.forge.create_account(call.text("username", required=True), full_name=call.text("full_name"), organization=True)
    return answer(shapes.organization(made, api.urls), 201)


@route("GET", "/orgs/{name}")
def organization(api: RestApi, call: Call) -> Response:
    found = api.account_named(call.parts["name"])
    if not found.is_organization:
        raise NotFound("The target couldn't be found.")
    return answer(shapes.organization(found, api.urls))
