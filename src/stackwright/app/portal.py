"""The portal of one platform, joined."""

import base64
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from stackwright.api.meta import Object
from stackwright.app.embedded import EmbeddedCluster
from stackwright.app.settings import PlatformSettings
from stackwright.client.informer import InformerSet
from stackwright.client.kinds import APP_PROJECTS, APPLICATIONS, SECRETS
from stackwright.gitops.clusters import decoded
from stackwright.gitops.compare import AppState
from stackwright.gitops.engine import Engine
from stackwright.gitops.planning import Planned, next_sync
from stackwright.gitops.rbac import Policy, parse_policy
from stackwright.portal.accounts import Account, parse_accounts
from stackwright.portal.ports import Ports
from stackwright.portal.service import PortalService
from stackwright.portal.sessions import PROJECT, Sessions
from stackwright.store.objects import ObjectStore

NAMESPACE = "argocd"
_SECRET = "argocd-secret"  # noqa: S105 a name
T = TypeVar("T")


def make_portal(cluster: EmbeddedCluster, engine: Engine, informers: InformerSet, settings: PlatformSettings) -> PortalService:
    store, client = cluster.store, cluster.client("argocd-server")
    projects = informers.informer(APP_PROJECTS)
    accounts = _accounts(store)

    async def state_of(app: Object) -> AppState | None:
        found = await engine.look(app)
        return None if found is None else found.state

    async def plan_of(app: Object) -> list[Planned] | None:
        found = await engine.look(app)
        return None if found is None else next_sync(found, datetime.now(UTC))

    async def save_secret(entries: Mapping[str, str]) -> None:
        data = {key: base64.b64encode(value.encode()).decode() for key, value in entries.items()}
        await client.patch(SECRETS, _SECRET, NAMESPACE, {"data": data})

    def holds(role: str, id: str) -> bool:
        return _holds(projects.get(role.split(":")[1], NAMESPACE), role, id)

    ports = Ports(
        client=client,
        applications=informers.informer(APPLICATIONS),
        projects=projects,
        sessions=Sessions(_key(store), lambda name: accounts().get(name), holds=holds),
        settings=lambda: _object(store, "configmaps", "argocd-cm").get("data") or {},
        clusters=lambda: [{"server": item.server, "name": item.name} for item in engine.clusters()],
        state_of=state_of,
        children_of=engine.children_of,
        plan_of=plan_of,
        accounts=accounts,
        policy=_policy(store),
        save_secret=save_secret,
        platform=settings.name,
        url=settings.service_url("argocd"),
        prefix="/argocd" if settings.path_routing else "",
    )
    return PortalService(ports)


def _accounts(store: ObjectStore) -> Callable[[], Mapping[str, Account]]:
    def read(config: Object, secret: Object, initial: Object) -> Mapping[str, Account]:
        password = str(decoded(initial)["data"].get("password", ""))
        return parse_accounts(config.get("data") or {}, decoded(secret)["data"], password)

    places = (("configmaps", "argocd-cm"), ("secrets", _SECRET), ("secrets", "argocd-initial-admin-secret"))
    return _while_unchanged(lambda: tuple(_object(store, *place) for place in places), lambda found: read(*found))


def _policy(store: ObjectStore) -> Callable[[], Policy]:
    return _while_unchanged(
        lambda: (_object(store, "configmaps", "argocd-rbac-cm"),), lambda found: parse_policy(found[0].get("data") or {})
    )


def _while_unchanged(look: Callable[[], tuple[Object, ...]], read: Callable[[tuple[Object, ...]], T]) -> Callable[[], T]:
    """Reads again only when one of the objects is another one."""
    known: list[tuple[tuple[str, ...], T]] = []

    def found() -> T:
        objects = look()
        versions = tuple(str((obj.get("metadata") or {}).get("resourceVersion")) for obj in objects)
        if not known or known[0][0] != versions:
            known[:] = [(versions, read(objects))]
        return known[0][1]

    return found


def _holds(project: Object | None, role: str, id: str) -> bool:
    """Whether a role of a project still has the token of an id."""
    roles = ((project or {}).get("spec") or {}).get("roles") or ()
    name = role.removeprefix(PROJECT).partition(":")[2]
    return any(item.get("name") == name and any(token.get("id") == id for token in item.get("jwtTokens") or ()) for item in roles)


def _key(store: ObjectStore) -> bytes:
    """What signs sessions: kept in argocd-secret, so that they outlive the process."""
    return str(decoded(_object(store, "secrets", _SECRET))["data"].get("server.secretkey") or secrets.token_hex(32)).encode()


def _object(store: ObjectStore, kind: str, name: str) -> Object:
    return store.get(kind, NAMESPACE, name) or {}
