"""Objects live in namespaces that exist and stay; some namespaces stay for ever.

Source: k8s.io/apiserver pkg/admission/plugin/namespace/lifecycle.
"""

from dataclasses import dataclass

from stackwright.api.meta import Object
from stackwright.api.status import StatusError, not_found
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.auth.rbac import Objects

_REVIEWS = "authorization.k8s.io"
"""May ask about a namespace that is not there."""
_IMMORTAL = frozenset({"default", "kube-system", "kube-public"})


@dataclass(frozen=True, slots=True)
class NamespaceLifecycle:
    """A Mutator that changes nothing: it comes before all others."""

    objects: Objects

    async def mutate(self, attributes: Attributes) -> Object | None:
        """Raises StatusError 403, 404."""
        if attributes.concerns("namespaces", "DELETE") and attributes.name in _IMMORTAL:
            raise attributes.refused("this namespace may not be deleted")
        if attributes.namespace and attributes.operation != "DELETE" and not _may_be_anywhere(attributes):
            self._check(attributes)
        return attributes.object

    def _check(self, attributes: Attributes) -> None:
        namespace = self.objects.get("namespaces", "", attributes.namespace)
        if namespace is None:
            raise not_found("", "namespaces", attributes.namespace)
        if attributes.operation == "CREATE" and (namespace.get("status") or {}).get("phase") == "Terminating":
            raise _terminating(attributes)


def _may_be_anywhere(attributes: Attributes) -> bool:
    return attributes.resource.qualified == "namespaces" or attributes.resource.group == _REVIEWS


def _terminating(attributes: Attributes) -> StatusError:
    name = attributes.namespace
    refused = attributes.refused(f"unable to create new content in namespace {name} because it is being terminated")
    cause = {"reason": "NamespaceTerminating", "message": f"namespace {name} is being terminated", "field": "metadata.namespace"}
    return StatusError(403, "Forbidden", refused.message, {**(refused.details or {}), "causes": [cause]})
