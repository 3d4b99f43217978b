"""The parameters of a policy binding: objects of a kind that the policy names.

Source: k8s.io/apiserver pkg/admission/plugin/policy/generic/policy_dispatcher.go (CollectParams).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, gvk_of, labels_of
from stackwright.api.selectors import from_object
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.auth.rbac import Objects
from stackwright.apiserver.kind import Kind
from stackwright.apiserver.registry import Registry, bucket_of, served

NONE_FOUND = "no params found for policy binding with `Deny` parameterNotFoundAction"


class BadBinding(Exception):
    """The binding cannot be carried out. Shape: `str()` in the words of the real server."""


def parameters(
    policy: Mapping[str, Any], binding: Mapping[str, Any], attributes: Attributes, objects: Objects, registry: Registry
) -> Sequence[Object | None]:
    """One None for a policy without parameters; nothing when there are none and that is allowed. Raises BadBinding."""
    param_kind, reference = policy.get("paramKind"), binding.get("paramRef")
    if not param_kind or not reference:
        return [None]
    kind = _kind(param_kind, registry)
    namespace = _namespace(kind, reference, attributes)
    found = _found(kind, reference, namespace, objects)
    if not found and reference.get("parameterNotFoundAction") != "Allow":
        raise BadBinding(NONE_FOUND)
    return [served(kind, each) for each in found]


def _kind(param_kind: Mapping[str, Any], registry: Registry) -> Kind:
    wanted = gvk_of(param_kind)
    kind = next((each for each in registry.kinds() if each.resource.gvk == wanted), None)
    if kind is None:
        raise BadBinding(f"failed to find resource referenced by paramKind: '{wanted.group}/{wanted.version}, Kind={wanted.kind}'")
    return kind


def _namespace(kind: Kind, reference: Mapping[str, Any], attributes: Attributes) -> str:
    if not kind.resource.namespaced:
        if reference.get("namespace"):
            raise BadBinding("paramRef.namespace must not be provided for a cluster-scoped `paramKind`")
        return ""
    namespace = str(reference.get("namespace") or attributes.namespace)
    if not namespace:
        raise BadBinding("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources")
    return namespace


def _found(kind: Kind, reference: Mapping[str, Any], namespace: str, objects: Objects) -> list[Object]:
    bucket = bucket_of(kind.resource)
    if reference.get("name"):
        one = objects.get(bucket, namespace, str(reference["name"]))
        return [one] if one is not None else []
    matching = from_object(reference.get("selector") or {})
    return [each for each in objects.list(bucket, namespace or None) if matching is not None and matching.matches(labels_of(each))]
