"""ApplicationSets: list, read, write, and what they would make."""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object, labels_of, name_of, namespace_of
from stackwright.api.selectors import SelectorError, parse_label_selector
from stackwright.api.status import StatusError
from stackwright.client.kinds import APPLICATION_SETS, EVENTS
from stackwright.kernel.errors import BadInput
from stackwright.kernel.http import Response
from stackwright.portal import shapes
from stackwright.portal.rest.api import Call, Refused, RestApi, answer, route, typed

_SET = "v1alpha1ApplicationSet"


def set_project(found: Object) -> str:
    """Of the Applications that a set makes."""
    spec = ((found.get("spec") or {}).get("template") or {}).get("spec") or {}
    return str(spec.get("project") or "default")


def set_object(api: RestApi, found: Object) -> str:
    return api.access.object_name(set_project(found), str((found.get("metadata") or {}).get("namespace") or ""), name_of(found))


def is_chosen(found: Object, call: Call) -> bool:
    """By the query of a list or a stream. Raises Refused."""
    projects = {value for key, value in call.request.query if key == "projects" and value}
    namespace, name = call.param("appsetNamespace") or call.param("appSetNamespace"), call.param("name")
    try:
        selector = parse_label_selector(call.param("selector"))
    except SelectorError as error:
        raise Refused(400, error.message) from error
    fits = selector.matches(labels_of(found)) and (not projects or set_project(found) in projects)
    return fits and namespace in ("", namespace_of(found)) and name in ("", name_of(found))


@route("GET", "/applicationsets", "v1alpha1ApplicationSetList", query="projects selector appsetNamespace")
async def application_sets(api: RestApi, call: Call) -> Response:
    listed = [item for item in api.ports.sets.all() if is_chosen(item, call)]
    found = [item for item in listed if api.access.may(call.session, "applicationsets", "get", set_object(api, item))]
    return answer({"metadata": {}, "items": sorted(found, key=name_of)})


@route("GET", "/applicationsets/{name}", _SET, query="appsetNamespace")
async def application_set(api: RestApi, call: Call) -> Response:
    return answer(await _set(api, call, "get"))


@route("POST", "/applicationsets", _SET, body=_SET, query="upsert dryRun")
async def create_application_set(api: RestApi, call: Call) -> Response:
    wanted = _wanted(api, call.body)
    api.require(call, "applicationsets", "create", set_object(api, wanted))
    dry_run = call.param("dryRun") == "true"
    try:
        return answer(await api.ports.client.create(wanted, resource=APPLICATION_SETS, dry_run=dry_run))
    except StatusError as error:
        if not (error.already_exists and call.param("upsert") == "true"):
            raise
    api.require(call, "applicationsets", "update", set_object(api, wanted))
    patch = {"spec": wanted.get("spec")}
    return answer(await api.ports.client.patch(APPLICATION_SETS, name_of(wanted), wanted["metadata"]["namespace"], patch, dry_run=dry_run))


@route("DELETE", "/applicationsets/{name}", "applicationsetApplicationSetResponse", query="appsetNamespace")
async def delete_application_set(api: RestApi, call: Call) -> Response:
    found = await _set(api, call, "delete")
    await api.ports.client.delete(APPLICATION_SETS, call.name, found["metadata"]["namespace"])
    return answer({})


@route(
    "POST", "/applicationsets/generate", "applicationsetApplicationSetGenerateResponse", body="applicationsetApplicationSetGenerateRequest"
)
async def generate(api: RestApi, call: Call) -> Response:
    """The Applications that a set would make now; nothing is written."""
    given = call.body.get("applicationSet")
    if not isinstance(given, Mapping) or not isinstance(given.get("spec"), Mapping):
        raise BadInput("applicationSet: expected an ApplicationSet with a spec")
    wanted = _wanted(api, given)
    api.require(call, "applicationsets", "create", set_object(api, wanted))
    found = await api.ports.generate(wanted)
    return answer({"applications": [typed(app) for app in found]})


@route("GET", "/applicationsets/{name}/events", "v1EventList", query="appsetNamespace")
async def set_events(api: RestApi, call: Call) -> Response:
    found = await _set(api, call, "get")
    fields = f"involvedObject.name={call.name},involvedObject.kind=ApplicationSet"
    return answer({"metadata": {}, "items": await api.ports.client.list(EVENTS, namespace_of(found), fields=fields)})


@route("GET", "/applicationsets/{name}/resource-tree", "v1alpha1ApplicationSetTree", query="appsetNamespace")
async def set_tree(api: RestApi, call: Call) -> Response:
    """The set's Applications, as far as the session may see them."""
    assert call.session is not None, "only sessions come this far"
    found = await _set(api, call, "get")
    apps = api.access.visible(call.session, [app for app in api.ports.applications.all() if shapes.is_owned_by(app, found)])
    return answer({"nodes": [shapes.app_node(app, found) for app in sorted(apps, key=name_of)]})


def _wanted(api: RestApi, given: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {"namespace": api.ports.namespace, **(given.get("metadata") or {})}
    return {**given, "apiVersion": APPLICATION_SETS.api_version, "kind": "ApplicationSet", "metadata": metadata}


async def _set(api: RestApi, call: Call, action: str) -> Object:
    """Raises Refused and Forbidden: who may not see every set does not learn which there are."""
    namespace = call.param("appsetNamespace") or api.ports.namespace
    found = await api.ports.client.find(APPLICATION_SETS, call.name, namespace)
    if found is None:
        api.require(call, "applicationsets", action, api.access.object_name("*", namespace, call.name))
        raise Refused(404, f'applicationsets.argoproj.io "{call.name}" not found')
    api.require(call, "applicationsets", action, set_object(api, found))
    return found
