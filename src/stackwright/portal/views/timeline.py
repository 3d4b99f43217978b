"""The timeline of the platform, and what a commit changed."""

from collections.abc import Sequence
from html import escape

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.client.kinds import EVENTS
from stackwright.gitops.application import sources_of, status_of
from stackwright.gitops.ports import Commit, SourceError
from stackwright.gitops.preview import Preview
from stackwright.kernel.http import Response
from stackwright.portal import timeline as axis
from stackwright.portal.pages import timeline as pages
from stackwright.portal.site import Missing, Site, Visit, view

COMMITS_EACH, REPOSITORIES, APPLICATIONS_EACH = 50, 40, 20
_FILTERS = ("app", "kind", "since", "until", "who")


@view("GET", "/timeline")
async def timeline(site: Site, visit: Visit) -> Response:
    apps = site.visible_apps(visit)
    mine = {(namespace_of(app), name_of(app)) for app in apps}
    listed = await site.ports.client.list(EVENTS, fields="involvedObject.kind=Application")
    events = [event for event in listed if _place(event) in mine]
    query = {key: visit.param(key) for key in _FILTERS}
    found = axis.chosen(axis.timeline(apps, events, await _commits(site, apps)), **query)
    shown = pages.entries(found, visit.page, {key: value for key, value in query.items() if value}, site.prefix)
    title = '<div class="head"><h1>Timeline</h1><p class="sub">Commits, deployments, operations, health and what people did</p></div>'
    return site.live(visit, "Timeline", title + pages.form(**query), shown, "/live")


async def _commits(site: Site, apps: Sequence[Object]) -> dict[str, list[Commit]]:
    """The last ones of every repository that is deployed from, as far as they were fetched."""
    heads: dict[str, str] = {}
    for app in apps:
        sync = status_of(app).get("sync") or {}
        for source, revision in zip(sources_of(app), sync.get("revisions") or (sync.get("revision"),), strict=False):
            if revision and not source.get("chart"):
                heads.setdefault(str(source.get("repoURL") or ""), str(revision))
    return {url: await site.commits.back(url, revision, COMMITS_EACH) for url, revision in list(heads.items())[:REPOSITORIES]}


def _place(event: object) -> tuple[str, str]:
    about = (event.get("involvedObject") or {}) if isinstance(event, dict) else {}
    return str(about.get("namespace") or ""), str(about.get("name") or "")


@view("GET", "/commits")
async def commit(site: Site, visit: Visit) -> Response:
    """For everybody who may see an Application of the repository, and only with what it means for those."""
    url, revision = visit.param("repository"), visit.param("revision")
    apps = [app for app in site.visible_apps(visit) if any(source.get("repoURL") == url for source in sources_of(app))]
    found = await site.commits.one(url, revision) if apps else None
    if found is None:
        raise Missing("There is no such commit, or it was not fetched yet.")
    paths = await site.ports.repositories.changed_paths(url, found.parent, found.sha) if found.parent else ()
    told = [(name_of(app), *await _change(site, app, url, found)) for app in apps[:APPLICATIONS_EACH]]
    body = f'<div class="head"><h1>{escape(found.title)}</h1></div>' + pages.commit(found, url, paths, told)
    return site.answer(visit, f"Commit {found.sha[:7]}", body)


async def _change(site: Site, app: Object, url: str, commit: Commit) -> tuple[Preview | None, str]:
    if not commit.parent:
        return None, "it is the first commit: there is nothing before it to compare with"
    sync = status_of(app).get("sync") or {}
    now = list(sync.get("revisions") or (sync.get("revision") or "",))
    sources = sources_of(app)
    at = [
        [sha if source.get("repoURL") == url else str(known or "") for source, known in zip(sources, now, strict=False)]
        for sha in (commit.parent, commit.sha)
    ]
    try:
        return await site.ports.repositories.changes(app, sources, *at), ""
    except SourceError as error:
        return None, error.message
