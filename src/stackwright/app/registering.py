"""Registers further clusters with a platform, so that Applications can be deployed to them.

Source: Argo CD's cmd/argocd/commands/cluster.go and util/clusterauth.
"""

import asyncio
import base64
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stackwright.adapters.kube_config import ClusterAccess, cluster_config, from_cluster_secret, from_kubeconfig
from stackwright.adapters.kube_http import KubeHttp
from stackwright.api.meta import Object, Resource, name_of
from stackwright.api.status import StatusError
from stackwright.app.clusters import list_clusters
from stackwright.client.errors import ClusterUnreachable
from stackwright.client.kinds import APPLICATIONS, SECRETS, SERVICE_ACCOUNTS
from stackwright.client.kube import KubeClient
from stackwright.gitops.application import destination_of
from stackwright.gitops.clusters import IN_CLUSTER_SERVER, SECRET_TYPE, Cluster, clusters_of
from stackwright.gitops.repositories import CLUSTER, cluster_secret
from stackwright.kernel.errors import BadInput

NAMESPACE = "argocd"
SYSTEM = "kube-system"
CLUSTER_ROLE_BINDINGS = Resource("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", False)
ROLES = Resource("rbac.authorization.k8s.io", "v1", "roles", "Role", True)
ROLE_BINDINGS = Resource("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", True)
_TOKEN_LOOKS, _TOKEN_LOOK_SECONDS = 50, 0.1


@dataclass(frozen=True, slots=True)
class Registration:
    """How a cluster is to be known. Shape: `namespaces` empty for all; `project` empty for every one."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    namespaces: Sequence[str] = ()
    cluster_resources: bool = False
    project: str = ""
    upsert: bool = False


def find_access(base: Path, context: str, kubeconfig: Path | None) -> ClusterAccess:
    """An embedded cluster of that name, unless a file is named; else a context of the user's kubeconfig. Raises BadInput."""
    if kubeconfig is None:
        embedded = next((state for state in list_clusters(base) if state.name == context), None)
        if embedded is not None:
            return from_kubeconfig(embedded.kubeconfig)
    named = os.environ.get("KUBECONFIG", "").split(os.pathsep)[0]
    return from_kubeconfig(kubeconfig or Path(named or Path.home() / ".kube" / "config").expanduser(), context or None)


async def register(platform: KubeClient, manager: str, access: ClusterAccess, wanted: Registration, *, own_credentials: bool) -> Cluster:
    """Returns the cluster as the platform now knows it. Raises BadInput, ClusterUnreachable and StatusError."""
    await _check_name(platform, access.server, wanted)
    transport = KubeHttp(access)
    try:
        client = KubeClient(transport)
        await client.version()
        token = "" if own_credentials else await _own_account(client, manager, wanted)
    finally:
        await transport.aclose()
    secret = _secret(access, token, wanted)
    await _store(platform, secret)
    return next(iter(clusters_of([secret])[-1:]))


async def _check_name(platform: KubeClient, server: str, wanted: Registration) -> None:
    """Two clusters of one name could not be told apart in a destination."""
    for known in await registered(platform):
        if known.name == wanted.name and known.server != server:
            raise BadInput(f"{known.server} is registered as {wanted.name!r} already", hint="choose another: --name")
        if known.server == server and not wanted.upsert:
            raise BadInput(f"{server} is registered already as {known.name!r}", hint="replace it with --upsert")


async def registered(platform: KubeClient) -> list[Cluster]:
    """Every cluster that a Secret speaks of."""
    secrets = await platform.list(SECRETS, NAMESPACE, labels=f"{SECRET_TYPE}={CLUSTER}")
    return [cluster for cluster in clusters_of(secrets) if cluster.secret is not None]


async def _own_account(client: KubeClient, name: str, wanted: Registration) -> str:
    """Raises BadInput for who may not make accounts there."""
    try:
        return await _manager_token(client, name, wanted)
    except StatusError as error:
        if error.http_status != 403:
            raise
        raise BadInput(f"no account can be made for the platform: {error}", hint="register these credentials: --own-credentials") from error


