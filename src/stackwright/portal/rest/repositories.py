"""Repositories that are registered, and what is in them; under `write-repositories` those that may be pushed to."""

import asyncio
import hashlib
from collections.abc import Mapping

from stackwright.api.meta import Object, name_of
from stackwright.client.kinds import SECRETS
from stackwright.gitops.application import spec_of
from stackwright.gitops.clusters import SECRET_TYPE, decoded
from stackwright.gitops.project import rules
from stackwright.gitops.repositories import REPOSITORY, encoded
from stackwright.kernel.errors import BadInput
from stackwright.kernel.http import Response
from stackwright.portal import shapes
from stackwright.portal.rest.api import Call, Refused, RestApi, answer, route

WRITE = "repository-write"
_LIST, _ONE = "v1alpha1RepositoryList", "v1alpha1Repository"
_QUERY = "forceRefresh appProject"


@route("GET", "/repositories", _LIST, query=f"repo {_QUERY}")
async def repositories(api: RestApi, call: Call) -> Response:
    return await _listed(api, call, REPOSITORY)


@route("POST", "/repositories", _ONE, body=_ONE, query="upsert")
async def create_repository(api: RestApi, call: Call) -> Response:
    return await _created(api, call, REPOSITORY)


@route("GET", "/repositories/{url...}/apps", "repositoryRepoAppsResponse", query="revision appProject")
async def repository_apps(api: RestApi, call: Call) -> Response:
    """Folders that one of the tools knows what to do with."""
    if await _is_itself(api, call, "apps"):
        return await _read(api, call, REPOSITORY, f"{call.parts['url']}/apps")
    url, project = await _opened(api, call)
    found = await api.ports.inquiries.apps(url, call.param("revision") or "HEAD", api.ports.credentials(), project)
    return answer({"items": [{"type": kind, "path": path} for kind, path in found]})


@route("GET", "/repositories/{url...}/helmcharts", "repositoryHelmChartsResponse", query=_QUERY)
async def helm_charts(api: RestApi, call: Call) -> Response:
    if await _is_itself(api, call, "helmcharts"):
        return await _read(api, call, REPOSITORY, f"{call.parts['url']}/helmcharts")
    url, project = await _opened(api, call)
    found = await api.ports.inquiries.charts(url, api.ports.credentials(), project, fresh=_fresh(call))
    return answer({"items": [{"name": name, "versions": versions} for name, versions in sorted(found.items())]})


@route("GET", "/repositories/{url...}/refs", "repositoryRefs", query=_QUERY)
async def refs(api: RestApi, call: Call) -> Response:
    if await _is_itself(api, call, "refs"):
        return await _read(api, call, REPOSITORY, f"{call.parts['url']}/refs")
    url, project = await _opened(api, call)
    branches, tags = await api.ports.inquiries.refs(url, api.ports.credentials(), project, fresh=_fresh(call))
    return answer({"branches": branches, "tags": tags})


@route("GET", "/repositories/{url...}/oci-tags", "repositoryRefs", query=_QUERY)
async def oci_tags(api: RestApi, call: Call) -> Response:
    url, project = await _opened(api, call)
    return answer({"branches": [], "tags": await api.ports.inquiries.tags(url, api.ports.credentials(), project, fresh=_fresh(call))})


@route("POST", "/repositories/{url...}/validate", "repositoryRepoResponse", query=" ".join(shapes.REPOSITORY_FIELDS))
async def validate(api: RestApi, call: Call) -> Response:
    return await _validated(api, call, "repositories")


@route("POST", "/repositories/{url...}/appdetails", "repositoryRepoAppDetailsResponse", body="repositoryRepoAppDetailsQuery")
async def app_details(api: RestApi, call: Call) -> Response:
    """Which tool a source is for, and what it can be told."""
    source = call.body.get("source")
    if not isinstance(source, Mapping):
        raise BadInput("source: expected where an Application's manifests come from")
    url, project = call.parts["url"], str(call.body.get("appProject") or "default")
    api.require(call, "repositories", "get", _named(url, await _project_of(api, url, call.param("appProject"))))
    found = api.ports.projects.get(project, api.ports.namespace)
    if found is None or not rules.source_permitted(spec_of(found), url):
        raise Refused(403, f"application repo {url} is not permitted in project '{project}'")
    wanted = {**source, "repoURL": url}
    details = dict(await api.ports.inquiries.details(wanted, api.ports.settings(), api.ports.credentials(), project))
    if details["type"] == "Kustomize":
        details["kustomize"] = {"images": await api.ports.images(wanted, project)}
    return answer({"directory": {}, **details} if details["type"] == "Directory" else details)


