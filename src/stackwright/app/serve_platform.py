"""The process of one platform: embedded cluster, forge, GitOps engine and stacks, behind one port."""

import asyncio
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from stackwright.adapters.certificates import CertificateAuthority
from stackwright.adapters.git.backend import GitBackend
from stackwright.adapters.git.bare import BareRepositories
from stackwright.adapters.git.records import SqliteRecords
from stackwright.adapters.git.upkeep import pack_now_and_then
from stackwright.adapters.http_server import HttpServer
from stackwright.adapters.json_web import JsonWeb
from stackwright.adapters.outgoing import OutgoingSender
from stackwright.adapters.packages import PackageFolders
from stackwright.adapters.sources.service import ManifestSources
from stackwright.app.bootstrap import Bootstrap
from stackwright.app.embedded import EmbeddedCluster, EmbeddedOptions, ensure_admin_kubeconfig
from stackwright.app.forge_host import ForgeHost
from stackwright.app.front import Front, HomePage, Later, forge_hosts, repository_of_url
from stackwright.app.gitops import CONTROL_KINDS, connect_remote
from stackwright.app.kube_service import KubeService
from stackwright.app.places import Places
from stackwright.app.portal import Workshop, make_portal
from stackwright.app.settings import PlatformSettings, load
from stackwright.app.webhook_service import WebhookService
from stackwright.client.informer import InformerSet
from stackwright.client.kinds import APPLICATION_SETS, APPLICATIONS, CONFIG_MAPS
from stackwright.cluster.bootstrap import Endpoint
from stackwright.cluster.node.service_logs import ServiceLogHandler
from stackwright.forge.errors import ForgeError
from stackwright.forge.forge import Forge
from stackwright.forge.service import ForgeService
from stackwright.forge.types import CommitStatus, Push
from stackwright.gateway.ingress import IngressController
from stackwright.gitops.appset import ApplicationSetController
from stackwright.gitops.engine import Engine
from stackwright.gitops.notifications import NotificationController
from stackwright.gitops.notifications import types as notified
from stackwright.kernel.clock import SystemClock
from stackwright.stacks.reconciler import StackController

logger = logging.getLogger(__name__)

ADDRESS = "127.0.0.1"
SERVICES = frozenset(("argocd", "forge", "ingress-nginx"))
_LOGGERS = {"stackwright.gitops": "argocd", "stackwright.forge": "forge", "stackwright.app.front": "ingress-nginx"}
_INSIDE = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "10.0.0.1")


async def serve_platform(places: Places) -> None:
    """Until cancelled."""
    platform = Platform(places, load(places.settings, PlatformSettings))
    try:
        await platform.run()
    finally:
        await platform.close()


