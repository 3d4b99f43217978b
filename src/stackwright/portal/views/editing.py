"""Applications made by form and edited as YAML: judged as a whole before anything is written."""

from collections.abc import Mapping

from stackwright.api.meta import Object, name_of
from stackwright.api.status import StatusError
from stackwright.client.kinds import APPLICATIONS
from stackwright.gitops.application import project_of, sources_of, sync_policy_of
from stackwright.gitops.clusters import Cluster
from stackwright.gitops.permissions import spec_problems
from stackwright.kernel.http import Response
from stackwright.portal import forms, source_forms
from stackwright.portal.pages import editing
from stackwright.portal.pages import sources as pages
from stackwright.portal.pages.diff import side_by_side
from stackwright.portal.rest.api import typed
from stackwright.portal.site import Site, Visit, app_path, view
from stackwright.portal.views.application import heading


@view("GET", "/new")
async def new(site: Site, visit: Visit) -> Response:
    form = dict(editing.FIRST) | dict(visit.request.query)
    shown = editing.create(form, _choices(site), {}, (), visit.session, f"{site.prefix}/new")
    return site.answer(visit, "New Application", shown)


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
    return site.answer(visit, "New Application", shown, 200 if good else 422)


@view("GET", "/applications/{namespace}/{name}/edit")
async def edit(site: Site, visit: Visit) -> Response:
    app = site.app(visit, "update")
    shown = editing.edit(forms.editable(typed(app)), (), visit.session, f"{site.base(app)}/edit")
    return site.answer(visit, f"Edit {name_of(app)}", heading(site, visit, app, "edit") + shown)


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
        await site.tell(visit, before, "edited it")
        return site.redirect(app_path(before))
    difference = None if problems else side_by_side(before, wanted, ("now", "then"))
    shown = editing.edit(text, problems, visit.session, f"{site.base(before)}/edit", difference)
    return site.answer(visit, f"Edit {name_of(before)}", heading(site, visit, before, "edit") + shown, 422 if problems else 200)


@view("GET", "/applications/{namespace}/{name}/sources")
async def sources(site: Site, visit: Visit) -> Response:
    app = typed(site.app(visit))
    told = _fields(app)
    if not site.access.may_app(visit.session, "update", app):
        return site.answer(visit, f"Sources of {name_of(app)}", heading(site, visit, app, "sources") + pages.shown(told))
    shown = pages.form(told, sync_policy_of(app), {}, (), visit.session, f"{site.base(app)}/sources")
    return site.answer(visit, f"Sources of {name_of(app)}", heading(site, visit, app, "sources") + shown)


@view("POST", "/applications/{namespace}/{name}/sources")
async def save_sources(site: Site, visit: Visit) -> Response:
    before = typed(site.app(visit, "update"))
    tools = [tool for tool, _ in _fields(before)]
    made, problems = source_forms.sources_from(visit.form, sources_of(before), tools)
    spec = source_forms.with_sources(before["spec"], made)
    policy = source_forms.options_from(visit.form, sync_policy_of(before))
    spec = {key: value for key, value in spec.items() if key != "syncPolicy"} | ({"syncPolicy": policy} if policy else {})
    wanted = {**before, "spec": spec}
    told = [] if problems else await _refusals(site, wanted, new=False)
    if not problems and not told and visit.form.get("do") != "check":
        await site.ports.client.update(wanted, resource=APPLICATIONS)
        await site.tell(visit, before, "changed its sources")
        return site.redirect(app_path(before))
    difference = None if problems or told else side_by_side(before, wanted, ("now", "then"))
    given = [(tool, _given(visit.form, number, fields)) for number, (tool, fields) in enumerate(_fields(before))]
    shown = pages.form(given, policy, problems, told, visit.session, f"{site.base(before)}/sources", difference)
    status = 422 if problems or told else 200
    return site.answer(visit, f"Sources of {name_of(before)}", heading(site, visit, before, "sources") + shown, status)


def _fields(app: Object) -> list[tuple[str, dict[str, str]]]:
    """Each source with its tool and what a form shows of it."""
    status = app.get("status") or {}
    types = [str(each) for each in status.get("sourceTypes") or (status.get("sourceType") or "",)]
    found = []
    for number, source in enumerate(sources_of(app)):
        tool = source_forms.tool_of(source, types[number] if number < len(types) else "")
        found.append((tool, source_forms.fields_of(source, tool)))
    return found


def _given(form: Mapping[str, str], number: int, fields: Mapping[str, str]) -> dict[str, str]:
    return {name: form.get(f"{number}.{name}", "") for name in fields}


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
