"""Who made a revision and when: of a commit, of a chart, of an artefact in a registry."""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object
from stackwright.gitops.application import project_of, sources_of
from stackwright.kernel.errors import BadInput
from stackwright.kernel.http import Response
from stackwright.portal.rest.api import Call, RestApi, answer, route

_QUERY = "sourceIndex versionId appNamespace project"
_OCI = {
    "createdAt": "created",
    "authors": "authors",
    "docsUrl": "documentation",
    "sourceUrl": "source",
    "version": "version",
    "description": "description",
}


@route("GET", "/applications/{name}/revisions/{revision}/metadata", "v1alpha1RevisionMetadata", query=_QUERY)
async def revision_metadata(api: RestApi, call: Call) -> Response:
    app, source = await _source(api, call)
    found = await api.ports.inquiries.metadata(str(source["repoURL"]), call.parts["revision"], api.ports.credentials(), project_of(app))
    return answer({"author": found.author, "date": found.date, "message": found.message, "tags": list(found.tags)})


@route("GET", "/applications/{name}/revisions/{revision}/chartdetails", "v1alpha1ChartDetails", query=_QUERY)
async def chart_details(api: RestApi, call: Call) -> Response:
    app, source = await _source(api, call)
    chart = str(source.get("chart") or "")
    if not chart:
        raise BadInput(f"no details found: {source['repoURL']} is no repository of charts")
    url, revision = str(source["repoURL"]), call.parts["revision"]
    found = await api.ports.inquiries.chart_metadata(url, chart, revision, api.ports.credentials(), project_of(app))
    keepers = [item for item in found.get("maintainers") or () if isinstance(item, Mapping)]
    return answer(
        {
            "description": str(found.get("description") or ""),
            "home": str(found.get("home") or ""),
            "maintainers": [
                f"{item.get('name', '')} <{item['email']}>" if item.get("email") else str(item.get("name", "")) for item in keepers
            ],
        }
    )


@route("GET", "/applications/{name}/revisions/{revision}/ocimetadata", "v1alpha1OCIMetadata", query=_QUERY)
async def oci_metadata(api: RestApi, call: Call) -> Response:
    app, source = await _source(api, call)
    url = str(source["repoURL"])
    if not url.startswith("oci://"):
        raise BadInput(f"no metadata found: {url} is no artefact of a registry")
    found = await api.ports.inquiries.annotations(url, call.parts["revision"], api.ports.credentials(), project_of(app))
    return answer({shown: found.get(f"org.opencontainers.image.{name}", "") for shown, name in _OCI.items()})


async def _source(api: RestApi, call: Call) -> tuple[Object, Mapping[str, Any]]:
    """The source that a revision is of: as it is now, or as it was when something was deployed. Raises BadInput."""
    app = await api.app(call)
    listed: Sequence[Mapping[str, Any]] = sources_of(app)
    if call.param("versionId").isdigit():
        past = [item for item in (app.get("status") or {}).get("history") or () if str(item.get("id")) == call.param("versionId")]
        if not past:
            raise BadInput(f"revision not found in history: {call.param('versionId')}")
        listed = past[0].get("sources") or [past[0].get("source") or {}]
    index = int(call.param("sourceIndex")) if call.param("sourceIndex").isdigit() else 0
    if index >= len(listed) or not listed[index].get("repoURL"):
        raise BadInput(f"source index {index} not found")
    return app, listed[index]
