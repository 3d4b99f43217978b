"""Schemas of the built-in kinds, read from package data when first asked for, one API package at a time."""

import gzip
from collections.abc import Mapping
from functools import cache, partial
from importlib import resources
from typing import Any, cast

from stackwright.kernel import json
from stackwright.store.schema import ANY, ListType, MapType, Schema, Type

_PREFIXES = {
    "apiextensions.k8s.io": "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
    "apiregistration.k8s.io": "io.k8s.kube-aggregator.pkg.apis.apiregistration",
}
_RAW = Schema("any", map_type="atomic")
"""RawExtension: owned as one."""
_OPAQUE = frozenset({"RawExtension", "JSON", "JSONSchemaPropsOrBool", "JSONSchemaPropsOrArray", "JSONSchemaPropsOrStringArray"})


def package_of(group: str, version: str) -> str:
    """The API package that defines the kinds of a group version."""
    return f"{_PREFIXES.get(group) or 'io.k8s.api.' + (group.split('.')[0] or 'core')}.{version}"


_FOLDER = resources.files("stackwright.apiserver.builtin") / "definitions"
_ENDING = ".json.gz"


@cache
def _packages() -> frozenset[str]:
    """Those that there are: what clients name must become no file's name, and is not remembered."""
    return frozenset(file.name.removesuffix(_ENDING) for file in _FOLDER.iterdir() if file.name.endswith(_ENDING))


def definitions(package: str) -> Mapping[str, Any]:
    """The compact OpenAPI nodes of a package by the last part of their names; empty for an unknown package."""
    return _read(package) if package in _packages() else {}


@cache
def _read(package: str) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], json.loads(gzip.decompress((_FOLDER / f"{package}{_ENDING}").read_bytes())))


def schema_of(group: str, version: str, kind: str) -> Schema:
    """The schema of a kind; nothing is read before its type or fields are looked at."""
    name = f"{package_of(group, version)}.{kind}"
    return Schema("object", properties=lambda: named(name).properties, raw={"$ref": name})


def named(name: str) -> Schema:
    """The schema with this full name; anything goes where the name is unknown."""
    package, _, kind = name.rpartition(".")
    return _known(package, kind) if kind in definitions(package) and kind not in _OPAQUE else ANY


@cache
def _known(package: str, kind: str) -> Schema:
    return _schema(definitions(package)[kind])


def _schema(node: Mapping[str, Any]) -> Schema:
    if reference := node.get("$ref"):
        return _referring(node, reference)
    items, additional = node.get("items"), node.get("additionalProperties")
    return Schema(
        _type(node),
        properties=partial(_properties, node["properties"]) if "properties" in node else {},
        items=partial(_schema, items) if items else None,
        additional=_schema(additional) if additional else None,
        int_or_string=node.get("format") == "int-or-string",
        **_merging(node),
    )


def _type(node: Mapping[str, Any]) -> Type:
    bare = node.get("type") == "object" and "properties" not in node and "additionalProperties" not in node
    return "any" if bare else cast(Type, node.get("type", "any"))


def _merging(node: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "list_type": cast(ListType, node.get("x-kubernetes-list-type", "atomic")),
        "list_map_keys": tuple(node.get("x-kubernetes-list-map-keys", ())),
        "map_type": cast(MapType, node.get("x-kubernetes-map-type", "granular")),
        "merge_key": node.get("x-kubernetes-patch-merge-key", ""),
        "patch_strategy": node.get("x-kubernetes-patch-strategy", ""),
        "raw": node,
    }


def _referring(node: Mapping[str, Any], reference: str) -> Schema:
    """A field of a named type: merged as the field says, shaped as the type says. Definitions may be recursive."""
    package, _, kind = reference.rpartition(".")
    target: dict[str, Any] = definitions(package).get(kind) or {}
    if kind in _OPAQUE or not target:
        return _RAW if kind == "RawExtension" else ANY
    if "properties" not in target:
        plain = _schema(target | {key: value for key, value in node.items() if key != "$ref"})
        plain.raw = {**(plain.raw or {}), "$ref": reference}
        return plain
    merged = {**{key: value for key, value in target.items() if key.startswith("x-")}, **node}
    return Schema(_type(target), properties=lambda: named(reference).properties, **_merging(merged))


def _properties(nodes: Mapping[str, Any]) -> Mapping[str, Schema]:
    return {key: _schema(node) for key, node in nodes.items()}
