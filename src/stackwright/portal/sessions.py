"""Logging in: sessions as signed tokens, kept by whoever holds them; a limit on wrong passwords.

Source: RFC 7519 (HS256); Argo CD's util/session.
"""

import base64
import binascii
import hashlib
import hmac
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stackwright.kernel import json
from stackwright.portal.accounts import API_KEY, LOGIN, Account

COOKIE = "argocd.token"
SESSION_SECONDS = 24 * 3600
FAILURES, FAILURE_SECONDS = 5, 300.0
MAX_TOKEN = 4096
PROJECT = "proj:"
_HEADER = {"alg": "HS256", "typ": "JWT"}
_SKEW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Session:
    """Who is logged in. Shape: `csrf` belongs into every form of this session; `username` is `proj:PROJECT:ROLE` for a project's role."""

    username: str
    csrf: str
    groups: tuple[str, ...] = ()
    issued: int = 0

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.username, *self.groups)


class Sessions:
    """Shape: `key` signs; `account_of` finds an account; `holds` says whether a project's role still has the token of an id."""

    def __init__(
        self,
        key: bytes,
        account_of: Callable[[str], Account | None],
        clock: Callable[[], float] = time.time,
        holds: Callable[[str, str], bool] = lambda _role, _id: False,
    ) -> None:
        self._key = key
        self._account_of = account_of
        self._clock = clock
        self._holds = holds
        self._failures: dict[str, deque[float]] = {}

    @property
    def now(self) -> float:
        return self._clock()

    def log_in(self, username: str, password: str) -> str | None:
        """A token, or None when the password is wrong or was wrong too often."""
        account = self._account_of(username)
        if account is None:
            return None
        failures = self._failures.setdefault(username, deque(maxlen=FAILURES))
        while failures and failures[0] < self.now - FAILURE_SECONDS:
            failures.popleft()
        if len(failures) >= FAILURES or not account.accepts(password):
            failures.append(self.now)
            return None
        failures.clear()
        return self.issue(f"{username}:{LOGIN}", str(uuid.uuid4()), SESSION_SECONDS)

    def issue(self, subject: str, id: str, seconds: int) -> str:
        """A signed token. Units: `seconds` that it lasts, 0 for ever."""
        now = int(self.now)
        claims = {"iss": "argocd", "sub": subject, "iat": now, "nbf": now, "jti": id} | ({"exp": now + seconds} if seconds else {})
        signed = b".".join(_encoded(json.dumps(part)) for part in (_HEADER, claims))
        return (signed + b"." + _encoded(self._sign(signed))).decode()

    def find(self, headers: Mapping[str, str]) -> Session | None:
        """From a bearer token or the cookie."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            token = cookie_of(headers)
        token = token.strip()
        claims = self._claims(token) if token else None
        username = self._username(claims) if claims is not None else None
        if claims is None or username is None:
            return None
        return Session(username, self.csrf(token), issued=int(claims.get("iat") or 0))

    def csrf(self, token: str) -> str:
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


def cookie_of(headers: Mapping[str, str]) -> str:
    for part in headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return ""


def _encoded(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
