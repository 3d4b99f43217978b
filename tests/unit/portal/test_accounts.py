"""Local accounts, as argocd-cm declares them and argocd-secret keeps them."""

import pytest

from stackwright.kernel.errors import BadInput
from stackwright.portal.accounts import Account, Token, parse_accounts, password_entries, tokens_entries

CONFIG = {
    "accounts.ann": "apiKey, login",
    "accounts.ci": "apiKey",
    "accounts.old": "login",
    "accounts.old.enabled": "false",
    "url": "https://x",
}


def test_accounts_are_read_with_what_they_may() -> None:
    found = parse_accounts(CONFIG, {}, "first")
    assert {name: (account.capabilities, account.enabled) for name, account in found.items()} == {
        "admin": (("login",), True),
        "ann": (("apiKey", "login"), True),
        "ci": (("apiKey",), True),
        "old": (("login",), False),
    }


def test_the_first_password_is_good_until_another_is_set() -> None:
    assert parse_accounts({}, {}, "first")["admin"].accepts("first")
    later = parse_accounts({}, password_entries("admin", "another one", 0), "first")["admin"]
    assert (later.accepts("first"), later.accepts("another one")) == (False, True)


def test_an_account_without_a_password_lets_nobody_in() -> None:
    found = parse_accounts(CONFIG, {}, "first")
    assert not any(found["ann"].accepts(password) for password in ("", "first"))


def test_who_may_only_use_tokens_cannot_log_in() -> None:
    found = parse_accounts(CONFIG, password_entries("ci", "long enough", 0), "")
    assert not found["ci"].accepts("long enough")


@pytest.mark.parametrize("password", ["short", "x" * 33])
def test_passwords_have_a_length(password: str) -> None:
    with pytest.raises(BadInput, match="does not match"):
        password_entries("ann", password, 0)


def test_tokens_are_read_as_they_were_kept() -> None:
    kept = (Token("one", 5), Token("two", 6, 7))
    secret = tokens_entries(Account("ann", ("apiKey",)), kept)
    assert parse_accounts(CONFIG, secret, "")["ann"].tokens == kept


@pytest.mark.parametrize("text", ["{", "7", '["x"]', "null"])
def test_tokens_that_cannot_be_read_are_none(text: str) -> None:
    assert parse_accounts(CONFIG, {"accounts.ann.tokens": text}, "")["ann"].tokens == ()
