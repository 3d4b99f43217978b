"""Objects as they go through their kind: read, defaulted, settled and judged."""

from typing import Any

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.kinds import BuiltinKind, builtin_kinds
from stackwright.apiserver.decoding import settled_kind

_KINDS = {(kind.resource.api_version, kind.resource.kind): kind for kind in builtin_kinds()}
CONTAINER = {"name": "main", "image": "registry.example/app:1"}


def kind_of(api_version: str, kind: str) -> BuiltinKind:
    return _KINDS[api_version, kind]


def made(api_version: str, kind: str, **fields: Any) -> Object:
    """The object as it would be stored when created in the namespace `ns`."""
    own = kind_of(api_version, kind)
    place = {"namespace": "ns"} if own.resource.namespaced else {}
    metadata = {"name": "x", "uid": "u-1", "creationTimestamp": "2026-01-01T00:00:00Z", "resourceVersion": "1", **place}
    given = {"apiVersion": api_version, "kind": kind, **fields, "metadata": {**metadata, **fields.get("metadata", {})}}
    return settled_kind(own, own.for_create(own.defaulted(settled_kind(own, given))))


def problems(api_version: str, kind: str, **fields: Any) -> list[str]:
    """Every broken rule of a new object, as the API words it."""
    return [str(each) for each in kind_of(api_version, kind).check_create(made(api_version, kind, **fields))]


def changed(old: Object, subresource: str = "", **fields: Any) -> list[str]:
    """Every rule that a change breaks, each once; fields are merged one level deep."""
    own = kind_of(str(old["apiVersion"]), str(old["kind"]))
    merged = {key: {**old.get(key, {}), **value} if isinstance(value, dict) else value for key, value in fields.items()}
    new = settled_kind(own, own.for_update(own.defaulted({**old, **merged}), old, subresource))
    return list(dict.fromkeys(str(each) for each in own.check_update(new, old, subresource)))


def workload(labels: dict[str, str] | None = None, selector: Any = None, **pod: Any) -> dict[str, Any]:
    """The spec of a workload whose selector fits, unless told otherwise."""
    template = {"metadata": {"labels": labels or {"app": "web"}}, "spec": {"containers": [CONTAINER], **pod}}
    return {"selector": {"matchLabels": {"app": "web"}} if selector is None else selector, "template": template}
