"""A small provider of OpenID Connect, as an answer to questions: keys of its own, codes and refresh tokens good for one use."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from stackwright.portal.oidc.provider import challenge_of

ISSUER = "https://id.example.org/realms/shop"
SECRET = "s3cret"


class Time:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class AProvider:
    """Shape: `told` is what its documents say otherwise than usual, `claims` what its tokens say; `asked` are the URLs that were asked."""

    time: Time
    told: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    lasts: int = 300
    down: bool = False
    asked: list[str] = field(default_factory=list)
    key: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    _codes: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _refresh: set[str] = field(default_factory=set)
    _count: int = 0

    async def ask(self, url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
        from stackwright.portal.oidc.ports import ProviderFailed

        self.asked.append(url)
        if self.down:
            raise ProviderFailed(f"GET {url}: ConnectError")
        place = url.removeprefix(ISSUER)
        if place == "/.well-known/openid-configuration":
            return 200, self.document()
        if place == "/keys":
            return 200, {"keys": [self.key.as_dict(private=False), {"kty": "oct", "k": "AAAA"}, {"kty": "strange"}]}
        if place == "/userinfo":
            return 200, {"sub": "ann", "groups": ["from-userinfo"]}
        if place == "/token" and form is not None:
            return self._token(form, headers or {})
        return 404, None

    def document(self) -> dict[str, Any]:
        found = {name: f"{ISSUER}/{place}" for name, place in _PLACES.items()}
        return {"issuer": ISSUER, **found, "code_challenge_methods_supported": ["S256"], **self.told}

    def log_in(self, url: str) -> str:
        """What a browser does there; the code it comes back with."""
        asked = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
        self._count += 1
        code = f"code-{self._count}"
        self._codes[code] = asked
        return code

    def token(self, **claims: Any) -> str:
        now = int(self.time.now)
        usual = {"iss": ISSUER, "sub": "ann", "aud": "portal", "iat": now, "exp": now + self.lasts, "email": "ann@x.org"}
        named = {"alg": "ES256" if self.key.key_type == "EC" else "RS256", "kid": self.key.kid}
        return jwt.encode(named, {**usual, **self.claims, **claims}, self.key)

    def turn_keys(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})

    def _token(self, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, Any]:
        words = base64.b64decode(headers.get("authorization", "").partition(" ")[2]).decode()
        if words != f"portal:{SECRET}":
            return 401, {"error": "invalid_client"}
        if form["grant_type"] == "authorization_code":
            asked = self._codes.pop(form["code"], None)
            if (
                asked is None
                or asked["redirect_uri"] != form["redirect_uri"]
                or asked["code_challenge"] != challenge_of(form["code_verifier"])
            ):
                return 400, {"error": "invalid_grant"}
            return 200, self._gives({"nonce": asked["nonce"]})
        if form["refresh_token"] not in self._refresh:
            return 400, {"error": "invalid_grant", "error_description": "Token is not active"}
        self._refresh.discard(form["refresh_token"])
        return 200, self._gives({})

    def _gives(self, claims: Mapping[str, Any]) -> dict[str, Any]:
        self._count += 1
        refresh = f"refresh-{self._count}"
        self._refresh.add(refresh)
        return {"id_token": self.token(**{**claims, **self.claims}), "refresh_token": refresh, "access_token": "a"}


_PLACES = {"authorization_endpoint": "auth", "token_endpoint": "token", "jwks_uri": "keys", "userinfo_endpoint": "userinfo"}
