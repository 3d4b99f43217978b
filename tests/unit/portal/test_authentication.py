"""Who makes a request, with a provider that answers as one does."""

import asyncio
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from stackwright.kernel.http import Request, Response
from stackwright.portal.accounts import LOGIN, Account
from stackwright.portal.authentication import Authentication, digest_of
from stackwright.portal.cookies import COMPANION, SESSION, cookies_of, joined, set_cookie
from stackwright.portal.oidc.config import OidcConfig
from stackwright.portal.oidc.login import Login, LoginFailed, logout_url
from stackwright.portal.oidc.renewal import SingleSignOn
from stackwright.portal.sealing import Seal
from stackwright.portal.sessions import Sessions

from .a_provider import ISSUER, SECRET, AProvider, Time

HOME = "https://localhost:8443/argocd"
CONFIG = OidcConfig("Keycloak", ISSUER, "portal", SECRET, audiences=("portal",))


class Rig:
    """A portal's logins, and a browser."""

    def __init__(self, config: OidcConfig = CONFIG, *, anonymous: bool = False) -> None:
        self.time = Time()
        self.provider = AProvider(self.time)
        self.config: OidcConfig | None = config
        self.revoked: set[str] = set()
        self.jar: dict[str, str] = {}
        accounts = {"admin": Account("admin", (LOGIN,), initial="right")}
        self.sessions = Sessions(b"key", accounts.get, self.time)
        scopes = lambda: ("groups",)  # noqa: E731
        self.sign_on = SingleSignOn(
            lambda: self.config, lambda _config: self.provider, Seal(b"key", "companion"), self.time, scopes, path="/argocd"
        )
        self.authentication = Authentication(
            self.sessions, self.sign_on, scopes, lambda: anonymous, lambda token: digest_of(token) in self.revoked
        )
        self.login = Login(self.sign_on, self.authentication, Seal(b"key", "state"), lambda: (HOME, "https://other.example/argocd"))

    def request(self, **query: str) -> Request:
        cookie = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        return Request("GET", "/", tuple(query.items()), {"cookie": cookie, "host": "localhost:8443"})

    def keep(self, lines: Any) -> None:
        for line in lines:
            name, _, value = line.partition(";")[0].partition("=")
            self.jar[name] = value
            if "Max-Age=0" in line:
                del self.jar[name]

    def received(self, response: Response) -> str:
        self.keep(response.headers["set-cookie"].split("\n"))
        return response.headers["location"]

    async def log_in(self, back: str = "") -> str:
        place = self.received(await self.login.begin(self.request(return_url=back)))
        state = parse_qs(urlsplit(place).query)["state"][0]
        return self.received(await self.login.finish(self.request(code=self.provider.log_in(place), state=state)))

    async def find(self, **headers: str) -> Any:
        found = await self.authentication.find(headers or self.request().headers)
        self.keep(found.cookies)
        return found


async def test_a_login_gives_a_session_with_groups_and_a_stable_csrf_token() -> None:
    rig = Rig()
    rig.provider.claims = {"groups": ["admins"], "sid": "s"}
    assert await rig.log_in("/applications?page=2") == f"{HOME}/applications?page=2"
    session = (await rig.find()).session
    assert (session.username, session.subjects, session.issuer, session.account) == ("ann@x.org", ("ann", "admins"), ISSUER, "")
    rig.time.now += 280
    renewed = (await rig.find()).session
    assert (renewed.csrf, renewed.issued > session.issued) == (session.csrf, True)


async def test_a_session_outlives_its_token_while_the_provider_renews_it_and_ends_when_it_does_not() -> None:
    rig = Rig()
    await rig.log_in()
    for _ in range(3):
        rig.time.now += 400
        assert (await rig.find()).session is not None
    rig.provider._refresh.clear()
    rig.time.now += 400
    found = await rig.find()
    assert (found.session, "Token is not active" in found.problem) == (None, True)
    assert SESSION not in rig.jar and COMPANION not in rig.jar


async def test_requests_that_come_together_share_one_renewal() -> None:
    rig = Rig()
    await rig.log_in()
    rig.time.now += 400
    headers = rig.request().headers
    found = await asyncio.gather(*(rig.authentication.find(headers) for _ in range(5)))
    assert all(each.session is not None for each in found)
    assert len({each.cookies for each in found}) == 1


async def test_a_provider_that_does_not_answer_ends_nothing() -> None:
    rig = Rig()
    await rig.log_in()
    rig.time.now += 280
    rig.provider.down = True
    assert (await rig.find()).session is not None
    rig.time.now += 200
    found = await rig.find()
    assert (found.session, SESSION in rig.jar) == (None, True)
    rig.provider.down = False
    assert (await rig.find()).session is not None


async def test_the_renewed_session_is_of_the_same_person() -> None:
    rig = Rig()
    await rig.log_in()
    rig.time.now += 400
    rig.provider.claims = {"sub": "bob"}
    assert (await rig.find()).session is None


async def test_new_keys_of_the_provider_are_noticed_but_not_asked_for_again_and_again() -> None:
    rig = Rig()
    await rig.log_in()
    assert (await rig.find()).session is not None
    rig.time.now += 30
    rig.provider.turn_keys()
    assert (await rig.find(authorization=f"Bearer {rig.provider.token()}")).session is not None
    before = len(rig.provider.asked)
    for _ in range(50):
        await rig.find(authorization=f"Bearer {rig.provider.token()[:-10]}AAAAAAAAAA")
    assert len(rig.provider.asked) - before <= 1


