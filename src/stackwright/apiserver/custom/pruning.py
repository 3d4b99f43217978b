"""Unknown fields of custom resources are dropped.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/pruning.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.store.schema import Schema

TYPE_META = frozenset({"apiVersion", "kind", "metadata"})
"""Fields of every whole object, whatever its schema says."""


def pruned(obj: Mapping[str, Any], schema: Schema) -> Mapping[str, Any]:
    """A whole object without the fields that its schema does not declare; the argument is not changed."""
    return _object(obj, schema, whole=True)


def pruned_value(value: Any, schema: Schema) -> Any:
    """A value somewhere in an object."""
    return _value(value, schema)


def _value(value: Any, schema: Schema) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, dict | Mapping):
        return _object(value, schema, whole=schema.embedded)
    if isinstance(value, list):
        return [_value(item, schema.items) for item in value]
    return value


def _object(value: Mapping[str, Any], schema: Schema, *, whole: bool) -> Mapping[str, Any]:
    kept: dict[str, Any] = {}
    for key, member in value.items():
        child = schema.child(key)
        if whole and key in TYPE_META:
            kept[key] = member
        elif child is not None and not (member is None and _says_nothing(child)):
            kept[key] = _value(member, child)
    return kept


def _says_nothing(schema: Schema) -> bool:
    """Whether null in a declared field is as good as no field: it may not be null, and no default takes its place."""
    return schema.raw is not None and not schema.raw.get("nullable") and schema.default is None
