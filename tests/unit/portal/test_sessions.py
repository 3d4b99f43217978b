"""Sessions: tokens, how long they are good, and how often a password may be wrong."""

from dataclasses import replace

from stackwright.portal.accounts import API_KEY, LOGIN, Account, Token
from stackwright.portal.sessions import COOKIE, FAILURE_SECONDS, FAILURES, Sessions

ACCOUNTS = {"admin": Account("admin", (LOGIN,), initial="right")}


class Time:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def sessions(time: Time) -> Sessions:
    return Sessions(b"key", ACCOUNTS.get, time)


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
    token = Sessions(b"other", ACCOUNTS.get, Time()).log_in("admin", "right")
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


def test_a_new_password_ends_the_sessions_from_before() -> None:
    time, accounts = Time(), dict(ACCOUNTS)
    found = Sessions(b"key", accounts.get, time)
    token = found.log_in("admin", "right")
    accounts["admin"] = replace(accounts["admin"], password_set=int(time.now) + 1)
    assert found.find({"authorization": f"Bearer {token}"}) is None


def test_a_token_of_an_account_is_good_while_the_account_has_it() -> None:
    time, accounts = Time(), {"ci": Account("ci", (API_KEY,), tokens=(Token("one", 0),))}
    found = Sessions(b"key", accounts.get, time)
    token = found.issue("ci:apiKey", "one", 0)
    session = found.find({"authorization": f"Bearer {token}"})
    assert session is not None and session.username == "ci"
    accounts["ci"] = replace(accounts["ci"], tokens=())
    assert found.find({"authorization": f"Bearer {token}"}) is None


def test_a_disabled_account_is_nobody() -> None:
    accounts = dict(ACCOUNTS)
    found = Sessions(b"key", accounts.get, Time())
    token = found.log_in("admin", "right")
    accounts["admin"] = replace(accounts["admin"], enabled=False)
    assert found.find({"authorization": f"Bearer {token}"}) is None
    assert found.log_in("admin", "right") is None


def test_a_token_of_a_projects_role_is_good_while_the_project_has_it() -> None:
    held = {("proj:shop:ci", "one")}
    found = Sessions(b"key", ACCOUNTS.get, Time(), holds=lambda role, id: (role, id) in held)
    headers = {"authorization": f"Bearer {found.issue('proj:shop:ci', 'one', 60)}"}
    session = found.find(headers)
    assert session is not None and session.username == "proj:shop:ci"
    held.clear()
    assert found.find(headers) is None
