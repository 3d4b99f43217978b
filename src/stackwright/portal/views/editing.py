"""Applications made by form and edited as YAML: judged as a whole before anything is written."""

from stackwright.api.meta import Object, name_of
from stackwright.api.status import StatusError
from stackwright.client.kinds import APPLICATIONS
from stackwright.gitops.application import project_of, sources_of
from stackwright.gitops.clusters import Cluster
from stackwright.gitops.permissions import spec_problems
from stackwright.kernel.http import Response
from stackwright.portal import forms
from stackwright.portal.pages import editing
from stackwright.portal.pages.diff import side_by_side
from stackwright.portal.rest.api import typed
from stackwright.portal.site import Site, Visit, app_path, view
from stackwright.portal.views.applications import heading


@view("GET", "/new")
async def new(site: Site, visit: Visit) -> Response:
    form = dict(editing.FIRST) | dict(visit.request.query)
    shown = editing.create(form, _choices(site), {}, (), visit.session, f"{site.prefix}/new")
    return site.page("New Application", shown, visit.session)


@view("POST", "/new")
async def create(site: Site, visit: Visit) -> Response:
    app, problems = forms.application_of(visit.form, site.ports.namespace)
    told = [] if problems else await _refusals(site, app, new=True)
    if not problems and not told:
        site.access.require_app(visit.session, "create", app)
        if visit.form.get("do") != "check":
            await site.ports.client.create(app, resource=APPLICATIONS)
            return site.redirect(app_path(app))
    good = app if not problems and not told else None
    shown = editing.create(visit.form, _choices(site), problems, told, visit.session, f"{site.prefix}/new", good)
    return site.page("New Application", shown, visit.session, 200 if good else 422)


@view("GET", "/applications/{namespace}/{name}/edit")
async def edit(site: Site, visit: Visit) -> Response:
    app = site.app(visit, "update")
    shown = editing.edit(forms.editable(typed(app)), (), visit.session, f"{site.base(app)}/edit")
    return site.page(f"Edit {name_of(app)}", heading(site, app, "edit") + shown, visit.session)


@view("POST", "/applications/{namespace}/{name}/edit")
async def save(site: Site, visit: Visit) -> Response:
    before = typed(site.app(visit, "update"))
    text = visit.form.get("yaml", "")
    wanted, problems = forms.edited(text, before)
    if not problems and project_of(wanted) != project_of(before):
        site.access.require_app(visit.session, "create", wanted)
    problems = problems or await _refusals(site, wanted, new=False)
    if not problems and visit.form.get("do") != "check":
        await site.ports.client.update(wanted, resource=APPLICATIONS)
        return site.redirect(app_path(before))
    difference = None if problems else side_by_side(before, wanted, ("now", "then"))
    shown = editing.edit(text, problems, visit.session, f"{site.base(before)}/edit", difference)
    return site.page(f"Edit {name_of(before)}", heading(site, before, "edit") + shown, visit.session, 422 if problems else 200)


async def _refusals(site: Site, app: Object, *, new: bool) -> list[str]:
    """What the project and the API server have against it; nothing is written."""
    project = site.ports.projects.get(project_of(app), site.ports.namespace)
    if project is None:
        return [f"there is no project {project_of(app)}"]
    clusters = [Cluster(str(item["server"]), str(item["name"])) for item in site.ports.clusters()]
    found = list(spec_problems(app, project, clusters))
    write = site.ports.client.create if new else site.ports.client.update
    try:
        await write(app, resource=APPLICATIONS, dry_run=True, validation="Strict")
    except StatusError as error:
        found.append(error.message)
    return found


def _choices(site: Site) -> dict[str, list[str]]:
    apps = site.ports.applications.all()
    return {
        "projects": sorted(name_of(project) for project in site.ports.projects.in_namespace(site.ports.namespace)),
        "repositories": sorted({str(source.get("repoURL") or "") for app in apps for source in sources_of(app)}),
        "servers": [str(item["server"]) for item in site.ports.clusters()],
    }
