"""What a server serves, told the old way (/api, /apis, a document a version) and the aggregated way.

Source: k8s.io/apiserver pkg/endpoints/discovery and apidiscovery.k8s.io/v2.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import Resource
from stackwright.apiserver.answers import HEADERS, not_served
from stackwright.apiserver.kind import Kind
from stackwright.apiserver.negotiation import PROTOBUF, clauses, discovered, not_acceptable
from stackwright.apiserver.registry import Registry, keeps_types
from stackwright.apiserver.representation import encode, headers_of
from stackwright.apiserver.subresources import subresource_of
from stackwright.kernel import json
from stackwright.kernel.digest import sha256
from stackwright.kernel.http import Request, Response

_AGGREGATED = ";g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_WANTED = {"g": "apidiscovery.k8s.io", "v": "v2", "as": "APIGroupDiscoveryList"}
_EVERYWHERE = "0.0.0.0/0"
_STORED: Mapping[str, tuple[str, str]] = {
    "events.events.k8s.io": ("", "v1"),
    "horizontalpodautoscalers.autoscaling": ("autoscaling", "v2"),
}
_UNSTORED = frozenset({"create", "get", "list"})


class Discovery:
    """The documents of a registry; what takes long to make is kept until the registry changes."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._aggregated: dict[bool, tuple[int, bytes, str]] = {}

    def answer(self, request: Request, address: str) -> Response | None:
        """None when the path is no discovery document. Raises StatusError 404, 406."""
        parts = [part for part in request.path.split("/") if part]
        groups = self._registry.groups()
        match parts:
            case ["api" | "apis" as root] if _aggregated_type(request):
                return self._all(request, core=root == "api")
            case ["api"]:
                addresses = [{"clientCIDR": _EVERYWHERE, "serverAddress": address}]
                return _document(request, {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": addresses})
            case ["apis"]:
                listed = [_group(name, versions) for name, versions in groups.items() if name]
                return _document(request, {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed})
            case ["apis", name] if name in groups and name:
                return _document(request, {"kind": "APIGroup", "apiVersion": "v1"} | _group(name, groups[name]))
            case ["api", version]:
                return self._version(request, "", version, groups)
            case ["apis", group, version] if group in groups:
                return self._version(request, group, version, groups)
            case _:
                return None

    def _version(self, request: Request, group: str, version: str, groups: Mapping[str, Sequence[str]]) -> Response:
        if version not in groups.get(group, ()):
            raise not_served()
        listed = [entry for kind in self._served(group, version) for entry in _entries(kind)]
        head = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": f"{group}/{version}" if group else version}
        return _document(request, head | {"resources": listed})

    def _served(self, group: str, version: str) -> list[Kind]:
        found = [kind for kind in self._registry.kinds() if (kind.resource.group, kind.resource.version) == (group, version)]
        return sorted(found, key=lambda kind: kind.resource.plural)

    def _all(self, request: Request, *, core: bool) -> Response:
        generation, body, tag = self._aggregated.get(core, (-1, b"", ""))
        if generation != self._registry.generation:
            body = self._everything(core)
            tag = f'"{sha256(body).upper()}"'
            self._aggregated[core] = self._registry.generation, body, tag
        type = _aggregated_type(request)
        headers = HEADERS | {"content-type": type + _AGGREGATED, "etag": tag, "vary": "Accept", "cache-control": "public"}
        if request.headers.get("if-none-match") == tag:
            return Response(304, b"", headers)
        return Response(200, body, headers)

    def _everything(self, core: bool) -> bytes:
        items = [
            {
                "metadata": {"name": group, "creationTimestamp": None} if group else {"creationTimestamp": None},
                "versions": [
                    {"version": version, "resources": [_aggregated(kind) for kind in self._served(group, version)], "freshness": "Current"}
                    for version in versions
                ],
            }
            for group, versions in self._registry.groups().items()
            if (group == "") == core
        ]
        return json.dumps({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items})


def _verbs(kind: Kind) -> list[str]:
    """Those of custom kinds are listed in an order of their own."""
    return list(kind.resource.verbs) if keeps_types(kind) else sorted(kind.resource.verbs)


def _aggregated_type(request: Request) -> str:
    """The media type of the aggregated form when that is the first that the client likes and we have; else empty."""
    for type, parameters in clauses(request.headers.get("accept", "")):
        if parameters.get("as") is None:
            if type in ("application/json", "application/yaml", "*/*", "application/*"):
                return ""
        elif type in ("application/json", PROTOBUF) and _WANTED.items() <= dict(parameters).items():
            return type
    return ""


def _document(request: Request, value: Mapping[str, Any]) -> Response:
    media = discovered(request)
    if media is None:
        raise not_acceptable()
    return Response(200, encode(value, media), headers_of(media))


def _group(name: str, versions: Sequence[str]) -> dict[str, Any]:
    found = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": found, "preferredVersion": found[0]}


def _entries(kind: Kind) -> list[dict[str, Any]]:
    """The resource and its subresources, as an APIResourceList has them."""
    resource = kind.resource
    head = {"singularName": resource.singular or resource.kind.lower(), "namespaced": resource.namespaced, "kind": resource.kind}
    found = [{"name": resource.plural} | head | {"verbs": _verbs(kind)} | _names(resource) | _version_hash(kind)]
    for name in sorted(resource.subresources):
        sub = subresource_of(resource, name)
        entry: dict[str, Any] = {"name": f"{resource.plural}/{name}", "singularName": "", "namespaced": resource.namespaced}
        if sub.kind is not None and sub.kind.group:
            entry |= {"group": sub.kind.group, "version": sub.kind.version}
        found.append(entry | {"kind": sub.kind.kind if sub.kind else resource.kind, "verbs": list(sub.verbs)})
    return found


def _names(resource: Resource) -> dict[str, Any]:
    found = {"shortNames": list(resource.short_names), "categories": list(resource.categories)}
    return {key: value for key, value in found.items() if value}


def _version_hash(kind: Kind) -> dict[str, str]:
    """Tells clients when the stored version changes; what is not stored has none, nor have custom kinds."""
    resource = kind.resource
    if keeps_types(kind) or _UNSTORED.issuperset(resource.verbs):
        return {}
    group, version = _STORED.get(resource.qualified, (resource.group, resource.version))
    digest = hashlib.sha256(f"{group}/{version}/{resource.kind}".encode()).digest()
    return {"storageVersionHash": base64.b64encode(digest[:8]).decode()}


def _aggregated(kind: Kind) -> dict[str, Any]:
    resource = kind.resource
    found = {
        "resource": resource.plural,
        "responseKind": _response_kind(kind),
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular or resource.kind.lower(),
        "verbs": _verbs(kind),
    } | _names(resource)
    subresources = []
    for name in sorted(resource.subresources):
        sub = subresource_of(resource, name)
        shown = _response_kind(kind) if sub.kind is None else dict(sub.kind._asdict()) if sub.kind.group else _kind_only(sub.kind.kind)
        subresources.append({"subresource": name, "responseKind": shown, "verbs": list(sub.verbs)})
    return found | ({"subresources": subresources} if subresources else {})


def _response_kind(kind: Kind) -> dict[str, str]:
    """Built-in kinds leave out the group and version that the kind is listed under."""
    if keeps_types(kind):
        return {"group": kind.resource.group, "version": kind.resource.version, "kind": kind.resource.kind}
    return _kind_only(kind.resource.kind)


def _kind_only(kind: str) -> dict[str, str]:
    return {"group": "", "version": "", "kind": kind}
