"""Logs of pods, as they come."""

from collections.abc import AsyncIterator
from html import escape
from urllib.parse import quote, urlencode

from stackwright.api.meta import Object, name_of
from stackwright.client.kinds import PODS
from stackwright.kernel import json
from stackwright.kernel.http import Response
from stackwright.portal import shapes
from stackwright.portal.logs import LogQuery, lines_of
from stackwright.portal.pages import logs as pages
from stackwright.portal.site import EVENT_STREAM, Missing, Site, Visit, app_path, view
from stackwright.portal.views.application import heading

FIRST_LINES = 500


@view("GET", "/applications/{namespace}/{name}/logs")
async def of_any_pod(site: Site, visit: Visit) -> Response:
    """Leads to the pod that is asked for, or to the first."""
    app = site.app(visit)
    site.access.require(visit.session, "logs", "get", site.access.app_object(app))
    pods = await _pods(site, app)
    if not pods:
        return site.answer(visit, f"Logs of {name_of(app)}", heading(site, visit, app, "logs") + pages.nothing(name_of(app)))
    asked = visit.param("pod")
    where, _, pod = (asked if asked in pods else pods[0]).partition("/")
    kept = [(key, visit.param(key)) for key in ("container", "previous") if visit.param(key)]
    query = f"?{urlencode(kept)}" if kept else ""
    return site.redirect(f"{app_path(app)}/logs/{quote(where)}/{quote(pod)}{query}")


@view("GET", "/applications/{namespace}/{name}/logs/{where}/{pod}")
async def of_application(site: Site, visit: Visit) -> Response:
    app, pods = await _allowed(site, visit)
    base = f"{site.prefix}{app_path(app)}/logs"
    body = await _body(site, visit, pods, f"{base}/{quote(visit.parts['where'])}/{quote(visit.parts['pod'])}/stream", base)
    return site.answer(visit, f"Logs of {visit.parts['pod']}", heading(site, visit, app, "logs") + body)


@view("GET", "/applications/{namespace}/{name}/logs/{where}/{pod}/stream")
async def stream_of_application(site: Site, visit: Visit) -> Response:
    await _allowed(site, visit)
    return await _stream(site, visit)


@view("GET", "/logs/{where}/{pod}")
async def of_pod(site: Site, visit: Visit) -> Response:
    site.access.require(visit.session, "logs", "get", "*/*")
    where = f"{site.prefix}/logs/{quote(visit.parts['where'])}/{quote(visit.parts['pod'])}"
    body = await _body(site, visit, [_pod(visit)], f"{where}/stream", where)
    return site.answer(
        visit, f"Logs of {visit.parts['pod']}", f'<div class="head"><h1>Logs of {escape(visit.parts["pod"])}</h1></div>{body}'
    )


@view("GET", "/logs/{where}/{pod}/stream")
async def stream_of_pod(site: Site, visit: Visit) -> Response:
    site.access.require(visit.session, "logs", "get", "*/*")
    return await _stream(site, visit)


def _pod(visit: Visit) -> str:
    return f"{visit.parts['where']}/{visit.parts['pod']}"


async def _pods(site: Site, app: Object) -> list[str]:
    state = await site.ports.state_of(app)
    nodes = [] if state is None else shapes.tree(state, site.ports.children_of)
    return [f"{node['namespace']}/{node['name']}" for node in nodes if node["kind"] == "Pod" and not node["group"]]


async def _allowed(site: Site, visit: Visit) -> tuple[Object, list[str]]:
    """The Application and its pods, when its logs may be read and the pod is its own. Raises Missing and Forbidden."""
    app = site.app(visit)
    site.access.require(visit.session, "logs", "get", site.access.app_object(app))
    pods = await _pods(site, app)
    if _pod(visit) not in pods:
        raise Missing(f"There is no pod {visit.parts['pod']} in this Application any more.")
    return app, pods


async def _body(site: Site, visit: Visit, pods: list[str], stream: str, choose: str) -> str:
    pod = await site.ports.client.get(PODS, visit.parts["pod"], visit.parts["where"])
    containers = pages.containers_of(pod)
    asked = visit.param("container")
    container = asked if asked in containers else (containers or [""])[0]
    previous = visit.param("previous") == "true"
    return pages.logs(_pod(visit), pods, container, containers, stream, previous=previous, choose=choose)


async def _stream(site: Site, visit: Visit) -> Response:
    previous = visit.param("previous") == "true"
    query = LogQuery(
        visit.parts["where"], visit.parts["pod"], visit.param("container"), follow=not previous, tail=FIRST_LINES, previous=previous
    )
    lines = await lines_of(site.ports.client, query)
    return Response(200, headers=EVENT_STREAM, stream=_events(lines))


async def _events(lines: AsyncIterator[tuple[str, str]]) -> AsyncIterator[bytes]:
    """Shape: each event is a JSON list of time and line; `end` tells that no more will come."""
    async for time, text in lines:
        yield b"data: " + json.dumps([time, text]) + b"\n\n"
    yield b"event: end\ndata: end\n\n"
