"""What `oidc.config` of argocd-cm means."""

import pytest

from stackwright.kernel.errors import BadInput
from stackwright.portal.oidc.config import DEFAULT_SCOPES, parse_config, shown

SECRETS = {("argocd-secret", "oidc.keycloak.clientSecret"): "one\n", ("sso", "secret"): "two"}
KEYCLOAK = """
name: Keycloak
issuer: https://cnoe.localtest.me:8443/keycloak/realms/cnoe
clientID: argocd
clientSecret: $oidc.keycloak.clientSecret
requestedScopes: [openid, profile, email, groups]
"""


def value(secret: str, key: str) -> str | None:
    return SECRETS.get((secret, key))


def parse(text: str, **settings: str):
    return parse_config({"oidc.config": text, **settings}, value)


def test_nobody_set_it_up() -> None:
    assert parse_config({}, value) is None


def test_a_keycloak_as_reference_implementations_have_it() -> None:
    found = parse(KEYCLOAK)
    assert found is not None
    assert (found.name, found.issuer) == ("Keycloak", "https://cnoe.localtest.me:8443/keycloak/realms/cnoe")
    assert (found.client_secret, found.scopes, found.audiences) == ("one", DEFAULT_SCOPES, ("argocd",))
    assert "one" not in repr(found)


def test_a_secret_of_another_name_is_referred_to_with_a_colon() -> None:
    found = parse("issuer: https://h\nclientID: a\nclientSecret: $sso:secret\ncliClientID: b\n")
    assert found is not None
    assert (found.client_secret, found.audiences) == ("two", ("a", "b"))


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(BadInput) as error:
        parse("issuer: http://elsewhere.example.org\nclientSecret: $none\nrequestedScopes: openid\nrefreshTokenThreshold: soon\n")
    for part in (
        "issuer: 'http://elsewhere",
        "clientID: expected",
        "$none names no key",
        "requestedScopes: expected",
        "refreshTokenThreshold",
    ):
        assert part in error.value.message


@pytest.mark.parametrize(
    ("issuer", "settings", "fine", "reason"),
    [
        ("http://localhost:8080/realms/x", {}, True, "this machine"),
        ("http://127.0.0.1:8080", {}, True, "this machine"),
        ("http://id.example.org", {}, False, "keys in the clear"),
        ("http://id.example.org", {"oidc.tls.insecure.skip.verify": "true"}, True, "asked for"),
        ("ftp://id.example.org", {}, False, "no web address"),
        ("http://localhost.example.org", {}, False, "another machine"),
    ],
)
def test_where_a_provider_may_be(issuer: str, settings: dict[str, str], fine: bool, reason: str) -> None:
    text = f"issuer: {issuer}\nclientID: a\n"
    if fine:
        assert parse(text, **settings) is not None, reason
    else:
        with pytest.raises(BadInput):
            parse(text, **settings)


def test_what_a_command_line_is_told_holds_no_secret() -> None:
    found = parse(KEYCLOAK + "requestedIDTokenClaims: {groups: {essential: true}}\n")
    assert found is not None
    told = shown(found)
    assert told["idTokenClaims"] == {"groups": {"essential": True}}
    assert "one" not in str(told)
