"""The overview, the list, one Application and what is done with it."""

from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

from stackwright.api.meta import GroupVersionKind, Object, ObjectKey, name_of, namespace_of
from stackwright.client.kinds import EVENTS
from stackwright.gitops import requests
from stackwright.gitops.application import project_of
from stackwright.gitops.explain import explain
from stackwright.kernel import yaml
from stackwright.kernel.errors import BadInput
from stackwright.kernel.http import Response
from stackwright.portal import html, shapes
from stackwright.portal import timeline as axis
from stackwright.portal.pages import application as one
from stackwright.portal.pages import applications as many
from stackwright.portal.pages import objects as object_pages
from stackwright.portal.pages.overview import overview
from stackwright.portal.pages.plan import plan
from stackwright.portal.site import Missing, Site, Visit, app_path, view

REFRESH_SECONDS = 30.0
NEEDS = {"sync": "sync", "refresh": "get", "terminate": "sync", "rollback": "rollback", "delete": "delete"}


@view("GET", "/")
async def first_page(site: Site, visit: Visit) -> Response:
    apps = site.visible_apps(visit)
    latest = [entry for entry in axis.timeline(apps, ()) if entry.kind in ("deployed", "operation")]
    return site.live(visit, "Overview", "<h1>Overview</h1>", overview(apps, latest, site.prefix), "/live")


@view("GET", "/applications")
async def applications(site: Site, visit: Visit) -> Response:
    wanted = many.Filter(visit.param("search"), visit.param("sync"), visit.param("health"), visit.page)
    rows = many.applications(site.visible_apps(visit), wanted, site.prefix)
    new = f'<p><a class="button" href="{site.prefix}/new">New Application</a></p>'
    return site.live(visit, "Applications", f"<h1>Applications</h1>{new}{many.filter_form(wanted)}", rows, "/live")


def heading(site: Site, app: Object, tab: str) -> str:
    return f"<h1>{escape(name_of(app))}</h1>{one.tabs(site.base(app), tab)}"


@view("GET", "/applications/{namespace}/{name}")
async def application(site: Site, visit: Visit) -> Response:
    app = site.app(visit)
    state = await site.ports.state_of(app)
    nodes = [] if state is None else shapes.tree(state, site.ports.children_of)
    findings = explain(app, site.ports.projects.get(project_of(app), site.ports.namespace), datetime.now(UTC))
    shown = one.application(app, state, nodes, findings, site.base(app), site.ports.links("application", app))
    buttons = [each for each in one.buttons(app) if site.access.may_app(visit.session, each.needs, app)]
    head = heading(site, app, "") + one.actions(buttons, site.base(app), visit.session, site.ports.platform)
    return site.live(visit, name_of(app), head, shown, f"/live{app_path(app)}")


@view("GET", "/applications/{namespace}/{name}/plan")
async def next_sync(site: Site, visit: Visit) -> Response:
    app = site.app(visit)
    return site.live(
        visit, f"Next sync of {name_of(app)}", heading(site, app, "plan"), plan(await site.ports.plan_of(app)), f"/live{app_path(app)}"
    )


@view("GET", "/applications/{namespace}/{name}/history")
async def history(site: Site, visit: Visit) -> Response:
    app = site.app(visit)
    may = site.access.may_app(visit.session, "rollback", app)
    shown = one.history(app, site.base(app), visit.session, may_roll_back=may)
    return site.live(visit, f"History of {name_of(app)}", heading(site, app, "history"), shown, f"/live{app_path(app)}")


@view("GET", "/applications/{namespace}/{name}/events")
async def events(site: Site, visit: Visit) -> Response:
    """Of the Application and of everything in its tree."""
    app = site.app(visit)
    state = await site.ports.state_of(app)
    nodes = [] if state is None else shapes.tree(state, site.ports.children_of)
    concerned = {(node["kind"], node["namespace"], node["name"]) for node in nodes} | {("Application", namespace_of(app), name_of(app))}
    found = [
        event
        for namespace in {place[1] or "default" for place in concerned}
        for event in await site.ports.client.list(EVENTS, namespace)
        if _about(event) in concerned
    ]
    return site.live(visit, f"Events of {name_of(app)}", heading(site, app, "events"), object_pages.events(found), f"/live{app_path(app)}")


