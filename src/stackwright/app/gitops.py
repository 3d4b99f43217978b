"""The GitOps engine on an embedded cluster that has no platform around it."""

import asyncio

from stackwright.adapters.json_web import JsonWeb
from stackwright.adapters.kube_config import from_cluster_secret
from stackwright.adapters.kube_http import KubeHttp
from stackwright.adapters.outgoing import OutgoingSender
from stackwright.adapters.sources.service import ManifestSources
from stackwright.api.crds import definitions
from stackwright.api.meta import Object, Resource
from stackwright.api.status import StatusError
from stackwright.app.embedded import EmbeddedCluster
from stackwright.app.places import Places
from stackwright.client.informer import InformerSet
from stackwright.client.kinds import APP_PROJECTS, APPLICATION_SETS, APPLICATIONS, CRDS, NAMESPACES
from stackwright.client.kube import KubeClient
from stackwright.gitops.appset import ApplicationSetController
from stackwright.gitops.engine import Engine
from stackwright.gitops.notifications import NotificationController
from stackwright.gitops.ports import Connect
from stackwright.kernel.clock import Clock

NAMESPACE = "argocd"
CONTROL_KINDS = (APPLICATIONS, APPLICATION_SETS, APP_PROJECTS)
"""Kinds of which nobody asks who owns which field."""
_DEFAULT_PROJECT = {
    "apiVersion": APP_PROJECTS.api_version,
    "kind": APP_PROJECTS.kind,
    "metadata": {"name": "default", "namespace": NAMESPACE},
    "spec": {
        "sourceRepos": ["*"],
        "destinations": [{"server": "*", "namespace": "*"}],
        "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
    },
}


def connect_remote() -> Connect:
    """Clients of the clusters that Argo CD's cluster Secrets tell of."""
    return lambda secret: KubeClient(KubeHttp(from_cluster_secret(secret)), field_manager="argocd-controller")


async def run_gitops(cluster: EmbeddedCluster, places: Places, clock: Clock) -> None:
    """Defines the kinds that are missing, then keeps Applications true. Ends only by cancellation."""
    client = cluster.client("argocd-application-controller")
    metrics = cluster.metrics
    sources, web = ManifestSources(places.sources, asked=metrics.git), JsonWeb()
    try:
        await prepare(client)
        async with asyncio.TaskGroup() as tasks:
            informers = InformerSet(client, tasks, slim=CONTROL_KINDS)
            engine = Engine(
                client,
                informers,
                sources,
                clock,
                namespace=NAMESPACE,
                connect=connect_remote(),
                kinds=cluster.kinds,
                measures=metrics.engine,
            )
            metrics.show(engine, informers.informer(APPLICATIONS).all, informers.informer(APPLICATION_SETS).all)
            tasks.create_task(engine.run(), name="applications")
            notifications = NotificationController(client, informers, OutgoingSender(lambda _told: False), clock, sources.revision_metadata)
            tasks.create_task(notifications.run(), name="notifications")
            tasks.create_task(ApplicationSetController(client, informers, sources, web, clock).run(), name="applicationsets")
    finally:
        await web.aclose()
        await sources.aclose()


async def prepare(client: KubeClient) -> None:
    """The custom kinds, the control plane's namespace and the default project; returns when the kinds are served."""
    for definition in definitions():
        await client.apply(definition, resource=CRDS)
    for resource in (APPLICATIONS, APP_PROJECTS, APPLICATION_SETS):
        await _served(client, resource)
    await _ensure(client, {"apiVersion": "v1", "kind": NAMESPACES.kind, "metadata": {"name": NAMESPACE}})
    await _ensure(client, _DEFAULT_PROJECT)


async def _served(client: KubeClient, resource: Resource) -> None:
    """A definition takes effect a moment after it was written. Raises UnknownKind when it does not."""
    for _ in range(100):
        if (await client.discover()).find(resource.gvk) is not None:
            return
        await asyncio.sleep(0.05)
    await client.resource(resource.gvk)


async def _ensure(client: KubeClient, obj: Object) -> None:
    try:
        await client.create(obj)
    except StatusError as error:
        if not error.already_exists:
            raise
