"""The API described for programs (OpenAPI 2.0, as Argo CD's): made of the routes themselves, so that it cannot lag behind them."""

import re
from collections.abc import Mapping
from typing import Any

from stackwright.portal.rest.api import VERSION, routes

_PARAMETER = re.compile(r"\{(\w+)(?:\.\.\.)?\}")
_FAILURE = {
    "type": "object",
    "properties": {"error": {"type": "string"}, "code": {"type": "integer", "format": "int32"}, "message": {"type": "string"}},
}
_ANSWERS = {
    "200": {"description": "A successful response.", "schema": {"type": "object"}},
    "default": {"description": "An unexpected error response.", "schema": {"$ref": "#/definitions/runtimeError"}},
}


def describe(prefix: str) -> dict[str, Any]:
    """A document for `/swagger.json`. Shape: `prefix` is the path under which the portal lies."""
    paths: dict[str, dict[str, Any]] = {}
    for method, path, handler in routes():
        shown = "/api/v1" + _PARAMETER.sub(r"{\1}", path)
        paths.setdefault(shown, {})[method.lower()] = _operation(method, path, handler.__name__, handler.__module__.rpartition(".")[2])
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
        "definitions": {"runtimeError": _FAILURE},
    }


def _operation(method: str, path: str, name: str, tag: str) -> Mapping[str, Any]:
    named = [{"name": found, "in": "path", "required": True, "type": "string"} for found in _PARAMETER.findall(path)]
    body = [{"name": "body", "in": "body", "required": True, "schema": {"type": "object"}}] if method in ("POST", "PUT", "PATCH") else []
    words = name.replace("_", " ")
    return {
        "operationId": "".join(word.capitalize() for word in words.split()),
        "summary": words.capitalize(),
        "tags": [tag],
        "parameters": [*named, *body],
        "responses": _ANSWERS,
    }
