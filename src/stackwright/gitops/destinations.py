"""The clusters that Applications are deployed to, each with its live state; followed when first needed."""

import asyncio
from collections.abc import Callable

from stackwright.api.meta import Object, labels_of, metadata_of, namespace_of
from stackwright.client.informer import Change, Informer, InformerSet
from stackwright.gitops.clusters import IN_CLUSTER_SERVER, SECRET_TYPE, Cluster, UnknownCluster, clusters_of
from stackwright.gitops.live import Excluded, LiveState
from stackwright.gitops.measures import ClusterState
from stackwright.gitops.ports import Connect

Listener = Callable[[str, Object, Object | None], None]


class Destinations:
    """Shape: `local` is the cluster we run in; `secrets` those of the control plane's cluster, of which `namespace` counts;
    `connect` None when no further clusters can be reached.
    """

    def __init__(
        self, local: LiveState, secrets: Informer, tasks: asyncio.TaskGroup, connect: Connect | None, excluded: Excluded, namespace: str
    ) -> None:
        self._local = local
        self._secrets = secrets
        self._tasks = tasks
        self._connect = connect
        self._excluded = excluded
        self._namespace = namespace
        self._known: tuple[Cluster, ...] | None = None
        self._remote: dict[str, tuple[str, LiveState]] = {}
        self._opening = asyncio.Lock()
        self._listeners: list[Listener] = []
        secrets.listen(self._secret_changed)

    def on_change(self, listener: Listener) -> None:
        """`listener` is told the server, the object and its former state."""
        self._listeners.append(listener)
        self._local.on_change(lambda obj, previous: listener(IN_CLUSTER_SERVER, obj, previous))

    def clusters(self) -> tuple[Cluster, ...]:
        """Every cluster that is known; our own first."""
        if self._known is None:
            self._known = clusters_of(self._secrets.in_namespace(self._namespace))
        return self._known

    def states(self) -> list[ClusterState]:
        """How much is known of each."""
        return [self._state(cluster) for cluster in self.clusters()]

    def _state(self, cluster: Cluster) -> ClusterState:
        live = self._local if cluster.secret is None else self._remote.get(cluster.server, ("", None))[1]
        if live is None:
            return ClusterState(cluster.server, cluster.name, connected=False)
        resources, objects, age_seconds = live.numbers()
        return ClusterState(cluster.server, cluster.name, True, live.known_version, resources, objects, age_seconds)

    def _secret_changed(self, change: Change, secret: Object, previous: Object | None) -> None:
        marked = [state for state in (secret, previous) if state is not None and SECRET_TYPE in labels_of(state)]
        if marked and namespace_of(secret) == self._namespace:
            self._known = None

    async def state_of(self, server: str) -> LiveState:
        """Raises UnknownCluster, BadInput, ClusterUnreachable and StatusError."""
        cluster = next((item for item in self.clusters() if item.server == server), None)
        if cluster is None:
            raise UnknownCluster(f'cluster "{server}" not found')
        if cluster.secret is None:
            return self._local
        async with self._opening:
            return await self._remote_state(cluster)

    async def _remote_state(self, cluster: Cluster) -> LiveState:
        assert cluster.secret is not None
        if self._connect is None:
            raise UnknownCluster(f'cluster "{cluster.server}" cannot be reached from here')
        version = str(metadata_of(cluster.secret).get("resourceVersion"))
        known = self._remote.get(cluster.server)
        if known is not None and known[0] == version:
            return known[1]
        client = self._connect(cluster.secret)
        state = LiveState(client, InformerSet(client, self._tasks), self._excluded)
        await state.follow()
        for listener in self._listeners:
            self._tell(state, cluster.server, listener)
        self._remote[cluster.server] = (version, state)
        return state

    @staticmethod
    def _tell(state: LiveState, server: str, listener: Listener) -> None:
        state.on_change(lambda obj, previous: listener(server, obj, previous))
