"""Request bodies: bounded, parsed by their media type, and refused in the words that clients know.

Source: k8s.io/apiserver pkg/endpoints/handlers (limitedReadBody, transformDecodeError, summarizeData).
"""

import codecs
import json as stdjson
import math
import re
from collections.abc import Mapping
from typing import Any

import yaml as pyyaml

from stackwright.api.meta import Object
from stackwright.api.status import StatusError, bad_request
from stackwright.apiserver import protobuf
from stackwright.apiserver.faults import json_type
from stackwright.apiserver.gojson import syntax_error
from stackwright.kernel import json, yaml
from stackwright.kernel.http import Request

LIMIT = 3 * 1024 * 1024
MAX_DEPTH = 200
PROTOBUF = "application/vnd.kubernetes.protobuf"
TYPES = ("application/json", "application/yaml", PROTOBUF)
_SUMMARY = 30
_TYPE_META = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
_DEPTH = "exceeded max depth"
_FRACTION = re.compile(rb"[:\[,]\s*-?\d+[.eE]")
"""In YAML as Go reads it, 1.0 is 1."""
_LONE = re.compile("[\ud800-\udfff]")
_REPLACE_EACH = "stackwright-replace-each"
codecs.register_error(_REPLACE_EACH, lambda error: ("\ufffd" * (error.end - error.start), error.end))  # type: ignore[attr-defined]
"""Python's own way replaces bytes that belong together at once; Go's replaces each."""


class Unreadable(Exception):
    """The text is no JSON or YAML; carries the sentence that says why."""


def media_type(request: Request, otherwise: str = "application/json") -> str:
    return request.headers.get("content-type", otherwise).split(";")[0].strip().lower() or otherwise


def decode_object(request: Request, expected: str = "") -> Object:
    """A body that is a map. `expected` is the kind that it should be of. Raises StatusError 400, 413, 415."""
    try:
        found = parsed(request)
    except Unreadable as error:
        raise unrecognized(request, expected, str(error)) from error
    if not isinstance(found, Mapping):
        problem = f"json: cannot unmarshal {json_type(found)} into Go value of type {_TYPE_META}"
        raise unrecognized(request, expected, f"couldn't get version/kind; json parse error: {problem}")
    for field in ("apiVersion", "kind"):
        if not isinstance(found.get(field, ""), str | None):
            problem = f"json: cannot unmarshal {json_type(found[field])} into Go struct field .{field} of type string"
            raise unrecognized(request, expected, f"couldn't get version/kind; json parse error: {problem}")
    return found


def parsed(request: Request) -> Any:
    """Raises Unreadable, StatusError 413, 415."""
    check_size(request)
    kind = media_type(request)
    if kind == "application/json":
        try:
            return parse_json(request.body)
        except Unreadable as error:
            raise Unreadable(f"couldn't get version/kind; json parse error: {error}") from error
    if kind == "application/yaml":
        return parse_yaml(request.body)
    if kind == PROTOBUF:
        return _parse_protobuf(request.body)
    raise unsupported(TYPES)


def _parse_protobuf(body: bytes) -> Any:
    try:
        return protobuf.decoded(body)
    except protobuf.BadProtobuf as error:
        raise Unreadable(str(error)) from error


def check_size(request: Request) -> None:
    """Raises StatusError 413."""
    if len(request.body) > LIMIT:
        raise StatusError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {LIMIT}")


def unsupported(types: tuple[str, ...]) -> StatusError:
    message = f"the body of the request was in an unknown format - accepted media types include: {', '.join(types)}"
    return StatusError(415, "UnsupportedMediaType", message)


def unrecognized(request: Request, expected: str, problem: str) -> StatusError:
    """400 that shows how the body begins."""
    kind = f" (must be of type {expected})" if expected else ""
    return bad_request(f"the object provided is unrecognized{kind}: {problem} ({_summary(request.body)})")


def _summary(body: bytes) -> str:
    if not body:
        return "<empty>"
    shown = body[:_SUMMARY].decode("utf-8", "replace") if body[:1] == b"{" else body[:_SUMMARY].hex()
    return shown + (" ..." if len(body) > _SUMMARY else "")


