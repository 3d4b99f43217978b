"""The story of a Service's endpoints: find its pods, then keep both forms in which they are told.

Source: k8s.io/kubernetes pkg/controller/endpoint, pkg/controller/endpointslice.
"""

from collections.abc import Mapping, Sequence

from stackwright.api.meta import Object, labels_of, metadata_of, name_of, namespace_of, uid_of
from stackwright.api.status import StatusError
from stackwright.client.informer import Change
from stackwright.client.kinds import ENDPOINT_SLICES, ENDPOINTS, NODES, PODS, SERVICES
from stackwright.cluster.context import Context, Key, key_of, spec_of, synced
from stackwright.cluster.endpoints import facts, slices, subsets
from stackwright.cluster.expectations import Expectations
from stackwright.kernel.clock import rfc3339
from stackwright.runtime.controller import Controller

COMPONENT = "endpointslice-controller"
_SETTLE_SECONDS = 0.02


class EndpointsController:
    """Keeps Endpoints and EndpointSlices of every Service with a selector. Changes of many pods at once are one write."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._services = context.informers.informer(SERVICES)
        self._pods = context.informers.informer(PODS)
        self._nodes = context.informers.informer(NODES)
        self._endpoints = context.informers.informer(ENDPOINTS)
        self._slices = context.informers.informer(ENDPOINT_SLICES)
        self._slices.index("service", service_of_slice)
        self._expectations: Expectations[Key] = Expectations()
        self._slices.listen(self._expectations.observe)
        self._controller: Controller[Key] = Controller(COMPONENT, self.reconcile, workers=3)
        self._services.listen(lambda change, obj, previous: self._due(key_of(obj)))
        self._endpoints.listen(self._told_elsewhere)
        self._slices.listen(self._told_elsewhere)
        self._pods.listen(self._pod_changed)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await synced(self._services, self._pods, self._nodes, self._endpoints, self._slices)
        await self._controller.run()

    def _due(self, key: Key) -> None:
        self._controller.queue.add_after(key, _SETTLE_SECONDS)

    def _pod_changed(self, change: Change, pod: Object, previous: Object | None) -> None:
        if change == "modified" and previous is not None and facts.shape(pod) == facts.shape(previous):
            return
        sets = [labels_of(each) for each in (pod, previous) if each is not None]
        for service in self._services.in_namespace(namespace_of(pod)):
            if facts.has_selector(service) and any(facts.selects(service, labels) for labels in sets):
                self._due(key_of(service))

    def _told_elsewhere(self, change: Change, obj: Object, previous: Object | None) -> None:
        """Our own writes are seen now; or somebody changed or removed what we keep."""
        name = str(labels_of(obj).get(facts.SERVICE_NAME) or name_of(obj))
        service = self._services.get(name, namespace_of(obj))
        if service is not None and facts.has_selector(service):
            self._due((namespace_of(obj), name))

    async def reconcile(self, key: Key) -> float | None:
        """One pass over one Service."""
        service = self._services.get(key[1], key[0])
        if service is None:
            self._expectations.drop(key)
            await self._forget(key)
            return None
        if not facts.has_selector(service) or not self._expectations.met(key):
            return None
        backends = facts.backends(service, self._pods.in_namespace(key[0]))
        stamp = rfc3339(self._context.now())
        await self._write_endpoints(service, backends, stamp)
        await self._write_slices(service, backends, stamp)
        return None

    async def _forget(self, key: Key) -> None:
        """Endpoints have no owner, so they go here; slices are garbage once their Service is."""
        old = self._endpoints.get(key[1], key[0])
        if old is None or labels_of(old).get(subsets.MANAGED_BY) != subsets.CONTROLLER:
            return
        await self._quietly_delete(old)

    async def _quietly_delete(self, obj: Object) -> None:
        resource = ENDPOINTS if obj.get("kind") == "Endpoints" else ENDPOINT_SLICES
        try:
            await self._context.client.delete(resource, name_of(obj), namespace_of(obj), uid=uid_of(obj))
        except StatusError as error:
            if not error.not_found:
                raise

    async def _write_endpoints(self, service: Object, backends: Sequence[facts.Backend], stamp: str) -> None:
        old = self._endpoints.get(name_of(service), namespace_of(service))
        wanted = subsets.endpoints_object(service, backends, old, stamp)
        if wanted is None:
            return
        try:
            if old is None:
                await self._context.client.create(wanted, resource=ENDPOINTS)
            else:
                await self._context.client.update(wanted, resource=ENDPOINTS)
        except StatusError as error:
            if not _overtaken(error):
                raise

    async def _write_slices(self, service: Object, backends: Sequence[facts.Backend], stamp: str) -> None:
        found = self._slices.by_index("service", f"{namespace_of(service)}/{name_of(service)}")
        old = [each for each in found if labels_of(each).get(facts.MANAGED_BY) == slices.CONTROLLER]
        plan = slices.changes(service, slices.labels_for(service), self._wanted(service, backends), old, stamp)
        for made in await write(self._context, plan):
            known = self._slices.get(name_of(made), namespace_of(made)) is not None
            self._expectations.created(key_of(service), uid_of(made), known)

    def _wanted(self, service: Object, backends: Sequence[facts.Backend]) -> Mapping[slices.Ports, Sequence[slices.Endpoint]]:
        found: dict[slices.Ports, list[slices.Endpoint]] = {}
        for backend in backends:
            node = self._nodes.get(str(spec_of(backend.pod).get("nodeName") or ""))
            if backend.ports or facts.is_headless(service):
                found.setdefault(tuple(sorted(backend.ports)), []).append(slices.endpoint(service, backend, node))
        return found


def service_of_slice(slice: Object) -> tuple[str, ...]:
    """The index: `namespace/service`."""
    name = labels_of(slice).get(facts.SERVICE_NAME)
    return (f"{namespace_of(slice)}/{name}",) if name else ()


async def write(context: Context, plan: slices.Changes) -> list[Object]:
    """Carries changes of slices out; answers with those that are new. Raises StatusError."""
    made = []
    for slice in plan.create:
        try:
            made.append(await context.client.create(slice, resource=ENDPOINT_SLICES))
        except StatusError as error:
            if not _overtaken(error):
                raise
    for slice in plan.update:
        await context.client.update(slice, resource=ENDPOINT_SLICES)
    for slice in plan.delete:
        try:
            version = metadata_of(slice).get("resourceVersion")
            await context.client.delete(ENDPOINT_SLICES, name_of(slice), namespace_of(slice), resource_version=version)
        except StatusError as error:
            if not error.not_found:
                raise
    return made


def _overtaken(error: StatusError) -> bool:
    """The namespace goes, or the object is there already: the informer tells, and brings another pass."""
    return error.already_exists or error.not_found or "being terminated" in error.message
