"""What an Application consists of: its tree, its objects as wanted and as they live, their events and actions."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from stackwright.api.meta import GroupVersionKind, Object, ObjectKey, Resource, gvk_of, key_of, name_of, namespace_of
from stackwright.client.errors import UnknownKind
from stackwright.client.kinds import EVENTS
from stackwright.client.kube import KubeClient
from stackwright.gitops.actions.discovery import actions_of, run_action
from stackwright.gitops.actions.types import Action
from stackwright.gitops.application import destination_of, project_of
from stackwright.gitops.diff.masks import masked_annotations
from stackwright.gitops.project import windows
from stackwright.gitops.settings import parse_settings
from stackwright.kernel import json
from stackwright.kernel.errors import BadInput
from stackwright.kernel.http import Response
from stackwright.portal import shapes
from stackwright.portal.rest.api import Call, Refused, RestApi, answer, route

_OBJECT = "namespace name version group kind appNamespace project"
_RESOURCE = "namespace resourceName version group kind appNamespace project"


@route("GET", "/applications/{name}/managed-resources", "applicationManagedResourcesResponse", query=_OBJECT)
async def managed_resources(api: RestApi, call: Call) -> Response:
    state = await api.ports.state_of(await api.app(call))
    found = [] if state is None else [resource for resource in state.resources if _is_asked_for(resource.pair.key, call)]
    return answer({"items": [shapes.managed(resource, masked_annotations(api.ports.settings())) for resource in found]})


def _is_asked_for(key: ObjectKey, call: Call) -> bool:
    wanted = (call.param("group"), call.param("kind"), call.param("namespace"), call.param("name"))
    return all(not want or want == value for want, value in zip(wanted, (key.group, key.kind, key.namespace, key.name), strict=True))


@route("GET", "/applications/{name}/resource-tree", "v1alpha1ApplicationTree", query="appNamespace project")
async def resource_tree(api: RestApi, call: Call) -> Response:
    state = await api.ports.state_of(await api.app(call))
    return answer(shapes.whole_tree(state, api.ports.children_of))


@route(
    "GET",
    "/applications/{name}/manifests",
    "repositoryManifestResponse",
    query="appNamespace project",
)
async def manifests(api: RestApi, call: Call) -> Response:
    app = await api.app(call)
    state = await api.ports.state_of(app)
    wanted = [] if state is None else [resource.pair.target for resource in state.resources if resource.pair.target is not None]
    destination = destination_of(app)
    shown = {"manifests": [json.dumps(api.ports.masked(obj)).decode() for obj in wanted]}
    revision = ((app.get("status") or {}).get("sync") or {}).get("revision") or ""
    place = {"namespace": destination.get("namespace") or "", "server": destination.get("server") or ""}
    return answer({**shown, **place, "revision": revision, "sourceType": (app.get("status") or {}).get("sourceType") or ""})


@route("GET", "/applications/{name}/resource", "applicationApplicationResourceResponse", query=_RESOURCE)
async def resource(api: RestApi, call: Call) -> Response:
    _, _, found = await object_of(api, call, await api.app(call))
    return answer({"manifest": json.dumps(api.ports.masked(found)).decode()})


@route("POST", "/applications/{name}/resource", "applicationApplicationResourceResponse", body="text", query=f"patchType {_RESOURCE}")
async def patch_resource(api: RestApi, call: Call) -> Response:
    app = await api.app(call)
    client, served, found = await object_of(api, call, app)
    _require(api, call, app, "update", found)
    try:
        patch = json.loads(str(call.body.get("patch") or call.body.get("body") or "{}"))
    except json.JSONDecodeError as error:
        raise Refused(400, f"patch: not JSON: {error}") from error
    kind: Any = {"application/json-patch+json": "json", "application/strategic-merge-patch+json": "strategic"}.get(
        call.param("patchType"), "merge"
    )
    changed = await client.patch(served, name_of(found), namespace_of(found) or None, patch, type=kind)
    return answer({"manifest": json.dumps(api.ports.masked(changed)).decode()})


@route("DELETE", "/applications/{name}/resource", "applicationApplicationResponse", query=f"force orphan {_RESOURCE}")
async def delete_resource(api: RestApi, call: Call) -> Response:
    app = await api.app(call)
    client, served, found = await object_of(api, call, app)
    _require(api, call, app, "delete", found)
    propagation: Any = "Orphan" if call.param("orphan") == "true" else "Background" if call.param("force") == "true" else "Foreground"
    await client.delete(served, name_of(found), namespace_of(found) or None, propagation=propagation)
    return answer({})


@route("GET", "/applications/{name}/resource/actions", "applicationResourceActionsListResponse", query=_RESOURCE)
async def resource_actions(api: RestApi, call: Call) -> Response:
    _, _, found = await object_of(api, call, await api.app(call))
    customizations = parse_settings(api.ports.settings()).customizations
    return answer({"actions": [_shown(action) for action in actions_of(found, customizations)]})


@route("POST", "/applications/{name}/resource/actions", "applicationApplicationResponse", body="text", query=_RESOURCE)
async def run_resource_action(api: RestApi, call: Call) -> Response:
    return await _run(api, call, str(call.body.get("action") or call.body.get("body") or ""), {})


@route("POST", "/applications/{name}/resource/actions/v2", "applicationApplicationResponse", body="applicationResourceActionRunRequestV2")
async def run_resource_action_with_parameters(api: RestApi, call: Call) -> Response:
    given = call.body.get("resourceActionParameters") or ()
    if not isinstance(given, list) or not all(isinstance(item, Mapping) and item.get("name") for item in given):
        raise BadInput("resourceActionParameters: expected a list of name and value")
    return await _run(api, call, str(call.body.get("action") or ""), {str(item["name"]): str(item.get("value") or "") for item in given})


async def _run(api: RestApi, call: Call, name: str, parameters: dict[str, str]) -> Response:
    app = await api.app(call)
    client, _, found = await object_of(api, call, app)
    gvk = gvk_of(found)
    api.access.require_app(call.session, f"action/{gvk.group}/{gvk.kind}/{name}", app)
    customizations = parse_settings(api.ports.settings()).customizations
    effects = run_action(name, found, parameters=parameters, now=datetime.now(UTC), customizations=customizations)
    for effect in effects:
        write = client.create if effect.operation == "create" else client.update
        await write(effect.object)
    return answer({})


def _shown(action: Action) -> dict[str, Any]:
    parameters = [{"name": parameter.name, "default": parameter.default} for parameter in action.parameters]
    found = {"name": action.name, "disabled": action.disabled, "displayName": action.display_name, "iconClass": action.icon_class}
    return found | ({"params": parameters} if parameters else {})


@route("GET", "/applications/{name}/events", "v1EventList", query="resourceNamespace resourceName resourceUID appNamespace project")
async def events(api: RestApi, call: Call) -> Response:
    app = await api.app(call)
    name, namespace = call.param("resourceName"), call.param("resourceNamespace")
    where = (name, namespace) if name else (name_of(app), namespace_of(app))
    listed = await api.ports.client.list(EVENTS, where[1] or None, fields=f"involvedObject.name={where[0]}")
    uid = call.param("resourceUID")
    found = [event for event in listed if not uid or (event.get("involvedObject") or {}).get("uid") == uid]
    return answer({"metadata": {}, "items": found})


@route("GET", "/applications/{name}/syncwindows", "applicationApplicationSyncWindowsResponse", query="appNamespace project")
async def sync_windows(api: RestApi, call: Call) -> Response:
    app = await api.app(call)
    project = api.ports.projects.get(project_of(app), api.ports.namespace)
    assigned = windows.assigned(project or {}, app)
    now = datetime.now(UTC)
    found = {
        "activeWindows": [_window(window) for window in windows.active(assigned, now)],
        "assignedWindows": [_window(window) for window in assigned],
        "canSync": windows.can_sync(assigned, now, manual=True),
    }
    return answer(found)


def _window(window: windows.Window) -> dict[str, Any]:
    return {key: window[key] for key in ("kind", "schedule", "duration", "manualSync", "andOperator") if key in window}


async def object_of(api: RestApi, call: Call, app: Object) -> tuple[KubeClient, Resource, Object]:
    """The object of a call, which must belong to its Application, in the cluster where that lives. Raises Refused and StatusError."""
    asked = {key: call.param(key) or str(call.body.get(key) or "") for key in ("group", "version", "kind", "namespace", "resourceName")}
    kind = GroupVersionKind(asked["group"], asked["version"], asked["kind"])
    key = ObjectKey(kind.group, kind.kind, asked["namespace"], asked["resourceName"])
    if not await _belongs(api, app, key):
        raise Refused(400, f"{key.kind} {key.group} {key.name} not found as part of application {name_of(app)}")
    client = await api.ports.client_of(app)
    if client is None:
        raise Refused(503, f"the cluster of application {name_of(app)} cannot be reached now")
    try:
        served = await client.resource(kind)
    except UnknownKind as error:
        raise Refused(404, error.message) from error
    return client, served, await client.get(served, key.name, key.namespace or None)


async def _belongs(api: RestApi, app: Object, key: ObjectKey) -> bool:
    state = await api.ports.state_of(app)
    if state is None:
        return False
    if any(resource.pair.live is not None and key_of(resource.pair.live) == key for resource in state.resources):
        return True
    place = {"group": key.group, "kind": key.kind, "namespace": key.namespace, "name": key.name}
    return any(place.items() <= node.items() for node in shapes.tree(state, api.ports.children_of))


def _require(api: RestApi, call: Call, app: Object, action: str, obj: Object) -> None:
    """Permission on the one object, or, where the settings let rules of an Application count for its objects, on the whole."""
    gvk = gvk_of(obj)
    inherits = api.ports.settings().get("server.rbac.disableApplicationFineGrainedRBACInheritance", "true") == "false"
    if not (inherits and api.access.may_app(call.session, action, app)):
        api.access.require_app(call.session, f"{action}/{gvk.group}/{gvk.kind}/{namespace_of(obj)}/{name_of(obj)}", app)
