"""Which tokens of a provider are believed."""

import base64
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from stackwright.portal.oidc import tokens
from stackwright.portal.oidc.config import OidcConfig
from stackwright.portal.oidc.tokens import BadToken

from .a_provider import ISSUER, AProvider, Time

CONFIG = OidcConfig("Keycloak", ISSUER, "portal", audiences=("portal", "cli"))
TIME = Time()
PROVIDER = AProvider(TIME)
KEYS = tokens.signing_keys({"keys": [PROVIDER.key.as_dict(private=False)]})


def verified(token: str, config: OidcConfig = CONFIG) -> Any:
    return tokens.verify(token, KEYS, config, ISSUER, TIME.now)


def test_a_good_token_tells_who_it_is_for() -> None:
    claims = verified(PROVIDER.token(groups=["a", "b"]))
    assert (tokens.subject_of(claims), tokens.username_of(claims), tokens.groups_of(claims, ("groups", "email"))) == (
        "ann",
        "ann@x.org",
        ("a", "b", "ann@x.org"),
    )


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"iss": "https://evil.example"}, "expected 'https://id"),
        ({"aud": "another"}, "expected portal or cli"),
        ({"aud": ["another", "more"]}, "expected portal or cli"),
        ({"aud": None}, "for whom"),
        ({"exp": int(TIME.now) - 60}, "expired"),
        ({"exp": None}, "when it ends"),
        ({"exp": "tomorrow"}, "when it ends"),
        ({"nbf": int(TIME.now) + 600}, "future"),
        ({"iat": int(TIME.now) + 600}, "future"),
        ({"sub": ""}, "nobody"),
        ({"sub": 7}, "nobody"),
    ],
)
def test_a_token_with_a_claim_that_is_not_ours_is_refused(claims: dict[str, Any], told: str) -> None:
    with pytest.raises(BadToken, match=told):
        verified(PROVIDER.token(**claims))


def test_one_audience_of_several_is_enough_and_none_only_where_that_is_said() -> None:
    assert verified(PROVIDER.token(aud=["cli", "more"]))
    assert verified(PROVIDER.token(aud=None), replace(CONFIG, skip_missing_audience=True))


def raw(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def test_a_token_that_nobody_or_somebody_else_signed_is_refused() -> None:
    good = PROVIDER.token()
    claims = tokens.peek(good)
    confused = raw({"alg": "HS256", "kid": "one"}, dict(claims)).rpartition(".")[0]
    mac = hmac.new(PROVIDER.key.as_pem(private=False), confused.encode(), "sha256").digest()
    confused += "." + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
    stranger = RSAKey.generate_key(2048, {"kid": "one"})
    head, body, signature = good.split(".")
    other = base64.urlsafe_b64encode(json.dumps({**claims, "sub": "admin"}).encode()).rstrip(b"=").decode()
    bad = {
        "no signature": raw({"alg": "none"}, dict(claims)),
        "a shared secret that is the public key": confused,
        "another key of the same name": jwt.encode({"alg": "RS256", "kid": "one"}, dict(claims), stranger),
        "a key that comes with the token": raw({"alg": "RS256", "jwk": stranger.as_dict(private=False)}, dict(claims), b"x" * 256),
        "other claims under the signature": f"{head}.{other}.{signature}",
        "an unknown key": jwt.encode({"alg": "RS256", "kid": "three"}, dict(claims), stranger),
        "must be understood and is not": jwt.encode({"alg": "RS256", "kid": "one"}, dict(claims), PROVIDER.key).replace(
            head, raw({"alg": "RS256", "kid": "one", "crit": ["new"], "new": 1}, {}).split(".")[0]
        ),
        "no token": "a.b.c",
        "too long": f"{head}.{body}{'A' * 40_000}.{signature}",
    }
    for reason, token in bad.items():
        with pytest.raises(BadToken):
            verified(token)
            pytest.fail(reason)


def test_a_provider_makes_nobody_a_role() -> None:
    claims = verified(PROVIDER.token(groups=["role:admin", "proj:shop:ci", "team"]))
    assert tokens.groups_of(claims, ("groups",)) == ("team",)
    with pytest.raises(BadToken, match="kept for roles"):
        tokens.subject_of(verified(PROVIDER.token(sub="role:admin")))
