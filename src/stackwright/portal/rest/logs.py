"""Logs of an Application's pods, line by line, as grpc-gateway streams them."""

from collections.abc import AsyncIterator

from stackwright.kernel import json
from stackwright.kernel.http import Response
from stackwright.portal.logs import LogQuery, lines_of
from stackwright.portal.rest.api import JSON, Call, Refused, RestApi, route
from stackwright.portal.shapes import tree

_QUERY = "container tailLines follow previous appNamespace project"


@route("GET", "/applications/{name}/pods/{pod}/logs", "applicationLogEntry", query=_QUERY, streams=True)
async def pod_logs(api: RestApi, call: Call) -> Response:
    return await _logs(api, call, call.parts["pod"])


@route("GET", "/applications/{name}/logs", "applicationLogEntry", query=f"podName {_QUERY}", streams=True)
async def logs(api: RestApi, call: Call) -> Response:
    return await _logs(api, call, call.param("podName"))


async def _logs(api: RestApi, call: Call, pod: str) -> Response:
    app = await api.app(call)
    api.access.require(call.session, "logs", "get", api.access.app_object(app))
    state = await api.ports.state_of(app)
    nodes = [] if state is None else tree(state, api.ports.children_of)
    pods = [node for node in nodes if node["kind"] == "Pod" and (not pod or node["name"] == pod)]
    if not pods:
        raise Refused(404, f"pod {pod!r} not found as part of application {call.name}" if pod else "the application has no pods")
    query = LogQuery(
        str(pods[0]["namespace"]),
        str(pods[0]["name"]),
        call.param("container"),
        follow=call.param("follow") == "true",
        tail=int(call.param("tailLines")) if call.param("tailLines").isdigit() else None,
        previous=call.param("previous") == "true",
    )
    return Response(200, headers=JSON, stream=_shown(await lines_of(api.ports.client, query), query.pod))


async def _shown(lines: AsyncIterator[tuple[str, str]], pod: str) -> AsyncIterator[bytes]:
    async for time, text in lines:
        yield json.dumps({"result": {"content": text, "timeStampStr": time, "podName": pod, "last": False}}) + b"\n"
    yield json.dumps({"result": {"content": "", "timeStampStr": "", "podName": pod, "last": True}}) + b"\n"
