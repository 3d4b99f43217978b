"""Clusters that Applications are deployed to. The one we run in is known without being registered."""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object, annotations_of, name_of
from stackwright.client.kinds import SECRETS
from stackwright.gitops.application import destination_of
from stackwright.gitops.clusters import Cluster, clusters_of
from stackwright.gitops.repositories import CLUSTER, cluster_secret, encoded
from stackwright.kernel import json
from stackwright.kernel.clock import rfc3339_of
from stackwright.kernel.errors import BadInput
from stackwright.kernel.http import Response
from stackwright.portal import shapes
from stackwright.portal.rest.api import Call, Refused, RestApi, answer, route

_REFRESH = "argocd.argoproj.io/refresh"
_BY = "name id.type id.value"


@route("GET", "/clusters", "v1alpha1ClusterList", query=f"server {_BY}")
async def clusters(api: RestApi, call: Call) -> Response:
    found = [item for item in api.ports.clusters() if api.access.may(call.session, "clusters", "get", rbac_name(item))]
    server, name = call.param("server"), call.param("name")
    if call.param("id.value"):
        server, name = (server, call.param("id.value")) if call.param("id.type") == "name" else (call.param("id.value"), name)
    wanted = [item for item in found if server in ("", item["server"]) and name in ("", item["name"])]
    return answer({"metadata": {}, "items": [shown(api, item) for item in wanted]})


@route("POST", "/clusters", "v1alpha1Cluster", body="v1alpha1Cluster", query="upsert")
async def create_cluster(api: RestApi, call: Call) -> Response:
    server, name = str(call.body.get("server") or "").rstrip("/"), str(call.body.get("name") or "")
    if not server.startswith("https://") and server != "http://localhost":
        raise BadInput("server: expected the https URL of a cluster's API")
    wanted = {"server": server, "name": name or server, "project": str(call.body.get("project") or "")}
    api.require(call, "clusters", "create", rbac_name(wanted))
    known = await _secret_of(api, server)
    if known is not None:
        if call.param("upsert") != "true":
            raise Refused(400, "existing cluster spec is different; use upsert flag to force update")
        api.require(call, "clusters", "update", rbac_name(wanted))
        return await _write(api, server, name_of(known), call.body)
    made = cluster_secret(wanted["name"], server, call.body.get("config") or {}, call.body.get("labels") or {}, api.ports.namespace)
    made["metadata"]["annotations"] |= call.body.get("annotations") or {}
    made["data"] |= encoded(_scope(call.body))
    await api.ports.client.create(made, resource=SECRETS)
    return answer(_of_secret(api, made))


@route("POST", "/clusters/{server...}/invalidate-cache", "v1alpha1Cluster", query="id.type")
async def invalidate_cache(api: RestApi, call: Call) -> Response:
    """The cluster is read anew. Of the one we run in there is nothing but the truth to be had."""
    found = _found(api, call, "update")
    secret = await _secret_of(api, found["server"])
    if secret is not None:
        patch = {"metadata": {"annotations": {_REFRESH: rfc3339_of(api.ports.sessions.now)}}}
        await api.ports.client.patch(SECRETS, name_of(secret), api.ports.namespace, patch)
    return answer(shown(api, found))


@route("POST", "/clusters/{server...}/rotate-auth", "clusterClusterResponse", query="id.type")
async def rotate_auth(api: RestApi, call: Call) -> Response:
    """A new token of the account that the platform has there, and an end to the old one."""
    found = _found(api, call, "update")
    secret = await _secret_of(api, found["server"])
    if secret is None:
        raise BadInput(f"cluster {found['server']} is the one the platform runs in: it has no token to rotate")
    await api.ports.rotate(secret)
    return answer({})