async def _manager_token(client: KubeClient, name: str, wanted: Registration) -> str:
    """An account, and a token of it that does not expire, as `argocd cluster add` makes them.

    It may do everything: in the namespaces that are named, or, when none is or objects without one count as well, everywhere.
    """
    metadata = {"name": name, "namespace": SYSTEM}
    await client.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}, resource=SERVICE_ACCOUNTS)
    if wanted.namespaces and not wanted.cluster_resources:
        for namespace in wanted.namespaces:
            await client.apply(_role(name, namespace), resource=ROLES)
            await client.apply(_role_binding(name, namespace), resource=ROLE_BINDINGS)
    else:
        await client.apply(_binding(name), resource=CLUSTER_ROLE_BINDINGS)
    annotated = {**metadata, "annotations": {"kubernetes.io/service-account.name": name}}
    secret = {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token", "metadata": annotated}
    await client.apply(secret, resource=SECRETS)
    for _ in range(_TOKEN_LOOKS):
        found = await client.get(SECRETS, name, SYSTEM)
        if (found.get("data") or {}).get("token"):
            return base64.b64decode(found["data"]["token"]).decode()
        await asyncio.sleep(_TOKEN_LOOK_SECONDS)
    raise BadInput(f"the cluster made no token for the account {name}", hint="register your own credentials: --own-credentials")


def _role(name: str, namespace: str) -> Object:
    return {
        "apiVersion": ROLES.api_version,
        "kind": ROLES.kind,
        "metadata": {"name": name, "namespace": namespace},
        "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
    }


def _role_binding(name: str, namespace: str) -> Object:
    return {
        "apiVersion": ROLE_BINDINGS.api_version,
        "kind": ROLE_BINDINGS.kind,
        "metadata": {"name": name, "namespace": namespace},
        "roleRef": {"apiGroup": ROLES.group, "kind": ROLES.kind, "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": SYSTEM}],
    }


def _binding(name: str) -> Object:
    return {
        "apiVersion": CLUSTER_ROLE_BINDINGS.api_version,
        "kind": CLUSTER_ROLE_BINDINGS.kind,
        "metadata": {"name": name},
        "roleRef": {"apiGroup": CLUSTER_ROLE_BINDINGS.group, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": SYSTEM}],
    }


def _secret(access: ClusterAccess, token: str, wanted: Registration) -> dict[str, Any]:
    secret = cluster_secret(wanted.name, access.server, cluster_config(access, token), wanted.labels, NAMESPACE)
    scope = {
        "namespaces": ",".join(wanted.namespaces),
        "clusterResources": "true" if wanted.namespaces and wanted.cluster_resources else "",
        "project": wanted.project,
    }
    secret["data"] |= {key: base64.b64encode(value.encode()).decode() for key, value in scope.items() if value}
    return secret


async def _store(platform: KubeClient, secret: Object) -> None:
    """A Secret of the same server is replaced, whatever its name is."""
    server = clusters_of([secret])[-1].server
    for known in await registered(platform):
        if known.server == server and known.secret is not None and name_of(known.secret) != name_of(secret):
            await platform.delete(SECRETS, name_of(known.secret), NAMESPACE)
    try:
        await platform.create(secret, resource=SECRETS)
    except StatusError as error:
        if not error.already_exists:
            raise
        old = await platform.get(SECRETS, name_of(secret), NAMESPACE)
        gone: dict[str, Any] = dict.fromkeys(old.get("data") or {})
        patch = {"metadata": {"labels": secret["metadata"]["labels"]}, "data": {**gone, **secret["data"]}}
        await platform.patch(SECRETS, name_of(secret), NAMESPACE, patch)


async def unregister(platform: KubeClient, manager: str, named: str, *, force: bool) -> Cluster:
    """By name or server. The account that was made for the platform goes too, if the cluster can be reached.

    Raises BadInput when it is not registered, and when Applications are still deployed to it unless `force`.
    """
    found = next((cluster for cluster in await registered(platform) if named in (cluster.name, cluster.server)), None)
    if found is None or found.secret is None:
        raise BadInput(f"{named} is not registered", hint="stackwright cluster list")
    users = [name_of(app) for app in await platform.list(APPLICATIONS) if _is_deployed_to(app, found)]
    if users and not force:
        raise BadInput(f"Applications are deployed to {found.name}: {', '.join(sorted(users))}", hint="delete them first, or use --force")
    await platform.delete(SECRETS, name_of(found.secret), NAMESPACE)
    await _remove_account(from_cluster_secret(found.secret), manager)
    return found


def _is_deployed_to(app: Object, cluster: Cluster) -> bool:
    destination = destination_of(app)
    return destination.get("server") == cluster.server or destination.get("name") == cluster.name


async def _remove_account(access: ClusterAccess, manager: str) -> None:
    """With the account its tokens end; what is left gives nobody a right."""
    if access.server == IN_CLUSTER_SERVER:
        return
    transport = KubeHttp(access)
    try:
        await KubeClient(transport).delete(SERVICE_ACCOUNTS, manager, SYSTEM)
    except (StatusError, ClusterUnreachable):
        return
    finally:
        await transport.aclose()
