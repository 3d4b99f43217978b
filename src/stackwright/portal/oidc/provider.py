"""One provider: what it says of itself, its keys, and what it gives for a code or a refresh token.

Source: OpenID Connect Discovery 1.0; OpenID Connect Core 1.0, 3.1 and 12; RFC 6749, 4.1.3 and 2.3.1; RFC 7009.
"""

import asyncio
import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from stackwright.portal.oidc import tokens
from stackwright.portal.oidc.config import OidcConfig, is_loopback
from stackwright.portal.oidc.ports import ProviderFailed, ProviderWeb
from stackwright.portal.oidc.tokens import BadToken, SigningKeys, UnknownKey

FRESH_SECONDS = 600.0
AGAIN_SECONDS = 20.0
"""So soon at the earliest are keys asked for again, however many tokens name unknown ones."""
_DISCOVERY = "/.well-known/openid-configuration"


class LoginRefused(BadToken):
    """The provider does not give what a code or a refresh token asks for."""

    code = "login-refused"


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a provider says of itself. Shape: URLs; empty for what it does not have."""

    issuer: str
    authorization: str
    token: str
    keys: str
    revocation: str = ""
    user_info: str = ""
    pkce: bool = False
    posts_secret: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """What a login gives. Shape: `claims` are those of the ID token, proven."""

    id_token: str = field(repr=False)
    claims: Mapping[str, Any]
    refresh_token: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)


class Provider:
    def __init__(self, config: OidcConfig, web: ProviderWeb, clock: Callable[[], float]) -> None:
        self.config = config
        self._web = web
        self._clock = clock
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, SigningKeys] | None = None
        self._lock = asyncio.Lock()

    # -- what it says of itself ------------------------------------------------------------------------------------

    async def metadata(self) -> Metadata:
        """Raises ProviderFailed."""
        async with self._lock:
            if self._metadata is None or self._clock() - self._metadata[0] > FRESH_SECONDS:
                url = self.config.issuer.rstrip("/") + _DISCOVERY
                self._metadata = (self._clock(), metadata_of(await self._document(url), self.config, url))
            return self._metadata[1]

    async def _signing_keys(self, *, again: bool) -> SigningKeys:
        url = (await self.metadata()).keys
        async with self._lock:
            age = AGAIN_SECONDS if again else FRESH_SECONDS
            if self._keys is None or self._clock() - self._keys[0] > age:
                self._keys = (self._clock(), tokens.signing_keys(await self._document(url)))
            return self._keys[1]

    async def _document(self, url: str) -> Mapping[str, Any]:
        status, found = await self._web.ask(url)
        if status != 200 or not isinstance(found, Mapping):
            raise ProviderFailed(f"GET {url}: answers with {status}, expected 200 with a JSON object")
        return found

    async def verify(self, token: str) -> Mapping[str, Any]:
        """The claims of an ID token. Raises BadToken and ProviderFailed."""
        issuer = (await self.metadata()).issuer
        try:
            return tokens.verify(token, await self._signing_keys(again=False), self.config, issuer, self._clock())
        except UnknownKey:
            return tokens.verify(token, await self._signing_keys(again=True), self.config, issuer, self._clock())

    # -- logging in ------------------------------------------------------------------------------------------------

    async def authorization_url(self, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Where a browser logs in. Raises ProviderFailed."""
        found = await self.metadata()
        asked = {"response_type": "code", "client_id": self.config.client_id, "redirect_uri": redirect_uri}
        asked |= {"scope": " ".join(self.config.scopes), "state": state, "nonce": nonce}
        if self.config.pkce or found.pkce:
            asked |= {"code_challenge": challenge_of(verifier), "code_challenge_method": "S256"}
        if self.config.claims:
            asked["claims"] = self.config.claims
        return f"{found.authorization}{'&' if urlsplit(found.authorization).query else '?'}{urlencode(asked)}"

    async def exchange(self, code: str, verifier: str, redirect_uri: str, nonce: str) -> Grant:
        """What a code gives. Raises BadToken and ProviderFailed."""
        found = await self.metadata()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        grant = await self._grant(form | ({"code_verifier": verifier} if self.config.pkce or found.pkce else {}))
        if grant.claims.get("nonce") != nonce:
            raise BadToken("the token belongs to another login: its nonce is not ours")
        return grant

    async def renew(self, refresh_token: str, subject: str) -> Grant:
        """Raises BadToken and ProviderFailed."""
        grant = await self._grant({"grant_type": "refresh_token", "refresh_token": refresh_token})
        if grant.claims.get("sub") != subject:
            raise BadToken("the provider renewed the session of somebody else")
        return grant

    async def user_groups(self, access_token: str, scopes: tuple[str, ...]) -> tuple[str, ...]:
        """What the provider tells of a user beside the token. Raises ProviderFailed."""
        config = self.config
        url = config.issuer.rstrip("/") + config.user_info_path if config.user_info_path else (await self.metadata()).user_info
        status, found = await self._web.ask(url, headers={"authorization": f"Bearer {access_token}"})
        if status != 200 or not isinstance(found, Mapping):
            raise ProviderFailed(f"GET {url}: answers with {status}, expected 200 with a JSON object")
        return tokens.groups_of(found, scopes)

    async def revoke(self, refresh_token: str) -> None:
        """As far as the provider can. Raises ProviderFailed."""
        url = (await self.metadata()).revocation
        if url and refresh_token:
            await self._post(url, {"token": refresh_token, "token_type_hint": "refresh_token"})

    async def _grant(self, form: Mapping[str, str]) -> Grant:
        url = (await self.metadata()).token
        status, found = await self._post(url, form)
        if status != 200 or not isinstance(found, Mapping):
            raise refusal(url, status, found)
        token = found.get("id_token")
        if not isinstance(token, str) or not token:
            raise LoginRefused("the provider gave no id_token: is openid among the requestedScopes?")
        claims = await self.verify(token)
        return Grant(token, claims, str(found.get("refresh_token") or ""), str(found.get("access_token") or ""))

    async def _post(self, url: str, form: Mapping[str, str]) -> tuple[int, Any]:
        """Proves who we are: by the header of basic authentication unless the provider only takes a form; by nothing without a secret."""
        config, found = self.config, await self.metadata()
        if not config.client_secret or found.posts_secret:
            secret = {"client_secret": config.client_secret} if config.client_secret else {}
            return await self._web.ask(url, {**form, "client_id": config.client_id, **secret})
        words = f"{quote(config.client_id, safe='')}:{quote(config.client_secret, safe='')}"
        return await self._web.ask(url, form, {"authorization": f"Basic {base64.b64encode(words.encode()).decode()}"})


