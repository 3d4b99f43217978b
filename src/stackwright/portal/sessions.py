"""Logging in: sessions as signed tokens, kept by whoever holds them; a limit on wrong passwords.

Source: RFC 7519 (HS256); Argo CD's util/session.
"""

import base64
import binascii
import hashlib
import hmac
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stackwright.kernel import json

COOKIE = "argocd.token"
SESSION_SECONDS = 24 * 3600
FAILURES, FAILURE_SECONDS = 5, 300.0
_HEADER = {"alg": "HS256", "typ": "JWT"}


@dataclass(frozen=True, slots=True)
class Session:
    """Who is logged in. Shape: `csrf` belongs into every form of this session."""

    username: str
    csrf: str


class Sessions:
    """Shape: `key` signs; `password_of` gives the password of an account that may log in, None for others."""

    def __init__(self, key: bytes, password_of: Callable[[str], str | None], clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._password_of = password_of
        self._clock = clock
        self._failures: dict[str, deque[float]] = {}

    def log_in(self, username: str, password: str) -> str | None:
        """A token, or None when the password is wrong or was wrong too often."""
        failures = self._failures.setdefault(username, deque(maxlen=FAILURES))
        now = self._clock()
        while failures and failures[0] < now - FAILURE_SECONDS:
            failures.popleft()
        wanted = self._password_of(username)
        if len(failures) >= FAILURES or not wanted or not hmac.compare_digest(wanted.encode(), password.encode()):
            failures.append(now)
            return None
        failures.clear()
        claims = {"iss": "argocd", "sub": username, "iat": int(now), "nbf": int(now), "exp": int(now) + SESSION_SECONDS}
        signed = b".".join(_encoded(json.dumps(part)) for part in (_HEADER, claims))
        return (signed + b"." + _encoded(self._sign(signed))).decode()

    def find(self, headers: Mapping[str, str]) -> Session | None:
        """From a bearer token or the cookie."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            token = cookie_of(headers)
        username = self._username(token.strip()) if token else None
        return None if username is None else Session(username, self.csrf(token.strip()))

    def csrf(self, token: str) -> str:
        return _encoded(self._sign(b"csrf:" + token.encode())).decode()

    def _username(self, token: str) -> str | None:
        signed, _, signature = token.rpartition(".")
        try:
            if not hmac.compare_digest(_decoded(signature), self._sign(signed.encode())):
                return None
            claims = json.loads(_decoded(signed.partition(".")[2]))
        except (ValueError, binascii.Error):
            return None
        return str(claims["sub"]) if claims.get("exp", 0) > self._clock() else None

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
