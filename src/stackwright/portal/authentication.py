"""Who makes a request: an account of ours, somebody whom a provider knows, or, where that is allowed, anybody.

A login at a provider lasts as long as its ID token; while the provider renews it, it is renewed.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stackwright.kernel.errors import BadInput
from stackwright.portal.cookies import COMPANION, SESSION, clear_cookie, cookies_of, joined
from stackwright.portal.oidc import tokens
from stackwright.portal.oidc.ports import ProviderFailed
from stackwright.portal.oidc.provider import Grant
from stackwright.portal.oidc.renewal import Companion, SingleSignOn
from stackwright.portal.oidc.tokens import BadToken
from stackwright.portal.sessions import ISSUER, MAX_TOKEN, Session, Sessions


@dataclass(frozen=True, slots=True)
class Found:
    """Shape: `cookies` are lines of Set-Cookie for the answer; `problem` says why a token that was given is nobody's;
    `token` is that of the session, where there is one.
    """

    session: Session | None
    cookies: tuple[str, ...] = ()
    problem: str = ""
    token: str = ""


class Authentication:
    """Shape: `scopes` are the claims that name groups; `anonymous` says whether nobody needs to log in."""

    def __init__(
        self,
        sessions: Sessions,
        sign_on: SingleSignOn,
        scopes: Callable[[], tuple[str, ...]],
        anonymous: Callable[[], bool],
        revoked: Callable[[str], bool],
    ) -> None:
        self._sessions = sessions
        self._sign_on = sign_on
        self._scopes = scopes
        self._anonymous = anonymous
        self._revoked = revoked

    async def find(self, headers: Mapping[str, str]) -> Found:
        """Never raises for what a request can bring."""
        bearer = bearer_of(headers)
        cookies = {} if bearer else cookies_of(headers)
        token = bearer or joined(cookies, SESSION)
        if not token:
            return Found(self._anybody())
        issuer = tokens.peek(token).get("iss")
        if issuer == ISSUER or (len(token) <= MAX_TOKEN and issuer is None):
            session = self._sessions.find(token)
            return Found(session, token=token) if session else Found(self._anybody(), problem="invalid session")
        return await self._outside(token, cookies)

    def _anybody(self) -> Session | None:
        return Session("", self._sessions.csrf("")) if self._anonymous() else None

    async def _outside(self, token: str, cookies: Mapping[str, str]) -> Found:
        """Of a provider; one that came as a cookie may be renewed."""
        try:
            provider = self._sign_on.provider()
        except BadInput as error:
            return Found(self._anybody(), problem=error.message)
        if provider is None:
            return Found(self._anybody(), problem="the token is from a provider that is not set up here")
        companion = self._sign_on.companion(cookies)
        try:
            claims = await provider.verify(token)
        except (BadToken, ProviderFailed) as error:
            renewable = companion is not None and isinstance(error, tokens.ExpiredToken)
            return await self._renewed(companion, cookies) if companion and renewable else Found(self._anybody(), problem=error.message)
        if self._revoked(token):
            return Found(self._anybody(), problem="the session was ended")
        if companion is not None and companion.subject != claims["sub"]:
            companion = None
        found = self._found(token, claims, companion)
        if companion is None or not companion.refresh_token or float(claims["exp"]) - self._sessions.now > provider.config.renew_seconds:
            return found
        renewed = await self._renewed(companion, cookies)
        return renewed if renewed.session is not None else found

    async def _renewed(self, companion: Companion, cookies: Mapping[str, str]) -> Found:
        try:
            grant, fresh, lines = await self._sign_on.renew(companion)
        except ProviderFailed as error:
            return Found(None, problem=error.message)
        except BadToken as error:
            gone = clear_cookie(cookies, SESSION, self._sign_on.path) + clear_cookie(cookies, COMPANION, self._sign_on.path)
            return Found(self._anybody(), gone, error.message)
        found = self._found(grant.id_token, grant.claims, fresh)
        return Found(found.session, lines, found.problem, found.token)

    def _found(self, token: str, claims: Mapping[str, Any], companion: Companion | None) -> Found:
        try:
            session = self.session_of(claims, companion)
        except BadToken as error:
            return Found(self._anybody(), problem=error.message)
        return Found(session, token=token)

    def session_of(self, claims: Mapping[str, Any], companion: Companion | None) -> Session:
        """Raises BadToken."""
        groups = tokens.groups_of(claims, self._scopes()) + (companion.groups if companion is not None else ())
        login = "\n".join(str(claims.get(key, "")) for key in ("iss", "sub", "sid"))
        return Session(
            tokens.username_of(claims),
            self._sessions.csrf(login),
            tuple(dict.fromkeys(groups)),
            int(claims.get("iat") or 0),
            tokens.subject_of(claims),
            str(claims["iss"]),
            int(claims["exp"]),
        )

    def lines_of(self, grant: Grant, companion: Companion) -> tuple[str, ...]:
        """What a browser keeps of a login. Raises BadToken."""
        self.session_of(grant.claims, companion)
        return self._sign_on.lines(grant, companion)


def bearer_of(headers: Mapping[str, str]) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def digest_of(token: str) -> str:
    """What is remembered of a token that was given back."""
    return hashlib.sha256(token.encode()).hexdigest()[:32]