def metadata_of(found: Mapping[str, Any], config: OidcConfig, url: str) -> Metadata:
    """Raises ProviderFailed for a document of somebody else, and for one that lacks what a login needs."""
    issuer = str(found.get("issuer") or "")
    if issuer.rstrip("/") != config.issuer.rstrip("/"):
        raise ProviderFailed(f"GET {url}: speaks for issuer {issuer!r}, expected {config.issuer!r} as in oidc.config")
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    for key in needed:
        _check_place(str(found.get(key) or ""), f"GET {url}: {key}", insecure=config.insecure)
    methods = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    authorization, token, keys = (str(found[key]) for key in needed)
    return Metadata(
        issuer,
        authorization,
        token,
        keys,
        revocation=_optional(found, "revocation_endpoint", config),
        user_info=_optional(found, "userinfo_endpoint", config),
        pkce="S256" in (found.get("code_challenge_methods_supported") or ()),
        posts_secret="client_secret_basic" not in methods,
    )


def _optional(found: Mapping[str, Any], key: str, config: OidcConfig) -> str:
    try:
        _check_place(str(found.get(key) or ""), key, insecure=config.insecure)
    except ProviderFailed:
        return ""
    return str(found[key])


def _check_place(place: str, what: str, *, insecure: bool) -> None:
    """Secrets are sent there, keys come from there: over TLS, or inside this machine."""
    parts = urlsplit(place)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname and (insecure or is_loopback(parts.hostname)):
        return
    raise ProviderFailed(f"{what} is {place!r}, expected an https URL")


def refusal(url: str, status: int, found: Any) -> Exception:
    """What the provider says against it, in its words. Source: RFC 6749, 5.2."""
    told = found if isinstance(found, Mapping) else {}
    words = ": ".join(str(told[key])[:200] for key in ("error", "error_description") if told.get(key))
    if not words or status >= 500:
        return ProviderFailed(f"POST {url}: answers with {status}{f' ({words})' if words else ''}")
    hint = " (compare clientID and clientSecret of oidc.config with the provider's)" if "client" in words else ""
    return LoginRefused(f"the provider refuses: {words}{hint}")


def challenge_of(verifier: str) -> str:
    """Source: RFC 7636, 4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