class Platform:
    def __init__(self, places: Places, settings: PlatformSettings) -> None:
        self._places = places
        self._settings = settings
        self._clock = SystemClock()
        self._authority = CertificateAuthority(places.tls, self._clock.now())
        self._certificate, self._key = self._authority.server_files(certificate_names(settings))
        ensure_admin_kubeconfig(places, settings.kubernetes_url, self._authority.certificate, f"stackwright-{settings.name}")
        endpoint = Endpoint(ADDRESS, settings.port)
        options = EmbeddedOptions(endpoint=endpoint, services=SERVICES, load_balancers=ADDRESS, operators=True)
        self._cluster = EmbeddedCluster(places, self._clock, options, lambda: self._authority.certificate)
        self._records = SqliteRecords(places.forge_database)
        self._forge = Forge(self._records, BareRepositories(places.repositories), self._clock)
        self._sources = ManifestSources(
            places.sources,
            self._local_repository,
            authorities=self._trusted,
            known_hosts=self._known_hosts,
            asked=self._cluster.metrics.git,
        )
        self._web = JsonWeb(self._trusted)
        self._forge.on_push(self._pushed)
        self._portal = Later()
        self._front = self._make_front()

    async def run(self) -> None:
        logging.getLogger("stackwright").addHandler(ServiceLogHandler(self._cluster.service_logs, _LOGGERS))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._cluster.run(), name="cluster")
            bootstrap = self._bootstrap()
            await bootstrap.define()
            for server in self._servers():
                tasks.create_task(server.run(), name="http")
            await bootstrap.run()
            await self._run_controllers(tasks)

    def _servers(self) -> Iterator[HttpServer]:
        """The front; where it speaks plain HTTP, the Kubernetes API over TLS beside it."""
        secure, port = self._settings.protocol == "https", self._settings.kubernetes_port
        files = (self._certificate, self._key) if secure else (None, None)
        yield HttpServer(self._front.choose, address=ADDRESS, port=self._settings.port, certificate=files[0], key=files[1])
        if port:
            kubernetes = self._front.kubernetes
            yield HttpServer(lambda _host, _path: kubernetes, address=ADDRESS, port=port, certificate=self._certificate, key=self._key)

    async def _run_controllers(self, tasks: asyncio.TaskGroup) -> None:
        client = self._cluster.client("argocd-application-controller")
        informers = InformerSet(client, tasks, slim=CONTROL_KINDS)
        metrics = self._cluster.metrics
        engine = Engine(
            client, informers, self._sources, self._clock, connect=connect_remote(), kinds=self._cluster.kinds, measures=metrics.engine
        )
        settings = informers.informer(CONFIG_MAPS)
        metrics.show(
            engine,
            informers.informer(APPLICATIONS).all,
            informers.informer(APPLICATION_SETS).all,
            lambda: (settings.get("argocd-cmd-params-cm", "argocd") or {}).get("data") or {},
        )
        host = ForgeHost(self._forge, self._settings.service_url("gitea"))
        stacks = StackController(client, informers, PackageFolders(self._places.sources / "packages"), host, placeholders=True)
        appsets = ApplicationSetController(
            client, informers, self._sources, self._web, self._clock, environment=_amazon(), passes=metrics.sets
        )
        workshop = Workshop(self._cluster, engine, appsets, self._sources, informers, self._trusted)
        self._portal.become(make_portal(workshop, self._settings))
        context = {"argocdUrl": self._settings.service_url("argocd")}
        sender = OutgoingSender(self._mark_commit, self._trusted)
        notifications = NotificationController(client, informers, sender, self._clock, self._sources.revision_metadata, context=context)
        tasks.create_task(engine.run(), name="gitops")
        tasks.create_task(pack_now_and_then(self._places.repositories), name="packing")
        tasks.create_task(notifications.run(), name="notifications")
        tasks.create_task(appsets.run(), name="applicationsets")
        tasks.create_task(IngressController(client, informers).run(), name="ingress")
        tasks.create_task(stacks.run(), name="stacks")

    async def close(self) -> None:
        await self._web.aclose()
        await self._sources.aclose()
        self._cluster.close()
        self._records.close()

    def _bootstrap(self) -> Bootstrap:
        client = self._cluster.client("stackwright")
        return Bootstrap(client, self._forge, self._settings, self._authority.certificate, self._certificate, self._key)

    def _make_front(self) -> Front:
        backend = GitBackend()
        url = self._settings.service_url("gitea")
        return Front(
            KubeService(self._cluster.server),
            ForgeService(self._forge, backend, url, "/gitea"),
            ForgeService(self._forge, backend, url, ""),
            self._portal,
            WebhookService(self._cluster.store, self._cluster.client("argocd-server"), self._sources.moved),
            HomePage(self._settings),
        )

    # -- our own repositories, without a detour over HTTP ---------------------------------------------------------------

    def _local_repository(self, url: str) -> Path | None:
        found = repository_of_url(url, forge_hosts(self._settings))
        return None if found is None else self._forge.public_path(*found)

    def _pushed(self, push: Push) -> None:
        self._sources.pushed(f"{self._settings.service_url('gitea')}/{push.repository.full_name}.git")

    def _mark_commit(self, told: notified.CommitStatus) -> bool:
        found = repository_of_url(told.repository, forge_hosts(self._settings))
        if found is None:
            return False
        try:
            repository = self._forge.repository(*found, trusted=True)
            status = CommitStatus(0, repository.id, told.sha, told.context, told.state, told.description, told.url, "argocd")
            self._forge.mark_commit(repository, status)
        except ForgeError as error:
            logger.info("commit %s of %s is not marked: %s", told.sha, told.repository, error)
            return False
        return True

    def _known_hosts(self) -> str:
        """Keys of SSH hosts, beside those of the user's own known_hosts."""
        listed = (self._cluster.store.get("configmaps", "argocd", "argocd-ssh-known-hosts-cm") or {}).get("data") or {}
        return str(listed.get("ssh_known_hosts") or "")

    def _trusted(self, host: str) -> str | None:
        """Our own certificates for our own hosts, and those that argocd-tls-certs-cm has for others."""
        listed = (self._cluster.store.get("configmaps", "argocd", "argocd-tls-certs-cm") or {}).get("data") or {}
        own = self._authority.certificate if host in forge_hosts(self._settings) else ""
        return "\n".join(text for text in (own, str(listed.get(host) or "")) if text) or None


def _amazon() -> dict[str, str]:
    """Who we are for AWS, as its own programs are told."""
    return {name: value for name, value in os.environ.items() if name.startswith("AWS_")}


def certificate_names(settings: PlatformSettings) -> tuple[str, ...]:
    """Every name that the front's certificate is good for."""
    hosts = dict.fromkeys((settings.host, settings.ingress_host or settings.host, "localhost"))
    named = [name for host in hosts for name in (host, f"gitea.{host}", f"argocd.{host}", f"*.{host}")]
    return tuple(dict.fromkeys((*named, ADDRESS, *_INSIDE)))
