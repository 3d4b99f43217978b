"""Schemas as components of a document: the kinds of a group version and all that they refer to.

Source: kube-openapi pkg/builder3, whose documents wrap a reference that says more in `allOf`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stackwright.apiserver.builtin.schemas import definitions
from stackwright.apiserver.kind import Kind
from stackwright.apiserver.openapi.enums import enums_of, item_enums_of, told
from stackwright.apiserver.registry import keeps_types

V2, V3 = "#/definitions/", "#/components/schemas/"
META = "io.k8s.apimachinery.pkg.apis.meta.v1"
_STRUCTS = frozenset({"metadata", "spec", "status", "template", "strategy", "updateStrategy", "jobTemplate", "resources", "selector"})
_EITHER = {"int-or-string": ("integer", "string"), "quantity": ("string", "number")}
_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_TYPE_META = {
    "apiVersion": {"description": "The version of the schema that the object is written in.", "type": "string"},
    "kind": {"description": "The kind of the object.", "type": "string"},
}


def component_name(kind: Kind) -> str:
    """The full name of a kind's schema."""
    resource = kind.resource
    if keeps_types(kind):
        return f"{'.'.join(reversed(resource.group.split('.')))}.{resource.version}.{resource.kind}"
    return str((kind.schema.raw or {}).get("$ref") or f"{resource.group}.{resource.version}.{resource.kind}")


def components(kinds: Iterable[Kind], *, root: str = V3) -> dict[str, Any]:
    """Every schema that is needed, by name. `root` is where references point to."""
    listed = list(kinds)
    found = {name: _written(name, node, root) for name, node in _closure(listed)}
    for kind in listed:
        resource = kind.resource
        name = component_name(kind)
        if keeps_types(kind):
            found[name] = _custom(kind, root)
            found[f"{name}List"] = _custom_list(kind, name, root)
        for suffix in ("", "List"):
            if name + suffix in found:
                type = {"group": resource.group, "kind": resource.kind + suffix, "version": resource.version}
                found[name + suffix] = {**found[name + suffix], "x-kubernetes-group-version-kind": [type]}
    return dict(sorted(found.items()))


def _closure(kinds: Iterable[Kind]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The built-in schemas behind the kinds, each once."""
    waiting = [f"{META}.{name}" for name in ("ObjectMeta", "ListMeta", "DeleteOptions", "Patch", "Status", "WatchEvent")]
    for kind in kinds:
        if not keeps_types(kind):
            waiting += [component_name(kind), f"{component_name(kind)}List"]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        package, _, last = name.rpartition(".")
        node = definitions(package).get(last)
        if name in seen or node is None:
            continue
        seen.add(name)
        waiting += _references(node)
        yield name, node


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item)


def _written(name: str, node: Mapping[str, Any], root: str) -> dict[str, Any]:
    if root == V3 and (node.get("format") == "int-or-string" or name == _QUANTITY):
        types = _EITHER["quantity" if name == _QUANTITY else "int-or-string"]
        rest = {key: value for key, value in node.items() if key != "type"}
        return {**rest, "oneOf": [{"type": each} for each in types]}
    found = _node(node, root, required=False, field="")
    for field, values in enums_of(name).items():
        if field in found.get("properties", ()):
            node = found["properties"][field]
            found["properties"][field] = {**node, "description": told(node.get("description", ""), values), "enum": list(values)}
    for field, values in item_enums_of(name).items():
        if field in found.get("properties", ()):
            found["properties"][field]["items"]["enum"] = list(values)
    return found


def _node(node: Mapping[str, Any], root: str, *, required: bool, field: str) -> dict[str, Any]:
    found = {key: value for key, value in node.items() if key not in ("$ref", "properties", "items", "additionalProperties")}
    wanted = frozenset(node.get("required") or ())
    if "properties" in node:
        found["properties"] = {
            key: _node(child, root, required=key in wanted, field=key) for key, child in sorted(node["properties"].items())
        }
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), Mapping):
            found[key] = _node(node[key], root, required=True, field="")
    return _referring(found, node["$ref"], root, required or field in _STRUCTS) if "$ref" in node else found


def _referring(found: dict[str, Any], name: str, root: str, struct: bool) -> dict[str, Any]:
    if root == V2:
        return found | {"$ref": root + name}
    if struct:
        found["default"] = {}
    return found | {"allOf": [{"$ref": root + name}]} if found else {"$ref": root + name}


def _custom(kind: Kind, root: str) -> dict[str, Any]:
    """The structural schema of a definition, with what every object has."""
    raw: Mapping[str, Any] = kind.schema.raw or {}
    metadata = {"description": "Metadata of the object.", **_link(f"{META}.ObjectMeta", root)}
    properties = {**(raw.get("properties") or {}), **_TYPE_META, "metadata": metadata}
    return {"type": "object", **raw, "properties": dict(sorted(properties.items()))}


def _custom_list(kind: Kind, name: str, root: str) -> dict[str, Any]:
    properties = {
        **_TYPE_META,
        "items": {"description": f"List of {kind.resource.plural}.", "type": "array", "items": {"$ref": root + name}},
        "metadata": {"description": "Metadata of the list.", **_link(f"{META}.ListMeta", root)},
    }
    return {
        "description": f"{name}List is a list of {kind.resource.kind}",
        "type": "object",
        "required": ["items"],
        "properties": properties,
    }


def _link(name: str, root: str) -> dict[str, Any]:
    return {"$ref": root + name} if root == V2 else {"allOf": [{"$ref": root + name}]}
