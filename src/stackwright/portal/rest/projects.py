"""Projects, and the tokens of their roles."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.kinds import APP_PROJECTS, EVENTS, SECRETS
from stackwright.gitops import deeplinks
from stackwright.gitops.application import project_of, spec_of
from stackwright.gitops.clusters import SECRET_TYPE, decoded
from stackwright.gitops.project import inheritance, windows
from stackwright.gitops.rbac import role_subject
from stackwright.gitops.repositories import REPOSITORY
from stackwright.gitops.settings import parse_settings
from stackwright.kernel.errors import BadInput
from stackwright.kernel.http import Response
from stackwright.portal import shapes
from stackwright.portal.rest import clusters
from stackwright.portal.rest.api import Call, Refused, RestApi, answer, route

_PROJECT = "v1alpha1AppProject"


@route("GET", "/projects", "v1alpha1AppProjectList", query="name")
async def projects(api: RestApi, call: Call) -> Response:
    found = [item for item in api.ports.projects.all() if call.param("name") in ("", name_of(item))]
    found = [item for item in found if api.access.may(call.session, "projects", "get", name_of(item))]
    return answer({"metadata": {}, "items": sorted(found, key=name_of)})


@route("GET", "/projects/{name}", _PROJECT)
async def project(api: RestApi, call: Call) -> Response:
    api.require(call, "projects", "get", call.name)
    return answer(_project(api, call.name))


@route("GET", "/projects/{name}/syncwindows", "projectSyncWindowsResponse")
async def project_windows(api: RestApi, call: Call) -> Response:
    api.require(call, "projects", "get", call.name)
    listed = spec_of(_project(api, call.name)).get("syncWindows") or ()
    return answer({"windows": windows.active(listed, datetime.now(UTC))})


@route("GET", "/projects/{name}/detailed", "projectDetailedProjectsResponse")
async def detailed(api: RestApi, call: Call) -> Response:
    """A project with the clusters and repositories that are its own."""
    api.require(call, "projects", "get", call.name)
    found = _project(api, call.name)
    secrets = await api.ports.client.list(SECRETS, api.ports.namespace, labels=f"{SECRET_TYPE}={REPOSITORY}")
    own = [data for data in (decoded(secret)["data"] for secret in secrets) if data.get("project") == call.name]
    listed = [item for item in api.ports.clusters() if item.get("project") == call.name]
    return answer(
        {
            "globalProjects": _parents(api, found),
            "project": found,
            "repositories": [shapes.repository(data) for data in own],
            "clusters": [clusters.shown(api, item) for item in listed],
        }
    )


def _parents(api: RestApi, project: Object) -> list[Object]:
    rules = parse_settings(api.ports.settings()).global_projects
    return inheritance.global_projects(project, rules, lambda name: api.ports.projects.get(name, api.ports.namespace))


@route("GET", "/projects/{name}/globalprojects", "projectGlobalProjectsResponse")
async def global_projects(api: RestApi, call: Call) -> Response:
    """Those that this one takes rules over from."""
    api.require(call, "projects", "get", call.name)
    return answer({"items": _parents(api, _project(api, call.name))})


@route("GET", "/projects/{name}/events", "v1EventList")
async def project_events(api: RestApi, call: Call) -> Response:
    api.require(call, "projects", "get", call.name)
    found = _project(api, call.name)
    listed = await api.ports.client.list(
        EVENTS, namespace_of(found), fields=f"involvedObject.name={call.name},involvedObject.kind=AppProject"
    )
    return answer({"metadata": {}, "items": listed})


def _project(api: RestApi, name: str) -> Object:
    found = api.ports.projects.get(name, api.ports.namespace)
    if found is None:
        raise Refused(404, f'appprojects.argoproj.io "{name}" not found')
    return found


@route("POST", "/projects", _PROJECT, body="projectProjectCreateRequest")
async def create_project(api: RestApi, call: Call) -> Response:
    wanted = dict(call.body.get("project") or {})
    wanted |= {"apiVersion": APP_PROJECTS.api_version, "kind": "AppProject"}
    wanted["metadata"] = {**(wanted.get("metadata") or {}), "namespace": api.ports.namespace}
    api.require(call, "projects", "create", name_of(wanted))
    try:
        return answer(await api.ports.client.create(wanted, resource=APP_PROJECTS))
    except StatusError as error:
        if not (error.already_exists and call.body.get("upsert")):
            raise
    return await _write_project(api, call, name_of(wanted), wanted)


@route("PUT", "/projects/{name}", _PROJECT, body="projectProjectUpdateRequest")
async def update_project(api: RestApi, call: Call) -> Response:
    return await _write_project(api, call, call.name, call.body.get("project") or {})


async def _write_project(api: RestApi, call: Call, name: str, wanted: Mapping[str, Any]) -> Response:
    api.require(call, "projects", "update", name)
    changed = {**_project(api, name), "spec": dict(wanted.get("spec") or {})}
    return answer(await api.ports.client.update(changed, resource=APP_PROJECTS))


@route("GET", "/projects/{name}/links", "applicationLinksResponse")
async def project_links(api: RestApi, call: Call) -> Response:
    api.require(call, "projects", "get", call.name)
    facts = deeplinks.facts_of(project=_project(api, call.name))
    return answer({"items": deeplinks.shown(deeplinks.links_of("project", api.ports.settings(), facts)[0])})


@route("DELETE", "/projects/{name}", "projectEmptyResponse")
async def delete_project(api: RestApi, call: Call) -> Response:
    api.require(call, "projects", "delete", call.name)
    users = sum(project_of(app) == call.name for app in api.ports.applications.all())
    if users:
        raise BadInput(f"project is referenced by {users} applications")
    await api.ports.client.delete(APP_PROJECTS, call.name, api.ports.namespace)
    return answer({})


@route("POST", "/projects/{project}/roles/{role}/token", "projectProjectTokenResponse", body="projectProjectTokenCreateRequest")
async def create_role_token(api: RestApi, call: Call) -> Response:
    name, role = call.parts["project"], call.parts["role"]
    api.require(call, "projects", "update", name)
    found, id, now = _project(api, name), str(call.body.get("id") or uuid.uuid4()), int(api.ports.sessions.now)
    kept = _tokens(found, role)
    if any(token.get("id") == id for token in kept):
        raise BadInput(f"Token id '{id}' has been used. ")
    lasts = int(call.body.get("expiresIn") or 0)
    token = {"iat": now, "id": id} | ({"exp": now + lasts} if lasts else {})
    await _save_tokens(api, found, role, [*kept, token])
    return answer({"token": api.ports.sessions.issue(role_subject(name, role), id, lasts)})


@route("DELETE", "/projects/{project}/roles/{role}/token/{iat}", "projectEmptyResponse", query="id")
async def delete_role_token(api: RestApi, call: Call) -> Response:
    name, role, iat, id = call.parts["project"], call.parts["role"], call.parts["iat"], call.param("id")
    api.require(call, "projects", "update", name)
    found = _project(api, name)
    kept = [token for token in _tokens(found, role) if not (token.get("id") == id if id else str(token.get("iat")) == iat)]
    await _save_tokens(api, found, role, kept)
    return answer({})


def _tokens(project: Object, role: str) -> list[Mapping[str, Any]]:
    for item in (project.get("spec") or {}).get("roles") or ():
        if item.get("name") == role:
            return list(item.get("jwtTokens") or ())
    raise Refused(404, f"role '{role}' does not exist in project '{name_of(project)}'")


async def _save_tokens(api: RestApi, project: Object, role: str, tokens: list[Mapping[str, Any]]) -> None:
    roles = [item | {"jwtTokens": tokens} if item.get("name") == role else item for item in project["spec"]["roles"]]
    await api.ports.client.update({**project, "spec": {**project["spec"], "roles": roles}}, resource=APP_PROJECTS)