@route("GET", "/repositories/{url...}", _ONE, query=_QUERY)
async def repository(api: RestApi, call: Call) -> Response:
    return await _read(api, call, REPOSITORY, call.parts["url"])


@route("PUT", "/repositories/{url...}", _ONE, body=_ONE)
async def update_repository(api: RestApi, call: Call) -> Response:
    return await _updated(api, call, REPOSITORY)


@route("DELETE", "/repositories/{url...}", "repositoryRepoResponse", query=_QUERY)
async def delete_repository(api: RestApi, call: Call) -> Response:
    return await _deleted(api, call, REPOSITORY)


# -- those that may be pushed to -----------------------------------------------------------------------------------


@route("GET", "/write-repositories", _LIST, query=f"repo {_QUERY}")
async def write_repositories(api: RestApi, call: Call) -> Response:
    return await _listed(api, call, WRITE)


@route("POST", "/write-repositories", _ONE, body=_ONE, query="upsert")
async def create_write_repository(api: RestApi, call: Call) -> Response:
    return await _created(api, call, WRITE)


@route("POST", "/write-repositories/{url...}/validate", "repositoryRepoResponse", query=" ".join(shapes.REPOSITORY_FIELDS))
async def validate_write(api: RestApi, call: Call) -> Response:
    return await _validated(api, call, "write-repositories")


@route("GET", "/write-repositories/{url...}", _ONE, query=_QUERY)
async def write_repository(api: RestApi, call: Call) -> Response:
    return await _read(api, call, WRITE, call.parts["url"])


@route("PUT", "/write-repositories/{url...}", _ONE, body=_ONE)
async def update_write_repository(api: RestApi, call: Call) -> Response:
    return await _updated(api, call, WRITE)


@route("DELETE", "/write-repositories/{url...}", "repositoryRepoResponse", query=_QUERY)
async def delete_write_repository(api: RestApi, call: Call) -> Response:
    return await _deleted(api, call, WRITE)


# -- one kind of Secret, or the other ------------------------------------------------------------------------------


def _resource(kind: str) -> str:
    return "repositories" if kind == REPOSITORY else "write-repositories"


def _named(url: str, project: str) -> str:
    return f"{project}/{url}" if project else url


def _fresh(call: Call) -> bool:
    return call.param("forceRefresh") == "true"


async def _secrets(api: RestApi, kind: str) -> list[tuple[Object, Mapping[str, str]]]:
    listed = await api.ports.client.list(SECRETS, api.ports.namespace, labels=f"{SECRET_TYPE}={kind}")
    return [(secret, decoded(secret)["data"]) for secret in sorted(listed, key=name_of)]


async def _listed(api: RestApi, call: Call, kind: str) -> Response:
    found = [data for _, data in await _secrets(api, kind) if call.param("repo") in ("", data.get("url", ""))]
    found = [data for data in found if call.param("appProject") in ("", data.get("project", ""))]
    visible = [data for data in found if api.access.may(call.session, _resource(kind), "get", _of(data))]
    states = await asyncio.gather(*(api.connections.state(data, fresh=_fresh(call)) for data in visible))
    return answer({"metadata": {}, "items": [shapes.repository(data, state) for data, state in zip(visible, states, strict=True)]})


def _of(data: Mapping[str, str]) -> str:
    return _named(data.get("url", ""), data.get("project", ""))


async def _found(api: RestApi, call: Call, kind: str, action: str, url: str) -> tuple[Object, Mapping[str, str]]:
    """Raises Refused and Forbidden: who may not see it does not learn whether it is there."""
    project = call.param("appProject")
    for secret, data in await _secrets(api, kind):
        if rules.normalised_url(data.get("url", "")) == rules.normalised_url(url) and project in ("", data.get("project", "")):
            api.require(call, _resource(kind), action, _of(data))
            return secret, data
    api.require(call, _resource(kind), action, _named(url, project))
    raise Refused(404, f"repo '{url}' not found")


