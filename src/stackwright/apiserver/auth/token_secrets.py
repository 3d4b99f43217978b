"""Secrets that hold a token of a ServiceAccount: filled in when they are made, removed with their account.

Source: k8s.io/kubernetes pkg/controller/serviceaccount (tokens_controller.go).
"""

import base64
from collections.abc import Callable, Mapping

from stackwright.api.meta import Object, annotations_of, metadata_of, name_of, namespace_of, uid_of
from stackwright.api.status import StatusError
from stackwright.apiserver.auth.serviceaccounts import ServiceAccountTokens
from stackwright.client.informer import Change, InformerSet
from stackwright.client.kinds import SECRETS, SERVICE_ACCOUNTS
from stackwright.client.kube import KubeClient
from stackwright.runtime.controller import Controller

TYPE = "kubernetes.io/service-account-token"
ACCOUNT_NAME, ACCOUNT_UID = "kubernetes.io/service-account.name", "kubernetes.io/service-account.uid"
Key = tuple[str, str]


class TokenSecrets:
    """A controller. Key: the Secret's."""

    def __init__(self, client: KubeClient, informers: InformerSet, tokens: ServiceAccountTokens, certificate: Callable[[], str]) -> None:
        self._client = client
        self._tokens = tokens
        self._certificate = certificate
        self._secrets = informers.informer(SECRETS)
        self._accounts = informers.informer(SERVICE_ACCOUNTS)
        self._secrets.index("token of", lambda secret: (_account(secret),) if secret.get("type") == TYPE else ())
        self._controller: Controller[Key] = Controller("serviceaccount-token-controller", self.reconcile)
        self._secrets.listen(self._secret_changed)
        self._accounts.listen(self._account_changed)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await self._secrets.wait_synced()
        await self._accounts.wait_synced()
        await self._controller.run()

    def _secret_changed(self, change: Change, secret: Object, previous: Object | None) -> None:
        if secret.get("type") == TYPE and change != "deleted":
            self._controller.enqueue((namespace_of(secret), name_of(secret)))

    def _account_changed(self, change: Change, account: Object, previous: Object | None) -> None:
        if change == "modified":
            return
        for secret in self._secrets.by_index("token of", f"{namespace_of(account)}/{name_of(account)}"):
            self._controller.enqueue((namespace_of(secret), name_of(secret)))

    async def reconcile(self, key: Key) -> float | None:
        """Raises StatusError."""
        secret = self._secrets.get(key[1], key[0])
        if secret is None or secret.get("type") != TYPE:
            return None
        account = self._accounts.get(annotations_of(secret).get(ACCOUNT_NAME, ""), key[0])
        wanted_uid = annotations_of(secret).get(ACCOUNT_UID)
        try:
            if account is None or wanted_uid not in (None, "", uid_of(account)):
                await self._remove(secret)
            elif (new := filled(secret, account, self._tokens, self._certificate())) is not None:
                await self._client.update(new, resource=SECRETS)
        except StatusError as error:
            if not (error.not_found or error.conflict):
                raise
        return None

    async def _remove(self, secret: Object) -> None:
        version = str(metadata_of(secret).get("resourceVersion"))
        await self._client.delete(SECRETS, name_of(secret), namespace_of(secret), uid=uid_of(secret), resource_version=version)


def _account(secret: Object) -> str:
    return f"{namespace_of(secret)}/{annotations_of(secret).get(ACCOUNT_NAME, '')}"


def filled(secret: Object, account: Object, tokens: ServiceAccountTokens, certificate: str) -> Object | None:
    """The Secret with all that it lacks; None when it lacks nothing."""
    held: Mapping[str, str] = secret.get("data") or {}
    data = dict(held)
    if certificate:
        data["ca.crt"] = _encoded(certificate)
    data.setdefault("namespace", _encoded(namespace_of(secret)))
    if not data.get("token"):
        data["token"] = _encoded(tokens.issue_lasting(account, secret))
    annotations = {**annotations_of(secret), ACCOUNT_UID: uid_of(account)}
    if data == held and annotations == annotations_of(secret):
        return None
    return {**secret, "metadata": {**metadata_of(secret), "annotations": annotations}, "data": data}


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
