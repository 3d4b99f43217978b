"""OpenAPI v3 documents as messages. Pure.

Shape: what a message cannot hold (a default that is a map or a list) is left out, as gnostic leaves it out.

Source: github.com/google/gnostic openapiv3/OpenAPIv3.proto; protocol buffers' wire format.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from stackwright.apiserver.protobuf import wire
from stackwright.kernel import json

MEDIA_TYPE = "application/com.github.proto-openapi.spec.v3.v1.0+protobuf"

_Fields = Mapping[str, tuple[int, str]]
_SCALARS = frozenset({"string", "bool", "int", "double", "any", "default"})
_SCHEMA: _Fields = {
    "nullable": (1, "bool"), "readOnly": (3, "bool"), "example": (7, "any"), "title": (9, "string"), "multipleOf": (10, "double"),
    "maximum": (11, "double"), "exclusiveMaximum": (12, "bool"), "minimum": (13, "double"), "exclusiveMinimum": (14, "bool"),
    "maxLength": (15, "int"), "minLength": (16, "int"), "pattern": (17, "string"), "maxItems": (18, "int"), "minItems": (19, "int"),
    "uniqueItems": (20, "bool"), "maxProperties": (21, "int"), "minProperties": (22, "int"), "required": (23, "[]string"),
    "enum": (24, "[]any"), "type": (25, "string"), "allOf": (26, "[]schema?"), "oneOf": (27, "[]schema?"), "anyOf": (28, "[]schema?"),
    "not": (29, "schema"), "items": (30, "items"), "properties": (31, "{}schema?"), "additionalProperties": (32, "additional"),
    "default": (33, "default"), "description": (34, "string"), "format": (35, "string"), "x-": (36, "extension"),
}  # fmt: skip
_OPERATION: _Fields = {
    "tags": (1, "[]string"), "summary": (2, "string"), "description": (3, "string"), "operationId": (5, "string"),
    "parameters": (6, "[]parameter?"), "requestBody": (7, "requestBody?"), "responses": (8, "responses"), "deprecated": (10, "bool"),
    "x-": (13, "extension"),
}  # fmt: skip
_MESSAGES: Mapping[str, _Fields] = {
    "document": {"openapi": (1, "string"), "info": (2, "info"), "paths": (4, "paths"), "components": (5, "components")},
    "info": {"title": (1, "string"), "description": (2, "string"), "version": (6, "string")},
    "path": {
        "get": (4, "operation"), "put": (5, "operation"), "post": (6, "operation"), "delete": (7, "operation"), "options": (8, "operation"),
        "head": (9, "operation"), "patch": (10, "operation"), "parameters": (13, "[]parameter?"), "x-": (14, "extension"),
    },
    "operation": _OPERATION,
    "parameter": {
        "name": (1, "string"), "in": (2, "string"), "description": (3, "string"), "required": (4, "bool"), "schema": (10, "schema?"),
    },
    "requestBody": {"description": (1, "string"), "content": (2, "{}media"), "required": (3, "bool")},
    "media": {"schema": (1, "schema?")},
    "response": {"description": (1, "string"), "content": (3, "{}media")},
    "components": {"schemas": (1, "{}schema?"), "securitySchemes": (7, "{}security?")},
    "security": {"type": (1, "string"), "description": (2, "string"), "name": (3, "string"), "in": (4, "string")},
    "schema": _SCHEMA,
}  # fmt: skip


def encoded(document: Mapping[str, Any]) -> bytes:
    return b"".join(_message(document, "document"))


def _message(value: Mapping[str, Any], name: str) -> Iterator[bytes]:
    fields = _MESSAGES[name]
    extension = fields.get("x-")
    for key, item in value.items():
        if key.startswith("x-") and extension is not None:
            yield wire.block(extension[0], wire.block(1, key.encode()) + wire.block(2, _any(item)))
        elif key in fields:
            yield from _field(*fields[key], item)


def _field(number: int, kind: str, value: Any) -> Iterator[bytes]:
    if kind.startswith("[]"):
        for item in value or ():
            yield from _field(number, kind[2:], item)
    elif kind.startswith("{}"):
        yield wire.block(number, b"".join(_named(value, kind[2:], 1)))
    elif kind in _SCALARS:
        yield from _scalar(number, kind, value)
    else:
        yield wire.block(number, _body(kind, value))


def _named(value: Mapping[str, Any], kind: str, number: int) -> Iterator[bytes]:
    """A map is a list of names and values."""
    for key, item in value.items():
        yield wire.block(number, wire.block(1, key.encode()) + b"".join(_field(2, kind, item)))


def _body(kind: str, value: Any) -> bytes:
    match kind:
        case "paths":
            return b"".join(_named(value, "path", 1))
        case "responses":
            return b"".join(_named(value, "response?", 2))
        case "items":
            return wire.block(1, _either("schema", value))
        case "additional" if isinstance(value, bool):
            return wire.number(2, int(value))
        case "additional":
            return wire.block(1, _either("schema", value))
        case _ if kind.endswith("?"):
            return _either(kind[:-1], value)
        case _:
            return b"".join(_message(value, kind))


def _either(kind: str, value: Mapping[str, Any]) -> bytes:
    """The thing itself, or where it is."""
    if "$ref" in value:
        return wire.block(2, wire.block(1, str(value["$ref"]).encode()))
    return wire.block(1, b"".join(_message(value, kind)))


def _scalar(number: int, kind: str, value: Any) -> Iterator[bytes]:
    match kind:
        case "string" if value:
            yield wire.block(number, str(value).encode())
        case "bool" | "int" if value:
            yield wire.number(number, int(value))
        case "double" if value:
            yield wire.double(number, float(value))
        case "any":
            yield wire.block(number, _any(value))
        case "default" if isinstance(value, bool | int | float | str):
            yield wire.block(number, _default(value))
        case _:
            pass


def _default(value: bool | float | str) -> bytes:
    if isinstance(value, bool):
        return wire.number(2, int(value))
    return wire.block(3, value.encode()) if isinstance(value, str) else wire.double(1, float(value))


def _any(value: Any) -> bytes:
    """As YAML, which JSON is."""
    return wire.block(2, json.dumps(value) + b"\n")
