"""What Applications are deployed with: projects and their roles' tokens, ApplicationSets, clusters, repositories."""

import hashlib
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from stackwright.api.meta import Object, name_of
from stackwright.api.status import StatusError
from stackwright.client.kinds import APP_PROJECTS, APPLICATION_SETS, SECRETS
from stackwright.gitops import deeplinks
from stackwright.gitops.application import project_of, spec_of
from stackwright.gitops.clusters import decoded
from stackwright.gitops.project import windows
from stackwright.gitops.rbac import role_subject
from stackwright.kernel.errors import BadInput
from stackwright.kernel.http import Response
from stackwright.portal import shapes
from stackwright.portal.rest.api import Call, Refused, RestApi, answer, route

_REPOSITORY_FIELDS = (
    "username",
    "password",
    "sshPrivateKey",
    "type",
    "name",
    "project",
    "insecure",
    "enableLfs",
    "tlsClientCertData",
    "proxy",
)


# -- projects ------------------------------------------------------------------------------------------------------


@route("GET", "/projects")
async def projects(api: RestApi, call: Call) -> Response:
    found = [item for item in api.ports.projects.all() if api.access.may(call.session, "projects", "get", name_of(item))]
    return answer({"metadata": {}, "items": sorted(found, key=name_of)})


@route("GET", "/projects/{name}")
async def project(api: RestApi, call: Call) -> Response:
    api.require(call, "projects", "get", call.name)
    return answer(_project(api, call.name))


@route("GET", "/projects/{name}/syncwindows")
async def project_windows(api: RestApi, call: Call) -> Response:
    api.require(call, "projects", "get", call.name)
    listed = spec_of(_project(api, call.name)).get("syncWindows") or ()
    return answer({"windows": windows.active(listed, datetime.now(UTC))})


@route("GET", "/projects/{name}/links")
async def project_links(api: RestApi, call: Call) -> Response:
    api.require(call, "projects", "get", call.name)
    facts = deeplinks.facts_of(project=_project(api, call.name))
    return answer({"items": deeplinks.shown(deeplinks.links_of("project", api.ports.settings(), facts)[0])})


def _project(api: RestApi, name: str) -> Object:
    found = api.ports.projects.get(name, api.ports.namespace)
    if found is None:
        raise Refused(404, f'appprojects.argoproj.io "{name}" not found')
    return found


@route("POST", "/projects")
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


@route("PUT", "/projects/{name}")
async def update_project(api: RestApi, call: Call) -> Response:
    return await _write_project(api, call, call.name, call.body.get("project") or {})


async def _write_project(api: RestApi, call: Call, name: str, wanted: Mapping[str, Any]) -> Response:
    api.require(call, "projects", "update", name)
    changed = {**_project(api, name), "spec": dict(wanted.get("spec") or {})}
    return answer(await api.ports.client.update(changed, resource=APP_PROJECTS))


@route("DELETE", "/projects/{name}")
async def delete_project(api: RestApi, call: Call) -> Response:
    api.require(call, "projects", "delete", call.name)
    users = sum(project_of(app) == call.name for app in api.ports.applications.all())
    if users:
        raise BadInput(f"project is referenced by {users} applications")
    await api.ports.client.delete(APP_PROJECTS, call.name, api.ports.namespace)
    return answer({})


@route("POST", "/projects/{project}/roles/{role}/token")
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


@route("DELETE", "/projects/{project}/roles/{role}/token/{iat}")
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


# -- ApplicationSets -----------------------------------------------------------------------------------------------


def set_project(found: Object) -> str:
    """Of the Applications that a set makes."""
    spec = ((found.get("spec") or {}).get("template") or {}).get("spec") or {}
    return str(spec.get("project") or "default")


def set_object(api: RestApi, found: Object) -> str:
    return api.access.object_name(set_project(found), str((found.get("metadata") or {}).get("namespace") or ""), name_of(found))


@route("GET", "/applicationsets")
async def application_sets(api: RestApi, call: Call) -> Response:
    listed = await api.ports.client.list(APPLICATION_SETS, call.param("appsetNamespace") or None)
    found = [item for item in listed if api.access.may(call.session, "applicationsets", "get", set_object(api, item))]
    return answer({"metadata": {}, "items": sorted(found, key=name_of)})


@route("GET", "/applicationsets/{name}")
async def application_set(api: RestApi, call: Call) -> Response:
    return answer(await _set(api, call, "get"))


