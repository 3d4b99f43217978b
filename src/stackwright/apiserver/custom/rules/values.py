"""Objects as expressions see them: typed by their schema, only its fields, their names spelled for expressions.

Source: k8s.io/apiserver pkg/cel/common (values.go, schemas.go).
"""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from stackwright.apiserver.custom.rules.names import escaped
from stackwright.store.schema import Schema

_OF_OBJECTS = {"name", "generateName"}


def value_of(value: Any, schema: Schema, *, whole: bool = False) -> Any:
    """`whole` for an object with its own apiVersion, kind and metadata."""
    if value is None or schema.int_or_string:
        return value
    if isinstance(value, Mapping):
        return _object(value, schema, whole or schema.embedded)
    if isinstance(value, list):
        return [value_of(item, schema.items) for item in value]
    if isinstance(value, str):
        return _text(value, (schema.raw or {}).get("format"))
    if schema.type == "number" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return int(value) if schema.type == "integer" and isinstance(value, float) and value.is_integer() else value


def _object(value: Mapping[str, Any], schema: Schema, whole: bool) -> Any:
    if schema.additional is not None and not schema.properties:
        return {key: value_of(item, schema.additional) for key, item in value.items()}
    found: dict[str, Any] = {}
    for key, item in value.items():
        if whole and key == "metadata":
            found[key] = {name: text for name, text in item.items() if name in _OF_OBJECTS} if isinstance(item, Mapping) else item
        elif whole and key in ("apiVersion", "kind"):
            found[key] = item
        elif (child := schema.properties.get(key)) is not None:
            found[escaped(key)] = value_of(item, child)
        elif schema.type == "any" and not schema.properties:
            found[key] = item
    found.pop("", None)
    return found


def _text(value: str, format: Any) -> Any:
    """Bytes are decoded; as it is when that cannot be."""
    try:
        return b64decode(value) if format == "byte" else value
    except (ValueError, binascii.Error):
        return value
