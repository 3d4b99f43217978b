"""Credential templates: what opens every repository whose URL begins alike. Nobody is told what is in them."""

import hashlib
from collections.abc import Mapping

from stackwright.api.meta import Object, name_of
from stackwright.client.kinds import SECRETS
from stackwright.gitops.clusters import SECRET_TYPE, decoded
from stackwright.gitops.repositories import CREDENTIALS, encoded
from stackwright.kernel.errors import BadInput
from stackwright.kernel.http import Response
from stackwright.portal import shapes
from stackwright.portal.rest.api import Call, Refused, RestApi, answer, route

WRITE = "repo-write-creds"
_LIST, _ONE, _NOTHING = "v1alpha1RepoCredsList", "v1alpha1RepoCreds", "repocredsRepoCredsResponse"


@route("GET", "/repocreds", _LIST, query="url")
async def credentials(api: RestApi, call: Call) -> Response:
    return await _listed(api, call, CREDENTIALS)


@route("POST", "/repocreds", _ONE, body=_ONE, query="upsert")
async def create_credentials(api: RestApi, call: Call) -> Response:
    return await _created(api, call, CREDENTIALS)


@route("PUT", "/repocreds/{url...}", _ONE, body=_ONE)
async def update_credentials(api: RestApi, call: Call) -> Response:
    return await _updated(api, call, CREDENTIALS)


@route("DELETE", "/repocreds/{url...}", _NOTHING)
async def delete_credentials(api: RestApi, call: Call) -> Response:
    return await _deleted(api, call, CREDENTIALS)


@route("GET", "/write-repocreds", _LIST, query="url")
async def write_credentials(api: RestApi, call: Call) -> Response:
    return await _listed(api, call, WRITE)


@route("POST", "/write-repocreds", _ONE, body=_ONE, query="upsert")
async def create_write_credentials(api: RestApi, call: Call) -> Response:
    return await _created(api, call, WRITE)


@route("PUT", "/write-repocreds/{url...}", _ONE, body=_ONE)
async def update_write_credentials(api: RestApi, call: Call) -> Response:
    return await _updated(api, call, WRITE)


@route("DELETE", "/write-repocreds/{url...}", _NOTHING)
async def delete_write_credentials(api: RestApi, call: Call) -> Response:
    return await _deleted(api, call, WRITE)


def _resource(kind: str) -> str:
    return "repositories" if kind == CREDENTIALS else "write-repositories"


async def _secrets(api: RestApi, kind: str) -> list[tuple[Object, Mapping[str, str]]]:
    listed = await api.ports.client.list(SECRETS, api.ports.namespace, labels=f"{SECRET_TYPE}={kind}")
    return [(secret, decoded(secret)["data"]) for secret in sorted(listed, key=name_of)]


async def _listed(api: RestApi, call: Call, kind: str) -> Response:
    found = [data for _, data in await _secrets(api, kind) if call.param("url") in ("", data.get("url", ""))]
    visible = [data for data in found if api.access.may(call.session, _resource(kind), "get", data.get("url", ""))]
    return answer({"metadata": {}, "items": [shapes.credentials(data) for data in visible]})


async def _created(api: RestApi, call: Call, kind: str) -> Response:
    url = str(call.body.get("url") or "")
    if not url:
        raise BadInput("url: expected the beginning of repositories' URLs")
    api.require(call, _resource(kind), "create", url)
    data = shapes.repository_data(call.body) | {"url": url}
    known = [secret for secret, other in await _secrets(api, kind) if other.get("url") == url]
    if known:
        if call.param("upsert") != "true":
            raise Refused(400, "existing repository credentials spec is different; use upsert flag to force update")
        api.require(call, _resource(kind), "update", url)
        await api.ports.client.patch(SECRETS, name_of(known[0]), api.ports.namespace, {"data": encoded(data)})
    else:
        name = f"creds-{hashlib.sha256(f'{kind} {url}'.encode()).hexdigest()[:16]}"
        metadata = {"name": name, "namespace": api.ports.namespace, "labels": {SECRET_TYPE: kind}}
        await api.ports.client.create({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": encoded(data)}, resource=SECRETS)
    return answer(shapes.credentials(data))


async def _updated(api: RestApi, call: Call, kind: str) -> Response:
    secret = await _found(api, call, kind, "update")
    data = shapes.repository_data(call.body) | {"url": call.parts["url"]}
    await api.ports.client.patch(SECRETS, name_of(secret), api.ports.namespace, {"data": encoded(data)})
    return answer(shapes.credentials(data))


async def _deleted(api: RestApi, call: Call, kind: str) -> Response:
    secret = await _found(api, call, kind, "delete")
    await api.ports.client.delete(SECRETS, name_of(secret), api.ports.namespace)
    return answer({})


async def _found(api: RestApi, call: Call, kind: str, action: str) -> Object:
    url = call.parts["url"]
    api.require(call, _resource(kind), action, url)
    for secret, data in await _secrets(api, kind):
        if data.get("url") == url:
            return secret
    raise Refused(404, f"repository credentials '{url}' not found")
