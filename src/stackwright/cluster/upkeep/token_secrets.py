"""Secrets of the type `kubernetes.io/service-account-token`: filled in for their account, removed with it.

Source: k8s.io/kubernetes pkg/controller/serviceaccount/tokens_controller.go.
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from stackwright.api.meta import Object, annotations_of, name_of, namespace_of, uid_of
from stackwright.api.status import StatusError
from stackwright.client.informer import Change
from stackwright.client.kinds import SECRETS, SERVICE_ACCOUNTS
from stackwright.cluster.context import Context, Key, key_of, synced
from stackwright.runtime.controller import Controller

TOKEN_TYPE = "kubernetes.io/service-account-token"  # noqa: S105 - the name of a type
ACCOUNT_NAME, ACCOUNT_UID = "kubernetes.io/service-account.name", "kubernetes.io/service-account.uid"

IssueToken = Callable[[Object, Object], str]
"""(account, secret) → a token that is good while both exist."""


def is_token(secret: Object) -> bool:
    return secret.get("type") == TOKEN_TYPE and bool(annotations_of(secret).get(ACCOUNT_NAME))


def belongs(secret: Object, account: Object | None) -> bool:
    """The account is there, and is the one that the Secret was filled for."""
    return account is not None and annotations_of(secret).get(ACCOUNT_UID) in (None, "", uid_of(account))


def lacking(secret: Object, account: Object, certificate: str) -> frozenset[str]:
    """Which keys of its data are missing or out of date."""
    data: Mapping[str, Any] = secret.get("data") or {}
    known = {"ca.crt": certificate, "namespace": namespace_of(account)}
    stale = {key for key, text in known.items() if text and data.get(key) != _encoded(text)}
    return frozenset(stale | ({"token"} if not data.get("token") else set()))


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class TokenSecretController:
    """Keeps token Secrets."""

    def __init__(self, context: Context, issue: IssueToken, root_certificate: Callable[[], str]) -> None:
        self._context = context
        self._issue = issue
        self._root_certificate = root_certificate
        self._secrets = context.informers.informer(SECRETS)
        self._accounts = context.informers.informer(SERVICE_ACCOUNTS)
        self._controller: Controller[Key] = Controller("serviceaccount-token-controller", self.reconcile)
        self._secrets.listen(self._secret_changed)
        self._accounts.listen(self._account_changed)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await synced(self._secrets, self._accounts)
        await self._controller.run()

    def _secret_changed(self, change: Change, secret: Object, previous: Object | None) -> None:
        if change != "deleted" and is_token(secret):
            self._controller.enqueue(key_of(secret))

    def _account_changed(self, change: Change, account: Object, previous: Object | None) -> None:
        if change == "modified":
            return
        for secret in self._secrets.in_namespace(namespace_of(account)):
            if is_token(secret) and annotations_of(secret).get(ACCOUNT_NAME) == name_of(account):
                self._controller.enqueue(key_of(secret))

    async def reconcile(self, key: Key) -> float | None:
        """One pass over one Secret."""
        secret = self._secrets.get(key[1], key[0])
        if secret is None or not is_token(secret):
            return None
        account = await self._context.client.find(SERVICE_ACCOUNTS, str(annotations_of(secret)[ACCOUNT_NAME]), key[0])
        if account is None or not belongs(secret, account):
            await self._remove(secret)
            return None
        await self._fill(secret, account)
        return None

    async def _fill(self, secret: Object, account: Object) -> None:
        certificate = self._root_certificate()
        missing = lacking(secret, account, certificate)
        values = {"ca.crt": certificate, "namespace": namespace_of(account)}
        data = {key: _encoded(self._issue(account, secret) if key == "token" else values[key]) for key in sorted(missing)}
        patch: dict[str, Any] = {"data": data} if data else {}
        if not annotations_of(secret).get(ACCOUNT_UID):
            patch["metadata"] = {"annotations": {ACCOUNT_UID: uid_of(account)}}
        if patch:
            await self._context.client.patch(SECRETS, name_of(secret), namespace_of(secret), patch)

    async def _remove(self, secret: Object) -> None:
        try:
            await self._context.client.delete(SECRETS, name_of(secret), namespace_of(secret), uid=uid_of(secret))
        except StatusError as error:
            if not (error.not_found or error.conflict):
                raise
