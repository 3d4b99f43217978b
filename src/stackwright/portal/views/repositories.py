"""Repositories and credential templates: listed, tried, registered, changed, deleted."""

from collections import Counter
from urllib.parse import urlencode

from stackwright.api.meta import Object, name_of
from stackwright.api.status import StatusError
from stackwright.client.kinds import SECRETS
from stackwright.gitops.application import sources_of, status_of
from stackwright.gitops.clusters import SECRET_TYPE, decoded
from stackwright.gitops.ports import SourceError
from stackwright.gitops.repositories import CREDENTIALS, REPOSITORY
from stackwright.kernel.http import Response
from stackwright.portal import repository_forms
from stackwright.portal.pages import repositories as pages
from stackwright.portal.site import Missing, Site, Visit, view
from stackwright.portal.views.declaring import asked, heading, link, refusals

_COMPARING = "ComparisonError"


@view("GET", "/repositories")
async def repositories(site: Site, visit: Visit) -> Response:
    apps = site.visible_apps(visit)
    counts = Counter(str(source.get("repoURL") or "") for app in apps for source in sources_of(app))
    rows = [row for row in await _registered(site, counts, _problems(apps)) if _may(site, visit, "get", row.url, row.project)]
    known = {row.url for row in rows if row.registered == REPOSITORY}
    rows += [pages.Row(url, "", "", "", counts[url], _problems(apps).get(url, "")) for url in counts if url and url not in known]
    may = site.access.may(visit.session, "repositories", "update", "*")
    bar = link(f"{site.prefix}/repositories-new", "Register repository", "") if _may(site, visit, "create", "*", "") else ""
    body = pages.listed(sorted(rows, key=lambda row: (row.registered != CREDENTIALS, row.url)), site.prefix, may_change=may)
    return site.answer(visit, "Repositories", heading("Repositories", "Where Applications come from", bar) + body)


def _problems(apps: list[Object]) -> dict[str, str]:
    """What Applications say of their repositories."""
    found: dict[str, str] = {}
    for app in apps:
        told = next((str(item.get("message")) for item in status_of(app).get("conditions") or () if item.get("type") == _COMPARING), "")
        for source in sources_of(app) if told else ():
            found.setdefault(str(source.get("repoURL") or ""), f"{name_of(app)}: {told}"[:300])
    return found


async def _registered(site: Site, counts: Counter[str], problems: dict[str, str]) -> list[pages.Row]:
    rows = []
    for kind in (REPOSITORY, CREDENTIALS):
        for secret in await site.ports.client.list(SECRETS, site.ports.namespace, labels=f"{SECRET_TYPE}={kind}"):
            data = decoded(secret)["data"]
            url = data.get("url", "")
            title = data.get("type") or "git"
            used = counts[url] if kind == REPOSITORY else sum(count for each, count in counts.items() if each.startswith(url))
            name = f"{title}, template" if kind == CREDENTIALS else title
            rows.append(pages.Row(url, name, data.get("project", ""), kind, used, problems.get(url, "") if kind == REPOSITORY else ""))
    return rows


def _may(site: Site, visit: Visit, action: str, url: str, project: str) -> bool:
    return site.access.may(visit.session, "repositories", action, _named(url, project))


def _named(url: str, project: str) -> str:
    """How rules name a repository."""
    return f"{project}/{url}" if project else url


@view("GET", "/repositories-new")
async def new(site: Site, visit: Visit) -> Response:
    site.access.require(visit.session, "repositories", "create", "*")
    fields = {key: value for key, value in visit.request.query if key in ("url", "kind", "type", "project")}
    shown = pages.form(fields, {}, (), visit.session, f"{site.prefix}/repositories-new", site.ports.platform, "")
    return site.answer(visit, "Register repository", heading("Register repository") + shown)


@view("POST", "/repositories-new")
async def create(site: Site, visit: Visit) -> Response:
    site.access.require(visit.session, "repositories", "create", _asked(visit))
    return await _saved(site, visit, None)


def _asked(visit: Visit) -> str:
    return _named(visit.form.get("url", "").strip(), visit.form.get("project", "").strip())