def parse_json(body: bytes) -> Any:
    """Raises Unreadable with Go's sentence."""
    try:
        value = json.loads(body)
    except json.JSONDecodeError as error:
        found = syntax_error(body)
        if found:
            raise Unreadable(found) from error
        value = _lenient(body)
    _check_depth(value, body)
    return value


def _lenient(body: bytes) -> Any:
    """What Go reads and a strict parser does not: each byte that is no UTF-8 and each lone surrogate becomes U+FFFD.

    Source: Go encoding/json (unquote), which sigs.k8s.io/json keeps.
    """
    try:
        found = stdjson.loads(_text(body), parse_int=_number, parse_float=_number)
        return json.loads(_LONE.sub("\ufffd", stdjson.dumps(found, ensure_ascii=False)))
    except (ValueError, RecursionError) as error:
        raise Unreadable(_DEPTH) from error


def _number(text: str) -> int | float:
    """Raises Unreadable for one that is larger than any float64."""
    found = float(text)
    if math.isinf(found):
        raise Unreadable(f"json: cannot unmarshal number {text} into Go value of type float64")
    whole = text.lstrip("-").isdecimal() and -(2**63) <= found < 2**64
    return int(text) if whole and -(2**63) <= int(text) < 2**64 else found


def _text(body: bytes) -> str:
    return body.decode("utf-8", _REPLACE_EACH)


def _check_depth(value: Any, body: bytes) -> None:
    """Raises Unreadable for a value that is nested more deeply than anybody means."""
    if body.count(b"{") + body.count(b"[") <= MAX_DEPTH:
        return
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise Unreadable(_DEPTH)
        level = [
            inner
            for item in level
            if isinstance(item, Mapping | list)
            for inner in (item.values() if isinstance(item, Mapping) else item)
            if isinstance(inner, Mapping | list)
        ]


def parse_yaml(body: bytes) -> Any:
    """The first document. Raises Unreadable with the sentence of Go's parser."""
    found = _json_of(body)
    if found is not None:
        return found
    try:
        return yaml.load(body)
    except yaml.YamlError as error:
        raise Unreadable(f"yaml: {_go_sentence(error)}") from error


def _json_of(body: bytes) -> Any:
    """Most programs send JSON where YAML is asked for, and that is read ten times as fast. None when the two might be read differently."""
    if body[:1] != b"{" or _FRACTION.search(body):
        return None
    try:
        value = json.loads(body)
        _check_depth(value, body)
    except (json.JSONDecodeError, Unreadable):
        return None
    return value


def _go_sentence(error: yaml.YamlError) -> str:
    """Go's parser counts the lines of scanner errors from one, of all others from zero, and leaves a zero out."""
    cause = error.__cause__
    mark = getattr(cause, "problem_mark", None)
    if mark is None:
        return error.message
    line = mark.line + isinstance(cause, pyyaml.scanner.ScannerError)
    problem = str(getattr(cause, "problem", None) or "unknown problem parsing YAML content")
    return f"line {line}: {problem}" if line else problem


def duplicate_fields(request: Request) -> list[str]:
    """Keys that stand twice in one map, in the words of the parser of the media type. The body can be read."""
    if media_type(request) == "application/json":
        return json_duplicates(request.body)
    if media_type(request) == PROTOBUF:
        return []
    return [f'line {line}: key "{key}" already set in map' for line, key in yaml.duplicate_keys(request.body)]


class _Pairs(list[tuple[str, Any]]):
    """An object as it stands in the text."""


def json_duplicates(body: bytes) -> list[str]:
    seen = [False]

    def noticed(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        seen[0] = seen[0] or len(found) != len(pairs)
        return found

    try:
        text = _text(body)
        stdjson.loads(text, object_pairs_hook=noticed)
        if not seen[0]:
            return []
        return [f'duplicate field "{path}"' for path in _twice(stdjson.loads(text, object_pairs_hook=_Pairs), "")]
    except (ValueError, RecursionError):
        return []


def _twice(value: Any, path: str) -> list[str]:
    found: list[str] = []
    if isinstance(value, _Pairs):
        keys: set[str] = set()
        for key, item in value:
            below = f"{path}.{key}" if path else key
            if key in keys:
                found.append(below)
            keys.add(key)
            found += _twice(item, below)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += _twice(item, f"{path}[{index}]")
    return found
