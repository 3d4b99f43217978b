"""Operators that are only simulated play their part: objects of their kinds are told ready, and say that it is played.

A simulated operator pod acts on nothing; without this every sync wave behind such an object would wait for ever. Of what the operator would
have made only the Secrets of External Secrets are there, with made-up values and an annotation that says so.
"""

import asyncio
import base64
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import GroupKind, Object, Resource, name_of, namespace_of, uid_of
from stackwright.api.status import StatusError
from stackwright.client.informer import Change, Informer
from stackwright.client.kinds import CRDS, SECRETS
from stackwright.cluster.context import Context, spec_of, status_of
from stackwright.runtime.conditions import is_true, with_condition
from stackwright.runtime.controller import Controller

logger = logging.getLogger(__name__)

SIMULATED = "stackwright.dev/simulated"
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
        self._tasks: asyncio.TaskGroup | None = None
        self._followed: dict[GroupKind, tuple[Resource, Informer]] = {}
        self._controller: Controller[Key] = Controller("simulated operators", self._reconcile)

    async def run(self) -> None:
        """Ends only by cancellation."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            self._definitions.listen(self._defined)
            await self._controller.run()

    def _defined(self, change: Change, definition: Object, previous: Object | None) -> None:
        spec = spec_of(definition)
        kind = GroupKind(str(spec.get("group")), str((spec.get("names") or {}).get("kind")))
        if kind not in CONDITIONS or kind in self._followed or not is_true(status_of(definition).get("conditions"), "Established"):
            return
        resource = _resource(spec)
        assert self._tasks is not None, "listening begins in run"
        informer = Informer(self._context.client, resource)
        self._followed[kind] = (resource, informer)
        self._tasks.create_task(informer.run(), name=f"operators {resource.qualified}")
        informer.listen(lambda change, obj, previous: self._changed(kind, change, obj))

    def _changed(self, kind: GroupKind, change: Change, obj: Object) -> None:
        if change != "deleted" and not status_of(obj).get("conditions"):
            self._controller.enqueue((kind, namespace_of(obj), name_of(obj)))

    async def _reconcile(self, key: Key) -> float | None:
        kind, namespace, name = key
        resource, informer = self._followed[kind]
        obj = informer.get(name, namespace)
        secret = None if obj is None or kind.kind != "ExternalSecret" else played_secret({**obj, "kind": kind.kind})
        if secret is not None:
            await self._create(secret)
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

    async def _create(self, secret: Object) -> None:
        try:
            await self._context.client.create(secret, resource=SECRETS)
        except StatusError as error:
            if not error.already_exists:
                raise


def played_secret(external: Object) -> dict[str, Any]:
    """The Secret that External Secrets would make, with made-up values; it says so."""
    spec = spec_of(external)
    target = spec.get("target") or {}
    template = target.get("template") or {}
    metadata = template.get("metadata") or {}
    owner = {"apiVersion": external.get("apiVersion"), "kind": external.get("kind"), "name": name_of(external), "uid": uid_of(external)}
    values = {key: base64.b64encode(b"simulated").decode() for key in _secret_keys(spec, template)}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": template.get("type") or "Opaque",
        "metadata": {
            "name": target.get("name") or name_of(external),
            "namespace": namespace_of(external),
            "labels": dict(metadata.get("labels") or {}),
            "annotations": {**(metadata.get("annotations") or {}), SIMULATED: "true"},
            "ownerReferences": [owner],
        },
        "data": values,
    }


def _secret_keys(spec: Mapping[str, Any], template: Mapping[str, Any]) -> list[str]:
    if template.get("data"):
        return list(template["data"])
    keys = [str(item.get("secretKey")) for item in spec.get("data") or ()]
    for item in spec.get("dataFrom") or ():
        keys += [str((rewrite.get("transform") or {}).get("template", "")) for rewrite in item.get("rewrite") or ()]
    return [key for key in keys if key]


def _resource(spec: Mapping[str, Any]) -> Resource:
    version = next(version for version in spec["versions"] if version.get("storage"))
    names = spec["names"]
    subresources = ("status",) if "status" in (version.get("subresources") or {}) else ()
    return Resource(
        spec["group"], version["name"], names["plural"], names["kind"], spec.get("scope") != "Cluster", subresources=subresources
    )
