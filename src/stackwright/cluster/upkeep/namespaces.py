"""Namespaces that are being deleted: their content goes first, pods before the rest, then they do.

Source: k8s.io/kubernetes pkg/controller/namespace/deletion.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from stackwright.api.meta import Object, Resource, is_deleting, metadata_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.informer import Change
from stackwright.client.kinds import NAMESPACES, PODS
from stackwright.cluster.context import Context, Key, enqueue_each, spec_of, status_of, synced
from stackwright.cluster.inventory import Inventory
from stackwright.kernel import json
from stackwright.kernel.http import Request
from stackwright.runtime.conditions import with_condition
from stackwright.runtime.controller import Controller

_FINALIZER = "kubernetes"
_LOOK_AGAIN_SECONDS = 2.0
_OK = (
    ("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
    ("NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions", "All legacy kube types successfully parsed"),
    ("NamespaceDeletionContentFailure", "ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
    ("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"),
    ("NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
)


class Remaining(NamedTuple):
    """What is left in a namespace. Shape: `resources` by `plural.group`; `finalizers` by name; `failures` are messages."""

    resources: Mapping[str, int]
    finalizers: Mapping[str, int]
    failures: Sequence[str] = ()


def remaining_of(content: Mapping[Resource, Sequence[Object]], failures: Sequence[str]) -> Remaining:
    """Counts the content by resource and by finalizer."""
    resources = {f"{resource.plural}.{resource.group}": len(objects) for resource, objects in content.items() if objects}
    names = (name for objects in content.values() for obj in objects for name in metadata_of(obj).get("finalizers") or ())
    return Remaining(resources, Counter(names), failures)


def conditions_of(old: Sequence[Mapping[str, Any]], remaining: Remaining, stamp: str) -> list[Mapping[str, Any]]:
    """The five conditions of a namespace that is being deleted."""
    found = {type: ("False", reason, message) for type, reason, message in _OK}
    if remaining.failures:
        message = f"Failed to delete all resource types, {len(remaining.failures)} remaining: {', '.join(sorted(remaining.failures))}"
        found["NamespaceDeletionContentFailure"] = ("True", "ContentDeletionFailed", message)
    if remaining.resources:
        listed = ", ".join(f"{name} has {count} resource instances" for name, count in sorted(remaining.resources.items()))
        found["NamespaceContentRemaining"] = ("True", "SomeResourcesRemain", f"Some resources are remaining: {listed}")
    if remaining.finalizers:
        listed = ", ".join(f"{name} in {count} resource instances" for name, count in sorted(remaining.finalizers.items()))
        message = f"Some content in the namespace has finalizers remaining: {listed}"
        found["NamespaceFinalizersRemaining"] = ("True", "SomeFinalizersRemain", message)
    conditions = list(old)
    for type, (status, reason, message) in found.items():
        conditions = with_condition(conditions, type, status, reason, message, stamp)
    return conditions


class NamespaceController:
    """Empties and finishes namespaces that are being deleted."""

    def __init__(self, context: Context, inventory: Inventory) -> None:
        self._context = context
        self._inventory = inventory
        self._namespaces = context.informers.informer(NAMESPACES)
        self._controller: Controller[Key] = Controller("namespace-controller", self.reconcile, workers=5, max_delay_seconds=5)
        enqueue_each(self._namespaces, self._controller)
        inventory.listen(self._content_changed)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await self._inventory.wait_ready()
        await synced(self._namespaces)
        await self._controller.run()

    def _content_changed(self, resource: Resource, change: Change, obj: Object, previous: Object | None) -> None:
        namespace = namespace_of(obj)
        if change == "deleted" and namespace:
            owner = self._namespaces.get(namespace)
            if owner is not None and is_deleting(owner):
                self._controller.enqueue(("", namespace))

    async def reconcile(self, key: Key) -> float | None:
        """One look at the content; what goes in its own time brings the next."""
        namespace = self._namespaces.get(key[1])
        if namespace is None or not is_deleting(namespace) or _FINALIZER not in (spec_of(namespace).get("finalizers") or ()):
            return None
        remaining = await self._empty(key[1])
        status = status_of(namespace)
        conditions = conditions_of(status.get("conditions") or (), remaining, self._context.stamp())
        written = await self._context.write_status(NAMESPACES, namespace, {**status, "conditions": conditions})
        if remaining.resources or remaining.failures:
            return _LOOK_AGAIN_SECONDS
        await self._finish(written)
        return None

    async def _empty(self, namespace: str) -> Remaining:
        pods = await self._remove(PODS, namespace, [])
        if pods:
            return remaining_of({PODS: pods}, ())
        content: dict[Resource, Sequence[Object]] = {}
        failures: list[str] = []
        for resource in self._inventory.namespaced():
            content[resource] = await self._remove(resource, namespace, failures)
        return remaining_of(content, failures)

    async def _remove(self, resource: Resource, namespace: str, failures: list[str]) -> Sequence[Object]:
        """Asks for everything to be deleted; answers with what is still there."""
        try:
            there = await self._context.client.list(resource, namespace)
            if all(is_deleting(obj) for obj in there):
                return there
            await self._delete_all(resource, namespace)
            return await self._context.client.list(resource, namespace)
        except StatusError as error:
            if error.http_status in (404, 405):
                return ()
            failures.append(error.message)
            return ()

    async def _delete_all(self, resource: Resource, namespace: str) -> None:
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"}
        headers = {"accept": "application/json", "content-type": "application/json"}
        await self._context.client.send(Request("DELETE", resource.path(namespace), (), headers, json.dumps(options)))

    async def _finish(self, namespace: Object) -> None:
        spec = spec_of(namespace)
        kept = [name for name in spec.get("finalizers") or () if name != _FINALIZER]
        rest = {key: value for key, value in spec.items() if key != "finalizers"}
        finished = {**namespace, "spec": rest | ({"finalizers": kept} if kept else {})}
        try:
            await self._context.client.update(finished, resource=NAMESPACES, subresource="finalize")
        except StatusError as error:
            if not error.not_found:
                raise
