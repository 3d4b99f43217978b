"""Patches as they come in, and what is told of the objects they make.

Source: k8s.io/apiserver pkg/endpoints/handlers/patch.go.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object
from stackwright.api.status import StatusError, bad_request
from stackwright.apiserver.body import Unreadable, check_size, json_duplicates, media_type, parse_json, parse_yaml, unsupported
from stackwright.apiserver.decoding import Decoded, recognised
from stackwright.apiserver.kind import Kind
from stackwright.apiserver.ports import PatchType
from stackwright.apiserver.registry import keeps_types
from stackwright.apiserver.writeoptions import Strictness
from stackwright.kernel import json
from stackwright.kernel.http import Request

_TYPES: Mapping[str, PatchType] = {
    "application/json-patch+json": "json",
    "application/merge-patch+json": "merge",
    "application/strategic-merge-patch+json": "strategic",
    "application/apply-patch+yaml": "apply",
}
_CUSTOM = ("application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml")
_METADATA = (
    "name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
    "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers", "managedFields",
)  # fmt: skip
_OPERATION = frozenset({"op", "path", "from", "value"})


def patch_type(request: Request, kind: Kind) -> PatchType:
    """Raises StatusError 415."""
    found = _TYPES.get(media_type(request, ""))
    if found is None:
        raise StatusError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
    if found == "strategic" and keeps_types(kind):
        raise unsupported(_CUSTOM)
    return found


def read_patch(request: Request, type: PatchType) -> Any:
    """Raises StatusError 400, 413."""
    check_size(request)
    try:
        return parse_yaml(request.body) if type == "apply" else parse_json(request.body)
    except Unreadable as error:
        what = "error decoding YAML: error converting YAML to JSON" if type == "apply" else "error decoding patch"
        raise bad_request(f"{what}: {error}") from error


def problems_of(request: Request, type: PatchType, patch: Any) -> list[str]:
    """What is odd about the patch itself: fields that stand twice, and operations with fields that there are not."""
    if type == "apply":
        return []
    found = json_duplicates(request.body)
    if type != "json" or not isinstance(patch, list):
        return found
    unknown = [
        f'json patch unknown field "[{index}].{field}"'
        for index, operation in enumerate(patch)
        if isinstance(operation, Mapping)
        for field in operation
        if field not in _OPERATION
    ]
    return [*(f"json patch {each}" for each in found), *unknown]


def judged(kind: Kind, type: PatchType, patch: Any, result: Object, told: Sequence[str], strictness: Strictness) -> Decoded:
    """The patched object as its kind knows it. Raises StatusError 422 when strictness forbids what is left out."""
    kept, unknown = (result, []) if type == "apply" else recognised(kind, result)
    problems = [*told, *unknown]
    if strictness == "Strict" and problems:
        raise unfit(kind, type, patch, result, f"strict decoding error: {', '.join(problems)}")
    return Decoded(kept, () if strictness == "Ignore" else problems)


def unfit(kind: Kind, type: PatchType, patch: Any, result: Object, problem: str) -> StatusError:
    """422 that shows what the patch makes: the whole object, or for strategic patches the patch."""
    text = _go_map(patch) if type == "strategic" else json.dumps(_shown(kind, result)).decode()
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    message = f'Invalid value: "{escaped}": {problem}'
    causes = [{"reason": "FieldValueInvalid", "message": message, "field": "patch"}]
    return StatusError(422, "Invalid", f' "" is invalid: patch: {message}', {"causes": causes})


def _shown(kind: Kind, result: Object) -> Object:
    """Top-level keys and free maps in order, as the server's encoder has them; custom objects in order throughout."""
    if keeps_types(kind):
        ordered: Object = _sorted(result)
        return ordered
    return {key: _ordered(key, item) for key, item in sorted(result.items())}


def _ordered(key: str, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    if key == "metadata":
        return dict(sorted(value.items(), key=lambda item: _METADATA.index(item[0]) if item[0] in _METADATA else len(_METADATA)))
    return dict(sorted(value.items())) if key == "data" else value


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(item) for key, item in sorted(value.items())}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _go_map(value: Any) -> str:
    """As Go prints a value of JSON."""
    match value:
        case Mapping():
            return f"map[{' '.join(f'{key}:{_go_map(item)}' for key, item in sorted(value.items()))}]"
        case list():
            return f"[{' '.join(_go_map(item) for item in value)}]"
        case bool():
            return str(value).lower()
        case None:
            return "<nil>"
        case _:
            return str(value)
