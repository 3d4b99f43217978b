"""A new token for a registered cluster, and an end to the old one.

Source: Argo CD's util/clusterauth (`RotateServiceAccountSecrets`).
"""

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from stackwright.adapters.kube_config import from_cluster_secret
from stackwright.adapters.kube_http import KubeHttp
from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.client.errors import ClusterUnreachable
from stackwright.client.kinds import SECRETS
from stackwright.client.kube import KubeClient
from stackwright.gitops.clusters import decoded
from stackwright.gitops.repositories import encoded
from stackwright.kernel import json
from stackwright.kernel.errors import BadInput

_SUBJECT = "system:serviceaccount:"
_LOOKS, _LOOK_SECONDS = 100, 0.1


async def rotate(platform: KubeClient, secret: Object) -> None:
    """`secret` registers the cluster. The new token is tried before the old one goes. Raises BadInput."""
    data = decoded(secret)["data"]
    config = json.loads(data.get("config") or "{}")
    account = account_of(str(config.get("bearerToken") or ""))
    if account is None:
        raise BadInput(f"cluster {data.get('server')} is not reached with the token of a service account: there is nothing to rotate")
    namespace, name, old = account
    access = decoded(secret)
    try:
        async with _client(access) as client:
            fresh, token = await _new_token(client, namespace, name)
        config = {**config, "bearerToken": token}
        async with _client({**access, "data": {**data, "config": json.dumps(config).decode()}}) as client:
            await client.version()
            patch = {"data": encoded({"config": json.dumps(config).decode()})}
            await platform.patch(SECRETS, name_of(secret), namespace_of(secret), patch)
            if old and old != fresh:
                await client.delete(SECRETS, old, namespace)
    except ClusterUnreachable as error:
        raise BadInput(f"cluster {data.get('server')} cannot be reached: {error.message}") from error


def account_of(token: str) -> tuple[str, str, str] | None:
    """Namespace and name of a token's service account, and the Secret that the token is from; None for any other token."""
    parts = token.split(".")
    try:
        claims: Mapping[str, Any] = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (IndexError, ValueError):
        return None
    subject = str(claims.get("sub") or "")
    namespace, _, name = subject.removeprefix(_SUBJECT).partition(":")
    if not subject.startswith(_SUBJECT) or not name:
        return None
    return namespace, name, str(claims.get("kubernetes.io/serviceaccount/secret.name") or "")


async def _new_token(client: KubeClient, namespace: str, account: str) -> tuple[str, str]:
    """The Secret's name and its token. Raises BadInput."""
    name = f"{account}-token-{secrets.token_hex(3)}"
    metadata = {"name": name, "namespace": namespace, "annotations": {"kubernetes.io/service-account.name": account}}
    made = {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token", "metadata": metadata}
    await client.create(made, resource=SECRETS)
    for _ in range(_LOOKS):
        found = decoded(await client.get(SECRETS, name, namespace))["data"]
        if found.get("token"):
            return name, str(found["token"])
        await asyncio.sleep(_LOOK_SECONDS)
    await client.delete(SECRETS, name, namespace)
    raise BadInput(f"the cluster made no token for the account {namespace}/{account}")


@asynccontextmanager
async def _client(secret: Mapping[str, Any]) -> AsyncIterator[KubeClient]:
    """For as long as it is needed."""
    transport = KubeHttp(from_cluster_secret(secret))
    try:
        yield KubeClient(transport)
    finally:
        await transport.aclose()
