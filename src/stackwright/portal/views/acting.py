"""What is done with an Application: asked for on a page, refused in words, told as an event with the name of who did it."""

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.gitops import requests
from stackwright.kernel.errors import BadInput
from stackwright.kernel.http import Response
from stackwright.portal.pages import syncing
from stackwright.portal.site import Site, Visit, app_path, view
from stackwright.portal.views.application import tab

REFRESH_SECONDS = 30.0
NEEDS = {"sync": "sync", "refresh": "get", "terminate": "sync", "rollback": "rollback", "delete": "delete"}
_TOLD = {"sync": "asked for a sync", "terminate": "ended the operation", "rollback": "asked for a rollback", "delete": "deleted it"}


@view("GET", "/applications/{namespace}/{name}/plan")
async def plan(site: Site, visit: Visit) -> Response:
    """Where the next sync was told before it could be chosen from."""
    return site.redirect(f"{app_path(site.app(visit))}/sync")


@view("GET", "/applications/{namespace}/{name}/sync")
async def next_sync(site: Site, visit: Visit) -> Response:
    app = site.app(visit)
    tasks = await site.ports.plan_of(app)
    if not site.access.may_app(visit.session, "sync", app):
        return await tab(site, visit, app, "sync", "Next sync", syncing.plan(tasks))
    sources = (app.get("spec") or {}).get("sources") or ((app.get("spec") or {}).get("source") or {},)
    shown = syncing.form(app, tasks, site.base(app), visit.session, site.ports.platform, str(sources[0].get("targetRevision") or "HEAD"))
    return await tab(site, visit, app, "sync", "Next sync", shown)


@view("POST", "/applications/{namespace}/{name}/sync")
@view("POST", "/applications/{namespace}/{name}/refresh")
@view("POST", "/applications/{namespace}/{name}/terminate")
@view("POST", "/applications/{namespace}/{name}/rollback")
@view("POST", "/applications/{namespace}/{name}/delete")
async def act(site: Site, visit: Visit) -> Response:
    action = visit.request.path.rstrip("/").rpartition("/")[2]
    app = site.app(visit, NEEDS[action])
    await _carry_out(site, visit, action, app)
    if action in _TOLD:
        await site.tell(visit, app, _TOLD[action])
    return site.redirect("/applications" if action == "delete" else app_path(app))


async def _carry_out(site: Site, visit: Visit, action: str, app: Object) -> None:
    """Raises BadInput and StatusError."""
    client, form, username = site.ports.client, visit.form, visit.session.username
    match action:
        case "sync":
            planned = int(form["planned"]) if form.get("planned", "").isdigit() else 0
            asked = syncing.request_of(form, planned, username)
            if planned and not any(name.startswith(syncing.RESOURCE) for name in form):
                raise BadInput("nothing is chosen to be synced", hint="choose at least one object, or all of them")
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
            options = {name: form.get(field) == "true" for name, field in (("prune", "prune"), ("dry_run", "dryRun"))}
            await requests.request_rollback(client, app, id, prune=options["prune"], dry_run=options["dry_run"], username=username)
        case "delete":
            await requests.delete(client, app, cascade=form.get("cascade") != "false")
