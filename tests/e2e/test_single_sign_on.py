"""Logging in at a real, certified provider of OpenID Connect. Needs node and `npm install` in tests/e2e/oidc (`make browser`)."""

import html
import json
import os
import re
import shutil
import ssl
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest

from .conftest import Platform, free_port, until

FOLDER = Path(__file__).parent / "oidc"
NODE_FOLDER = Path(os.environ.get("OIDC_NODE", FOLDER))
SECRET = "only-for-tests"
LASTS = 62
"""Seconds of an ID token: a session is renewed in the last minute."""

pytestmark = [
    pytest.mark.platform,
    pytest.mark.skipif(
        not (shutil.which("node") and (NODE_FOLDER / "node_modules" / "oidc-provider").is_dir()),
        reason="node or oidc-provider is not there (make browser)",
    ),
]


@dataclass
class Person:
    """A browser with its cookies, and somebody who fills in forms."""

    platform: Platform
    name: str
    jar: CookieJar = field(default_factory=CookieJar)
    visited: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        context = ssl.create_default_context(cafile=str(self.platform.folder / "tls" / "ca.crt"))
        cookies = urllib.request.HTTPCookieProcessor(self.jar)
        self.opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), cookies)

    def open(self, url: str, form: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, where it ended, and the page."""
        data = None if form is None else urllib.parse.urlencode(form).encode()
        try:
            with self.opener.open(urllib.request.Request(url, data, headers or {}), timeout=20) as answer:
                return answer.status, answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.url, error.read().decode()

    def portal(self, path: str) -> str:
        return f"https://localhost:{self.platform.port}/argocd{path}"

    def log_in(self, path: str = "/") -> tuple[int, str, str]:
        """From the button through the provider's forms and back."""
        status, url, page = self.open(self.portal(f"/auth/login?return_url={urllib.parse.quote(path)}"))
        while "/interaction/" in url:
            action = html.unescape(re.search(r'action="([^"]+)"', page)[1])  # type: ignore[index]
            asked = re.search(r'name="prompt" value="(\w+)"', page)[1]  # type: ignore[index]
            answers = {"prompt": asked} | ({"login": self.name, "password": "any"} if asked == "login" else {})
            status, url, page = self.open(action, answers)
        return status, url, page

    def userinfo(self) -> dict[str, Any]:
        return dict(json.loads(self.open(self.portal("/api/v1/session/userinfo"))[2]))

    def cookie(self, name: str) -> str:
        return next((cookie.value or "" for cookie in self.jar if cookie.name == name), "")


@pytest.fixture(scope="module")
def issuer(platform: Platform) -> Iterator[str]:
    """A provider that knows ann, an administrator, and bob; the platform is told of it as its users do."""
    port, home = free_port(), f"https://localhost:{platform.port}/argocd"
    command = ["node", str(NODE_FOLDER / "provider.mjs"), str(port), f"{home}/auth/callback", home, str(LASTS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert "listening" in running.stdout.readline()
        found = f"http://localhost:{port}"
        configure(platform, found)
        yield found
        running.terminate()
    merge(platform, "configmap", "argocd-cm", {"data": {"oidc.config": None}})


def configure(platform: Platform, issuer: str, **more: Any) -> None:
    config = {
        "name": "Keycloak",
        "issuer": issuer,
        "clientID": "portal",
        "clientSecret": "$oidc.portal.clientSecret",
        "requestedScopes": ["openid", "profile", "email", "groups"],
        "logoutURL": f"{issuer}/session/end?id_token_hint={{{{token}}}}&post_logout_redirect_uri={{{{logoutRedirectURL}}}}",
        **more,
    }
    merge(platform, "secret", "argocd-secret", {"stringData": {"oidc.portal.clientSecret": SECRET}})
    merge(platform, "configmap", "argocd-rbac-cm", {"data": {"policy.sso.csv": "g, admins, role:admin\ng, base, role:readonly\n"}})
    merge(platform, "configmap", "argocd-cm", {"data": {"oidc.config": json.dumps(config)}})


def merge(platform: Platform, kind: str, name: str, patch: dict[str, Any]) -> None:
    platform.kubectl("patch", kind, name, "-n", "argocd", "--type", "merge", "-p", json.dumps(patch))


def test_a_login_at_the_provider_leads_back_to_where_one_wanted_to_go_with_the_groups_of_the_token(platform: Platform, issuer: str) -> None:
    ann = Person(platform, "ann")
    assert "Log in via Keycloak" in ann.open(ann.portal("/applications"))[2]
    status, url, page = ann.log_in("/applications?search=x")
    assert (status, url) == (200, ann.portal("/applications?search=x"))
    assert "ann@example.org" in page
    assert ann.userinfo() == {"loggedIn": True, "username": "ann@example.org", "iss": issuer, "groups": ["admins", "base"]}
    flags = {
        cookie.name: (cookie.secure, cookie.path, cookie.has_nonstandard_attr("HttpOnly")) for cookie in ann.jar if "argocd" in cookie.name
    }
    assert set(flags.values()) == {(True, "/argocd", True)}


def test_groups_of_the_token_have_the_roles_of_the_policy(platform: Platform, issuer: str) -> None:
    bob, ann = Person(platform, "bob"), Person(platform, "ann")
    bob.log_in()
    ann.log_in()
    asked = "/api/v1/account/can-i/applications/delete/default/x"
    assert [json.loads(person.open(person.portal(asked))[2]) for person in (ann, bob)] == [{"value": "yes"}, {"value": "no"}]


def test_an_id_token_is_good_as_bearer_and_a_changed_one_is_not(platform: Platform, issuer: str) -> None:
    ann, program = Person(platform, "ann"), Person(platform, "program")
    ann.log_in()
    token = ann.cookie("argocd.token")
    url = program.portal("/api/v1/applications")
    assert program.open(url, headers={"Authorization": f"Bearer {token}"})[0] == 200
    head, body, signature = token.split(".")
    status, _, told = program.open(url, headers={"Authorization": f"Bearer {head}.{body}.{signature[:-8]}AAAAAAAA"})
    assert (status, json.loads(told)["code"]) == (401, 16)


def test_a_session_is_renewed_before_its_token_ends_also_when_requests_come_together(platform: Platform, issuer: str) -> None:
    ann = Person(platform, "ann")
    ann.log_in()
    before = (ann.cookie("argocd.token"), ann.cookie("argocd.refresh"))
    time.sleep(4)
    kept = [dict(ann.opener.addheaders), "; ".join(f"{cookie.name}={cookie.value}" for cookie in ann.jar if "argocd" in cookie.name)]
    second = Person(platform, "ann")
    together = [second.open(second.portal("/api/v1/session/userinfo"), headers={"Cookie": str(kept[1])}) for _ in range(3)]
    assert {json.loads(page).get("loggedIn") for _, _, page in together} == {True}
    assert ann.userinfo()["loggedIn"]
    after = (ann.cookie("argocd.token"), ann.cookie("argocd.refresh"))
    assert (after[0] != before[0], after[1] != before[1]) == (True, True)


def test_logging_out_ends_the_session_here_and_at_the_provider(platform: Platform, issuer: str) -> None:
    ann = Person(platform, "ann")
    page = ann.log_in()[2]
    token = ann.cookie("argocd.token")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)[1]  # type: ignore[index]
    left = ann.open(ann.portal("/logout"), {"csrf": csrf})[2]
    place = html.unescape(re.search(r'content="0; url=([^"]+)"', left)[1])  # type: ignore[index]
    assert place.startswith(f"{issuer}/session/end?id_token_hint={token}")
    assert "Do you want to sign-out" in ann.open(place)[2]
    assert not ann.cookie("argocd.token")
    copied = Person(platform, "thief").open(ann.portal("/api/v1/applications"), headers={"Authorization": f"Bearer {token}"})
    assert (copied[0], json.loads(copied[2])["message"]) == (401, "the session was ended")


@pytest.mark.parametrize(
    "place", ["https://evil.example/", "//evil.example", "/\\evil.example", "https://localhost:1/argocd", "javascript:alert(1)"]
)
def test_nobody_is_led_away_after_a_login(platform: Platform, issuer: str, place: str) -> None:
    ann = Person(platform, "ann")
    status, url, page = ann.log_in(place)
    assert (status, "Invalid redirect URL" in page, url.startswith(ann.portal(""))) == (400, True, True)


def test_a_login_that_another_browser_began_is_refused(platform: Platform, issuer: str) -> None:
    ann, other = Person(platform, "ann"), Person(platform, "other")
    ann.log_in()
    status, _, page = other.open(other.portal("/auth/callback?code=stolen&state=x"))
    assert (status, "not begun in this browser" in page) == (400, True)


def test_what_is_wrong_with_the_provider_is_told(platform: Platform, issuer: str) -> None:
    ann = Person(platform, "ann")
    try:
        configure(platform, issuer, clientSecret="$nothing")
        told = until(lambda: (found := ann.open(ann.portal("/login"))[2]) and ("nothing" in found) and found, 10)
        assert "clientSecret: $nothing names no key" in html.unescape(told)
        configure(platform, "http://localhost:9")
        told = until(lambda: (found := ann.open(ann.portal("/auth/login"))) and found[0] == 502 and found[2], 10)
        assert "http://localhost:9/.well-known/openid-configuration" in told
        configure(platform, issuer, clientSecret="wrong")
        told = until(lambda: (found := Person(platform, "ann").log_in()) and found[0] == 401 and found[2], 10)
        assert "compare clientID and clientSecret" in told
    finally:
        configure(platform, issuer)
