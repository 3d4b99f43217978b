"""Services of the type LoadBalancer: on the embedded cluster the platform's own gateway stands at their address.

Source: k8s.io/cloud-provider controllers/service.
"""

from stackwright.api.meta import Object, is_deleting
from stackwright.client.kinds import SERVICES
from stackwright.cluster.context import Context, Key, enqueue_each, spec_of, status_of, synced
from stackwright.runtime.controller import Controller


def status(service: Object, address: str) -> dict[str, object]:
    """The status with the address, or without one that is no longer its. Pure."""
    balanced = spec_of(service).get("type") == "LoadBalancer" and not spec_of(service).get("loadBalancerClass")
    wanted = {"ingress": [{"ip": address, "ipMode": "VIP"}]} if balanced and not is_deleting(service) else {}
    return {**status_of(service), "loadBalancer": wanted}


class LoadBalancerController:
    """Gives every such Service one and the same address."""

    def __init__(self, context: Context, address: str) -> None:
        self._context = context
        self._address = address
        self._services = context.informers.informer(SERVICES)
        self._controller: Controller[Key] = Controller("service-lb-controller", self.reconcile)
        enqueue_each(self._services, self._controller)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await synced(self._services)
        await self._controller.run()

    async def reconcile(self, key: Key) -> float | None:
        """One pass over one Service."""
        service = self._services.get(key[1], key[0])
        if service is not None and (spec_of(service).get("type") == "LoadBalancer" or (status_of(service).get("loadBalancer") or {})):
            await self._context.write_status(SERVICES, service, status(service, self._address))
        return None
