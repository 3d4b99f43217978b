"""Clusters: listed with their state, tried, registered, forgotten."""

from collections import Counter
from urllib.parse import urlencode

from stackwright.api.meta import Object, name_of
from stackwright.client.kinds import SECRETS
from stackwright.gitops.application import destination_of
from stackwright.gitops.clusters import SECRET_TYPE, decoded
from stackwright.gitops.repositories import CLUSTER
from stackwright.kernel.errors import StackwrightError
from stackwright.kernel.http import Response
from stackwright.portal import repository_forms
from stackwright.portal.pages import clusters as pages
from stackwright.portal.site import Missing, Site, Visit, view
from stackwright.portal.views.declaring import asked, heading, link, refusals


@view("GET", "/clusters")
async def clusters(site: Site, visit: Visit) -> Response:
    known = [{key: str(value) for key, value in each.items()} for each in site.ports.clusters()]
    found = [each for each in known if site.access.may(visit.session, "clusters", "get", each["server"])]
    counts = _counts(site.visible_apps(visit), found)
    states = {state.server: state for state in site.ports.cluster_states()}
    bar = link(f"{site.prefix}/clusters-new", "Register cluster", "") if site.access.may(visit.session, "clusters", "create", "*") else ""
    may = site.access.may(visit.session, "clusters", "delete", "*")
    body = pages.listed(found, states, counts, site.prefix, may_change=may)
    return site.answer(visit, "Clusters", heading("Clusters", "Where Applications are deployed to", bar) + body)


def _counts(apps: list[Object], known: list[dict[str, str]]) -> Counter[str]:
    """By server, whether an Application says the server or the name."""
    servers = {each["name"]: each["server"] for each in known}
    destinations = [destination_of(app) for app in apps]
    return Counter(str(each.get("server") or servers.get(str(each.get("name") or ""), "")) for each in destinations)


@view("GET", "/clusters-new")
async def new(site: Site, visit: Visit) -> Response:
    site.access.require(visit.session, "clusters", "create", "*")
    return site.answer(visit, "Register cluster", heading("Register cluster") + _form(site, visit, {}, [], ""))


@view("POST", "/clusters-new")
async def create(site: Site, visit: Visit) -> Response:
    site.access.require(visit.session, "clusters", "create", visit.form.get("server", "").strip() or "*")
    secret, problems = repository_forms.cluster_from(visit.form, site.ports.namespace)
    if any(each["server"] == visit.form.get("server", "").strip() for each in site.ports.clusters()):
        problems["server"] = "it is registered already"
    told, good = list[str](), ""
    if not problems and visit.form.get("do") == "test":
        good, told = await _tried(site, secret)
    elif not problems:
        told = await refusals(site, secret, SECRETS, new=True)
        if not told:
            await site.ports.client.create(secret, resource=SECRETS)
            return site.redirect("/clusters")
    body = heading("Register cluster") + _form(site, visit, problems, told, good)
    return asked(site, visit, "Register cluster", body, [*problems, *told])


def _form(site: Site, visit: Visit, problems: dict[str, str], told: list[str], good: str) -> str:
    return pages.form(visit.form, problems, told, visit.session, f"{site.prefix}/clusters-new", site.ports.platform, good)


async def _tried(site: Site, secret: Object) -> tuple[str, list[str]]:
    try:
        return f"The connection works: Kubernetes {await site.ports.try_cluster(decoded(secret))}.", []
    except StackwrightError as error:
        return "", [error.message, *([error.hint] if error.hint else [])]


@view("GET", "/clusters/delete")
async def ask_deletion(site: Site, visit: Visit) -> Response:
    secret = await _secret(site, visit)
    data = decoded(secret)["data"]
    count = _counts(site.ports.applications.all(), [{"name": data.get("name", ""), "server": data["server"]}])[data["server"]]
    action = f"{site.prefix}/clusters/delete?{urlencode(visit.request.query)}"
    shown = pages.deletion(data.get("name", ""), count, action, visit.session)
    return site.answer(visit, "Forget cluster", heading("Forget cluster?", data["server"]) + shown)


@view("POST", "/clusters/delete")
async def delete(site: Site, visit: Visit) -> Response:
    await site.ports.client.delete(SECRETS, name_of(await _secret(site, visit)), site.ports.namespace)
    return site.redirect("/clusters")


async def _secret(site: Site, visit: Visit) -> Object:
    """Raises Missing and Forbidden."""
    server = visit.param("server")
    site.access.require(visit.session, "clusters", "delete", server)
    for secret in await site.ports.client.list(SECRETS, site.ports.namespace, labels=f"{SECRET_TYPE}={CLUSTER}"):
        if decoded(secret)["data"].get("server") == server:
            return secret
    raise Missing("There is no such cluster, or it is the platform's own.")
