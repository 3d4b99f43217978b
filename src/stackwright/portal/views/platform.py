"""ApplicationSets, packages, projects, clusters, repositories, the own account."""

from collections import Counter

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.kinds import APPLICATION_SETS, CUSTOM_PACKAGES, GIT_REPOSITORIES, SECRETS
from stackwright.gitops.application import destination_of, project_of, sources_of
from stackwright.gitops.clusters import decoded
from stackwright.kernel.errors import BadInput
from stackwright.kernel.http import Response
from stackwright.portal import shapes
from stackwright.portal.accounts import password_entries
from stackwright.portal.pages import platform as pages
from stackwright.portal.rest.sets import set_project
from stackwright.portal.site import Site, Visit, view


@view("GET", "/applicationsets")
async def application_sets(site: Site, visit: Visit) -> Response:
    listed = await site.ports.client.list(APPLICATION_SETS)
    found = [each for each in listed if site.access.may(visit.session, "applicationsets", "get", _set_object(site, each))]
    return site.live(visit, "ApplicationSets", "<h1>ApplicationSets</h1>", pages.sets(found, site.prefix), "/live")


def _set_object(site: Site, found: Object) -> str:
    return site.access.object_name(set_project(found), namespace_of(found), name_of(found))


@view("GET", "/packages")
async def packages(site: Site, visit: Visit) -> Response:
    site.access.require(visit.session, "repositories", "get", "*")
    found, repositories = await site.ports.client.list(CUSTOM_PACKAGES), await site.ports.client.list(GIT_REPOSITORIES)
    return site.live(visit, "Packages", "<h1>Packages</h1>", pages.packages(found, repositories, site.prefix), "/live")


@view("GET", "/projects")
async def projects(site: Site, visit: Visit) -> Response:
    found = [each for each in site.ports.projects.all() if site.access.may(visit.session, "projects", "get", name_of(each))]
    counts = Counter(project_of(app) for app in site.visible_apps(visit))
    return site.page("Projects", "<h1>Projects</h1>" + pages.projects(found, counts), visit.session)


@view("GET", "/clusters")
async def clusters(site: Site, visit: Visit) -> Response:
    found = [each for each in site.ports.clusters() if site.access.may(visit.session, "clusters", "get", str(each["server"]))]
    counts = Counter(str(destination_of(app).get("server") or "") for app in site.visible_apps(visit))
    return site.page("Clusters", "<h1>Clusters</h1>" + pages.clusters(found, counts), visit.session)


@view("GET", "/repositories")
async def repositories(site: Site, visit: Visit) -> Response:
    counts = Counter(str(source.get("repoURL") or "") for app in site.visible_apps(visit) for source in sources_of(app))
    listed = await site.ports.client.list(SECRETS, site.ports.namespace, labels="argocd.argoproj.io/secret-type=repository")
    shown = [shapes.repository(decoded(secret)["data"]) for secret in listed]
    registered = {item["repo"]: item["type"] for item in shown if site.access.may(visit.session, "repositories", "get", _repo(item))}
    return site.page("Repositories", "<h1>Repositories</h1>" + pages.repositories(counts, registered), visit.session)


def _repo(item: dict[str, str]) -> str:
    return f"{item['project']}/{item['repo']}" if item.get("project") else item["repo"]


@view("GET", "/account")
async def account(site: Site, visit: Visit) -> Response:
    return _account(site, visit, (), "")


@view("POST", "/account")
async def change_password(site: Site, visit: Visit) -> Response:
    """Every session of the account is over afterwards, also this one."""
    own = site.ports.accounts().get(visit.session.account)
    if own is None or not own.accepts(visit.form.get("currentPassword", "")):
        return _account(site, visit, ["Current password: it is not this one."], "")
    try:
        entries = password_entries(own.name, visit.form.get("newPassword", ""), site.ports.sessions.now)
        await site.ports.save_secret(entries)
    except (BadInput, StatusError) as error:
        return _account(site, visit, [error.message], "")
    return site.redirect("/login")


def _account(site: Site, visit: Visit, told: list[str] | tuple[str, ...], done: str) -> Response:
    own = site.ports.accounts().get(visit.session.account)
    body = pages.account(own, visit.session.username, told, done, visit.session, f"{site.prefix}/account")
    return site.page("Account", body, visit.session, 422 if told else 200)