def _about(event: Object) -> tuple[str, str, str]:
    about = event.get("involvedObject") or {}
    return str(about.get("kind") or ""), str(about.get("namespace") or ""), str(about.get("name") or "")


@view("GET", "/applications/{namespace}/{name}/manifests")
async def manifests(site: Site, visit: Visit) -> Response:
    app = site.app(visit)
    state = await site.ports.state_of(app)
    wanted = [resource.pair.target for resource in (state.resources if state is not None else ()) if resource.pair.target is not None]
    shown = "".join(_manifest(site.ports.masked(obj)) for obj in wanted)
    body = shown or '<p class="hint">There are no manifests, or they could not be made: the summary says why.</p>'
    return site.live(visit, f"Manifests of {name_of(app)}", heading(site, app, "manifests"), body, f"/live{app_path(app)}")


def _manifest(obj: Object) -> str:
    title = f"{obj['kind']} {name_of(obj)}"
    return f"<details><summary>{escape(title)}</summary>{html.code(yaml.dump(obj))}</details>"


@view("GET", "/applications/{namespace}/{name}/resource/{group}/{version}/{kind}/{where}/{resource}")
async def resource(site: Site, visit: Visit) -> Response:
    """An object that the Application owns; who may see the Application may see it."""
    app, parts = site.app(visit), {key: "" if value == "-" else value for key, value in visit.parts.items()}
    key = ObjectKey(parts["group"], parts["kind"], parts["where"], parts["resource"])
    state = await site.ports.state_of(app)
    nodes = [] if state is None else shapes.tree(state, site.ports.children_of)
    if not any((node["group"], node["kind"], node["namespace"], node["name"]) == tuple(key) for node in nodes):
        raise Missing(f"{key.kind} {key.name} does not belong to {name_of(app)}.")
    served = await site.ports.client.resource(GroupVersionKind(key.group, parts["version"], key.kind))
    found = await site.ports.client.get(served, key.name, key.namespace or None)
    listed = await site.ports.client.list(EVENTS, key.namespace or "default", fields=f"involvedObject.name={key.name}")
    logs = f"{site.base(app)}/logs/{quote(key.namespace)}/{quote(key.name)}" if key.kind == "Pod" else ""
    head = f"<h1>{escape(key.kind)} {escape(key.name)}</h1>{one.tabs(site.base(app), '')}"
    return site.live(visit, key.name, head, object_pages.one(site.ports.masked(found), listed, logs), f"/live{app_path(app)}")


@view("POST", "/applications/{namespace}/{name}/sync")
@view("POST", "/applications/{namespace}/{name}/refresh")
@view("POST", "/applications/{namespace}/{name}/terminate")
@view("POST", "/applications/{namespace}/{name}/rollback")
@view("POST", "/applications/{namespace}/{name}/delete")
async def act(site: Site, visit: Visit) -> Response:
    action = visit.request.path.rstrip("/").rpartition("/")[2]
    app = site.app(visit, NEEDS[action])
    await _carry_out(site, visit, action, app)
    return site.redirect("/applications" if action == "delete" else app_path(app))


async def _carry_out(site: Site, visit: Visit, action: str, app: Object) -> None:
    """Raises BadInput and StatusError."""
    client, form, username = site.ports.client, visit.form, visit.session.username
    match action:
        case "sync":
            asked = requests.SyncRequest(prune=form.get("prune") == "true", dry_run=form.get("dryRun") == "true", username=username)
            await requests.request_sync(client, app, asked)
        case "refresh":
            try:
                await requests.refresh(client, name_of(app), namespace_of(app), hard=form.get("hard") == "true", seconds=REFRESH_SECONDS)
            except requests.TimedOut as error:
                raise BadInput(error.message) from error
        case "terminate":
            await requests.terminate(client, app)
        case "rollback":
            id = int(form["id"]) if form.get("id", "").isdigit() else None
            await requests.request_rollback(client, app, id, prune=False, dry_run=False, username=username)
        case "delete":
            await requests.delete(client, app, cascade=True)
