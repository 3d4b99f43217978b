"""Structural schemas of CustomResourceDefinitions, read into the one form that merging, pruning and defaulting know.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast, get_args

from stackwright.store.schema import ListType, MapType, Schema, Type

Node = Mapping[str, Any]


def read(node: Node) -> Schema:
    """One node of openAPIV3Schema. Costs nothing below the node until it is used."""
    additional = node.get("additionalProperties")
    items = node.get("items")
    return Schema(
        _type(node),
        properties=_properties(node.get("properties") or {}),
        additional=_additional(additional),
        items=(lambda: read(items)) if isinstance(items, Mapping) else None,
        list_type=cast(ListType, node.get("x-kubernetes-list-type", "atomic")),
        list_map_keys=tuple(node.get("x-kubernetes-list-map-keys") or ()),
        map_type=cast(MapType, node.get("x-kubernetes-map-type", "granular")),
        preserve_unknown=bool(node.get("x-kubernetes-preserve-unknown-fields")),
        int_or_string=bool(node.get("x-kubernetes-int-or-string")),
        embedded=bool(node.get("x-kubernetes-embedded-resource")),
        default=node.get("default"),
        raw=node,
    )


def _type(node: Node) -> Type:
    named = node.get("type")
    return cast(Type, named) if named in get_args(Type) else "any"


def _properties(nodes: Mapping[str, Node]) -> Callable[[], Mapping[str, Schema]]:
    return lambda: {name: read(node) for name, node in nodes.items()}


def _additional(node: Any) -> Schema | None:
    """`additionalProperties: true` allows every key and says nothing of the values."""
    if isinstance(node, Mapping):
        return read(node)
    return Schema() if node is True else None


def says(node: Any, keyword: str) -> bool:
    """Whether a keyword is used anywhere in a schema, looked for before anything is read."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if not isinstance(each, Mapping):
            continue
        if keyword in each and each[keyword] is not False:
            return True
        waiting.extend((each.get("properties") or {}).values())
        waiting.extend((each.get("items"), each.get("additionalProperties")))
    return False
