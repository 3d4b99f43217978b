"""Local accounts: declared in argocd-cm, their passwords and tokens kept in argocd-secret. Pure.

Source: Argo CD's util/settings/accounts.go; passwords are kept as it keeps them, so that an argocd-secret can be taken along both ways.
"""

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stackwright.kernel import json
from stackwright.kernel.errors import BadInput
from stackwright.kernel.passwords import bcrypt_password, is_password

ADMIN = "admin"
LOGIN, API_KEY = "login", "apiKey"
MIN_PASSWORD, MAX_PASSWORD = 8, 32
_PASSWORD = f"^.{{{MIN_PASSWORD},{MAX_PASSWORD}}}$"
_NAME = re.compile(r"accounts\.([a-zA-Z0-9_.@-]+?)(\.enabled)?")


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token. Units: seconds since 1970; `expires` 0 for never."""

    id: str
    issued: int
    expires: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """Shape: `hashed` is empty while no password was set; then `initial` is the password, if there is one.
    Units: `password_set` in seconds since 1970: sessions from before are over.
    """

    name: str
    capabilities: tuple[str, ...]
    enabled: bool = True
    hashed: str = ""
    initial: str = ""
    password_set: int = 0
    tokens: tuple[Token, ...] = ()

    def may(self, capability: str) -> bool:
        return self.enabled and capability in self.capabilities

    def accepts(self, password: str) -> bool:
        """Whether somebody who knows this password may log in."""
        if not self.may(LOGIN):
            return False
        if self.hashed:
            return is_password(password, self.hashed)
        return bool(self.initial) and hmac.compare_digest(self.initial.encode(), password.encode())

    def token(self, id: str) -> Token | None:
        return next((token for token in self.tokens if token.id == id), None)


def parse_accounts(config: Mapping[str, str], secret: Mapping[str, str], initial: str) -> dict[str, Account]:
    """Shape: `secret` is argocd-secret, decoded; `initial` the password of argocd-initial-admin-secret."""
    admin_enabled = config.get("admin.enabled", "true").lower() != "false"
    found = {ADMIN: _account(ADMIN, (LOGIN,), admin_enabled, "admin.", secret, initial)}
    for key, value in config.items():
        match = _NAME.fullmatch(key)
        if match is None or match[2] or match[1] == ADMIN:
            continue
        capabilities = tuple(word for word in (part.strip() for part in value.split(",")) if word in (LOGIN, API_KEY))
        enabled = config.get(f"{key}.enabled", "true").lower() != "false"
        found[match[1]] = _account(match[1], capabilities, enabled, f"accounts.{match[1]}.", secret, "")
    return found


def _account(name: str, capabilities: tuple[str, ...], enabled: bool, prefix: str, secret: Mapping[str, str], initial: str) -> Account:
    hashed, since = secret.get(f"{prefix}password", ""), secret.get(f"{prefix}passwordMtime", "")
    return Account(name, capabilities, enabled, hashed, initial, _seconds(since), _tokens(secret.get(f"{prefix}tokens", "")))


def _seconds(text: str) -> int:
    try:
        return int(datetime.fromisoformat(text).timestamp()) if text else 0
    except ValueError:
        return 0


def _tokens(text: str) -> tuple[Token, ...]:
    try:
        listed = json.loads(text) if text else []
    except json.JSONDecodeError:
        return ()
    entries = [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
    return tuple(Token(str(item.get("id", "")), int(item.get("iat") or 0), int(item.get("exp") or 0)) for item in entries)


# -- what changes of argocd-secret -----------------------------------------------------------------------------------


def password_entries(name: str, password: str, now: float, pattern: str = "") -> dict[str, str]:
    """Shape: `pattern` is `passwordPattern` of argocd-cm, empty for the usual one. Raises BadInput for a password that does not fit."""
    try:
        fits = re.search(pattern or _PASSWORD, password) is not None
    except re.error as error:
        raise BadInput(f"passwordPattern of argocd-cm: {pattern!r}: {error}") from error
    if not fits:
        raise BadInput(f"New password does not match the following expression: {pattern or _PASSWORD}.")
    prefix = "admin." if name == ADMIN else f"accounts.{name}."
    since = datetime.fromtimestamp(int(now), UTC).isoformat().replace("+00:00", "Z")
    return {f"{prefix}password": bcrypt_password(password), f"{prefix}passwordMtime": since}


def tokens_entries(account: Account, tokens: Sequence[Token]) -> dict[str, str]:
    prefix = "admin." if account.name == ADMIN else f"accounts.{account.name}."
    listed = [{"id": token.id, "iat": token.issued} | ({"exp": token.expires} if token.expires else {}) for token in tokens]
    return {f"{prefix}tokens": json.dumps(listed).decode()}


def shown(account: Account) -> dict[str, Any]:
    """An account as the API shows it."""
    tokens = [
        {"id": token.id, "issuedAt": token.issued} | ({"expiresAt": token.expires} if token.expires else {}) for token in account.tokens
    ]
    found: dict[str, Any] = {"name": account.name, "enabled": account.enabled, "capabilities": list(account.capabilities)}
    return found | ({"tokens": tokens} if tokens else {})
