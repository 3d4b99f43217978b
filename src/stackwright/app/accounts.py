"""Accounts of a platform's portal as its administrator sees and changes them, through the Kubernetes API.

Source: Argo CD's cmd/argocd/commands/account.go.
"""

import base64
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from stackwright.api.meta import Object, Resource
from stackwright.client.kinds import APP_PROJECTS, CONFIG_MAPS, SECRETS
from stackwright.client.kube import KubeClient
from stackwright.gitops.clusters import decoded
from stackwright.gitops.rbac import parse_policy
from stackwright.kernel.errors import BadInput
from stackwright.portal.accounts import API_KEY, LOGIN, Account, Token, parse_accounts, password_entries, tokens_entries
from stackwright.portal.sessions import Sessions

NAMESPACE = "argocd"
_SECRET, _INITIAL = "argocd-secret", "argocd-initial-admin-secret"
RESOURCES = (
    "clusters", "projects", "applications", "applicationsets", "repositories", "write-repositories", "certificates", "accounts", "gpgkeys",
    "logs", "exec", "extensions",
)  # fmt: skip
ACTIONS = ("get", "create", "update", "delete", "sync", "override", "action", "invoke", "rollback")


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of one platform."""

    client: KubeClient

    async def all(self) -> Mapping[str, Account]:
        """By name, the administrator first."""
        config = await self._object(CONFIG_MAPS, "argocd-cm")
        secret, initial = await self._secret(_SECRET), await self._secret(_INITIAL)
        return parse_accounts(config.get("data") or {}, secret, initial.get("password", ""))

    async def one(self, name: str) -> Account:
        """Raises BadInput."""
        found = await self.all()
        if name not in found:
            raise BadInput(f"account '{name}' does not exist (there are: {', '.join(found)})", hint="accounts are declared in argocd-cm")
        return found[name]

    async def can(self, name: str, action: str, resource: str, obj: str) -> bool:
        """By argocd-rbac-cm and the roles of the project that the object belongs to. Raises BadInput."""
        if resource not in RESOURCES:
            raise BadInput(f"there is no resource {resource!r} (there are: {', '.join(RESOURCES)})")
        if action.partition("/")[0] not in ACTIONS:
            raise BadInput(f"there is no action {action!r} (there are: {', '.join(ACTIONS)})")
        await self.one(name)
        policy = parse_policy((await self._object(CONFIG_MAPS, "argocd-rbac-cm")).get("data") or {})
        project = await self.client.find(APP_PROJECTS, obj.partition("/")[0], NAMESPACE) if "/" in obj else None
        if project is not None:
            policy = policy.with_project(project)
        return policy.allows((name,), resource, action, obj)

    async def set_password(self, name: str, password: str) -> None:
        """Sessions from before are over. Raises BadInput."""
        account = await self.one(name)
        if LOGIN not in account.capabilities:
            raise BadInput(f"account '{name}' does not have {LOGIN} capability")
        await self._save(password_entries(name, password, time.time()))

    async def make_token(self, name: str, id: str, seconds: int) -> str:
        """Units: `seconds` that it lasts, 0 for ever. Raises BadInput."""
        account = await self._of_tokens(name)
        id = id or str(uuid.uuid4())
        if account.token(id) is not None:
            raise BadInput(f"account already has token with id '{id}'")
        sessions, now = await self.sessions(), int(time.time())
        await self._save(tokens_entries(account, [*account.tokens, Token(id, now, now + seconds if seconds else 0)]))
        return sessions.issue(f"{name}:{API_KEY}", id, seconds)

    async def sessions(self) -> Sessions:
        """What issues tokens with the platform's own key. Raises BadInput."""
        key = (await self._secret(_SECRET)).get("server.secretkey")
        if not key:
            raise BadInput(f"{_SECRET} has no server.secretkey: the platform is not ready")
        accounts = await self.all()
        return Sessions(key.encode(), accounts.get, time.time)

    async def drop_token(self, name: str, id: str) -> None:
        """Raises BadInput."""
        account = await self._of_tokens(name)
        if account.token(id) is None:
            raise BadInput(f"account '{name}' has no token with id '{id}'")
        await self._save(tokens_entries(account, [token for token in account.tokens if token.id != id]))

    async def _of_tokens(self, name: str) -> Account:
        account = await self.one(name)
        if API_KEY not in account.capabilities:
            raise BadInput(f"account '{name}' does not have {API_KEY} capability")
        return account

    async def _object(self, resource: Resource, name: str) -> Object:
        return await self.client.find(resource, name, NAMESPACE) or {}

    async def _secret(self, name: str) -> dict[str, str]:
        found: dict[str, str] = decoded(await self._object(SECRETS, name))["data"]
        return found

    async def _save(self, entries: Mapping[str, str]) -> None:
        data = {key: base64.b64encode(value.encode()).decode() for key, value in entries.items()}
        await self.client.patch(SECRETS, _SECRET, NAMESPACE, {"data": data})
