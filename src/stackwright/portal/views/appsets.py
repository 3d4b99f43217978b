"""ApplicationSets: listed, shown, made and edited as YAML with a look at what comes of it, deleted."""

from collections.abc import Sequence
from urllib.parse import quote

from stackwright.api.meta import Object, controller_of, name_of, namespace_of
from stackwright.client.kinds import APPLICATION_SETS
from stackwright.kernel import yaml
from stackwright.kernel.errors import BadInput
from stackwright.kernel.http import Response
from stackwright.portal import forms
from stackwright.portal.pages import appsets as pages
from stackwright.portal.pages.diff import side_by_side
from stackwright.portal.rest.sets import set_project
from stackwright.portal.site import Missing, Site, Visit, view
from stackwright.portal.views.declaring import asked, heading, link, refusals, write

PLACE = "/applicationsets/{namespace}/{name}"


@view("GET", "/applicationsets")
async def application_sets(site: Site, visit: Visit) -> Response:
    listed = await site.ports.client.list(APPLICATION_SETS)
    found = [each for each in listed if site.access.may(visit.session, "applicationsets", "get", _named(site, each))]
    may = site.access.may(visit.session, "applicationsets", "create", "*/*")
    bar = link(f"{site.prefix}/applicationsets-new", "New ApplicationSet", "") if may else ""
    return site.live(visit, "ApplicationSets", heading("ApplicationSets", "", bar), pages.listed(found, site.prefix), "/live")


def _named(site: Site, found: Object) -> str:
    return site.access.object_name(set_project(found), namespace_of(found), name_of(found))


@view("GET", PLACE)
async def one(site: Site, visit: Visit) -> Response:
    found = await _set(site, visit, "get")
    base = f"{site.prefix}{_path(found)}"
    may = {action: site.access.may(visit.session, "applicationsets", action, _named(site, found)) for action in ("update", "delete")}
    bar = link(f"{base}/edit", "YAML and preview") if may["update"] else ""
    bar += link(f"{base}/delete", "Delete…") if may["delete"] else ""
    return site.live(visit, name_of(found), heading(name_of(found), "ApplicationSet", bar), _shown(site, visit, found), "/live")


def _shown(site: Site, visit: Visit, found: Object) -> str:
    return pages.one(found, _made(site, visit, found), site.prefix)


def _made(site: Site, visit: Visit, found: Object) -> list[Object]:
    apps = site.visible_apps(visit)
    return [app for app in apps if namespace_of(app) == namespace_of(found) and _owner(app) == ("ApplicationSet", name_of(found))]


def _owner(app: Object) -> tuple[str, str]:
    owner = controller_of(app) or {}
    return str(owner.get("kind") or ""), str(owner.get("name") or "")


def _path(found: Object) -> str:
    return f"/applicationsets/{quote(namespace_of(found))}/{quote(name_of(found))}"


@view("GET", "/applicationsets-new")
async def new(site: Site, visit: Visit) -> Response:
    site.access.require(visit.session, "applicationsets", "create", "*/*")
    shown = pages.form(pages.FIRST, (), visit.session, f"{site.prefix}/applicationsets-new", "")
    return site.answer(visit, "New ApplicationSet", heading("New ApplicationSet") + shown)


@view("POST", "/applicationsets-new")
async def create(site: Site, visit: Visit) -> Response:
    text = visit.form.get("yaml", "")
    wanted, problems = _read(site, text)
    if not problems:
        site.access.require(visit.session, "applicationsets", "create", _named(site, wanted))
    return await _saved(site, visit, None, wanted, problems)


def _read(site: Site, text: str) -> tuple[Object, list[str]]:
    try:
        found = yaml.load(text, strict=True)
    except yaml.YamlError as error:
        return {}, [f"this is not YAML: {error}"]
    if not isinstance(found, dict) or found.get("kind") != APPLICATION_SETS.kind:
        return {}, [f"kind: expected {APPLICATION_SETS.kind}"]
    metadata = {"namespace": site.ports.namespace, **(found.get("metadata") or {})}
    if not isinstance(found.get("spec"), dict):
        return {}, ["spec: expected a mapping"]
    return {**found, "apiVersion": APPLICATION_SETS.api_version, "metadata": metadata}, []


@view("GET", f"{PLACE}/edit")
async def edit(site: Site, visit: Visit) -> Response:
    found = await _set(site, visit, "update")
    shown, told = await _preview(site, found)
    form = pages.form(forms.editable(_typed(found)), told, visit.session, f"{site.prefix}{visit.path}", shown)
    return site.answer(visit, f"Edit {name_of(found)}", heading(f"Edit {name_of(found)}") + form)


@view("POST", f"{PLACE}/edit")
async def save(site: Site, visit: Visit) -> Response:
    before = _typed(await _set(site, visit, "update"))
    wanted, problems = forms.edited(visit.form.get("yaml", ""), before, None)
    if not problems and set_project(wanted) != set_project(before):
        site.access.require(visit.session, "applicationsets", "create", _named(site, wanted))
    return await _saved(site, visit, before, wanted, problems)


async def _saved(site: Site, visit: Visit, before: Object | None, wanted: Object, problems: Sequence[str]) -> Response:
    told = list(problems) or await refusals(site, wanted, APPLICATION_SETS, new=before is None)
    shown = ""
    if not told:
        shown, told = await _preview(site, wanted)
    if not told and visit.form.get("do") != "check":
        await write(site, wanted, APPLICATION_SETS, new=before is None)
        return site.redirect(_path(wanted))
    title = "New ApplicationSet" if before is None else f"Edit {name_of(before)}"
    difference = side_by_side(before, wanted, ("now", "then")) if before is not None and not told else ""
    form = pages.form(visit.form.get("yaml", ""), told, visit.session, f"{site.prefix}{visit.path}", shown + difference)
    return asked(site, visit, title, heading(title) + form, told)


async def _preview(site: Site, wanted: Object) -> tuple[str, list[str]]:
    """What it would make, or why nothing can be made."""
    try:
        apps = await site.ports.generate(wanted)
    except BadInput as error:
        return "", [error.message]
    known = {name_of(app): app for app in site.ports.applications.in_namespace(namespace_of(wanted))}
    return pages.generated(apps, known, site.prefix), []


@view("GET", f"{PLACE}/delete")
async def ask_deletion(site: Site, visit: Visit) -> Response:
    found = await _set(site, visit, "delete")
    shown = pages.deletion(name_of(found), len(_made(site, visit, found)), f"{site.prefix}{visit.path}", visit.session, site.ports.platform)
    return site.answer(visit, f"Delete {name_of(found)}", heading(f"Delete {name_of(found)}?") + shown)


@view("POST", f"{PLACE}/delete")
async def delete(site: Site, visit: Visit) -> Response:
    found = await _set(site, visit, "delete")
    await site.ports.client.delete(APPLICATION_SETS, name_of(found), namespace_of(found))
    return site.redirect("/applicationsets")


async def _set(site: Site, visit: Visit, action: str) -> Object:
    """Raises Missing and Forbidden."""
    found = await site.ports.client.find(APPLICATION_SETS, visit.parts["name"], visit.parts["namespace"])
    if found is None or not site.access.may(visit.session, "applicationsets", "get", _named(site, found)):
        raise Missing("There is no such ApplicationSet, or none that you may see.")
    site.access.require(visit.session, "applicationsets", action, _named(site, found))
    return found


def _typed(found: Object) -> Object:
    return {"apiVersion": APPLICATION_SETS.api_version, "kind": APPLICATION_SETS.kind, **found}
