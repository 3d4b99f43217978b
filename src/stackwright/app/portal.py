"""The portal of one platform, joined."""

import base64
import secrets

from stackwright.api.meta import Object
from stackwright.app.embedded import EmbeddedCluster
from stackwright.app.settings import PlatformSettings
from stackwright.client.informer import InformerSet
from stackwright.client.kinds import APP_PROJECTS, APPLICATIONS
from stackwright.gitops.compare import AppState
from stackwright.gitops.engine import Engine
from stackwright.portal.ports import Ports
from stackwright.portal.service import PortalService
from stackwright.portal.sessions import Sessions
from stackwright.store.objects import ObjectStore

ADMIN = "admin"


def make_portal(cluster: EmbeddedCluster, engine: Engine, informers: InformerSet, settings: PlatformSettings) -> PortalService:
    store = cluster.store

    async def state_of(app: Object) -> AppState | None:
        found = await engine.look(app)
        return None if found is None else found.state

    ports = Ports(
        client=cluster.client("argocd-server"),
        applications=informers.informer(APPLICATIONS),
        projects=informers.informer(APP_PROJECTS),
        sessions=Sessions(_key(store), lambda name: _password(store, name)),
        settings=lambda: (store.get("configmaps", "argocd", "argocd-cm") or {}).get("data") or {},
        clusters=lambda: [{"server": item.server, "name": item.name} for item in engine.clusters()],
        state_of=state_of,
        children_of=engine.children_of,
        platform=settings.name,
        url=settings.service_url("argocd"),
        prefix="/argocd" if settings.path_routing else "",
    )
    return PortalService(ports)


def _password(store: ObjectStore, name: str) -> str | None:
    """Of the administrator; nobody else has one yet."""
    return _datum(store, "argocd-initial-admin-secret", "password") if name == ADMIN else None


def _key(store: ObjectStore) -> bytes:
    """What signs sessions: kept in argocd-secret, so that they outlive the process."""
    return (_datum(store, "argocd-secret", "server.secretkey") or secrets.token_hex(32)).encode()


def _datum(store: ObjectStore, secret: str, key: str) -> str | None:
    found = (store.get("secrets", "argocd", secret) or {}).get("data") or {}
    return base64.b64decode(found[key]).decode() if key in found else None
