"""AdmissionReview: the question that a webhook is sent, and its answer read. Pure.

Source: k8s.io/api admission/v1 and k8s.io/apiserver pkg/admission/plugin/webhook/request, webhook/errors.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, Resource
from stackwright.api.status import StatusError
from stackwright.api.user import User
from stackwright.apiserver.admission.chain import Attributes
from stackwright.kernel import json
from stackwright.store import jsonpatch

_GROUP = "admission.k8s.io"


class BadAnswer(Exception):
    """The webhook's answer is not one. Shape: `str()` as the real server words it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Shape: `status` is the refusal's, as the hook gave it; `patch` is a JSON patch."""

    allowed: bool
    status: Mapping[str, Any]
    patch: Sequence[Mapping[str, Any]]
    warnings: Sequence[str]
    annotations: Mapping[str, str]


def question(attributes: Attributes, asked: Attributes, version: str, uid: str) -> bytes:
    """Shape: `asked` is the write as the hook's rules name it, `attributes` as it came in."""
    body: dict[str, Any] = {
        "uid": uid,
        "kind": _kind(asked.resource, attributes.subresource),
        "resource": _resource(asked.resource),
        "requestKind": _kind(attributes.resource, attributes.subresource),
        "requestResource": _resource(attributes.resource),
        "name": attributes.name,
        "namespace": attributes.namespace or (attributes.name if attributes.resource.qualified == "namespaces" else ""),
        "operation": attributes.operation,
        "userInfo": user_info(attributes.user),
        "object": asked.object,
        "oldObject": asked.old,
        "dryRun": attributes.dry_run,
        "options": options(attributes),
    }
    body |= {"subResource": attributes.subresource, "requestSubResource": attributes.subresource} if attributes.subresource else {}
    sent = {key: value for key, value in body.items() if value not in ("", None) or key in ("object", "oldObject")}
    return json.dumps({"kind": "AdmissionReview", "apiVersion": f"{_GROUP}/{version}", "request": sent})


def options(attributes: Attributes) -> Object:
    kind = {"CREATE": "CreateOptions", "UPDATE": "UpdateOptions", "DELETE": "DeleteOptions"}.get(attributes.operation, "")
    dry = {"dryRun": ["All"]} if attributes.dry_run else {}
    return {"kind": kind, "apiVersion": "meta.k8s.io/v1", **dry, **attributes.options} if kind else {}


def _kind(resource: Resource, subresource: str) -> dict[str, str]:
    if subresource == "scale":
        return {"group": "autoscaling", "version": "v1", "kind": "Scale"}
    return {"group": resource.group, "version": resource.version, "kind": resource.kind}


def _resource(resource: Resource) -> dict[str, str]:
    return {"group": resource.group, "version": resource.version, "resource": resource.plural}


def user_info(user: User) -> dict[str, Any]:
    found: dict[str, Any] = {"username": user.name}
    found |= {"uid": user.uid} if user.uid else {}
    found |= {"groups": list(user.groups)} if user.groups else {}
    return found | ({"extra": {key: list(values) for key, values in user.extra.items()}} if user.extra else {})


def read(body: bytes, version: str, uid: str, *, may_patch: bool) -> Answer:
    """Raises BadAnswer."""
    try:
        review = json.loads(body)
    except json.JSONDecodeError as error:
        raise BadAnswer("couldn't get version/kind; json parse error") from error
    if not isinstance(review, Mapping) or not isinstance(review.get("response"), Mapping):
        raise BadAnswer("webhook response was absent" if isinstance(review, Mapping) else "couldn't get version/kind; json parse error")
    if (review.get("apiVersion"), review.get("kind")) != (f"{_GROUP}/{version}", "AdmissionReview"):
        found = f"{review.get('apiVersion')}, Kind={review.get('kind')}"
        raise BadAnswer(f"expected webhook response of {_GROUP}/{version}, Kind=AdmissionReview, got {found}")
    response = review["response"]
    if version == "v1" and response.get("uid") != uid:
        raise BadAnswer(f'expected response.uid="{uid}", got "{response.get("uid") or ""}"')
    patch = _patch(response) if may_patch else ()
    warnings = [str(text) for text in response.get("warnings") or ()]
    annotations = {str(key): str(value) for key, value in (response.get("auditAnnotations") or {}).items()}
    return Answer(bool(response.get("allowed")), response.get("status") or {}, patch, warnings, annotations)


def _patch(response: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    if not response.get("patch"):
        return ()
    if response.get("patchType") != "JSONPatch":
        raise BadAnswer(f'invalid response.patchType="{response.get("patchType") or ""}"')
    try:
        operations = json.loads(base64.b64decode(response["patch"]))
    except (binascii.Error, json.JSONDecodeError, TypeError) as error:
        raise BadAnswer("unable to decode patch") from error
    if not isinstance(operations, list) or len(operations) > jsonpatch.MAX_OPERATIONS:
        raise BadAnswer("unable to decode patch")
    return operations


def denial(hook: str, status: Mapping[str, Any]) -> StatusError:
    """What the client is told; a refusal is never a success."""
    denied = f'admission webhook "{hook}" denied the request'
    why = status.get("message") or status.get("reason")
    code = max(400, int(status.get("code") or 0))
    message = f"{denied}: {why}" if why else f"{denied} without explanation"
    return StatusError(code, str(status.get("reason") or ""), message, status.get("details"))
