"""Logs of pods, as they come."""

from collections.abc import AsyncIterator
from urllib.parse import quote

from stackwright.api.meta import Object
from stackwright.client.kinds import PODS
from stackwright.kernel import json
from stackwright.kernel.http import Response
from stackwright.portal import shapes
from stackwright.portal.logs import LogQuery, lines_of
from stackwright.portal.pages import logs as pages
from stackwright.portal.site import EVENT_STREAM, Missing, Site, Visit, app_path, view

FIRST_LINES = 500


@view("GET", "/applications/{namespace}/{name}/logs/{where}/{pod}")
async def of_application(site: Site, visit: Visit) -> Response:
    app = await _allowed(site, visit)
    return await _page(site, visit, f"{site.prefix}{app_path(app)}/logs/{quote(visit.parts['where'])}/{quote(visit.parts['pod'])}/stream")


@view("GET", "/applications/{namespace}/{name}/logs/{where}/{pod}/stream")
async def stream_of_application(site: Site, visit: Visit) -> Response:
    await _allowed(site, visit)
    return await _stream(site, visit)


@view("GET", "/logs/{where}/{pod}")
async def of_pod(site: Site, visit: Visit) -> Response:
    site.access.require(visit.session, "logs", "get", "*/*")
    return await _page(site, visit, f"{site.prefix}/logs/{quote(visit.parts['where'])}/{quote(visit.parts['pod'])}/stream")


@view("GET", "/logs/{where}/{pod}/stream")
async def stream_of_pod(site: Site, visit: Visit) -> Response:
    site.access.require(visit.session, "logs", "get", "*/*")
    return await _stream(site, visit)


async def _allowed(site: Site, visit: Visit) -> Object:
    """The Application, when its logs may be read and the pod is its own. Raises Missing and Forbidden."""
    app = site.app(visit)
    site.access.require(visit.session, "logs", "get", site.access.app_object(app))
    state = await site.ports.state_of(app)
    nodes = [] if state is None else shapes.tree(state, site.ports.children_of)
    wanted = ("Pod", visit.parts["where"], visit.parts["pod"])
    if not any((node["kind"], node["namespace"], node["name"]) == wanted for node in nodes):
        raise Missing(f"There is no pod {visit.parts['pod']} in this Application any more.")
    return app


async def _page(site: Site, visit: Visit, stream: str) -> Response:
    pod = await site.ports.client.get(PODS, visit.parts["pod"], visit.parts["where"])
    containers = pages.containers_of(pod)
    asked = visit.param("container")
    container = asked if asked in containers else (containers or [""])[0]
    return site.page(f"Logs of {visit.parts['pod']}", pages.logs(pod, container, stream, containers), visit.session)


async def _stream(site: Site, visit: Visit) -> Response:
    query = LogQuery(visit.parts["where"], visit.parts["pod"], visit.param("container"), follow=True, tail=FIRST_LINES)
    lines = await lines_of(site.ports.client, query)
    return Response(200, headers=EVENT_STREAM, stream=_events(lines))


async def _events(lines: AsyncIterator[tuple[str, str]]) -> AsyncIterator[bytes]:
    """Shape: each event is a JSON list of time and line; `end` tells that no more will come."""
    async for time, text in lines:
        yield b"data: " + json.dumps([time, text]) + b"\n\n"
    yield b"event: end\ndata: end\n\n"
