"""ID tokens: whose they are, once their signature and every claim that protects us has been checked. Pure.

Source: OpenID Connect Core 1.0, 3.1.3.7; RFC 8725 for what to refuse.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.kernel import json
from stackwright.kernel.errors import StackwrightError
from stackwright.portal.oidc.config import OidcConfig

ALGORITHMS = frozenset(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"))
"""Never `none`, and none with a shared secret: a client's secret does not prove who signed."""
MAX_TOKEN = 32 * 1024
SKEW_SECONDS = 30
_MAX_HEADER = 8 * 1024
_RESERVED = ("proj:", "role:")


class BadToken(StackwrightError):
    """A token that proves nothing. Shape: `message` tells why, without the token."""

    code = "bad-token"


class ExpiredToken(BadToken):
    """It was good once."""

    code = "expired-token"


class UnknownKey(BadToken):
    """No key of the provider has the name that the token gives: it may have got new ones."""

    code = "unknown-key"


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The keys of a provider that may sign. Shape: each with its name, empty for none."""

    keys: tuple[tuple[str, Any], ...]


def signing_keys(document: Mapping[str, Any]) -> SigningKeys:
    """From a JWK set; keys for other uses, and those of kinds that nobody here knows, are left out."""
    from joserfc import jwk  # costs 70 ms, and most platforms have no provider
    from joserfc.errors import JoseError

    found: list[tuple[str, Any]] = []
    for raw in document.get("keys") or ():
        if not isinstance(raw, Mapping) or raw.get("use", "sig") != "sig" or raw.get("kty") == "oct":
            continue
        try:
            found.append((str(raw.get("kid") or ""), jwk.import_key(dict(raw))))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return SigningKeys(tuple(found))


def peek(token: str) -> Mapping[str, Any]:
    """What a token claims, unproven: only good to learn who has to prove it. Empty for no token."""
    parts = token.split(".")
    return _part(parts[1]) if len(parts) == 3 and len(token) <= MAX_TOKEN else {}


def verify(token: str, keys: SigningKeys, config: OidcConfig, issuer: str, now: float) -> Mapping[str, Any]:
    """The claims of a token that the provider signed for us and that still stands. Raises BadToken."""
    if len(token) > MAX_TOKEN or token.count(".") != 2:
        raise BadToken("expected a signed token of at most 32 KiB")
    claims = _signed(token, keys)
    if claims.get("iss") != issuer:
        raise BadToken(f"the token is from {claims.get('iss')!r}, expected {issuer!r}")
    _check_audience(claims, config)
    _check_times(claims, now)
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise BadToken("the token names nobody: it has no sub")
    return claims


def _signed(token: str, keys: SigningKeys) -> Mapping[str, Any]:
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jws import JWSRegistry

    header = _part(token.partition(".")[0])
    algorithm, name = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        raise BadToken(f"the token is signed with {algorithm!r}, which is not accepted")
    candidates = [key for known, key in keys.keys if not name or not known or known == name]
    if not candidates:
        raise UnknownKey(f"the provider has no key {name!r}")
    registry = JWSRegistry(algorithms=[str(algorithm)], strict_check_header=False)
    registry.max_header_length = _MAX_HEADER
    for key in candidates:
        try:
            return dict(jwt.decode(token, key, algorithms=[str(algorithm)], registry=registry).claims)
        except (JoseError, ValueError, TypeError):
            continue
    raise UnknownKey("no key of the provider has signed this token")


def _check_audience(claims: Mapping[str, Any], config: OidcConfig) -> None:
    if claims.get("aud") in (None, "", []):
        if not config.skip_missing_audience:
            raise BadToken("the token does not say for whom it is")
        return
    audiences = _words(claims["aud"])
    if not set(audiences) & set(config.audiences):
        raise BadToken(f"the token is for {', '.join(audiences) or 'nobody'}, expected {' or '.join(config.audiences)}")


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    ends, begins, issued = (_number(claims.get(key)) for key in ("exp", "nbf", "iat"))
    if ends is None:
        raise BadToken("the token does not say when it ends")
    if ends <= now - SKEW_SECONDS:
        raise ExpiredToken("token is expired")
    if max(begins or 0, issued or 0) > now + SKEW_SECONDS:
        raise BadToken("the token is from the future: compare the clocks")


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _part(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        return {}
    return found if isinstance(found, Mapping) else {}


def _words(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


# -- whom a token speaks for -----------------------------------------------------------------------------------------


def groups_of(claims: Mapping[str, Any], scopes: Sequence[str]) -> tuple[str, ...]:
    """What the claims that argocd-rbac-cm names hold.

    A provider cannot make somebody a role: names that policies keep for roles and for projects' tokens are left out.
    """
    named = dict.fromkeys(word for scope in scopes for word in _words(claims.get(scope)))
    return tuple(name for name in named if not name.startswith(_RESERVED))


def subject_of(claims: Mapping[str, Any]) -> str:
    """Raises BadToken for a name that policies keep for roles."""
    subject = str(claims.get("sub") or "")
    if subject.startswith(_RESERVED):
        raise BadToken(f"the token is for {subject!r}, a name that is kept for roles")
    return subject


def username_of(claims: Mapping[str, Any]) -> str:
    """How people are called."""
    email = claims.get("email")
    return email if isinstance(email, str) and email else subject_of(claims)
