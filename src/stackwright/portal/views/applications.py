"""The overview, and the list of Applications."""

from urllib.parse import quote

from stackwright.gitops.application import project_of
from stackwright.kernel.http import Response
from stackwright.portal import html
from stackwright.portal import timeline as axis
from stackwright.portal.commits import deployed_revisions
from stackwright.portal.pages import applications as many
from stackwright.portal.pages.overview import FEW, overview
from stackwright.portal.site import Site, Visit, view


@view("GET", "/")
async def first_page(site: Site, visit: Visit) -> Response:
    apps = site.visible_apps(visit)
    latest = [entry for entry in axis.timeline(apps, ()) if entry.kind == "deployed"][:FEW]
    urls = {entry: _repository(site, entry) for entry in latest}
    known = [(entry.revision, await site.commits.one(url, entry.revision)) for entry, url in urls.items()]
    commits = {revision: commit for revision, commit in known if commit is not None}
    title = '<div class="head"><h1>Overview</h1></div>'
    return site.live(visit, "Overview", title, overview(apps, latest, commits, site.prefix), "/live")


def _repository(site: Site, entry: axis.Entry) -> str:
    app = site.ports.applications.get(entry.app, entry.namespace) or {}
    return next((url for url, revision in deployed_revisions(app) if revision == entry.revision), "")


@view("GET", "/applications")
async def applications(site: Site, visit: Visit) -> Response:
    param = visit.param
    search, sync, health = param("search"), param("sync"), param("health")
    wanted = many.Filter(search, sync, health, param("project"), param("cluster"), param("sort"), visit.page)
    apps = site.visible_apps(visit)
    if visit.part == "rows":
        found = wanted.chosen(apps)
        return Response(200, many.rows(found, wanted, site.prefix).encode(), {**html.HEADERS, "x-total": str(len(found))})
    numbers = many.counts(apps, site.prefix, wanted)
    if visit.part == "counts":
        return Response(200, numbers.encode(), html.HEADERS)
    events = f"{site.prefix}/live?since={quote(visit.version)}"
    new = f'<div class="bar"><a class="button" href="{site.prefix}/new">New Application</a></div>'
    clusters = [str(item["server"]) for item in site.ports.clusters()]
    form = many.filter_form(wanted, sorted({project_of(app) for app in apps}), clusters)
    head = f'<div class="head"><h1>Applications</h1>{new}</div><div id="counts">{numbers}</div>{form}'
    return site.answer(visit, "Applications", head + many.applications(apps, wanted, site.prefix, events))
