"""How a value is owned: as a leaf, field by field, or item by item; and how the items of a list are told apart.

Source: structured-merge-diff typed (deduceAtom, listItemToPathElement) and kube-openapi pkg/schemaconv.
"""

from collections.abc import Mapping
from typing import Any, Literal

from stackwright.kernel import json
from stackwright.store.schema import ANY, Schema

Shape = Literal["leaf", "fields", "map", "set"]
"""`leaf`: owned as a whole; `fields`: a map, field by field; `map`, `set`: a list, item by item."""

_KEY_DEFAULTS = {"protocol": "TCP"}
"""List-map keys that the API fills in when they are left out."""

_ZEROS = {"string": "", "integer": 0}

_TEXT = Schema("string")
_TEXTS = Schema("object", additional=_TEXT)
_OWNER = Schema(
    "object",
    properties={
        "apiVersion": _TEXT, "kind": _TEXT, "name": _TEXT, "uid": _TEXT,
        "controller": Schema("boolean"), "blockOwnerDeletion": Schema("boolean"),
    },
    map_type="atomic",
)  # fmt: skip
METADATA = Schema(
    "object",
    properties={
        "annotations": _TEXTS, "creationTimestamp": ANY, "deletionGracePeriodSeconds": Schema("integer"), "deletionTimestamp": ANY,
        "finalizers": Schema("array", items=_TEXT, list_type="set"), "generateName": _TEXT, "generation": Schema("integer"),
        "labels": _TEXTS, "managedFields": Schema("array"), "name": _TEXT, "namespace": _TEXT,
        "ownerReferences": Schema("array", items=_OWNER, list_type="map", list_map_keys=("uid",)),
        "resourceVersion": _TEXT, "selfLink": _TEXT, "uid": _TEXT,
    },
)  # fmt: skip
"""ObjectMeta, for kinds whose schema leaves it out."""

_ROOT = {"apiVersion": _TEXT, "kind": _TEXT, "metadata": METADATA}


def child_of(schema: Schema, key: str, *, root: bool = False) -> Schema | None:
    """The schema of a field; None when it is not declared. A whole object (`root`) always has its type and metadata."""
    found = schema.properties.get(key)
    if root and key in _ROOT and (found is None or not found.properties):
        return _ROOT[key]
    if found is not None:
        return found
    if schema.additional is not None:
        return schema.additional
    return ANY if schema.type == "any" or schema.preserve_unknown or _bare(schema) else None


def declared(schema: Schema, key: str, *, root: bool = False) -> bool:
    """Whether the field is named by the schema, rather than a key of a free map."""
    return key in schema.properties or (root and key in _ROOT)


def _bare(schema: Schema) -> bool:
    return schema.type == "object" and schema.additional is None and not schema.properties


def shape_of(schema: Schema, value: Any) -> Shape:
    """`value` may be None, which takes the form that the schema says."""
    kind = schema.type
    if kind == "any" and not schema.int_or_string:
        return "fields" if isinstance(value, Mapping) and schema.map_type != "atomic" else "leaf"
    if kind == "object":
        return "leaf" if schema.map_type == "atomic" or (value is not None and not isinstance(value, Mapping)) else "fields"
    if kind == "array":
        return "leaf" if value is not None and not isinstance(value, list) else list_shape(schema)
    return "leaf"


def list_shape(schema: Schema) -> Shape:
    if schema.list_type != "atomic":
        return schema.list_type
    if "merge" in schema.patch_strategy and "x-kubernetes-list-type" not in (schema.raw or ()):
        return "map" if schema.merge_key else "set"
    return "leaf"


def keys_of(schema: Schema) -> tuple[str, ...]:
    return schema.list_map_keys or (schema.merge_key,)


def element_of(item: Any, schema: Schema, shape: Shape) -> str | None:
    """The path element of a list's item; None for an item of a list map that lacks a key."""
    if shape == "set":
        return "v:" + json.canonical(item).decode()
    if not isinstance(item, Mapping):
        return None
    keys = keys_of(schema)
    found = {}
    for key in keys if len(keys) == 1 else sorted(keys):
        value = item.get(key)
        if value is None:
            value = key_default(schema, key)
            if value is None:
                return None
        found[key] = value
    return "k:" + json.dumps(found).decode()


def key_default(schema: Schema, key: str) -> Any:
    """None when the key must be given. The required fields of typed (built-in) items start from the zero value of their type."""
    field = schema.items.properties.get(key)
    if field is None:
        return _KEY_DEFAULTS.get(key)
    if field.default is None and "$ref" in (schema.items.raw or ()):
        return _KEY_DEFAULTS.get(key, _ZEROS.get(field.type))
    return field.default


def elements_of(items: list[Any] | None, schema: Schema, shape: Shape) -> list[str]:
    """One for each item; an item without a key goes by its index."""
    return [element_of(item, schema, shape) or f"i:{index}" for index, item in enumerate(items or ())]