@route("POST", "/applicationsets")
async def create_application_set(api: RestApi, call: Call) -> Response:
    wanted = {**call.body, "apiVersion": APPLICATION_SETS.api_version, "kind": "ApplicationSet"}
    wanted["metadata"] = {"namespace": api.ports.namespace, **(wanted.get("metadata") or {})}
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


@route("DELETE", "/applicationsets/{name}")
async def delete_application_set(api: RestApi, call: Call) -> Response:
    found = await _set(api, call, "delete")
    await api.ports.client.delete(APPLICATION_SETS, call.name, found["metadata"]["namespace"])
    return answer({})


async def _set(api: RestApi, call: Call, action: str) -> Object:
    found = await api.ports.client.get(APPLICATION_SETS, call.name, call.param("appsetNamespace") or api.ports.namespace)
    api.require(call, "applicationsets", action, set_object(api, found))
    return found


# -- clusters and repositories -------------------------------------------------------------------------------------


@route("GET", "/clusters")
async def clusters(api: RestApi, call: Call) -> Response:
    found = [item for item in api.ports.clusters() if api.access.may(call.session, "clusters", "get", item["server"])]
    wanted = [item for item in found if call.param("server") in ("", item["server"]) and call.param("name") in ("", item["name"])]
    return answer({"metadata": {}, "items": [shapes.cluster(item) for item in wanted]})


@route("GET", "/clusters/{server...}")
async def cluster(api: RestApi, call: Call) -> Response:
    asked = call.parts["server"]
    key = "name" if call.param("id.type") == "name" else "server"
    for item in api.ports.clusters():
        if item[key] == asked:
            api.require(call, "clusters", "get", item["server"])
            return answer(shapes.cluster(item))
    api.require(call, "clusters", "get", asked)
    raise Refused(404, f'cluster "{asked}" not found')


@route("GET", "/repositories")
async def repositories(api: RestApi, call: Call) -> Response:
    listed = await api.ports.client.list(SECRETS, api.ports.namespace, labels="argocd.argoproj.io/secret-type=repository")
    shown = [shapes.repository(decoded(secret)["data"]) for secret in listed]
    return answer({"metadata": {}, "items": [item for item in shown if api.access.may(call.session, "repositories", "get", _repo(item))]})


def _repo(item: Mapping[str, Any]) -> str:
    url = str(item.get("repo") or "")
    return f"{item['project']}/{url}" if item.get("project") else url


@route("POST", "/repositories")
async def create_repository(api: RestApi, call: Call) -> Response:
    url = str(call.body.get("repo") or "")
    if not url:
        raise BadInput("repo: expected the URL of a repository")
    api.require(call, "repositories", "create", _repo(call.body))
    data = {key: str(call.body[key]) for key in _REPOSITORY_FIELDS if call.body.get(key)} | {"url": url}
    name = repository_secret_name(url, str(call.body.get("project") or ""))
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": api.ports.namespace, "labels": {"argocd.argoproj.io/secret-type": "repository"}},
        "stringData": data,
    }
    if call.param("upsert") == "true" and await api.ports.client.find(SECRETS, name, api.ports.namespace) is not None:
        api.require(call, "repositories", "update", _repo(call.body))
        await api.ports.client.patch(SECRETS, name, api.ports.namespace, {"stringData": data})
    else:
        await api.ports.client.create(secret, resource=SECRETS)
    return answer(shapes.repository(data))


@route("DELETE", "/repositories/{url...}")
async def delete_repository(api: RestApi, call: Call) -> Response:
    listed = await api.ports.client.list(SECRETS, api.ports.namespace, labels="argocd.argoproj.io/secret-type=repository")
    for secret in listed:
        shown = shapes.repository(decoded(secret)["data"])
        if shown["repo"] == call.parts["url"] and call.param("appProject") in ("", shown["project"]):
            api.require(call, "repositories", "delete", _repo(shown))
            await api.ports.client.delete(SECRETS, name_of(secret), api.ports.namespace)
            return answer({})
    api.require(call, "repositories", "delete", call.parts["url"])
    raise Refused(404, f"repo '{call.parts['url']}' not found")


def repository_secret_name(url: str, project: str) -> str:
    """One name for one repository, so that it is not registered twice."""
    return f"repo-{hashlib.sha256(f'{project} {url}'.encode()).hexdigest()[:16]}"
