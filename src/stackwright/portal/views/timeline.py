"""The timeline of the platform."""

from stackwright.api.meta import name_of, namespace_of
from stackwright.client.kinds import EVENTS
from stackwright.kernel.http import Response
from stackwright.portal import timeline as axis
from stackwright.portal.pages import timeline as pages
from stackwright.portal.site import Site, Visit, view


@view("GET", "/timeline")
async def timeline(site: Site, visit: Visit) -> Response:
    apps = site.visible_apps(visit)
    mine = {(namespace_of(app), name_of(app)) for app in apps}
    listed = await site.ports.client.list(EVENTS, fields="involvedObject.kind=Application")
    events = [event for event in listed if _place(event) in mine]
    query = {key: visit.param(key) for key in ("app", "kind", "since")}
    found = axis.chosen(axis.timeline(apps, events), **query)
    shown = pages.entries(found, visit.page, {key: value for key, value in query.items() if value}, site.prefix)
    return site.live(visit, "Timeline", "<h1>Timeline</h1>" + pages.form(**query), shown, "/live")


def _place(event: object) -> tuple[str, str]:
    about = (event.get("involvedObject") or {}) if isinstance(event, dict) else {}
    return str(about.get("namespace") or ""), str(about.get("name") or "")