@view("GET", "/repositories/edit")
async def edit(site: Site, visit: Visit) -> Response:
    secret = await _secret(site, visit, "update")
    fields = {**repository_forms.shown(decoded(secret)["data"]), "kind": visit.param("kind")}
    shown = pages.form(fields, {}, (), visit.session, _here(site, visit), site.ports.platform, "")
    return site.answer(visit, "Edit repository", heading("Edit repository", fields["url"]) + shown)


@view("POST", "/repositories/edit")
async def save(site: Site, visit: Visit) -> Response:
    secret = await _secret(site, visit, "update")
    site.access.require(visit.session, "repositories", "update", _asked(visit))
    return await _saved(site, visit, secret)


async def _saved(site: Site, visit: Visit, before: Object | None) -> Response:
    known = decoded(before)["data"] if before is not None else {}
    secret, problems = repository_forms.repository_from(visit.form, known, site.ports.namespace)
    if before is not None:
        secret = {**secret, "metadata": {**before["metadata"], "labels": secret["metadata"]["labels"]}}
    told, good = list[str](), ""
    if not problems and visit.form.get("do") == "test":
        good, told = await _tried(site, secret)
    elif not problems:
        told = await refusals(site, secret, SECRETS, new=before is None)
        if not told:
            write = site.ports.client.create if before is None else site.ports.client.update
            await write(secret, resource=SECRETS)
            return site.redirect("/repositories")
    action = f"{site.prefix}/repositories-new" if before is None else _here(site, visit)
    title = "Register repository" if before is None else "Edit repository"
    shown = pages.form(visit.form, problems, told, visit.session, action, site.ports.platform, good)
    return asked(site, visit, title, heading(title) + shown, [*problems, *told])


async def _tried(site: Site, secret: Object) -> tuple[str, list[str]]:
    """What is found with these credentials, or why nothing is."""
    data = decoded(secret)["data"]
    if secret["metadata"]["labels"][SECRET_TYPE] == CREDENTIALS:
        return "", ["a template has no repository of its own: test a repository that it opens"]
    oci = data.get("enableOCI") == "true"
    try:
        found = await site.ports.inquiries.check(data["url"], data.get("type", "git"), (decoded(secret),), data.get("project", ""), oci=oci)
    except SourceError as error:
        return "", [f"{data['url']}: {error.message}", *([error.hint] if error.hint else [])]
    return f"The connection works: {found}." if found else "Not tried: a registry is asked for nothing until a chart is named.", []


@view("GET", "/repositories/delete")
async def ask_deletion(site: Site, visit: Visit) -> Response:
    await _secret(site, visit, "delete")
    url, kind = visit.param("url"), visit.param("kind")
    count = sum(any(source.get("repoURL") == url for source in sources_of(app)) for app in site.ports.applications.all())
    shown = pages.deletion(url, kind, count, _here(site, visit), visit.session, site.ports.platform)
    return site.answer(visit, "Delete repository", heading("Delete repository?", url) + shown)


@view("POST", "/repositories/delete")
async def delete(site: Site, visit: Visit) -> Response:
    secret = await _secret(site, visit, "delete")
    await site.ports.client.delete(SECRETS, name_of(secret), site.ports.namespace)
    return site.redirect("/repositories")


def _here(site: Site, visit: Visit) -> str:
    return f"{site.prefix}{visit.path}?{urlencode(visit.request.query)}"


async def _secret(site: Site, visit: Visit, action: str) -> Object:
    """The one that the query names. Raises Missing and Forbidden."""
    url, kind, project = visit.param("url"), visit.param("kind"), visit.param("project")
    if kind not in (REPOSITORY, CREDENTIALS) or not _may(site, visit, "get", url, project):
        raise Missing("There is no such repository, or none that you may see.")
    site.access.require(visit.session, "repositories", action, _named(url, project))
    try:
        listed = await site.ports.client.list(SECRETS, site.ports.namespace, labels=f"{SECRET_TYPE}={kind}")
    except StatusError as error:
        raise Missing(error.message) from error
    for secret in listed:
        data = decoded(secret)["data"]
        if data.get("url") == url and data.get("project", "") == project:
            return secret
    raise Missing("There is no such repository any more.")
