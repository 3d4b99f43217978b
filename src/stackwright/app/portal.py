"""The portal of one platform, joined."""

import asyncio
import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stackwright.adapters.sources.service import ManifestSources
from stackwright.api.meta import Object, annotations_of
from stackwright.app.embedded import EmbeddedCluster
from stackwright.app.gitops import connect_remote
from stackwright.app.logins import Stored, make_logins, while_unchanged
from stackwright.app.rotating import rotate
from stackwright.app.settings import PlatformSettings
from stackwright.client.informer import InformerSet
from stackwright.client.kinds import APP_PROJECTS, APPLICATION_SETS, APPLICATIONS, SECRETS
from stackwright.client.kube import KubeClient
from stackwright.gitops.appset import ApplicationSetController
from stackwright.gitops.compare import AppState
from stackwright.gitops.engine import Engine
from stackwright.gitops.planning import Planned, next_sync
from stackwright.gitops.ports import RenderRequest
from stackwright.gitops.rbac import Policy, parse_policy
from stackwright.kernel.errors import BadInput
from stackwright.portal.ports import Ports, Repositories
from stackwright.portal.service import PortalService
from stackwright.portal.sessions import PROJECT
from stackwright.portal.shapes import images_of, registered

NAMESPACE = "argocd"
_SECRET = "argocd-secret"  # noqa: S105 a name
_TRY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Workshop:
    """What the portal shows of. Shape: `trusted` gives the PEM certificates to trust for a host."""

    cluster: EmbeddedCluster
    engine: Engine
    appsets: ApplicationSetController
    sources: ManifestSources
    informers: InformerSet
    trusted: Callable[[str], str | None]

    def client(self) -> KubeClient:
        return self.cluster.client("argocd-server")

    async def state_of(self, app: Object) -> AppState | None:
        found = await self.engine.look(app)
        return None if found is None else found.state

    async def client_of(self, app: Object) -> KubeClient | None:
        found = await self.engine.look(app)
        if found is None:
            return None
        return self.client() if found.cluster.secret is None else found.live.client.named("argocd-server")

    async def plan_of(self, app: Object) -> list[Planned] | None:
        found = await self.engine.look(app)
        return None if found is None else next_sync(found, datetime.now(UTC))

    def clusters(self) -> list[Mapping[str, Any]]:
        return [registered(item, annotations_of(item.secret or {})) for item in self.engine.clusters()]


def make_portal(shop: Workshop, settings: PlatformSettings) -> PortalService:
    engine, informers, client = shop.engine, shop.informers, shop.client()
    projects = informers.informer(APP_PROJECTS)
    prefix = "/argocd" if settings.path_routing else ""
    stored = Stored(lambda kind, name: shop.cluster.store.get(kind, NAMESPACE, name) or {})

    async def images(source: Mapping[str, Any], project: str) -> list[str]:
        request = RenderRequest("details", NAMESPACE, project, "", (source,), settings=stored.settings(), credentials=engine.credentials())
        return images_of((await shop.sources.render(request)).objects)

    async def rotated(secret: Object) -> None:
        await rotate(client, secret)

    async def save_secret(entries: Mapping[str, str]) -> None:
        data = {key: base64.b64encode(value.encode()).decode() for key, value in entries.items()}
        await client.patch(SECRETS, _SECRET, NAMESPACE, {"data": data})

    def holds(role: str, id: str) -> bool:
        return _holds(projects.get(role.split(":")[1], NAMESPACE), role, id)

    logins = make_logins(stored, save_secret, settings.service_url("argocd"), prefix, holds, shop.trusted)
    ports = Ports(
        client=client,
        applications=informers.informer(APPLICATIONS),
        projects=projects,
        sets=informers.informer(APPLICATION_SETS),
        client_of=shop.client_of,
        cluster_states=engine.cluster_states,
        rotate=rotated,
        inquiries=shop.sources.inquiries,
        credentials=engine.credentials,
        images=images,
        generate=shop.appsets.preview,
        follow=engine.follow,
        sessions=logins.sessions,
        authentication=logins.authentication,
        login=logins.login,
        revoke=logins.revoke,
        homes=logins.homes,
        settings=stored.settings,
        clusters=shop.clusters,
        state_of=shop.state_of,
        children_of=engine.children_of,
        plan_of=shop.plan_of,
        accounts=logins.accounts,
        policy=_policy(stored),
        save_secret=save_secret,
        repositories=Repositories(shop.sources.commits, shop.sources.changed_paths, engine.changes),
        try_cluster=_try_cluster,
        platform=settings.name,
        url=settings.service_url("argocd"),
        prefix=prefix,
    )
    return PortalService(ports)


def _policy(stored: Stored) -> Callable[[], Policy]:
    return while_unchanged(lambda: (stored.get("configmaps", "argocd-rbac-cm"),), lambda found: parse_policy(found[0].get("data") or {}))


async def _try_cluster(secret: Mapping[str, Any]) -> str:
    """Raises what the cluster or the way to it has against it."""
    client = connect_remote()(secret)
    try:
        async with asyncio.timeout(_TRY_SECONDS):
            return str((await client.version()).get("gitVersion") or "")
    except TimeoutError as error:
        raise BadInput(f"the cluster did not answer within {_TRY_SECONDS:g} seconds") from error
    finally:
        await client.aclose()


def _holds(project: Object | None, role: str, id: str) -> bool:
    """Whether a role of a project still has the token of an id."""
    roles = ((project or {}).get("spec") or {}).get("roles") or ()
    name = role.removeprefix(PROJECT).partition(":")[2]
    return any(item.get("name") == name and any(token.get("id") == id for token in item.get("jwtTokens") or ()) for item in roles)