async def _read(api: RestApi, call: Call, kind: str, url: str) -> Response:
    _, data = await _found(api, call, kind, "get", url)
    return answer(shapes.repository(data, await api.connections.state(data, fresh=_fresh(call))))


async def _created(api: RestApi, call: Call, kind: str) -> Response:
    url, project = str(call.body.get("repo") or ""), str(call.body.get("project") or "")
    if not url:
        raise BadInput("repo: expected the URL of a repository")
    api.require(call, _resource(kind), "create", _named(url, project))
    data = shapes.repository_data(call.body)
    known = [secret for secret, other in await _secrets(api, kind) if (other.get("url"), other.get("project", "")) == (url, project)]
    if known:
        if call.param("upsert") != "true":
            raise Refused(400, "existing repository spec is different; use upsert flag to force update")
        api.require(call, _resource(kind), "update", _named(url, project))
        await api.ports.client.patch(SECRETS, name_of(known[0]), api.ports.namespace, {"data": encoded(data)})
    else:
        labels = {SECRET_TYPE: kind}
        metadata = {"name": repository_secret_name(url, project, kind), "namespace": api.ports.namespace, "labels": labels}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": encoded(data)}
        await api.ports.client.create(secret, resource=SECRETS)
    return answer(shapes.repository(data, await api.connections.state(data, fresh=True)))


async def _updated(api: RestApi, call: Call, kind: str) -> Response:
    secret, before = await _found(api, call, kind, "update", call.parts["url"])
    data = {**shapes.repository_data(call.body), "url": before.get("url", "")}
    if data.get("project", "") != before.get("project", ""):
        api.require(call, _resource(kind), "update", _of(data))
    await api.ports.client.patch(SECRETS, name_of(secret), api.ports.namespace, {"data": encoded(data)})
    return answer(shapes.repository(data, await api.connections.state({**before, **data}, fresh=True)))


async def _deleted(api: RestApi, call: Call, kind: str) -> Response:
    secret, _ = await _found(api, call, kind, "delete", call.parts["url"])
    await api.ports.client.delete(SECRETS, name_of(secret), api.ports.namespace)
    return answer({})


async def _validated(api: RestApi, call: Call, resource: str) -> Response:
    """Whether a repository opens with what is given; what is registered for it plays no part."""
    url, given = call.parts["url"], {**dict(call.request.query), **call.body}
    project = str(given.get("project") or "")
    api.require(call, resource, "create", _named(url, project))
    data = {**shapes.repository_data(given), "url": url}
    secret = {"metadata": {"labels": {SECRET_TYPE: REPOSITORY}}, "data": data}
    oci = data.get("enableOCI") == "true"
    await api.ports.inquiries.check(url, data.get("type") or "git", (secret,), project, oci=oci)
    return answer({})


async def _project_of(api: RestApi, url: str, asked: str) -> str:
    if asked:
        return asked
    wanted = rules.normalised_url(url)
    listed = [data for _, data in await _secrets(api, REPOSITORY) if rules.normalised_url(data.get("url", "")) == wanted]
    return listed[0].get("project", "") if listed else ""


async def _opened(api: RestApi, call: Call) -> tuple[str, str]:
    """URL and project of the repository that a question is about. Raises Forbidden."""
    url = call.parts["url"]
    project = await _project_of(api, url, call.param("appProject"))
    api.require(call, "repositories", "get", _named(url, project))
    return url, project


async def _is_itself(api: RestApi, call: Call, word: str) -> bool:
    """Whether the question's last word belongs to the URL of a repository that is registered."""
    urls = {rules.normalised_url(data.get("url", "")) for _, data in await _secrets(api, REPOSITORY)}
    whole, without = (rules.normalised_url(url) for url in (f"{call.parts['url']}/{word}", call.parts["url"]))
    return whole in urls and without not in urls


def repository_secret_name(url: str, project: str, kind: str = REPOSITORY) -> str:
    """One name for one repository, so that it is not registered twice."""
    prefix = "repo" if kind == REPOSITORY else "repo-write"
    return f"{prefix}-{hashlib.sha256(f'{project} {url}'.encode()).hexdigest()[:16]}"
