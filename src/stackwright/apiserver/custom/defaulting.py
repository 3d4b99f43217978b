"""Defaults of custom resources, filled in wherever the parent is present.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/defaulting.
"""

from collections.abc import Mapping
from copy import deepcopy
from functools import lru_cache
from typing import Any

from stackwright.apiserver.custom.structural import says
from stackwright.store.schema import Schema


def defaulted(value: Any, schema: Schema) -> Any:
    """With defaults filled in; the argument is not changed. A null counts as absent unless the field is nullable."""
    if not _fills(schema):
        return value
    if isinstance(value, Mapping):
        return _object(value, schema)
    if isinstance(value, list):
        return [defaulted(_present(item, schema.items), schema.items) for item in value]
    return value


@lru_cache(maxsize=8192)
def _fills(schema: Schema) -> bool:
    """Most of a schema has no defaults, and is not walked through."""
    return schema.default is not None or says(schema.raw or {}, "default")


def _object(value: Mapping[str, Any], schema: Schema) -> Mapping[str, Any]:
    filled = dict(value)
    for key, child in schema.properties.items():
        if key not in filled and child.default is not None:
            filled[key] = deepcopy(child.default)
    return {key: _member(member, key, schema) for key, member in filled.items()}


def _member(member: Any, key: str, schema: Schema) -> Any:
    child = schema.properties.get(key) or schema.additional
    return member if child is None else defaulted(_present(member, child), child)


def _present(value: Any, schema: Schema) -> Any:
    return deepcopy(schema.default) if value is None and not (schema.raw or {}).get("nullable") else value
