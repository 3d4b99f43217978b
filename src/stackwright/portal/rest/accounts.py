"""Sessions, settings and accounts."""

import uuid
from typing import Any

from stackwright.kernel.errors import BadInput
from stackwright.kernel.http import Response
from stackwright.portal import shapes
from stackwright.portal.accounts import API_KEY, Account, Token, password_entries, shown, tokens_entries
from stackwright.portal.rest.api import Call, Refused, RestApi, answer, route, session_cookie


@route("POST", "/session")
async def log_in(api: RestApi, call: Call) -> Response:
    username, password = str(call.body.get("username") or ""), str(call.body.get("password") or "")
    token = api.ports.sessions.log_in(username, password)
    if token is None:
        raise Refused(401, "Invalid username or password")
    return answer({"token": token}, {"set-cookie": session_cookie(token, api.ports.prefix)})


@route("DELETE", "/session")
async def log_out(api: RestApi, call: Call) -> Response:
    return answer({}, {"set-cookie": session_cookie("", api.ports.prefix)})


@route("GET", "/session/userinfo")
async def userinfo(api: RestApi, call: Call) -> Response:
    if call.session is None:
        return answer({})
    return answer({"loggedIn": True, "username": call.session.username, "iss": "argocd", "groups": list(call.session.groups)})


@route("GET", "/settings")
async def settings(api: RestApi, call: Call) -> Response:
    return answer(shapes.settings(api.ports.settings(), api.ports.url))


@route("GET", "/account")
async def accounts(api: RestApi, call: Call) -> Response:
    found = api.ports.accounts().values()
    return answer({"items": [shown(account) for account in found if _may_see(api, call, account.name)]})


def _may_see(api: RestApi, call: Call, name: str) -> bool:
    return call.username == name or api.access.may(call.session, "accounts", "get", name)


@route("GET", "/account/can-i/{resource}/{action}/{subresource...}")
async def can_i(api: RestApi, call: Call) -> Response:
    parts = call.parts
    may = api.access.may(call.session, parts["resource"], parts["action"], parts["subresource"])
    return answer({"value": "yes" if may else "no"})


@route("PUT", "/account/password")
async def update_password(api: RestApi, call: Call) -> Response:
    """One's own with the password that stands, another's by permission; who asks confirms with the own password."""
    name = str(call.body.get("name") or call.username)
    if name != call.username:
        api.require(call, "accounts", "update", name)
    asks = _account(api, call.username)
    if not asks.accepts(str(call.body.get("currentPassword") or "")):
        raise BadInput("current password does not match")
    account = _account(api, name)
    await api.ports.save_secret(password_entries(account.name, str(call.body.get("newPassword") or ""), api.ports.sessions.now))
    return answer({})


@route("GET", "/account/{name}")
async def account(api: RestApi, call: Call) -> Response:
    if not _may_see(api, call, call.name):
        api.require(call, "accounts", "get", call.name)
    return answer(shown(_account(api, call.name)))


@route("POST", "/account/{name}/token")
async def create_token(api: RestApi, call: Call) -> Response:
    account = _of_tokens(api, call)
    id = str(call.body.get("id") or uuid.uuid4())
    if account.token(id) is not None:
        raise BadInput(f"account already has token with id '{id}'")
    lasts, now = _seconds(call.body.get("expiresIn")), int(api.ports.sessions.now)
    kept = Token(id, now, now + lasts if lasts else 0)
    await api.ports.save_secret(tokens_entries(account, [*account.tokens, kept]))
    return answer({"token": api.ports.sessions.issue(f"{account.name}:{API_KEY}", id, lasts)})


@route("DELETE", "/account/{name}/token/{id}")
async def delete_token(api: RestApi, call: Call) -> Response:
    account = _of_tokens(api, call)
    await api.ports.save_secret(tokens_entries(account, [token for token in account.tokens if token.id != call.parts["id"]]))
    return answer({})


def _of_tokens(api: RestApi, call: Call) -> Account:
    """Tokens of an account are made by itself and by who may update accounts. Raises Forbidden and BadInput."""
    if call.username != call.name:
        api.require(call, "accounts", "update", call.name)
    found = _account(api, call.name)
    if API_KEY not in found.capabilities:
        raise BadInput(f"account '{call.name}' does not have {API_KEY} capability")
    return found


def _account(api: RestApi, name: str) -> Account:
    found = api.ports.accounts().get(name)
    if found is None:
        raise Refused(404, f"account '{name}' does not exist")
    return found


def _seconds(value: Any) -> int:
    """Units: seconds; 0 for ever. Raises BadInput."""
    try:
        seconds = int(value or 0)
    except (TypeError, ValueError) as error:
        raise BadInput(f"expiresIn: {value!r}: expected seconds") from error
    if seconds < 0:
        raise BadInput("expiresIn: must not be negative")
    return seconds
