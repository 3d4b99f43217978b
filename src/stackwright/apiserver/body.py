"""Request bodies: bounded, decoded by their media type, and only ever an object.

Source: k8s.io/apiserver pkg/endpoints/handlers (limitedReadBody, decoding by serializer).
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object
from stackwright.api.status import StatusError, bad_request
from stackwright.kernel import json, yaml
from stackwright.kernel.http import Request

LIMIT = 3 * 1024 * 1024
_UNKNOWN_FORMAT = (
    "the body of the request was in an unknown format - accepted media types include: "
    "application/json, application/yaml, application/vnd.kubernetes.protobuf"
)


def media_type(request: Request) -> str:
    return request.headers.get("content-type", "application/json").split(";")[0].strip().lower() or "application/json"


def decode(request: Request) -> Any:
    """Raises StatusError 413, 415, 400."""
    if len(request.body) > LIMIT:
        raise StatusError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {LIMIT}")
    kind = media_type(request)
    try:
        if kind == "application/json" or (kind.endswith("+json") and kind.startswith("application/")):
            return json.loads(request.body)
        if kind in ("application/yaml", "application/apply-patch+yaml"):
            return yaml.load(request.body)
    except (json.JSONDecodeError, yaml.YamlError, UnicodeDecodeError, RecursionError) as error:
        raise bad_request(f"the object provided is unrecognized: {error}") from error
    raise StatusError(415, "UnsupportedMediaType", _UNKNOWN_FORMAT)


def decode_object(request: Request) -> Object:
    """Raises StatusError."""
    found = decode(request)
    if not isinstance(found, Mapping):
        raise bad_request(f"the object provided is unrecognized: found {type(found).__name__}, expected an object")
    meta = found.get("metadata")
    if meta is not None and not isinstance(meta, Mapping):
        raise bad_request("the object provided is unrecognized: metadata must be an object")
    return found
