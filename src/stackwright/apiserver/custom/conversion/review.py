"""ConversionReview: the question that a conversion webhook is sent, its answer read, and each object of it judged. Pure.

Source: k8s.io/api apiextensions/v1 (conversion types) and k8s.io/apiextensions-apiserver pkg/apiserver/conversion/webhook_converter.go.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, gvk_of, metadata_of, name_of, namespace_of, uid_of
from stackwright.apiserver.builtin.validation.metadata import annotation_map, label_map
from stackwright.kernel import json

_GROUP = "apiextensions.k8s.io"
KNOWN_VERSIONS = ("v1", "v1beta1")
_CHANGEABLE = ("labels", "annotations")


class BadConversion(Exception):
    """The answer of a conversion webhook cannot be used. Shape: `str()` as the real server words it."""


def question(objects: Sequence[Object], api_version: str, version: str, uid: str) -> bytes:
    request = {"uid": uid, "desiredAPIVersion": api_version, "objects": objects}
    return json.dumps({"kind": "ConversionReview", "apiVersion": f"{_GROUP}/{version}", "request": request})


def read(body: bytes, version: str, uid: str) -> Sequence[Any]:
    """The converted objects, not judged yet. Raises BadConversion."""
    try:
        review = json.loads(body)
    except json.JSONDecodeError as error:
        raise BadConversion(f"failed: couldn't get version/kind; json parse error: {error}") from error
    if not isinstance(review, Mapping):
        raise BadConversion("failed: couldn't get version/kind; json parse error: json: cannot unmarshal into Go value of type struct")
    expected = f"{_GROUP}/{version}, Kind=ConversionReview"
    found = f"{review.get('apiVersion') or ''}, Kind={review.get('kind') or ''}"
    if found != expected:
        raise BadConversion(f"failed: expected webhook response of {expected}, got {found}")
    response = review.get("response")
    if not isinstance(response, Mapping):
        raise BadConversion("failed: no response provided")
    if version == "v1" and response.get("uid") != uid:
        raise BadConversion(f'failed: expected response.uid="{uid}", got "{response.get("uid") or ""}"')
    _check_success(response.get("result") or {})
    return response.get("convertedObjects") or ()


def _check_success(result: Mapping[str, Any]) -> None:
    if result.get("status") != "Success":
        told = f"response.result.status was '{result.get('status') or ''}', not 'Success'"
        raise BadConversion(f"failed: {result.get('message') or told}")


def all_judged(originals: Sequence[Object], converted: Sequence[Any], api_version: str) -> list[Object]:
    """As many as were asked for, in their order. Raises BadConversion."""
    if len(converted) != len(originals):
        raise BadConversion(f"returned {len(converted)} objects, expected {len(originals)}")
    return [judged(one, other, api_version) for one, other in zip(originals, converted, strict=True)]


def judged(original: Object, converted: Any, api_version: str) -> Object:
    """The converted object with the metadata it had; only labels and annotations are the webhook's to change. Raises BadConversion."""
    if not isinstance(converted, Mapping) or not converted.get("kind"):
        shown = json.dumps(converted).decode() if converted is not None else ""
        raise BadConversion(f"failed: Object 'Kind' is missing in '{shown}'" if shown else "failed: unexpected end of JSON input")
    given, wanted = gvk_of(converted), gvk_of(original)
    if given.api_version != api_version:
        reason = f"invalid groupVersion (expected {api_version}, received {given.api_version})"
        raise BadConversion(f"returned invalid object at index 0: {reason}")
    if given.kind != wanted.kind:
        raise BadConversion(f"returned invalid object at index 0: invalid kind (expected {wanted.kind}, received {given.kind})")
    for what, of in (("name", name_of), ("namespace", namespace_of), ("UID", uid_of)):
        before, after = of(original), of(converted) if isinstance(converted.get("metadata"), Mapping) else ""
        if before != after:
            raise BadConversion(f"returned invalid object: must have the same {what}: {before} != {after}")
    return {**converted, "metadata": _restored(metadata_of(original), converted)}


def _restored(original: Mapping[str, Any], converted: Object) -> Mapping[str, Any]:
    if "metadata" not in converted:
        raise BadConversion("returned invalid metadata: missing metadata in converted object")
    given = converted["metadata"]
    if not isinstance(given, Mapping):
        raise BadConversion(f"returned invalid metadata: invalid metadata of type {_go_type(given)} in converted object")
    changed = {field: texts for field in _CHANGEABLE if (texts := _texts(field, original.get(field), given.get(field))) is not None}
    return {key: value for key, value in original.items() if key not in _CHANGEABLE} | changed


def _texts(field: str, original: Any, given: Any) -> Mapping[str, str] | None:
    """What did not change is not judged again."""
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise BadConversion(f"returned invalid metadata: invalid metadata.{field} of type {_go_type(given)} in converted object")
    for key, value in given.items():
        if not isinstance(value, str):
            text = f"metadata.{field}[{key}] must be a string, but is {_go_type(value)} in converted object"
            raise BadConversion(f"returned invalid metadata: {text}")
    if given != original:
        _check_texts(field, given)
    return given


def _check_texts(field: str, given: Mapping[str, str]) -> None:
    errors = label_map("metadata.labels", given) if field == "labels" else annotation_map("metadata.annotation", given)
    told = list(dict.fromkeys(str(error) for error in errors))
    if told:
        raise BadConversion(f"returned invalid metadata: {told[0] if len(told) == 1 else '[' + ', '.join(told) + ']'}")


def _go_type(value: Any) -> str:
    """As Go names the type of a decoded value."""
    match value:
        case Mapping():
            return "map[string]interface {}"
        case list():
            return "[]interface {}"
        case None:
            return "<nil>"
        case bool():
            return "bool"
        case int():
            return "int64"
        case float():
            return "float64"
        case _:
            return "string"
