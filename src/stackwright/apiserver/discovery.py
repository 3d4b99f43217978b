"""What a server serves, told the old way (/api, /apis, a document a version) and the aggregated way.

Source: k8s.io/apiserver pkg/endpoints/discovery and apidiscovery.k8s.io/v2.
"""

from collections.abc import Sequence
from typing import Any

from stackwright.apiserver.answers import HEADERS, answer
from stackwright.apiserver.kind import Kind
from stackwright.apiserver.registry import Registry
from stackwright.kernel import json
from stackwright.kernel.digest import sha256
from stackwright.kernel.http import Request, Response

_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_WRITES = {"status": ("get", "patch", "update"), "scale": ("get", "patch", "update"), "log": ("get",), "finalize": ("update",)}


def discover(request: Request, registry: Registry) -> Response | None:
    """None when the path is no discovery document."""
    parts = [part for part in request.path.split("/") if part]
    match parts:
        case ["api" | "apis" as root] if "as=APIGroupDiscoveryList" in request.headers.get("accept", ""):
            return _aggregated(request, registry, core=root == "api")
        case ["api"]:
            return answer({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})
        case ["apis"]:
            groups = [_group(name, versions) for name, versions in registry.groups().items() if name]
            return answer({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
        case ["apis", name] if name in registry.groups():
            return answer({"kind": "APIGroup", "apiVersion": "v1"} | _group(name, registry.groups()[name]))
        case ["api", version] if version in registry.groups().get("", ()):
            return answer(_resources("", version, registry))
        case ["apis", group, version] if version in registry.groups().get(group, ()):
            return answer(_resources(group, version, registry))
        case _:
            return None


def _group(name: str, versions: Sequence[str]) -> dict[str, Any]:
    found = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": found, "preferredVersion": found[0]}


def _served(group: str, version: str, registry: Registry) -> list[Kind]:
    found = [kind for kind in registry.kinds() if (kind.resource.group, kind.resource.version) == (group, version)]
    return sorted(found, key=lambda kind: kind.resource.plural)


def _resources(group: str, version: str, registry: Registry) -> dict[str, Any]:
    listed: list[dict[str, Any]] = []
    for kind in _served(group, version, registry):
        resource = kind.resource
        head = {"singularName": resource.singular or resource.kind.lower(), "namespaced": resource.namespaced, "kind": resource.kind}
        listed.append({"name": resource.plural} | head | {"verbs": sorted(resource.verbs)} | _names(kind))
        for sub in sorted(resource.subresources):
            listed.append({"name": f"{resource.plural}/{sub}"} | head | {"singularName": "", "verbs": list(_WRITES.get(sub, ("create",)))})
    head_of = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": f"{group}/{version}" if group else version}
    return head_of | {"resources": listed}


def _names(kind: Kind) -> dict[str, Any]:
    found = {"shortNames": list(kind.resource.short_names), "categories": list(kind.resource.categories)}
    return {key: value for key, value in found.items() if value}


def _aggregated(request: Request, registry: Registry, *, core: bool) -> Response:
    items = [
        {
            "metadata": {"name": group, "creationTimestamp": None} if group else {"creationTimestamp": None},
            "versions": [_version(group, version, registry) for version in versions],
        }
        for group, versions in registry.groups().items()
        if (group == "") == core
    ]
    body = json.dumps({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items})
    tag = f'"{sha256(body).upper()}"'
    headers = HEADERS | {"content-type": _AGGREGATED, "etag": tag, "vary": "Accept", "cache-control": "public"}
    if request.headers.get("if-none-match") == tag:
        return Response(304, b"", headers)
    return Response(200, body, headers)


def _version(group: str, version: str, registry: Registry) -> dict[str, Any]:
    return {
        "version": version,
        "resources": [_aggregated_resource(kind) for kind in _served(group, version, registry)],
        "freshness": "Current",
    }


def _aggregated_resource(kind: Kind) -> dict[str, Any]:
    resource = kind.resource
    response_kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    found = {
        "resource": resource.plural,
        "responseKind": response_kind,
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular or resource.kind.lower(),
        "verbs": sorted(resource.verbs),
    } | _names(kind)
    subresources = [
        {"subresource": sub, "responseKind": response_kind, "verbs": list(_WRITES.get(sub, ("create",)))}
        for sub in sorted(resource.subresources)
    ]
    return found | ({"subresources": subresources} if subresources else {})
