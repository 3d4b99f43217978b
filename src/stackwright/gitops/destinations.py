"""The clusters that Applications are deployed to, each with its live state; followed when first needed."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from stackwright.api.meta import Object, labels_of, metadata_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.errors import ClusterUnreachable, UnknownKind
from stackwright.client.informer import Change, Informer, InformerSet
from stackwright.client.kube import KubeClient
from stackwright.gitops.clusters import IN_CLUSTER_SERVER, SECRET_TYPE, Cluster, UnknownCluster, clusters_of
from stackwright.gitops.following import Scope
from stackwright.gitops.live import LiveState, Rbac
from stackwright.gitops.measures import ClusterState
from stackwright.gitops.ports import Connect
from stackwright.kernel.errors import BadInput, StackwrightError, Waiting

logger = logging.getLogger(__name__)

Listener = Callable[[str, Object, Object | None], None]
"""Called with the server of a cluster, an object of it and its former state. Must be quick and must not raise."""
ExcludedAt = Callable[[str, str, str], bool]
"""(group, kind, server): whether objects of a kind are left alone there."""
FOLLOW_SECONDS = 60.0
"""How long a cluster may take to tell what lives there."""
PATIENCE_SECONDS = 1.0
REFUSED_SECONDS = 10.0
"""How long a cluster that could not be opened is left alone."""


@dataclass(frozen=True, slots=True)
class _Remote:
    """A cluster that is followed. Shape: `version` is that of the Secret which registers it."""

    version: str
    client: KubeClient
    informers: InformerSet
    state: LiveState

    async def close(self) -> None:
        self.informers.close()
        await self.client.aclose()


def _version_of(cluster: Cluster) -> str:
    return str(metadata_of(cluster.secret or {}).get("resourceVersion"))


class Destinations:
    """Shape: `local` is the cluster we run in; `secrets` those of the control plane's cluster, of which `namespace` counts;
    `connect` None when no further clusters can be reached.
    """

    def __init__(
        self,
        local: LiveState,
        secrets: Informer,
        tasks: asyncio.TaskGroup,
        connect: Connect | None,
        excluded: ExcludedAt,
        namespace: str,
        in_cluster: Callable[[], bool] = lambda: True,
        rbac: Callable[[], Rbac] = lambda: "",
    ) -> None:
        self._local = local
        self._secrets = secrets
        self._tasks = tasks
        self._connect = connect
        self._excluded = excluded
        self._namespace = namespace
        self._in_cluster = in_cluster
        self._rbac = rbac
        self._known: tuple[Cluster, ...] | None = None
        self._remote: dict[str, _Remote] = {}
        self._opening: dict[str, asyncio.Task[_Remote | StackwrightError]] = {}
        self._refused: dict[str, tuple[str, float, StackwrightError]] = {}
        self._listeners: list[Listener] = []
        secrets.listen(self._secret_changed)

    def on_change(self, listener: Listener) -> None:
        """`listener` is told the server, the object and its former state."""
        self._listeners.append(listener)
        self._local.on_change(lambda obj, previous: listener(IN_CLUSTER_SERVER, obj, previous))

    def clusters(self) -> tuple[Cluster, ...]:
        """Every cluster that is known; our own first."""
        if self._known is None:
            self._known = clusters_of(self._secrets.in_namespace(self._namespace), in_cluster=self._in_cluster())
        return self._known

    def states(self) -> list[ClusterState]:
        """How much is known of each."""
        return [self._state(cluster) for cluster in self.clusters()]

    def _state(self, cluster: Cluster) -> ClusterState:
        remote = self._remote.get(cluster.server)
        if cluster.secret is not None and remote is None:
            return ClusterState(cluster.server, cluster.name, connected=False)
        live = self._local if cluster.secret is None or remote is None else remote.state
        resources, objects, age_seconds = live.numbers()
        return ClusterState(cluster.server, cluster.name, True, live.known_version, resources, objects, age_seconds)

    def _secret_changed(self, change: Change, secret: Object, previous: Object | None) -> None:
        marked = [state for state in (secret, previous) if state is not None and SECRET_TYPE in labels_of(state)]
        if marked and namespace_of(secret) == self._namespace:
            self._known = None
            self._close_stale()

    async def state_of(self, server: str) -> LiveState:
        """Raises UnknownCluster, BadInput, ClusterUnreachable and StatusError; Waiting while a cluster takes long to be read."""
        cluster = next((item for item in self.clusters() if item.server == server), None)
        if cluster is None:
            raise UnknownCluster(f'cluster "{server}" not found')
        if cluster.secret is None:
            return self._local
        return await self._remote_state(cluster)

    def forget(self) -> None:
        """After a setting changed: which clusters there are, and whether they let themselves be read, is found out anew."""
        self._known = None
        self._refused.clear()

    async def look_again(self) -> None:
        """After the kinds that are left out changed. A cluster that does not answer learns it when it is opened anew."""
        for state in (self._local, *(remote.state for remote in self._remote.values())):
            try:
                await state.look_again()
            except (StatusError, ClusterUnreachable) as error:
                logger.info("a cluster could not be asked again what it serves: %s", error)

    async def _remote_state(self, cluster: Cluster) -> LiveState:
        """Nobody waits long for a cluster: those who deploy to others need the workers."""
        server, version = cluster.server, _version_of(cluster)
        known = self._remote.get(server)
        if known is not None and known.version == version:
            return known.state
        refused = self._refused.get(server)
        if refused is not None and refused[0] == version and asyncio.get_running_loop().time() < refused[1]:
            raise refused[2].with_traceback(None)
        opening = self._opening.get(server)
        if opening is None:
            opening = self._opening[server] = self._tasks.create_task(self._opened(cluster), name=f"connecting to {server}")
            opening.add_done_callback(lambda task: self._has_opened(server, version, task))
        done, _ = await asyncio.wait((opening,), timeout=PATIENCE_SECONDS)
        if not done:
            raise Waiting(f"the cluster at {server} is being read", retry_after_seconds=PATIENCE_SECONDS)
        found = opening.result()
        if isinstance(found, StackwrightError):
            raise found.with_traceback(None)
        return found.state

    async def _opened(self, cluster: Cluster) -> "_Remote | StackwrightError":
        """What came of it: the task itself never fails, because it runs among the engine's own."""
        if self._connect is None or cluster.secret is None:
            return UnknownCluster(f'cluster "{cluster.server}" cannot be reached from here')
        try:
            client = self._connect(cluster.secret)
        except BadInput as error:
            return error
        informers = InformerSet(client, self._tasks)
        state = LiveState(
            client, informers, partial(self._is_excluded, cluster.server), Scope(cluster.namespaces, cluster.cluster_resources), self._rbac
        )
        remote = _Remote(_version_of(cluster), client, informers, state)
        try:
            async with asyncio.timeout(FOLLOW_SECONDS):
                await state.follow()
        except TimeoutError:
            missing = ", ".join(informers.unsynced()[:5])
            problem: StackwrightError = ClusterUnreachable(
                f"the cluster at {cluster.server} did not tell within {FOLLOW_SECONDS:g}s what lives there: {missing}",
                server=cluster.server,
            )
        except (StatusError, ClusterUnreachable, UnknownKind) as error:
            problem = error
        else:
            for listener in self._listeners:
                self._tell(state, cluster.server, listener)
            return remote
        await remote.close()
        return problem

    def _is_excluded(self, server: str, group: str, kind: str) -> bool:
        return self._excluded(group, kind, server)

    def _has_opened(self, server: str, version: str, task: "asyncio.Task[_Remote | StackwrightError]") -> None:
        self._opening.pop(server, None)
        if task.cancelled():
            return
        found = task.result()
        if isinstance(found, _Remote):
            self._refused.pop(server, None)
            self._remote[server] = found
            self._close_stale()
        else:
            until = asyncio.get_running_loop().time() + REFUSED_SECONDS
            self._refused[server] = (version, until, found)

    def _close_stale(self) -> None:
        """Clusters that are registered no more, or otherwise than when they were opened."""
        wanted = {cluster.server: _version_of(cluster) for cluster in self.clusters() if cluster.secret is not None}
        for server in [server for server, remote in self._remote.items() if wanted.get(server) != remote.version]:
            self._tasks.create_task(self._remote.pop(server).close(), name=f"leaving {server}")
        self._refused = {server: refused for server, refused in self._refused.items() if wanted.get(server) == refused[0]}

    @staticmethod
    def _tell(state: LiveState, server: str, listener: Listener) -> None:
        state.on_change(lambda obj, previous: listener(server, obj, previous))
