"""Logging in with a password: sessions as signed tokens, kept by whoever holds them.

Source: RFC 7519 (HS256); Argo CD's util/session.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stackwright.kernel import duration, json
from stackwright.kernel.errors import BadInput
from stackwright.portal.accounts import API_KEY, LOGIN, Account
from stackwright.portal.attempts import Attempts, Limits

ISSUER = "argocd"
SESSION_SECONDS = 24 * 3600
MAX_TOKEN = 4096
MAX_PASSWORD_BYTES = 1024
PROJECT = "proj:"
_HEADER = {"alg": "HS256", "typ": "JWT"}
_SKEW_SECONDS = 60
_NOBODY = Account("", (LOGIN,), hashed=f"scrypt${'00' * 16}${'00' * 32}")
"""Costs as much time as a real account, and accepts no password."""


@dataclass(frozen=True, slots=True)
class Session:
    """Who is logged in.

    Shape: `csrf` belongs into every form of this session; `username` is how people are called, `proj:PROJECT:ROLE` for a
    project's role, empty for somebody who did not log in; `subject` is what policies call them, where that is another word;
    `issuer` says who vouches. Units: seconds since 1970; `ends` 0 for never.
    """

    username: str
    csrf: str
    groups: tuple[str, ...] = ()
    issued: int = 0
    subject: str = ""
    issuer: str = ISSUER
    ends: int = 0

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.subject or self.username, *self.groups)

    @property
    def account(self) -> str:
        """The local account; empty for whoever has none here, even if another provider calls them alike."""
        return self.username if self.issuer == ISSUER else ""


class Sessions:
    """Shape: `key` signs; `account_of` finds an account; `holds` says whether a project's role still has the token of an id;
    `lasts` is `users.session.duration`; `revoked` says whether a token was given back.
    """

    def __init__(
        self,
        key: bytes,
        account_of: Callable[[str], Account | None],
        clock: Callable[[], float] = time.time,
        holds: Callable[[str, str], bool] = lambda _role, _id: False,
        *,
        lasts: Callable[[], str] = lambda: "",
        revoked: Callable[[str], bool] = lambda _token: False,
        limits: Limits | None = None,
    ) -> None:
        self._key = key
        self._account_of = account_of
        self._clock = clock
        self._holds = holds
        self._lasts = lasts
        self._revoked = revoked
        self._attempts = Attempts(limits or Limits())
        self._judging = asyncio.Semaphore(max(1, (limits or Limits()).at_once))

    @property
    def now(self) -> float:
        return self._clock()

    @property
    def seconds(self) -> int:
        """How long a login lasts. Source: `users.session.duration`, a day where it says nothing good."""
        try:
            return int(duration.parse(self._lasts() or "24h")) or SESSION_SECONDS
        except BadInput:
            return SESSION_SECONDS

    async def log_in(self, username: str, password: str) -> str | None:
        """A token, or None when the password is wrong or was wrong too often; how long it takes tells nobody who exists."""
        if self._attempts.locked(username, self.now) or len(password.encode(errors="replace")) > MAX_PASSWORD_BYTES:
            return None
        account = self._account_of(username)
        async with self._judging:
            right = await asyncio.to_thread((account or _NOBODY).accepts, password)
        if account is None or not right or self._attempts.locked(username, self.now):
            self._attempts.failed(username, self.now)
            return None
        self._attempts.succeeded(username)
        return self.issue(f"{username}:{LOGIN}", str(uuid.uuid4()), self.seconds)

    def issue(self, subject: str, id: str, seconds: int) -> str:
        """A signed token. Units: `seconds` that it lasts, 0 for ever."""
        now = int(self.now)
        claims = {"iss": ISSUER, "sub": subject, "iat": now, "nbf": now, "jti": id} | ({"exp": now + seconds} if seconds else {})
        signed = b".".join(_encoded(json.dumps(part)) for part in (_HEADER, claims))
        return (signed + b"." + _encoded(self._sign(signed))).decode()

    def find(self, token: str) -> Session | None:
        """Whose token it is, as things stand now; None for nobody's."""
        claims = self._claims(token) if token else None
        username = self._username(claims) if claims is not None else None
        if claims is None or username is None or self._revoked(token):
            return None
        return Session(username, self.csrf(token), issued=int(claims.get("iat") or 0), ends=int(claims.get("exp") or 0))

    def csrf(self, token: str) -> str:
        """What a form carries. Shape: `token` is whatever only this session has."""
        return _encoded(self._sign(b"csrf:" + token.encode())).decode()

    def _claims(self, token: str) -> Mapping[str, Any] | None:
        """What a token that we signed says, while it lasts."""
        signed, _, signature = token.rpartition(".")
        try:
            if len(token) > MAX_TOKEN or not hmac.compare_digest(_decoded(signature), self._sign(signed.encode())):
                return None
            claims = json.loads(_decoded(signed.partition(".")[2]))
        except (ValueError, binascii.Error):
            return None
        ends = claims.get("exp")
        return claims if isinstance(claims, Mapping) and (ends is None or ends > self.now) else None

    def _username(self, claims: Mapping[str, Any]) -> str | None:
        """Whom a token speaks for, as things stand now."""
        subject, id, issued = str(claims.get("sub", "")), str(claims.get("jti", "")), int(claims.get("iat") or 0)
        if subject.startswith(PROJECT):
            return subject if self._holds(subject, id) else None
        name, _, capability = subject.rpartition(":")
        account = self._account_of(name)
        if account is None or not account.may(capability) or issued > self.now + _SKEW_SECONDS:
            return None
        if capability == API_KEY:
            return name if account.token(id) is not None else None
        return name if issued >= account.password_set else None

    def _sign(self, content: bytes) -> bytes:
        return hmac.new(self._key, content, hashlib.sha256).digest()


def _encoded(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