async def test_a_token_of_another_login_is_refused() -> None:
    rig = Rig()
    rig.provider.claims = {"nonce": "of another"}
    with pytest.raises(LoginFailed, match="nonce"):
        await rig.log_in()
    assert SESSION not in rig.jar


async def test_coming_back_needs_the_state_that_this_browser_left_with_and_once() -> None:
    rig, thief = Rig(), Rig()
    place = rig.received(await rig.login.begin(rig.request()))
    code, state = rig.provider.log_in(place), parse_qs(urlsplit(place).query)["state"][0]
    for who, query in ((thief, {"code": code, "state": state}), (rig, {"code": code, "state": "x"}), (rig, {"code": code})):
        with pytest.raises(LoginFailed, match="not begun in this browser"):
            await who.login.finish(who.request(**query))
    rig.received(await rig.login.finish(rig.request(code=code, state=state)))
    with pytest.raises(LoginFailed):
        await rig.login.finish(rig.request(code=code, state=state))


async def test_a_login_that_takes_too_long_begins_again() -> None:
    rig = Rig()
    place = rig.received(await rig.login.begin(rig.request()))
    rig.time.now += 700
    with pytest.raises(LoginFailed, match="too long ago"):
        await rig.login.finish(rig.request(code="c", state=parse_qs(urlsplit(place).query)["state"][0]))


async def test_what_the_provider_says_against_a_login_is_told() -> None:
    rig = Rig()
    place = rig.received(await rig.login.begin(rig.request()))
    state = parse_qs(urlsplit(place).query)["state"][0]
    with pytest.raises(LoginFailed, match="access_denied: not you"):
        await rig.login.finish(rig.request(error="access_denied", error_description="not you", state=state))


async def test_the_browser_comes_back_to_the_url_it_knows_the_portal_by() -> None:
    rig = Rig()
    request = Request("GET", "/", (), {"host": "OTHER.example"})
    place = (await rig.login.begin(request)).headers["location"]
    assert parse_qs(urlsplit(place).query)["redirect_uri"] == ["https://other.example/argocd/auth/callback"]
    place = (await rig.login.begin(Request("GET", "/", (), {"host": "evil.example"}))).headers["location"]
    assert parse_qs(urlsplit(place).query)["redirect_uri"] == [f"{HOME}/auth/callback"]


async def test_a_provider_that_speaks_for_another_or_leads_to_plain_http_is_not_believed() -> None:
    for told in ({"issuer": "https://evil.example"}, {"token_endpoint": "http://id.example.org/token"}, {"jwks_uri": ""}):
        rig = Rig()
        rig.provider.told = told
        with pytest.raises(LoginFailed, match="cannot be asked"):
            await rig.login.begin(rig.request())


async def test_groups_of_the_user_info_count_when_asked_for() -> None:
    rig = Rig(replace(CONFIG, user_info_groups=True))
    await rig.log_in()
    assert (await rig.find()).session.groups == ("from-userinfo",)


async def test_a_long_token_is_spread_over_cookies() -> None:
    rig = Rig()
    rig.provider.claims = {"groups": [f"group-number-{number}" for number in range(400)]}
    await rig.log_in()
    assert f"{SESSION}-1" in rig.jar and max(len(value) for value in rig.jar.values()) < 4000
    assert len((await rig.find()).session.groups) == 400
    del rig.jar[f"{SESSION}-1"]
    assert (await rig.find()).session is None


async def test_a_token_that_was_given_back_is_nobodys() -> None:
    rig = Rig()
    await rig.log_in()
    rig.revoked.add(digest_of(joined(cookies_of(rig.request().headers), SESSION)))
    assert (await rig.find()).problem == "the session was ended"


async def test_a_local_session_and_a_bearer_before_the_cookie() -> None:
    rig = Rig()
    await rig.log_in()
    token = await rig.sessions.log_in("admin", "right")
    found = await rig.find(**rig.request().headers, authorization=f"Bearer {token}")
    assert (found.session.username, found.session.account) == ("admin", "admin")
    assert (await rig.find(**rig.request().headers, authorization="Bearer nonsense")).session is None


async def test_without_the_provider_its_tokens_are_nobodys() -> None:
    rig = Rig()
    await rig.log_in()
    rig.config = None
    assert (await rig.find()).session is None


async def test_anybody_is_nobody_in_particular_where_that_is_allowed() -> None:
    session = (await Rig(anonymous=True).find()).session
    assert (session.username, session.subjects, session.account) == ("", ("",), "")
    assert (await Rig().find()).session is None


def test_where_a_logout_leads() -> None:
    keycloak = f"{ISSUER}/protocol/openid-connect/logout?id_token_hint={{{{token}}}}&post_logout_redirect_uri={{{{logoutRedirectURL}}}}"
    found = logout_url(replace(CONFIG, logout_url=keycloak), "a.b.c", HOME)
    assert found == f"{ISSUER}/protocol/openid-connect/logout?id_token_hint=a.b.c&post_logout_redirect_uri={HOME}"
    assert logout_url(replace(CONFIG, logout_url="javascript:alert(1)"), "t", HOME) == ""


def test_another_host_cannot_put_a_cookie_in_front() -> None:
    line = set_cookie(SESSION, "mine", "/argocd", 60)[0]
    assert line == "argocd.token=mine; path=/argocd; Max-Age=60; HttpOnly; Secure; SameSite=Lax"
    assert cookies_of({"cookie": "argocd.token=first; argocd.token=second"})[SESSION] == "first"
