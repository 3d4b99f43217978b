"""What other sites and other people send."""

import pytest

from stackwright.kernel.http import Request
from stackwright.portal.origins import is_embedded, is_foreign
from stackwright.portal.redirects import below, inside
from stackwright.portal.sealing import Seal

HOMES = ("https://portal.example/argocd", "https://other.example:8443")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/applications?search=a b&x=é", "/applications?search=a%20b&x=%C3%A9"),
        ("/", "/"),
        ("", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nset-cookie: x=y", "/"),
        ("/a\tb", "/"),
        ("/../../gitea", "/"),
        ("/%2e%2e/gitea", "/"),
        ("/a/é", "/a/%C3%A9"),
    ],
)
def test_a_login_leads_into_the_portal_only(path: str, found: str) -> None:
    assert inside(path) == found


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://portal.example/argocd/applications?x=1", "/applications?x=1"),
        ("https://portal.example/argocd", "/"),
        ("https://other.example:8443/a", "/a"),
        ("https://portal.example/argocdevil", None),
        ("https://portal.example/argocd/../gitea", None),
        ("https://portal.example.evil/argocd", None),
        ("https://portal.example@evil.example/argocd", None),
        ("http://portal.example/argocd", None),
        ("https://portal.example:444/argocd", None),
        ("https://portal.example\\@evil.example/argocd", None),
        ("https://evil.example\r\n/argocd", None),
    ],
)
def test_a_whole_url_must_be_one_of_our_own(url: str, found: str | None) -> None:
    assert below(url, HOMES) == found


@pytest.mark.parametrize(
    ("headers", "foreign", "reason"),
    [
        ({}, False, "a program"),
        ({"origin": "https://portal.example", "host": "portal.example"}, False, "our own page"),
        ({"origin": "https://other.example:8443", "host": "inside:80"}, False, "behind a proxy, by a URL that we are known by"),
        ({"origin": "https://evil.example", "host": "portal.example"}, True, "another site"),
        (
            {"origin": "http://localhost:3000", "host": "localhost:8443"},
            True,
            "another port of this machine, which cookies do not tell apart",
        ),
        ({"origin": "null", "host": "portal.example"}, True, "a sandboxed frame"),
        ({"sec-fetch-site": "cross-site"}, True, "another site that hides its name"),
        ({"sec-fetch-site": "same-site"}, True, "another port or a sibling host"),
        ({"sec-fetch-site": "same-origin"}, False, "our own page"),
    ],
)
def test_a_form_of_another_site_is_told_apart(headers: dict[str, str], foreign: bool, reason: str) -> None:
    assert is_foreign(Request("POST", "/", (), headers), HOMES) == foreign, reason


def test_a_logout_is_no_image() -> None:
    assert is_embedded(Request("GET", "/", (), {"sec-fetch-dest": "image"}))
    assert not is_embedded(Request("GET", "/", (), {"sec-fetch-dest": "document"}))


def test_what_is_sealed_for_one_thing_is_nothing_for_another_and_ends() -> None:
    state, companion = Seal(b"key", "state"), Seal(b"key", "companion")
    sealed = state.close({"a": "b"}, 1000)
    assert "b" not in sealed or state.open(sealed, 1000, 60) == {"a": "b"}
    assert (companion.open(sealed, 1000, 60), Seal(b"other", "state").open(sealed, 1000, 60)) == (None, None)
    assert (state.open(sealed, 1061, 60), state.open(sealed[:-4] + "AAA=", 1000, 60), state.open("é", 1000, 60)) == (None, None, None)