@route("PUT", "/clusters/{server...}", "v1alpha1Cluster", body="v1alpha1Cluster", query="updatedFields id.type")
async def update_cluster(api: RestApi, call: Call) -> Response:
    found = _found(api, call, "update")
    moved = {**found, "project": str(call.body.get("project") or "")}
    if rbac_name(moved) != rbac_name(found):
        api.require(call, "clusters", "update", rbac_name(moved))
    secret = await _secret_of(api, found["server"])
    if secret is None:
        raise BadInput(f"cluster {found['server']} is not registered: register it first, then it can be changed")
    fields = {value for key, value in call.request.query if key == "updatedFields"}
    body = {key: call.body[key] for key in fields if key in call.body} if fields else call.body
    return await _write(api, found["server"], name_of(secret), body)


@route("DELETE", "/clusters/{server...}", "clusterClusterResponse", query=f"server {_BY}")
async def delete_cluster(api: RestApi, call: Call) -> Response:
    found = _found(api, call, "delete")
    secret = await _secret_of(api, found["server"])
    if secret is None:
        raise BadInput(f"cluster {found['server']} is the one the platform runs in: it cannot be removed")
    await api.ports.client.delete(SECRETS, name_of(secret), api.ports.namespace)
    return answer({})


@route("GET", "/clusters/{server...}", "v1alpha1Cluster", query=f"server {_BY}")
async def cluster(api: RestApi, call: Call) -> Response:
    return answer(shown(api, _found(api, call, "get")))


# -- reading and writing -------------------------------------------------------------------------------------------


def rbac_name(item: Mapping[str, Any]) -> str:
    return f"{item['project']}/{item['server']}" if item.get("project") else str(item["server"])


def shown(api: RestApi, item: Mapping[str, Any]) -> dict[str, Any]:
    """A cluster with how much is known of it."""
    state = next((found for found in api.ports.cluster_states() if found.server == item["server"]), None)
    apps = sum(_is_on(app, item) for app in api.ports.applications.all())
    return shapes.cluster(item, state, apps, api.ports.sessions.now)


def _is_on(app: Object, item: Mapping[str, Any]) -> bool:
    place = destination_of(app)
    return place.get("server") == item["server"] or (not place.get("server") and place.get("name") == item["name"])


def _found(api: RestApi, call: Call, action: str) -> Mapping[str, Any]:
    """Raises Refused and Forbidden."""
    asked = call.parts["server"]
    key = "name" if call.param("id.type") == "name" else "server"
    for item in api.ports.clusters():
        if item[key] == asked:
            api.require(call, "clusters", action, rbac_name(item))
            return item
    api.require(call, "clusters", action, asked)
    raise Refused(404, f'cluster "{asked}" not found')


async def _secret_of(api: RestApi, server: str) -> Object | None:
    listed = await api.ports.client.list(SECRETS, api.ports.namespace, labels=f"argocd.argoproj.io/secret-type={CLUSTER}")
    return next((secret for secret in listed if _cluster_of(secret).server == server.rstrip("/")), None)


def _cluster_of(secret: Object) -> Cluster:
    return clusters_of([secret])[-1]


def _scope(body: Mapping[str, Any]) -> dict[str, str]:
    scope = {"namespaces": ",".join(str(item) for item in body.get("namespaces") or ()), "project": str(body.get("project") or "")}
    scope["clusterResources"] = "true" if body.get("clusterResources") else ""
    return {**scope, "shard": str(body["shard"])} if body.get("shard") is not None else scope


async def _write(api: RestApi, server: str, secret: str, body: Mapping[str, Any]) -> Response:
    """What the body speaks of; the rest stays."""
    data = {key: value for key, value in _scope(body).items() if key in body}
    data |= {"name": str(body["name"])} if body.get("name") else {}
    data |= {"config": json.dumps(body["config"]).decode()} if body.get("config") else {}
    marks: dict[str, Any] = {key: body[key] for key in ("labels", "annotations") if body.get(key)}
    changed = await api.ports.client.patch(SECRETS, secret, api.ports.namespace, {"data": encoded(data), "metadata": marks})
    return answer(_of_secret(api, changed))


def _of_secret(api: RestApi, secret: Object) -> dict[str, Any]:
    return shown(api, shapes.registered(_cluster_of(secret), annotations_of(secret)))
