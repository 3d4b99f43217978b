"""Operators that are only simulated play their part: objects of their kinds are told ready, and say that it is played.

A simulated operator pod acts on nothing; without this every sync wave behind such an object would wait for ever. What the operator would
have made (a Secret, a certificate, a cloud resource) is not made.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import GroupKind, Object, Resource, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.informer import Change, Informer
from stackwright.client.kinds import CRDS
from stackwright.cluster.context import Context, spec_of, status_of
from stackwright.runtime.conditions import is_true, with_condition
from stackwright.runtime.controller import Controller

logger = logging.getLogger(__name__)

REASON = "Simulated"
MESSAGE = "no operator acts on this object: it is simulated"
_READY = ("Ready",)
_PACKAGE = ("Installed", "Healthy")
CONDITIONS: Mapping[GroupKind, Sequence[str]] = {
    **{
        GroupKind("external-secrets.io", kind): _READY
        for kind in ("ExternalSecret", "ClusterExternalSecret", "SecretStore", "ClusterSecretStore", "PushSecret")
    },
    **{GroupKind("pkg.crossplane.io", kind): _PACKAGE for kind in ("Provider", "Configuration", "Function")},
    GroupKind("apiextensions.crossplane.io", "CompositeResourceDefinition"): ("Established", "Offered"),
    **{GroupKind("cert-manager.io", kind): _READY for kind in ("Issuer", "ClusterIssuer", "Certificate")},
    **{GroupKind("kyverno.io", kind): _READY for kind in ("ClusterPolicy", "Policy")},
    **{GroupKind("source.toolkit.fluxcd.io", kind): _READY for kind in ("GitRepository", "HelmRepository", "OCIRepository")},
    GroupKind("kustomize.toolkit.fluxcd.io", "Kustomization"): _READY,
    GroupKind("helm.toolkit.fluxcd.io", "HelmRelease"): _READY,
    GroupKind("infra.contrib.fluxcd.io", "Terraform"): _READY,
}
"""The conditions that a kind's operator would set to True."""

Key = tuple[GroupKind, str, str]


def played_status(obj: Object, kind: GroupKind, now: str) -> dict[str, Any] | None:
    """The status to write; None for an object that has one already: somebody acts on it."""
    if status_of(obj).get("conditions"):
        return None
    conditions: Any = []
    for name in CONDITIONS[kind]:
        conditions = with_condition(conditions, name, "True", REASON, MESSAGE, now)
    return {**status_of(obj), "conditions": conditions}


class SimulatedOperators:
    """Follows the kinds of CONDITIONS as soon as they are defined."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._definitions = context.informers.informer(CRDS)
        self._followed: dict[GroupKind, tuple[Resource, Informer]] = {}
        self._controller: Controller[Key] = Controller("simulated operators", self._reconcile)

    async def run(self) -> None:
        """Ends only by cancellation."""
        self._definitions.listen(self._defined)
        await self._controller.run()

    def _defined(self, change: Change, definition: Object, previous: Object | None) -> None:
        spec = spec_of(definition)
        kind = GroupKind(str(spec.get("group")), str((spec.get("names") or {}).get("kind")))
        if kind not in CONDITIONS or kind in self._followed or not is_true(status_of(definition).get("conditions"), "Established"):
            return
        resource = _resource(spec)
        informer = self._context.informers.informer(resource)
        self._followed[kind] = (resource, informer)
        informer.listen(lambda change, obj, previous: self._changed(kind, change, obj))

    def _changed(self, kind: GroupKind, change: Change, obj: Object) -> None:
        if change != "deleted" and not status_of(obj).get("conditions"):
            self._controller.enqueue((kind, namespace_of(obj), name_of(obj)))

    async def _reconcile(self, key: Key) -> float | None:
        kind, namespace, name = key
        resource, informer = self._followed[kind]
        obj = informer.get(name, namespace)
        status = None if obj is None else played_status(obj, kind, self._context.stamp())
        if status is None:
            return None
        subresource = "status" if "status" in resource.subresources else None
        try:
            await self._context.client.patch(resource, name, namespace or None, {"status": status}, subresource=subresource)
        except StatusError as error:
            if not error.not_found:
                raise
        return None


def _resource(spec: Mapping[str, Any]) -> Resource:
    version = next(version for version in spec["versions"] if version.get("storage"))
    names = spec["names"]
    subresources = ("status",) if "status" in (version.get("subresources") or {}) else ()
    return Resource(
        spec["group"], version["name"], names["plural"], names["kind"], spec.get("scope") != "Cluster", subresources=subresources
    )
