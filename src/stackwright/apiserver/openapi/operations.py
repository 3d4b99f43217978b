"""The paths of a group version: what can be done with each resource, as far as clients look it up.

Source: kube-openapi as k8s.io/apiserver pkg/endpoints/installer.go feeds it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stackwright.apiserver.kind import Kind
from stackwright.apiserver.openapi.components import META, V3, component_name
from stackwright.apiserver.registry import keeps_types

_PRODUCED = ("application/json", "application/vnd.kubernetes.protobuf", "application/yaml")
_STREAMED = (*_PRODUCED, "application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch")
_PATCHES = ("application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json")
_QUERIES = ("dryRun", "fieldManager", "fieldValidation")
_WRITES = ("create", "replace", "patch")
_READ = ("read", "replace", "delete", "patch")
_Operation = dict[str, Any]


def paths(kinds: Iterable[Kind]) -> dict[str, Any]:
    """Shape: path, then method, then operation."""
    return dict(sorted((path, item) for kind in kinds for path, item in _of(kind)))


def _of(kind: Kind) -> Iterator[tuple[str, Mapping[str, Any]]]:
    resource = kind.resource
    collection = resource.path("{namespace}") if resource.namespaced else resource.path()
    place = [_parameter("namespace", "path")] if resource.namespaced else []
    yield collection, _collection(kind) | {"parameters": [*place, _parameter("pretty", "query")]}
    if "get" in resource.verbs:
        named = [_parameter("name", "path"), *place, _parameter("pretty", "query")]
        yield f"{collection}/{{name}}", _object(kind) | {"parameters": named}
    if resource.namespaced and "list" in resource.verbs:
        yield resource.path(), {"get": _listing(kind, "ForAllNamespaces"), "parameters": [_parameter("pretty", "query")]}


def _collection(kind: Kind) -> dict[str, Any]:
    verbs, found = kind.resource.verbs, {}
    if "list" in verbs:
        found["get"] = _listing(kind, "")
    if "create" in verbs:
        found["post"] = _operation(kind, "create", "post", _schema(kind), body=_body(kind, ("*/*",)))
    if "deletecollection" in verbs:
        found["delete"] = _operation(kind, "deleteCollection", "deletecollection", {"$ref": f"{V3}{META}.Status"})
    return found


def _listing(kind: Kind, suffix: str) -> _Operation:
    listed = {"$ref": f"{V3}{component_name(kind)}List"}
    return _operation(kind, "list", "list", listed, produced=_STREAMED, suffix=suffix)


def _object(kind: Kind) -> dict[str, Any]:
    verbs, found = kind.resource.verbs, {"get": _operation(kind, "read", "get", _schema(kind))}
    if "update" in verbs:
        found["put"] = _operation(kind, "replace", "put", _schema(kind), body=_body(kind, ("*/*",)))
    if "delete" in verbs:
        found["delete"] = _operation(kind, "delete", "delete", {"$ref": f"{V3}{META}.Status"})
    if "patch" in verbs:
        found["patch"] = _operation(kind, "patch", "patch", _schema(kind), body=_patch_body(kind))
    return found


def _patch_body(kind: Kind) -> dict[str, Any] | None:
    """Told for custom kinds only: kubectl parses the whole document anew for each object that it merges by it, and has types of its own
    for all others.
    """
    if not keeps_types(kind):
        return None
    return {"content": {type: {"schema": {"$ref": f"{V3}{META}.Patch"}} for type in _PATCHES}, "required": True}


def _schema(kind: Kind) -> dict[str, str]:
    return {"$ref": V3 + component_name(kind)}


def _body(kind: Kind, types: tuple[str, ...]) -> dict[str, Any]:
    return {"content": {type: {"schema": _schema(kind)} for type in types}, "required": True}


def _operation(
    kind: Kind,
    verb: str,
    action: str,
    schema: Mapping[str, str],
    *,
    body: Mapping[str, Any] | None = None,
    produced: tuple[str, ...] = _PRODUCED,
    suffix: str = "",
) -> _Operation:
    resource = kind.resource
    group = "".join(part.capitalize() for part in (resource.group.split(".")[0] or "core", resource.version))
    scope = "Namespaced" if resource.namespaced and not suffix else ""
    subject = f"the specified {resource.kind}" if verb in _READ else f"objects of kind {resource.kind}"
    found: _Operation = {
        "tags": [f"{(resource.group.split('.')[0] or 'core')}_{resource.version}"],
        "description": f"{verb} {subject}",
        "operationId": f"{verb}{group}{scope}{resource.kind}{suffix}",
    }
    if verb in _WRITES:
        found["parameters"] = [_parameter(name, "query") for name in _QUERIES]
    if body is not None:
        found["requestBody"] = body
    content = {type: {"schema": schema} for type in produced}
    found["responses"] = {"200": {"description": "OK", "content": content}, "401": {"description": "Unauthorized"}}
    type = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    return found | {"x-kubernetes-action": action, "x-kubernetes-group-version-kind": type}


def _parameter(name: str, place: str) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "in": place, "schema": {"type": "string", "uniqueItems": True}}
    return found | ({"required": True} if place == "path" else {})
