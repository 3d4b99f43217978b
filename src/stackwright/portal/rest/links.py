"""Where an Application, its objects and its project lead to elsewhere."""

from stackwright.gitops import deeplinks
from stackwright.kernel.http import Response
from stackwright.portal.rest.api import Call, RestApi, answer, route
from stackwright.portal.rest.resources import object_of


@route("GET", "/applications/{name}/links", "applicationLinksResponse", query="appNamespace project")
async def links(api: RestApi, call: Call) -> Response:
    return answer({"items": deeplinks.shown(api.ports.links("application", await api.app(call)))})


@route(
    "GET",
    "/applications/{name}/resource/links",
    "applicationLinksResponse",
    query="namespace resourceName version group kind appNamespace project",
)
async def resource_links(api: RestApi, call: Call) -> Response:
    app = await api.app(call)
    _, _, found = await object_of(api, call, app)
    return answer({"items": deeplinks.shown(api.ports.links("resource", app, found))})
