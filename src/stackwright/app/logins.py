"""Who may log in to a platform's portal and how, read from where Argo CD keeps it: argocd-cm, argocd-secret, argocd-rbac-cm."""

import asyncio
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from stackwright.adapters.provider_web import HttpProvider
from stackwright.api.meta import Object, labels_of
from stackwright.gitops.clusters import decoded
from stackwright.gitops.rbac import parse_scopes
from stackwright.kernel import yaml
from stackwright.kernel.errors import BadInput
from stackwright.portal.accounts import Account, parse_accounts
from stackwright.portal.attempts import limits_of
from stackwright.portal.authentication import Authentication, digest_of
from stackwright.portal.oidc.config import OidcConfig, parse_config
from stackwright.portal.oidc.login import Login
from stackwright.portal.oidc.ports import ProviderFailed
from stackwright.portal.oidc.renewal import SingleSignOn
from stackwright.portal.revocation import revoked_of, with_revoked
from stackwright.portal.sealing import Seal
from stackwright.portal.sessions import Sessions

SECRET = "argocd-secret"  # noqa: S105 a name
_INITIAL = "argocd-initial-admin-secret"
_FOREVER = 2**53
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stored:
    """Objects of the control plane's namespace. Shape: `get` by plural kind and name; empty for none."""

    get: Callable[[str, str], Object]

    def settings(self) -> Mapping[str, str]:
        found: Mapping[str, str] = self.get("configmaps", "argocd-cm").get("data") or {}
        return found

    def secret(self, name: str) -> Mapping[str, str]:
        found: Mapping[str, str] = decoded(self.get("secrets", name))["data"]
        return found

    def value(self, secret: str, key: str) -> str | None:
        """What a reference in argocd-cm stands for: only Secrets that are marked as Argo CD's can be referred to."""
        marked = labels_of(self.get("secrets", secret)).get("app.kubernetes.io/part-of") == "argocd"
        return self.secret(secret).get(key) if marked or secret == SECRET else None


@dataclass(frozen=True, slots=True)
class Logins:
    accounts: Callable[[], Mapping[str, Account]]
    sessions: Sessions
    authentication: Authentication
    login: Login
    revoke: Callable[[str, int], Awaitable[None]]
    homes: Callable[[], tuple[str, ...]]


def make_logins(
    stored: Stored,
    save_secret: Callable[[Mapping[str, str]], Awaitable[None]],
    url: str,
    prefix: str,
    holds: Callable[[str, str], bool],
    trusted: Callable[[str], str | None],
) -> Logins:
    key = (stored.secret(SECRET).get("server.secretkey") or secrets.token_hex(32)).encode()
    accounts, revoked = _accounts(stored), _revoked(stored)
    turn = asyncio.Lock()

    def is_revoked(token: str) -> bool:
        known = revoked()
        return bool(known) and digest_of(token) in known

    async def revoke(token: str, ends: int) -> None:
        async with turn:
            await save_secret(with_revoked(revoked(), digest_of(token), ends or _FOREVER, time.time()))

    def scopes() -> tuple[str, ...]:
        return parse_scopes(stored.get("configmaps", "argocd-rbac-cm").get("data") or {})

    def homes() -> tuple[str, ...]:
        return homes_of(stored.settings(), url)

    sessions = Sessions(
        key,
        lambda name: accounts().get(name),
        holds=holds,
        lasts=lambda: stored.settings().get("users.session.duration") or "",
        revoked=is_revoked,
        limits=limits_of(os.environ),
    )
    secure = url.startswith("https://")
    sign_on = SingleSignOn(
        lambda: parse_config(stored.settings(), stored.value),
        lambda config: _web(config, trusted),
        Seal(key, "companion"),
        time.time,
        scopes,
        path=prefix,
        secure=secure,
    )
    anonymous = lambda: stored.settings().get("users.anonymous.enabled") == "true"  # noqa: E731
    authentication = Authentication(sessions, sign_on, scopes, anonymous, is_revoked)
    return Logins(accounts, sessions, authentication, Login(sign_on, authentication, Seal(key, "state"), homes), revoke, homes)


def homes_of(settings: Mapping[str, str], usual: str) -> tuple[str, ...]:
    """`url` of argocd-cm, else the platform's own; then `additionalUrls`, as far as they can be read."""
    try:
        listed = list(yaml.load_all(settings.get("additionalUrls") or ""))
    except BadInput:
        listed = []
    further = [str(item) for item in listed[0]] if listed and isinstance(listed[0], list) else []
    urls = [settings.get("url") or usual, *further]
    return tuple(dict.fromkeys(item.strip().rstrip("/") for item in urls if item.strip().startswith(("https://", "http://")))) or (usual,)


def _web(config: OidcConfig, trusted: Callable[[str], str | None]) -> HttpProvider:
    return HttpProvider(config.authority, trusted, ProviderFailed, insecure=config.insecure)


def _accounts(stored: Stored) -> Callable[[], Mapping[str, Account]]:
    def read() -> Mapping[str, Account]:
        return parse_accounts(stored.settings(), stored.secret(SECRET), str(stored.secret(_INITIAL).get("password", "")))

    places = (("configmaps", "argocd-cm"), ("secrets", SECRET), ("secrets", _INITIAL))
    return while_unchanged(lambda: tuple(stored.get(*place) for place in places), lambda _found: read())


def _revoked(stored: Stored) -> Callable[[], Mapping[str, int]]:
    return while_unchanged(lambda: (stored.get("secrets", SECRET),), lambda _found: revoked_of(stored.secret(SECRET)))


def while_unchanged(look: Callable[[], tuple[Object, ...]], read: Callable[[tuple[Object, ...]], T]) -> Callable[[], T]:
    """Reads again only when one of the objects is another one."""
    known: list[tuple[tuple[str, ...], T]] = []

    def found() -> T:
        objects = look()
        versions = tuple(str((obj.get("metadata") or {}).get("resourceVersion")) for obj in objects)
        if not known or known[0][0] != versions:
            known[:] = [(versions, read(objects))]
        return known[0][1]

    return found
