"""Applications: list, read, write, and what is done with them."""

from collections.abc import Sequence
from typing import Any

from stackwright.api.meta import Object, labels_of, name_of, namespace_of
from stackwright.api.selectors import SelectorError, parse_label_selector
from stackwright.api.status import StatusError
from stackwright.client.kinds import APPLICATIONS
from stackwright.gitops import requests
from stackwright.gitops.application import project_of, sources_of
from stackwright.kernel import json
from stackwright.kernel.http import Request, Response
from stackwright.portal import shapes
from stackwright.portal.projection import projected
from stackwright.portal.rest.api import Call, Refused, RestApi, answer, route, typed

_APP, _SPEC = "v1alpha1Application", "v1alpha1ApplicationSpec"


def chosen(apps: Sequence[Object], request: Request) -> list[Object]:
    """By the query of a list. Raises Refused."""
    projects = {value for key, value in request.query if key in ("project", "projects") and value}
    name, repo, namespace = request.param("name"), request.param("repo"), request.param("appNamespace")
    try:
        selector = parse_label_selector(request.param("selector") or "")
    except SelectorError as error:
        raise Refused(400, error.message) from error
    found = [app for app in apps if selector.matches(labels_of(app)) and (not projects or project_of(app) in projects)]
    found = [app for app in found if (not name or name_of(app) == name) and (not namespace or namespace_of(app) == namespace)]
    return [app for app in found if not repo or any(source.get("repoURL") == repo for source in sources_of(app))]


_OVERRIDE = "application.sync.requireOverridePrivilegeForRevisionSync"


@route(
    "GET",
    "/applications",
    "v1alpha1ApplicationList",
    query="name projects project selector repo appNamespace fields",
)
async def applications(api: RestApi, call: Call) -> Response:
    assert call.session is not None, "only sessions come this far"
    found = sorted(chosen(api.access.visible(call.session, api.ports.applications.all()), call.request), key=name_of)
    version = api.ports.applications.resource_version
    listed = {"metadata": {"resourceVersion": version}, "items": [typed(app) for app in found]}
    return answer(projected(listed, call.param("fields")))


@route("POST", "/applications", _APP, body=_APP, query="upsert")
async def create_application(api: RestApi, call: Call) -> Response:
    wanted = {**call.body, "apiVersion": APPLICATIONS.api_version, "kind": "Application"}
    wanted["metadata"] = {"namespace": api.ports.namespace, **(wanted.get("metadata") or {})}
    client = api.ports.client
    api.access.require_app(call.session, "create", wanted)
    try:
        return answer(await client.create(wanted, resource=APPLICATIONS))
    except StatusError as error:
        if not (error.already_exists and call.request.param("upsert") == "true"):
            raise
    await _require_update(api, call, api.ports.applications.get(name_of(wanted), namespace_of(wanted)) or wanted, wanted)
    patch = {"spec": wanted.get("spec")}
    return answer(await client.patch(APPLICATIONS, name_of(wanted), namespace_of(wanted), patch))


@route("GET", "/applications/{name}", _APP, query="refresh appNamespace project")
async def application(api: RestApi, call: Call) -> Response:
    found = await api.app(call)
    asked = call.request.param("refresh")
    if asked:
        found = await requests.refresh(api.ports.client, call.name, call.namespace, hard=asked == "hard", seconds=60)
    return answer(found)


async def _require_update(api: RestApi, call: Call, before: Object, wanted: Object) -> None:
    """Who moves an Application into another project must be allowed to make it there. Raises Forbidden."""
    api.access.require_app(call.session, "update", before)
    if project_of(wanted) != project_of(before):
        api.access.require_app(call.session, "create", wanted)
        api.access.require_app(call.session, "update", wanted)


@route("PUT", "/applications/{name}", _APP, body=_APP, query="appNamespace project")
async def update_application(api: RestApi, call: Call) -> Response:
    await _require_update(
        api, call, await api.app(call, "update"), {**call.body, "metadata": {"name": call.name, "namespace": call.namespace}}
    )
    metadata = call.body.get("metadata") or {}
    kept = {key: metadata[key] for key in ("labels", "annotations", "finalizers") if key in metadata}
    patch = {"spec": call.body.get("spec"), "metadata": kept}
    return answer(await api.ports.client.patch(APPLICATIONS, call.name, call.namespace, patch))


@route("PUT", "/applications/{name}/spec", _SPEC, body=_SPEC, query="appNamespace project")
async def update_spec(api: RestApi, call: Call) -> Response:
    found = await api.app(call, "update")
    wanted = {**found, "spec": dict(call.body)}
    await _require_update(api, call, found, wanted)
    changed = await api.ports.client.update(wanted, resource=APPLICATIONS)
    return answer(changed["spec"])


@route("PATCH", "/applications/{name}", _APP, body="applicationApplicationPatchRequest", query="appNamespace project")
async def patch_application(api: RestApi, call: Call) -> Response:
    found = await api.app(call, "update")
    try:
        patch = json.loads(str(call.body.get("patch") or "{}"))
    except json.JSONDecodeError as error:
        raise Refused(400, f"patch: not JSON: {error}") from error
    kind: Any = "json" if call.body.get("patchType") == "json" else "merge"
    tried = await api.ports.client.patch(APPLICATIONS, call.name, call.namespace, patch, type=kind, dry_run=True)
    await _require_update(api, call, found, tried)
    return answer(await api.ports.client.patch(APPLICATIONS, call.name, call.namespace, patch, type=kind))


@route("DELETE", "/applications/{name}", "applicationApplicationResponse", query="cascade appNamespace project")
async def delete_application(api: RestApi, call: Call) -> Response:
    found = await api.app(call, "delete")
    await requests.delete(api.ports.client, found, cascade=call.request.param("cascade") != "false")
    return answer({})


@route("POST", "/applications/{name}/sync", _APP, body="applicationApplicationSyncRequest", query="appNamespace project")
async def sync(api: RestApi, call: Call) -> Response:
    found = await api.app(call, "sync")
    asked = shapes.sync_request(call.body, call.username)
    if api.ports.settings().get(_OVERRIDE) == "true" and requests.deviates(found, asked):
        api.access.require_app(call.session, "override", found)
    return answer(await requests.request_sync(api.ports.client, found, asked))


@route("POST", "/applications/{name}/rollback", _APP, body="applicationApplicationRollbackRequest", query="appNamespace project")
async def rollback(api: RestApi, call: Call) -> Response:
    found = await api.app(call, "rollback")
    id = int(call.body.get("id") or 0)
    prune, dry_run = bool(call.body.get("prune")), bool(call.body.get("dryRun"))
    return answer(await requests.request_rollback(api.ports.client, found, id, prune=prune, dry_run=dry_run, username=call.username))


@route("DELETE", "/applications/{name}/operation", "applicationOperationTerminateResponse", query="appNamespace project")
async def terminate(api: RestApi, call: Call) -> Response:
    await requests.terminate(api.ports.client, await api.app(call, "sync"))
    return answer({})
