"""The API described for programs (OpenAPI 2.0, as Argo CD's): made of the routes themselves, so that it cannot lag behind them."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from stackwright.portal.rest.api import VERSION, Route, routes
from stackwright.portal.rest.kinds import KINDS
from stackwright.portal.rest.messages import MESSAGES

_PARAMETER = re.compile(r"\{(\w+)(?:\.\.\.)?\}")
_WORDS: Mapping[str, Mapping[str, Any]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer", "format": "int64"},
    "number": {"type": "number", "format": "double"},
    "boolean": {"type": "boolean"},
    "time": {"type": "string", "format": "date-time"},
    "object": {"type": "object"},
}
_SEVERAL = frozenset(("projects", "project", "updatedFields", "targetManifests"))
_FLAGS = frozenset(("cascade", "upsert", "force", "orphan", "dryRun", "follow", "previous", "forceRefresh"))
_FAILED = {"description": "An unexpected error response.", "schema": {"$ref": "#/definitions/runtimeError"}}
_VERSION_PATH = {
    "get": {
        "operationId": "Version",
        "summary": "Which version answers",
        "tags": ["version"],
        "security": [],
        "responses": {
            "200": {"description": "A successful response.", "schema": {"type": "object", "properties": {"Version": {"type": "string"}}}},
            "default": _FAILED,
        },
    }
}


def describe(prefix: str) -> dict[str, Any]:
    """A document for `/swagger.json`. Shape: `prefix` is the path under which the portal lies."""
    paths: dict[str, dict[str, Any]] = {"/api/version": _VERSION_PATH}
    for found in routes():
        paths.setdefault("/api/v1" + _PARAMETER.sub(r"{\1}", found.path), {})[found.method.lower()] = _operation(found)
    return {
        "swagger": "2.0",
        "info": {"title": "Argo CD's REST API, as Stackwright serves it", "version": VERSION},
        "basePath": prefix or "/",
        "schemes": ["https"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "securityDefinitions": {"bearer": {"type": "apiKey", "in": "header", "name": "Authorization"}},
        "security": [{"bearer": []}],
        "paths": paths,
        "definitions": _definitions(),
    }


def _operation(found: Route) -> Mapping[str, Any]:
    name, tag = found.handler.__name__, found.handler.__module__.rpartition(".")[2]
    schema: Mapping[str, Any] = {"$ref": f"#/definitions/{found.answers}"}
    if found.streams:
        schema = {"type": "object", "properties": {"result": schema, "error": {"$ref": "#/definitions/runtimeError"}}}
    told = "A stream of results, one a line." if found.streams else "A successful response."
    return {
        "operationId": "".join(word.capitalize() for word in name.split("_")),
        "summary": name.replace("_", " ").capitalize(),
        "tags": [tag],
        "parameters": list(_parameters(found)),
        "responses": {"200": {"description": told, "schema": schema}, "default": _FAILED},
    }


def _parameters(found: Route) -> Iterator[Mapping[str, Any]]:
    for name in _PARAMETER.findall(found.path):
        yield {"name": name, "in": "path", "required": True, "type": "string"}
    if found.body:
        schema = {"type": "string"} if found.body == "text" else {"$ref": f"#/definitions/{found.body}"}
        yield {"name": "body", "in": "body", "required": True, "schema": schema}
    for name in found.query:
        if name in _SEVERAL:
            yield {"name": name, "in": "query", "type": "array", "items": {"type": "string"}, "collectionFormat": "multi"}
        else:
            yield {"name": name, "in": "query", "type": "boolean" if name in _FLAGS else "string"}


@lru_cache(maxsize=1)
def _definitions() -> Mapping[str, Any]:
    return {name: _type(fields) for name, fields in {**MESSAGES, **KINDS}.items()}


def _type(shape: Any) -> Mapping[str, Any]:
    """A schema, from the notation of `messages.py`."""
    match shape:
        case Mapping():
            return {"type": "object", "properties": {name: _type(inner) for name, inner in shape.items()}}
        case [inner]:
            return {"type": "array", "items": _type(inner)}
    if shape.startswith("["):
        return {"type": "array", "items": _type(shape[1:-1])}
    if shape.startswith("{"):
        return {"type": "object", "additionalProperties": _type(shape[1:-1])}
    return _WORDS.get(shape) or {"$ref": f"#/definitions/{shape}"}
