"""The process of one embedded cluster without a platform."""

import asyncio

from stackwright.adapters.certificates import CertificateAuthority
from stackwright.adapters.http_server import HttpServer
from stackwright.app.embedded import EmbeddedCluster, EmbeddedOptions, ensure_admin_kubeconfig
from stackwright.app.gitops import run_gitops
from stackwright.app.kube_service import KubeService
from stackwright.app.places import Places
from stackwright.app.settings import ClusterSettings, load
from stackwright.cluster.bootstrap import Endpoint
from stackwright.kernel.clock import SystemClock

ADDRESS = "127.0.0.1"
LOCAL_NAMES = ("localhost", "127.0.0.1", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "10.0.0.1")


async def serve_cluster(places: Places) -> None:
    """Until cancelled."""
    settings = load(places.settings, ClusterSettings)
    clock = SystemClock()
    authority = CertificateAuthority(places.tls, clock.now())
    certificate, key = authority.server_files(LOCAL_NAMES)
    ensure_admin_kubeconfig(places, f"https://{ADDRESS}:{settings.port}", authority.certificate, f"stackwright-{settings.name}")
    options = EmbeddedOptions(settings.controllers, settings.node and settings.controllers, Endpoint(ADDRESS, settings.port))
    cluster = EmbeddedCluster(places, clock, options, lambda: authority.certificate)
    service = KubeService(cluster.server)
    http = HttpServer(lambda _host, _path: service, address=ADDRESS, port=settings.port, certificate=certificate, key=key)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(cluster.run(), name="cluster")
            if settings.gitops:
                tasks.create_task(run_gitops(cluster, places, clock), name="gitops")
            tasks.create_task(http.run(), name="http")
    finally:
        cluster.close()
