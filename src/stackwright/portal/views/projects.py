"""Projects: listed, shown, made and edited by form or as YAML, deleted."""

from collections import Counter
from datetime import UTC, datetime
from urllib.parse import quote

from stackwright.api.meta import Object, name_of
from stackwright.client.kinds import APP_PROJECTS
from stackwright.gitops.application import project_of
from stackwright.gitops.project import validation
from stackwright.kernel.errors import BadInput
from stackwright.kernel.http import Response
from stackwright.portal import forms, project_forms
from stackwright.portal.pages import editing
from stackwright.portal.pages import projects as pages
from stackwright.portal.pages.diff import side_by_side
from stackwright.portal.site import Missing, Site, Visit, view
from stackwright.portal.views.declaring import asked, heading, link, refusals, write


@view("GET", "/projects")
async def projects(site: Site, visit: Visit) -> Response:
    found = [each for each in site.ports.projects.all() if site.access.may(visit.session, "projects", "get", name_of(each))]
    counts = Counter(project_of(app) for app in site.visible_apps(visit))
    bar = link(f"{site.prefix}/projects-new", "New project", "") if site.access.may(visit.session, "projects", "create", "*") else ""
    return site.answer(visit, "Projects", heading("Projects", "", bar) + pages.projects(found, counts, site.prefix))


@view("GET", "/projects/{name}")
async def project(site: Site, visit: Visit) -> Response:
    found = _project(site, visit, "get")
    base = f"{site.prefix}/projects/{quote(name_of(found))}"
    may = {action: site.access.may(visit.session, "projects", action, name_of(found)) for action in ("update", "delete")}
    bar = link(f"{base}/edit", "Edit") + link(f"{base}/yaml", "YAML") if may["update"] else ""
    bar += link(f"{base}/delete", "Delete…") if may["delete"] and name_of(found) != "default" else ""
    body = pages.one(found, _count(site, found), datetime.now(UTC), site.prefix)
    return site.answer(visit, name_of(found), heading(name_of(found), "Project", bar) + body)


@view("GET", "/projects-new")
async def new(site: Site, visit: Visit) -> Response:
    site.access.require(visit.session, "projects", "create", "*")
    fields = {"sourceRepos": "*", "destinations": "https://kubernetes.default.svc *"}
    shown = pages.form(fields, {}, (), visit.session, f"{site.prefix}/projects-new", new=True)
    return site.answer(visit, "New project", heading("New project") + shown)


@view("POST", "/projects-new")
async def create(site: Site, visit: Visit) -> Response:
    site.access.require(visit.session, "projects", "create", visit.form.get("name", "").strip() or "*")
    return await _saved(site, visit, None)


@view("GET", "/projects/{name}/edit")
async def edit(site: Site, visit: Visit) -> Response:
    found = _project(site, visit, "update")
    shown = pages.form(project_forms.fields_of(found), {}, (), visit.session, f"{site.prefix}{visit.path}", new=False)
    return site.answer(visit, f"Edit {name_of(found)}", heading(f"Edit {name_of(found)}") + shown)


@view("POST", "/projects/{name}/edit")
async def save(site: Site, visit: Visit) -> Response:
    return await _saved(site, visit, _project(site, visit, "update"))


async def _saved(site: Site, visit: Visit, before: Object | None) -> Response:
    wanted, problems = project_forms.project_from(visit.form, before, site.ports.namespace)
    told = [] if problems else await refusals(site, wanted, APP_PROJECTS, new=before is None)
    if not problems and not told and visit.form.get("do") != "check":
        await write(site, wanted, APP_PROJECTS, new=before is None)
        return site.redirect(f"/projects/{quote(name_of(wanted))}")
    shown = pages.form(visit.form, problems, told, visit.session, f"{site.prefix}{visit.path}", new=before is None)
    good = "" if problems or told else editing.good(side_by_side(before, wanted, ("now", "then")))
    title = "New project" if before is None else f"Edit {name_of(before)}"
    return asked(site, visit, title, heading(title) + shown + good, [*problems, *told])


@view("GET", "/projects/{name}/yaml")
async def edit_yaml(site: Site, visit: Visit) -> Response:
    found = _project(site, visit, "update")
    shown = editing.edit(forms.editable(_typed(found)), (), visit.session, f"{site.prefix}{visit.path}")
    return site.answer(visit, f"Edit {name_of(found)}", heading(f"Edit {name_of(found)}") + shown)


@view("POST", "/projects/{name}/yaml")
async def save_yaml(site: Site, visit: Visit) -> Response:
    before, text = _typed(_project(site, visit, "update")), visit.form.get("yaml", "")
    wanted, problems = forms.edited(text, before, None)
    problems = problems or validation.problems(name_of(before), wanted.get("spec") or {})
    problems = problems or await refusals(site, wanted, APP_PROJECTS, new=False)
    if not problems and visit.form.get("do") != "check":
        await write(site, wanted, APP_PROJECTS, new=False)
        return site.redirect(f"/projects/{quote(name_of(before))}")
    difference = None if problems else side_by_side(before, wanted, ("now", "then"))
    shown = editing.edit(text, problems, visit.session, f"{site.prefix}{visit.path}", difference)
    return asked(site, visit, f"Edit {name_of(before)}", heading(f"Edit {name_of(before)}") + shown, problems)


@view("GET", "/projects/{name}/delete")
async def ask_deletion(site: Site, visit: Visit) -> Response:
    found = _project(site, visit, "delete")
    shown = pages.deletion(name_of(found), _count(site, found), f"{site.prefix}{visit.path}", visit.session, site.ports.platform)
    return site.answer(visit, f"Delete {name_of(found)}", heading(f"Delete {name_of(found)}?") + shown)


@view("POST", "/projects/{name}/delete")
async def delete(site: Site, visit: Visit) -> Response:
    found = _project(site, visit, "delete")
    if _count(site, found):
        raise BadInput(f"project is referenced by {_count(site, found)} applications", hint="delete them, or move them to another project")
    await site.ports.client.delete(APP_PROJECTS, name_of(found), site.ports.namespace)
    return site.redirect("/projects")


def _project(site: Site, visit: Visit, action: str) -> Object:
    """Raises Missing and Forbidden."""
    name = visit.parts["name"]
    found = site.ports.projects.get(name, site.ports.namespace)
    if found is None or not site.access.may(visit.session, "projects", "get", name):
        raise Missing("There is no such project, or none that you may see.")
    site.access.require(visit.session, "projects", action, name)
    return found


def _typed(project: Object) -> Object:
    return {"apiVersion": APP_PROJECTS.api_version, "kind": APP_PROJECTS.kind, **project}


def _count(site: Site, project: Object) -> int:
    return sum(project_of(app) == name_of(project) for app in site.ports.applications.all())
