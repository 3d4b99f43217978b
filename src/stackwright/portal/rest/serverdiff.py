"""What applying manifests would change, as the cluster itself says.

Source: Argo CD's server/application (`ServerSideDiff`).
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object, key_of, metadata_of, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.errors import UnknownKind
from stackwright.client.kube import KubeClient
from stackwright.gitops.application import destination_of
from stackwright.gitops.diff.masks import hidden
from stackwright.kernel import json
from stackwright.kernel.errors import BadInput
from stackwright.kernel.http import Response
from stackwright.portal.rest.api import Call, Refused, RestApi, answer, route

MAX_MANIFESTS = 500
_MANAGER = "argocd-controller"
_OWN = ("resourceVersion", "generation", "managedFields", "uid", "creationTimestamp", "selfLink")


@route(
    "GET",
    "/applications/{name}/server-side-diff",
    "applicationApplicationServerSideDiffResponse",
    query="targetManifests appNamespace project",
)
async def server_side_diff(api: RestApi, call: Call) -> Response:
    """Nothing is written: the cluster is asked what it would make of each manifest."""
    app = await api.app(call)
    client = await api.ports.client_of(app)
    if client is None:
        raise Refused(503, f"the cluster of application {call.name} cannot be reached now")
    texts = [value for key, value in call.request.query if key == "targetManifests"]
    if len(texts) > MAX_MANIFESTS:
        raise BadInput(f"targetManifests: at most {MAX_MANIFESTS}")
    namespace = str(destination_of(app).get("namespace") or "")
    items = [await _compared(client, _manifest(text), namespace) for text in texts]
    return answer({"items": items, "modified": any(item["modified"] for item in items)})


def _manifest(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput(f"targetManifests: not JSON: {error}") from error
    if not isinstance(found, Mapping) or not found.get("kind") or not (found.get("metadata") or {}).get("name"):
        raise BadInput("targetManifests: expected objects with kind and name")
    return found


async def _compared(client: KubeClient, wanted: Object, namespace: str) -> dict[str, Any]:
    try:
        resource = await client.resource_of(wanted)
    except UnknownKind as error:
        raise BadInput(error.message) from error
    if resource.namespaced and not namespace_of(wanted):
        wanted = {**wanted, "metadata": {**metadata_of(wanted), "namespace": namespace}}
    try:
        live = await client.find(resource, name_of(wanted), namespace_of(wanted) or None)
        after = await client.named(_MANAGER).apply(wanted, resource=resource, force=True, dry_run=True)
    except StatusError as error:
        raise Refused(error.http_status, error.message) from error
    key, before = key_of(wanted), _bare(live) if live is not None else None
    modified = before != _bare(after)
    if key.kind == "Secret" and not key.group:
        masked_after, masked_live = hidden(after, live)
        after, live = masked_after or {}, masked_live
    place = {"group": key.group, "kind": key.kind, "namespace": key.namespace, "name": key.name}
    return {**place, "targetState": json.dumps(after).decode(), "liveState": json.dumps(live).decode(), "modified": modified}


def _bare(obj: Object) -> Object:
    metadata = {key: value for key, value in metadata_of(obj).items() if key not in _OWN}
    return {**{key: value for key, value in obj.items() if key != "status"}, "metadata": metadata}
