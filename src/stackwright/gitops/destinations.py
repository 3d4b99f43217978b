"""Which cluster an Application is deployed to: our own, or one that a Secret tells how to reach.

Source: Argo CD's util/argo (GetDestinationCluster) and util/db/cluster.go.
"""

import asyncio
import base64
from collections.abc import Callable, Mapping
from typing import Any

from stackwright.api.meta import Object, labels_of, metadata_of
from stackwright.client.informer import Informer, InformerSet
from stackwright.client.kube import KubeClient
from stackwright.gitops.application import IN_CLUSTER_NAME, IN_CLUSTER_SERVER
from stackwright.gitops.live import Excluded, LiveState
from stackwright.kernel.errors import Stalled

SECRET_TYPE = "argocd.argoproj.io/secret-type"  # noqa: S105 a label
Connect = Callable[[Mapping[str, Any]], KubeClient]
Listener = Callable[[str, Object, Object | None], None]


class NoSuchCluster(Stalled):
    """The destination names a cluster that nobody registered."""

    code = "no-such-cluster"


class Destinations:
    """Shape: `connect` makes a client from a cluster Secret whose data is decoded."""

    def __init__(
        self, local: LiveState, secrets: Informer, tasks: asyncio.TaskGroup, connect: Connect | None, excluded: Excluded, namespace: str
    ) -> None:
        self._local = local
        self._secrets = secrets
        self._tasks = tasks
        self._connect = connect
        self._excluded = excluded
        self._namespace = namespace
        self._remote: dict[str, tuple[str, LiveState]] = {}
        self._listener: Listener | None = None

    def on_change(self, listener: Listener) -> None:
        """`listener` is told the server, the object and its former state."""
        self._listener = listener
        self._local.on_change(lambda obj, previous: listener(IN_CLUSTER_SERVER, obj, previous))

    def clusters(self) -> list[dict[str, Any]]:
        """Every cluster: `server`, `name`, `labels`, `annotations`, `project`; our own first."""
        found = [self._described(secret) for secret in self._cluster_secrets()]
        if not any(item["server"] == IN_CLUSTER_SERVER for item in found):
            found.insert(0, {"server": IN_CLUSTER_SERVER, "name": IN_CLUSTER_NAME, "labels": {}, "annotations": {}, "project": ""})
        return found

    def server_of(self, destination: Mapping[str, Any]) -> str:
        """Raises NoSuchCluster in Argo CD's words."""
        server, name = str(destination.get("server") or ""), str(destination.get("name") or "")
        if server and name:
            raise NoSuchCluster(f"application destination can't have both name and server defined: {name} {server}")
        if server:
            if any(item["server"] == server.rstrip("/") for item in self.clusters()):
                return server.rstrip("/")
            raise NoSuchCluster(f'application destination server "{server}" is not registered: cluster "{server}" not found')
        if not name:
            raise NoSuchCluster("Destination server missing from app spec")
        servers = [item["server"] for item in self.clusters() if item["name"] == name]
        if not servers:
            raise NoSuchCluster(f"unable to find destination server: there are no clusters with this name: {name}")
        if len(servers) > 1:
            raise NoSuchCluster(f"unable to find destination server: there are {len(servers)} clusters with the same name: {servers}")
        return str(servers[0])

    async def state_of(self, server: str) -> LiveState:
        """Raises NoSuchCluster, ClusterUnreachable and StatusError."""
        if server == IN_CLUSTER_SERVER:
            return self._local
        secret = next((item for item in self._cluster_secrets() if self._described(item)["server"] == server), None)
        if secret is None or self._connect is None:
            raise NoSuchCluster(f'cluster "{server}" not found')
        version = str(metadata_of(secret).get("resourceVersion"))
        known = self._remote.get(server)
        if known is None or known[0] != version:
            client = self._connect(decoded(secret))
            state = LiveState(client, InformerSet(client, self._tasks), self._excluded)
            await state.follow()
            if self._listener is not None:
                listener = self._listener
                state.on_change(lambda obj, previous: listener(server, obj, previous))
            known = self._remote[server] = (version, state)
        return known[1]

    def _cluster_secrets(self) -> list[Object]:
        secrets = self._secrets.in_namespace(self._namespace)
        return [secret for secret in secrets if labels_of(secret).get(SECRET_TYPE) == "cluster"]

    @staticmethod
    def _described(secret: Object) -> dict[str, Any]:
        data = decoded(secret)["data"]
        server = str(data.get("server", "")).rstrip("/")
        labels, annotations = labels_of(secret), metadata_of(secret).get("annotations") or {}
        described = {"server": server, "name": data.get("name") or server, "labels": labels, "annotations": annotations}
        return {**described, "project": data.get("project", "")}


def decoded(secret: Object) -> dict[str, Any]:
    """The Secret with its data in clear."""
    data: dict[str, str] = {}
    for key, value in (secret.get("data") or {}).items():
        try:
            data[key] = base64.b64decode(value).decode()
        except ValueError:
            data[key] = ""
    return {**secret, "data": data}
