"""Sessions, and what pages say."""

from typing import Any

from stackwright.portal import pages
from stackwright.portal.sessions import COOKIE, FAILURE_SECONDS, FAILURES, Sessions


class Time:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def sessions(time: Time) -> Sessions:
    return Sessions(b"key", {"admin": "right"}.get, time)


def test_a_token_is_good_as_bearer_and_as_cookie_until_it_ends() -> None:
    time = Time()
    found = sessions(time)
    token = found.log_in("admin", "right")
    assert token is not None
    for headers in ({"authorization": f"Bearer {token}"}, {"cookie": f"a=b; {COOKIE}={token}"}):
        session = found.find(headers)
        assert session is not None and session.username == "admin"
    time.now += 25 * 3600
    assert found.find({"authorization": f"Bearer {token}"}) is None


def test_a_token_that_was_changed_or_signed_by_another_key_is_nobodys() -> None:
    token = Sessions(b"other", {"admin": "right"}.get, Time()).log_in("admin", "right")
    assert token is not None
    for bad in (token, token[:-2] + "xx", "a.b.c", "", "..", token.replace(".", "")):
        assert sessions(Time()).find({"authorization": f"Bearer {bad}"}) is None


def test_too_many_wrong_passwords_lock_for_a_while() -> None:
    time = Time()
    found = sessions(time)
    for _ in range(FAILURES):
        assert found.log_in("admin", "wrong") is None
    assert found.log_in("admin", "right") is None
    time.now += FAILURE_SECONDS + 1
    assert found.log_in("admin", "right") is not None


def app(name: str, sync: str, health: str) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": {"project": "default", "destination": {"namespace": "x"}, "source": {"repoURL": "https://h/r"}},
        "status": {"sync": {"status": sync}, "health": {"status": health}},
    }


def test_what_is_not_well_comes_first() -> None:
    found = pages.applications([app("a", "Synced", "Healthy"), app("z", "OutOfSync", "Healthy")], pages.Filter(), "/argocd")
    assert found.index(">z<") < found.index(">a<")


def test_names_from_outside_are_escaped() -> None:
    found = pages.applications([app("<script>", "Synced", "Healthy")], pages.Filter(), "/argocd")
    assert "<script>" not in found


def test_pages_keep_the_filter_in_their_links() -> None:
    apps = [app(f"app-{number}", "Synced", "Healthy") for number in range(120)]
    found = pages.applications(apps, pages.Filter(search="app", page=2), "/argocd")
    assert ("Page 2 of 3" in found, "search=app&amp;page=3" in found) == (True, True)


def test_secret_values_are_shown_to_nobody() -> None:
    target = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"k": "bmV3"}}
    live = {**target, "data": {"k": "b2xk"}}
    shown = pages._object_diff(target, live)
    assert ("bmV3" in shown, "b2xk" in shown, "++++" in shown) == (False, False, True)
