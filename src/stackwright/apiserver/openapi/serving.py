"""GET /openapi/v2, /openapi/v3 and the document of each group version, made when first asked for and kept while nothing changes.

Source: kube-openapi pkg/handler and pkg/handler3.
"""

from collections.abc import Sequence
from typing import Any

from stackwright.apiserver.answers import HEADERS
from stackwright.apiserver.kind import Kind
from stackwright.apiserver.negotiation import clauses
from stackwright.apiserver.openapi import protobuf
from stackwright.apiserver.openapi.components import V2, components
from stackwright.apiserver.openapi.operations import paths
from stackwright.apiserver.registry import Registry
from stackwright.kernel import json
from stackwright.kernel.digest import sha256
from stackwright.kernel.http import Request, Response

_INFO = {"title": "Kubernetes", "version": "v1.36.2"}
_SECURITY = {"BearerToken": {"type": "apiKey", "description": "Bearer Token authentication", "name": "authorization", "in": "header"}}
_V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2"
_JSON = "application/json"
_ANY_JSON = ("*/*", "application/*", _JSON)
_PROTOBUF = (protobuf.MEDIA_TYPE, protobuf.MEDIA_TYPE.replace(".v3.v1.0", ".v3@v1.0"))
"""The second is how clients spelled it first."""
_Version = tuple[str, str]


class OpenApi:
    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._documents: dict[_Version, tuple[tuple[int, ...], bytes, str]] = {}
        self._old: tuple[int, bytes] = (-1, b"")

    def answer(self, request: Request) -> Response | None:
        """None for a path that is no document."""
        match [part for part in request.path.split("/") if part]:
            case ["openapi", "v3"]:
                return Response(200, self._index(), HEADERS | {"content-type": "text/plain; charset=utf-8"})
            case ["openapi", "v3", "api", version]:
                return self._version(request, ("", version))
            case ["openapi", "v3", "apis", group, version]:
                return self._version(request, (group, version))
            case ["openapi", "v2"]:
                return self._v2(request)
            case _:
                return None

    def _index(self) -> bytes:
        """Where each document is; the hash changes with its content, so that clients may keep what they read."""
        found = {}
        for group, versions in self._registry.groups().items():
            for version in versions:
                path = f"apis/{group}/{version}" if group else f"api/{version}"
                found[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={self._document((group, version))[1]}"}
        return json.dumps({"paths": found})

    def _version(self, request: Request, version: _Version) -> Response:
        if version[1] not in self._registry.groups().get(version[0], ()):
            return Response(404, b"", {"cache-control": HEADERS["cache-control"]})
        type = _type_of(request)
        if not type:
            return _not_acceptable()
        body, tag = self._document(version)
        headers = {"content-type": type, "etag": f'"{tag}"', "vary": "Accept", "cache-control": HEADERS["cache-control"]}
        if request.headers.get("if-none-match") == f'"{tag}"':
            return Response(304, b"", headers)
        if request.param("hash") == tag:
            headers |= {"cache-control": "public, immutable"}
        return Response(200, body if type == _JSON else protobuf.encoded(json.loads(body)), headers)

    def _document(self, version: _Version) -> tuple[bytes, str]:
        kinds = self._kinds(version)
        state = tuple(id(kind) for kind in kinds)
        known = self._documents.get(version)
        if known is None or known[0] != state:
            value = {
                "openapi": "3.0.0",
                "info": {**_INFO, "title": "Kubernetes"},
                "paths": paths(kinds),
                "components": {"schemas": components(kinds), "securitySchemes": _SECURITY},
            }
            body = json.dumps(value)
            known = self._documents[version] = state, body, sha256(body).upper()
        return known[1], known[2]

    def _kinds(self, version: _Version) -> list[Kind]:
        return [kind for kind in self._registry.kinds() if (kind.resource.group, kind.resource.version) == version]

    def _v2(self, request: Request) -> Response:
        if not _takes_json(request):
            return _minimal() if _V2_PROTOBUF in request.headers.get("accept", "") else _not_acceptable()
        if self._old[0] != self._registry.generation:
            found: dict[str, Any] = {"swagger": "2.0", "info": _INFO, "paths": {}}
            found |= {"definitions": components(self._registry.kinds(), root=V2), "securityDefinitions": _SECURITY}
            self._old = self._registry.generation, json.dumps(found)
        return Response(200, self._old[1], HEADERS)


def _minimal() -> Response:
    """What old clients need to go on: a document that is right and says nothing of any type."""
    title, version = (_INFO[key].encode() for key in ("title", "version"))
    info = b"\x0a" + bytes([len(title)]) + title + b"\x12" + bytes([len(version)]) + version
    body = b"\x0a\x032.0\x12" + bytes([len(info)]) + info
    return Response(200, body, HEADERS | {"content-type": f"{_V2_PROTOBUF}.v1.0+protobuf"})


def _type_of(request: Request) -> str:
    """The first that the client names of what there is; empty when there is none."""
    for type, _ in clauses(request.headers.get("accept") or "*/*"):
        if type in _ANY_JSON:
            return _JSON
        if type in _PROTOBUF:
            return protobuf.MEDIA_TYPE
    return ""


def _takes_json(request: Request) -> bool:
    accepted: Sequence[str] = [type for type, _ in clauses(request.headers.get("accept") or "*/*")]
    return any(type in _ANY_JSON for type in accepted)


def _not_acceptable() -> Response:
    return Response(406, b"", {"cache-control": HEADERS["cache-control"]})
