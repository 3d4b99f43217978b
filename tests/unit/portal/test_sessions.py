"""Sessions: tokens, how long they are good, and how often a password may be wrong."""

from dataclasses import replace

from stackwright.portal.accounts import API_KEY, LOGIN, Account, Token
from stackwright.portal.attempts import Attempts, Limits, limits_of
from stackwright.portal.sessions import Sessions

ACCOUNTS = {"admin": Account("admin", (LOGIN,), initial="right")}


class Time:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def sessions(time: Time) -> Sessions:
    return Sessions(b"key", ACCOUNTS.get, time)


async def test_a_token_is_good_until_it_ends() -> None:
    time = Time()
    found = sessions(time)
    token = await found.log_in("admin", "right")
    assert token is not None
    session = found.find(token)
    assert session is not None and (session.username, session.ends) == ("admin", int(time.now) + 24 * 3600)
    time.now += 25 * 3600
    assert found.find(token) is None


async def test_how_long_a_login_lasts_is_said_by_the_settings() -> None:
    time, said = Time(), [""]
    found = Sessions(b"key", ACCOUNTS.get, time, lasts=lambda: said[0])
    for text, hours in (("2h", 2), ("", 24), ("nonsense", 24), ("0", 24)):
        said[0] = text
        session = found.find(await found.log_in("admin", "right") or "")
        assert session is not None and session.ends == int(time.now) + hours * 3600


async def test_a_session_that_was_given_back_is_over() -> None:
    revoked: set[str] = set()
    found = Sessions(b"key", ACCOUNTS.get, Time(), revoked=revoked.__contains__)
    token = await found.log_in("admin", "right") or ""
    revoked.add(token)
    assert found.find(token) is None


async def test_a_token_that_was_changed_or_signed_by_another_key_is_nobodys() -> None:
    token = await Sessions(b"other", ACCOUNTS.get, Time()).log_in("admin", "right")
    assert token is not None
    for bad in (token, token[:-2] + "xx", "a.b.c", "", "..", token.replace(".", "")):
        assert sessions(Time()).find(bad) is None


async def test_too_many_wrong_passwords_lock_for_a_while() -> None:
    time = Time()
    found = sessions(time)
    for _ in range(5):
        assert await found.log_in("admin", "wrong") is None
    assert await found.log_in("admin", "right") is None
    time.now += 301
    assert await found.log_in("admin", "right") is not None


def test_how_often_is_said_by_the_environment() -> None:
    limits = limits_of({"ARGOCD_SESSION_FAILURE_MAX_FAIL_COUNT": "2", "ARGOCD_SESSION_MAX_CACHE_SIZE": "3", "OTHER": "x"})
    assert limits == Limits(failures=2, remembered=3)
    attempts = Attempts(limits)
    for number in range(10):
        attempts.failed(f"user-{number}", 0)
        attempts.failed(f"user-{number}", 0)
    assert [attempts.locked(f"user-{number}", 1) for number in (6, 7, 9)] == [False, True, True]
    assert not Attempts(Limits(failures=0)).locked("a", 0)


def test_failures_from_long_ago_do_not_count_with_new_ones() -> None:
    attempts = Attempts(Limits(failures=2, window_seconds=10))
    attempts.failed("a", 0)
    attempts.failed("a", 20)
    assert not attempts.locked("a", 20)
    attempts.failed("a", 21)
    assert (attempts.locked("a", 22), attempts.locked("a", 32)) == (True, False)


async def test_a_new_password_ends_the_sessions_from_before() -> None:
    time, accounts = Time(), dict(ACCOUNTS)
    found = Sessions(b"key", accounts.get, time)
    token = await found.log_in("admin", "right") or ""
    accounts["admin"] = replace(accounts["admin"], password_set=int(time.now) + 1)
    assert found.find(token) is None


def test_a_token_of_an_account_is_good_while_the_account_has_it() -> None:
    time, accounts = Time(), {"ci": Account("ci", (API_KEY,), tokens=(Token("one", 0),))}
    found = Sessions(b"key", accounts.get, time)
    token = found.issue("ci:apiKey", "one", 0)
    session = found.find(token)
    assert session is not None and session.username == "ci"
    accounts["ci"] = replace(accounts["ci"], tokens=())
    assert found.find(token) is None


async def test_a_disabled_account_is_nobody() -> None:
    accounts = dict(ACCOUNTS)
    found = Sessions(b"key", accounts.get, Time())
    token = await found.log_in("admin", "right") or ""
    accounts["admin"] = replace(accounts["admin"], enabled=False)
    assert found.find(token) is None
    assert await found.log_in("admin", "right") is None


def test_a_token_of_a_projects_role_is_good_while_the_project_has_it() -> None:
    held = {("proj:shop:ci", "one")}
    found = Sessions(b"key", ACCOUNTS.get, Time(), holds=lambda role, id: (role, id) in held)
    token = found.issue("proj:shop:ci", "one", 60)
    session = found.find(token)
    assert session is not None and session.username == "proj:shop:ci"
    held.clear()
    assert found.find(token) is None
