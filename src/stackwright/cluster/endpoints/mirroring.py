"""EndpointSlices for Endpoints that somebody writes by hand, for Services without a selector.

Source: k8s.io/kubernetes pkg/controller/endpointslicemirroring.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, labels_of, name_of, namespace_of, uid_of
from stackwright.client.informer import Change
from stackwright.client.kinds import ENDPOINT_SLICES, ENDPOINTS, SERVICES
from stackwright.cluster.context import Context, Key, enqueue_each, key_of, spec_of, synced
from stackwright.cluster.endpoints import facts, slices
from stackwright.cluster.endpoints.reconciler import service_of_slice, write
from stackwright.cluster.expectations import Expectations
from stackwright.kernel.clock import rfc3339
from stackwright.runtime.controller import Controller

CONTROLLER = "endpointslicemirroring-controller.k8s.io"
SKIP = "endpointslice.kubernetes.io/skip-mirror"
_LEADER = "control-plane.alpha.kubernetes.io/leader"
_MOST_ADDRESSES = 1000


def is_mirrored(endpoints: Object, service: Object | None) -> bool:
    """Only where a Service without selector stands for it."""
    kept_out = labels_of(endpoints).get(SKIP) == "true" or _LEADER in ((endpoints.get("metadata") or {}).get("annotations") or {})
    return service is not None and not spec_of(service).get("selector") and not kept_out


def mirrored(endpoints: Object) -> Mapping[slices.Ports, Sequence[slices.Endpoint]]:
    """The addresses as endpoints, by their ports. Pure."""
    found: dict[slices.Ports, list[slices.Endpoint]] = {}
    for subset in endpoints.get("subsets") or ():
        ports = slices.ports_of(subset)
        for kind, ready in (("addresses", True), ("notReadyAddresses", False)):
            for address in (subset.get(kind) or ())[:_MOST_ADDRESSES]:
                if ipaddress.ip_address(str(address.get("ip"))).version == 4:
                    found.setdefault(ports, []).append(_endpoint(address, ready))
    return found


def _endpoint(address: Mapping[str, Any], ready: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"addresses": [address["ip"]], "conditions": {"ready": ready}}
    return found | {key: address[key] for key in ("hostname", "targetRef", "nodeName") if address.get(key)}


def labels_for(endpoints: Object) -> dict[str, str]:
    own = {key: value for key, value in labels_of(endpoints).items() if key != facts.HEADLESS}
    return own | {facts.SERVICE_NAME: key_of(endpoints)[1], facts.MANAGED_BY: CONTROLLER}


class MirroringController:
    """Keeps the mirrored slices."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._endpoints = context.informers.informer(ENDPOINTS)
        self._services = context.informers.informer(SERVICES)
        self._slices = context.informers.informer(ENDPOINT_SLICES)
        self._slices.index("service", service_of_slice)
        self._expectations: Expectations[Key] = Expectations()
        self._slices.listen(self._expectations.observe)
        self._controller: Controller[Key] = Controller("endpointslicemirroring-controller", self.reconcile)
        enqueue_each(self._endpoints, self._controller)
        enqueue_each(self._services, self._controller)
        self._slices.listen(self._slice_changed)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await synced(self._endpoints, self._services, self._slices)
        await self._controller.run()

    def _slice_changed(self, change: Change, slice: Object, previous: Object | None) -> None:
        labels = labels_of(slice)
        if labels.get(facts.MANAGED_BY) == CONTROLLER:
            self._controller.enqueue((namespace_of(slice), str(labels.get(facts.SERVICE_NAME))))

    async def reconcile(self, key: Key) -> float | None:
        """One pass over one Endpoints object."""
        if not self._expectations.met(key):
            return None
        endpoints, service = self._endpoints.get(key[1], key[0]), self._services.get(key[1], key[0])
        found = self._slices.by_index("service", f"{key[0]}/{key[1]}")
        old = [each for each in found if labels_of(each).get(facts.MANAGED_BY) == CONTROLLER]
        if endpoints is None or not is_mirrored(endpoints, service):
            await write(self._context, slices.Changes(delete=old))
            return None
        wanted = mirrored(endpoints)
        plan = (
            slices.changes(endpoints, labels_for(endpoints), wanted, old, rfc3339(self._context.now()))
            if wanted
            else slices.Changes(delete=old)
        )
        for made in await write(self._context, plan):
            known = self._slices.get(name_of(made), namespace_of(made)) is not None
            self._expectations.created(key, uid_of(made), known)
        return None
