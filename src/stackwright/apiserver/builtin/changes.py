"""What the strategy of a kind keeps of the old object when it is changed, beyond its status.

Source: k8s.io/kubernetes pkg/registry/*/strategy.go (PrepareForUpdate).
"""

from collections.abc import Callable, Mapping
from typing import Any

from stackwright.api.meta import Object, annotations_of
from stackwright.apiserver.builtin.creation import annotated, sourced
from stackwright.apiserver.builtin.defaults.apps import TEMPLATE_GENERATION

Keep = Callable[[Object, Object, str], Object]


def kept(resource: str, new: Object, old: Object, subresource: str) -> Object:
    """The new object with what this way of changing it may not touch as it was."""
    keep = _KEPT.get(resource)
    return keep(new, old, subresource) if keep else new


def _spec_of(obj: Object) -> Mapping[str, Any]:
    spec = obj.get("spec")
    return spec if isinstance(spec, Mapping) else {}


def _namespace(new: Object, old: Object, subresource: str) -> Object:
    """Who finishes a namespace is said through `finalize` alone."""
    if subresource == "finalize":
        return new
    spec = {key: value for key, value in _spec_of(new).items() if key != "finalizers"}
    finalizers = _spec_of(old).get("finalizers")
    return {**new, "spec": {**spec, **({"finalizers": finalizers} if finalizers else {})}}


def _daemon_set(new: Object, old: Object, subresource: str) -> Object:
    """The number of the template goes up with each change of it."""
    found = annotations_of(old).get(TEMPLATE_GENERATION, "")
    before = int(found) if found.isdigit() else 0
    return annotated(new, str(before + (_spec_of(new).get("template") != _spec_of(old).get("template"))))


def _claim(new: Object, old: Object, subresource: str) -> Object:
    return {**new, "spec": sourced(_spec_of(new))}


def _request(new: Object, old: Object, subresource: str) -> Object:
    """What was asked for stays."""
    return {**new, "spec": _spec_of(old)}


_KEPT: Mapping[str, Keep] = {
    "certificatesigningrequests.certificates.k8s.io": _request,
    "daemonsets.apps": _daemon_set,
    "namespaces": _namespace,
    "persistentvolumeclaims": _claim,
}
