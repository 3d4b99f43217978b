"""Sessions, settings and accounts."""

import asyncio
import uuid
from typing import Any

from stackwright.kernel.errors import BadInput
from stackwright.kernel.http import Response
from stackwright.portal import shapes
from stackwright.portal.accounts import API_KEY, LOGIN, Account, Token, password_entries, shown, tokens_entries
from stackwright.portal.cookies import COMPANION, SESSION, clear_cookie, cookies_of, set_cookie
from stackwright.portal.rest.api import Call, Refused, RestApi, answer, route


@route("POST", "/session", "sessionSessionResponse", body="sessionSessionCreateRequest")
async def log_in(api: RestApi, call: Call) -> Response:
    username, password = str(call.body.get("username") or ""), str(call.body.get("password") or "")
    if not username or not password:
        raise Refused(400, "no credentials supplied")
    token = await api.ports.sessions.log_in(username, password)
    if token is None:
        raise Refused(401, "Invalid username or password")
    lines = set_cookie(SESSION, token, api.ports.prefix, api.ports.sessions.seconds, secure=api.ports.secure)
    return answer({"token": token}, {"set-cookie": "\n".join(lines)})


@route("DELETE", "/session", "sessionSessionResponse")
async def log_out(api: RestApi, call: Call) -> Response:
    """The token is good for nothing afterwards, whoever has a copy of it."""
    if call.session is not None and call.token:
        await api.ports.revoke(call.token, call.session.ends)
    cookies, path, secure = cookies_of(call.request.headers), api.ports.prefix, api.ports.secure
    lines = clear_cookie(cookies, SESSION, path, secure=secure) + clear_cookie(cookies, COMPANION, path, secure=secure)
    return answer({}, {"set-cookie": "\n".join(lines)})


@route("GET", "/session/userinfo", "sessionGetUserInfoResponse")
async def userinfo(api: RestApi, call: Call) -> Response:
    if call.session is None or not call.session.username:
        return answer({})
    session = call.session
    return answer({"loggedIn": True, "username": session.username, "iss": session.issuer, "groups": list(session.groups)})


@route("GET", "/settings", "clusterSettings")
async def settings(api: RestApi, call: Call) -> Response:
    return answer(shapes.settings(api.ports.settings(), api.ports.url) | _logins(api))


def _logins(api: RestApi) -> dict[str, Any]:
    """How people may log in: told before they do."""
    local = any(account.may(LOGIN) for account in api.ports.accounts().values())
    shown = api.ports.login.shown()
    return {"userLoginsDisabled": not local} | ({"oidcConfig": shown} if shown else {})


@route("GET", "/settings/plugins", "clusterSettingsPluginsResponse")
async def plugins(api: RestApi, call: Call) -> Response:
    """Configuration management plug-ins that an Application may name: none is installed into a platform."""
    return answer({"plugins": []})


@route("GET", "/account", "accountAccountsList")
async def accounts(api: RestApi, call: Call) -> Response:
    found = api.ports.accounts().values()
    return answer({"items": [shown(account) for account in found if _may_see(api, call, account.name)]})


def _may_see(api: RestApi, call: Call, name: str) -> bool:
    return call.account == name or api.access.may(call.session, "accounts", "get", name)


@route("GET", "/account/can-i/{resource}/{action}/{subresource...}", "accountCanIResponse")
async def can_i(api: RestApi, call: Call) -> Response:
    parts = call.parts
    may = api.access.may(call.session, parts["resource"], parts["action"], parts["subresource"])
    return answer({"value": "yes" if may else "no"})


@route("PUT", "/account/password", "accountUpdatePasswordResponse", body="accountUpdatePasswordRequest")
async def update_password(api: RestApi, call: Call) -> Response:
    """One's own with the password that stands, another's by permission; who asks confirms with the own password."""
    if not call.account and call.session is not None:
        raise BadInput(f"password can only be changed for local users, not user {call.username!r} of {call.session.issuer}")
    name = str(call.body.get("name") or call.account)
    if name != call.account:
        api.require(call, "accounts", "update", name)
    asks = _account(api, call.account)
    if not await asyncio.to_thread(asks.accepts, str(call.body.get("currentPassword") or "")):
        raise BadInput("current password does not match")
    account, wanted = _account(api, name), str(call.body.get("newPassword") or "")
    pattern = api.ports.settings().get("passwordPattern") or ""
    await api.ports.save_secret(await asyncio.to_thread(password_entries, account.name, wanted, api.ports.sessions.now, pattern))
    return answer({})


@route("GET", "/account/{name}", "accountAccount")
async def account(api: RestApi, call: Call) -> Response:
    if not _may_see(api, call, call.name):
        api.require(call, "accounts", "get", call.name)
    return answer(shown(_account(api, call.name)))


@route("POST", "/account/{name}/token", "accountCreateTokenResponse", body="accountCreateTokenRequest")
async def create_token(api: RestApi, call: Call) -> Response:
    account = _of_tokens(api, call)
    id = str(call.body.get("id") or uuid.uuid4())
    if account.token(id) is not None:
        raise BadInput(f"account already has token with id '{id}'")
    lasts, now = _seconds(call.body.get("expiresIn")), int(api.ports.sessions.now)
    kept = Token(id, now, now + lasts if lasts else 0)
    await api.ports.save_secret(tokens_entries(account, [*account.tokens, kept]))
    return answer({"token": api.ports.sessions.issue(f"{account.name}:{API_KEY}", id, lasts)})


@route("DELETE", "/account/{name}/token/{id}", "accountEmptyResponse")
async def delete_token(api: RestApi, call: Call) -> Response:
    account = _of_tokens(api, call)
    await api.ports.save_secret(tokens_entries(account, [token for token in account.tokens if token.id != call.parts["id"]]))
    return answer({})


def _of_tokens(api: RestApi, call: Call) -> Account:
    """Tokens of an account are made by itself and by who may update accounts. Raises Forbidden and BadInput."""
    if call.account != call.name:
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
