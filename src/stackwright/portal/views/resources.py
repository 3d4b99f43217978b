"""An object that an Application owns: as it lives and as it is wanted, its events, and what can be done with it."""

from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

from stackwright.api.meta import GroupVersionKind, Object, ObjectKey, Resource, gvk_of, name_of, namespace_of
from stackwright.client.kinds import EVENTS
from stackwright.gitops.actions.discovery import actions_of, run_action
from stackwright.gitops.actions.perform import perform
from stackwright.gitops.application import destination_of
from stackwright.gitops.clusters import IN_CLUSTER_NAME, IN_CLUSTER_SERVER
from stackwright.gitops.compare import AppState
from stackwright.gitops.customizations import Customization
from stackwright.gitops.settings import parse_settings
from stackwright.kernel.errors import BadInput
from stackwright.kernel.http import Response
from stackwright.portal import shapes
from stackwright.portal.pages import application as one
from stackwright.portal.pages import resources as pages
from stackwright.portal.pages.diff import side_by_side
from stackwright.portal.site import Missing, Site, Visit, app_path, view
from stackwright.portal.views.application import heading

PLACE = "/applications/{namespace}/{name}/resource/{group}/{version}/{kind}/{where}/{resource}"
_PARAMETER = "parameter:"


@view("GET", PLACE)
async def resource(site: Site, visit: Visit) -> Response:
    """Who may see the Application may see what it owns."""
    app = site.app(visit)
    state, served, found = await _found(site, visit, app)
    listed = await site.ports.client.list(EVENTS, namespace_of(found) or "default", fields=f"involvedObject.name={name_of(found)}")
    target = _target(state, _key(visit))
    base, own = site.base(app), f"{site.prefix}{visit.path}"
    logs = f"{base}/logs/{quote(namespace_of(found))}/{quote(name_of(found))}" if served.kind == "Pod" and not served.group else ""
    offered = [each for each in actions_of(found, _customizations(site)) if _may(site, visit, app, found, f"action/{{}}/{each.name}")]
    forms = pages.actions(offered, found, app, own, visit.session, site.ports.platform)
    removal = pages.deletion(found, own, visit.session, site.ports.platform) if _may_delete(site, visit, app, found) else ""
    difference = side_by_side(found, target) if target is not None else ""
    body = pages.one(site.ports.masked(found), listed, logs, difference, _health(state, visit, site))
    head = f"{heading(site, visit, app, '-')}<h2>{escape(served.kind)} {escape(name_of(found))}</h2>{forms}"
    return site.live(visit, name_of(found), head, one.state(app, None, site.prefix) + body + removal, f"/live{app_path(app)}")


def _health(state: AppState | None, visit: Visit, site: Site) -> dict[str, str]:
    nodes = [] if state is None else shapes.tree(state, site.ports.children_of)
    key = _key(visit)
    mine = (node for node in nodes if (node["group"], node["kind"], node["namespace"], node["name"]) == tuple(key))
    return next((node.get("health") or {} for node in mine), {})


@view("POST", f"{PLACE}/action")
async def act(site: Site, visit: Visit) -> Response:
    app = site.app(visit)
    _, _, found = await _found(site, visit, app)
    name = visit.form.get("name", "")
    _require(site, visit, app, found, f"action/{{}}/{name}")
    _refuse_elsewhere(app)
    given = {key.removeprefix(_PARAMETER): value for key, value in visit.form.items() if key.startswith(_PARAMETER)}
    effects = run_action(name, found, parameters=given, now=datetime.now(UTC), customizations=_customizations(site))
    await perform(site.ports.client, found, effects)
    await site.tell(visit, app, f"ran {name} on {gvk_of(found).kind} {name_of(found)}")
    return site.redirect(visit.path.removesuffix("/action"))


@view("POST", f"{PLACE}/delete")
async def delete(site: Site, visit: Visit) -> Response:
    app = site.app(visit)
    _, served, found = await _found(site, visit, app)
    if not _may_delete(site, visit, app, found):
        _require(site, visit, app, found, "delete/{}/" + f"{namespace_of(found)}/{name_of(found)}")
    _refuse_elsewhere(app)
    await site.ports.client.delete(served, name_of(found), namespace_of(found) or None)
    await site.tell(visit, app, f"deleted {served.kind} {name_of(found)}")
    return site.redirect(app_path(app))


# -- which object, and what may be done with it ----------------------------------------------------------------------


def _key(visit: Visit) -> ObjectKey:
    parts = {key: "" if value == "-" else value for key, value in visit.parts.items()}
    return ObjectKey(parts["group"], parts["kind"], parts["where"], parts["resource"])


async def _found(site: Site, visit: Visit, app: Object) -> tuple[AppState | None, Resource, Object]:
    """Raises Missing for what is not the Application's."""
    key = _key(visit)
    state = await site.ports.state_of(app)
    nodes = [] if state is None else shapes.tree(state, site.ports.children_of)
    if not any((node["group"], node["kind"], node["namespace"], node["name"]) == tuple(key) for node in nodes):
        raise Missing(f"{key.kind} {key.name} does not belong to {name_of(app)}, or is gone.")
    served = await site.ports.client.resource(GroupVersionKind(key.group, visit.parts["version"], key.kind))
    managed = next((each.pair.live for each in (state.resources if state else ()) if each.pair.key == key), None)
    if managed is not None and not _is_here(app):
        return state, served, managed
    return state, served, await site.ports.client.get(served, key.name, key.namespace or None)


def _target(state: AppState | None, key: ObjectKey) -> Object | None:
    return next((each.pair.target for each in (state.resources if state else ()) if each.pair.key == key), None)


def _is_here(app: Object) -> bool:
    destination = destination_of(app)
    return (destination.get("server") or IN_CLUSTER_SERVER) == IN_CLUSTER_SERVER and destination.get("name") in (None, "", IN_CLUSTER_NAME)


def _refuse_elsewhere(app: Object) -> None:
    if not _is_here(app):
        raise BadInput(f"{name_of(app)} deploys to another cluster", hint="run it there, with kubectl")


def _customizations(site: Site) -> tuple[Customization, ...]:
    return parse_settings(site.ports.settings()).customizations


def _action(obj: Object, pattern: str) -> str:
    gvk = gvk_of(obj)
    return pattern.format(f"{gvk.group}/{gvk.kind}")


def _may(site: Site, visit: Visit, app: Object, obj: Object, pattern: str) -> bool:
    return site.access.may_app(visit.session, _action(obj, pattern), app)


def _require(site: Site, visit: Visit, app: Object, obj: Object, pattern: str) -> None:
    site.access.require_app(visit.session, _action(obj, pattern), app)


def _may_delete(site: Site, visit: Visit, app: Object, obj: Object) -> bool:
    """On the one object, or, where the settings let rules of an Application count for its objects, on the whole."""
    inherits = site.ports.settings().get("server.rbac.disableApplicationFineGrainedRBACInheritance", "true") == "false"
    if inherits and site.access.may_app(visit.session, "delete", app):
        return True
    return _may(site, visit, app, obj, "delete/{}/" + f"{namespace_of(obj)}/{name_of(obj)}")
