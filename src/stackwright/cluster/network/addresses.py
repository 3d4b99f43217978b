"""An IPAddress for each address that a Service has: who looks for the owner of an address finds it there.

Source: k8s.io/kubernetes pkg/registry/core/service/ipallocator (createIPAddress) and its repair controller.
"""

import ipaddress
from typing import Any

from stackwright.api.meta import Object, is_deleting, labels_of, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.informer import Change
from stackwright.client.kinds import IP_ADDRESSES, SERVICES
from stackwright.cluster.context import Context, spec_of, synced
from stackwright.runtime.controller import Controller

MANAGER = "ipallocator.k8s.io"
_MANAGED_BY, _FAMILY = "ipaddress.kubernetes.io/managed-by", "ipaddress.kubernetes.io/ip-family"


def addresses_of(service: Object) -> list[str]:
    """In the form in which each names its object."""
    spec = spec_of(service)
    if spec.get("type") == "ExternalName":
        return []
    given = spec.get("clusterIPs") or [spec.get("clusterIP")]
    return [str(ipaddress.ip_address(each)) for each in given if each and each != "None"]


def address_object(address: str, service: Object) -> dict[str, Any]:
    family = f"IPv{ipaddress.ip_address(address).version}"
    parent = {"group": "", "resource": "services", "namespace": namespace_of(service), "name": name_of(service)}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IPAddress",
        "metadata": {"name": address, "labels": {_MANAGED_BY: MANAGER, _FAMILY: family}},
        "spec": {"parentRef": parent},
    }


def is_managed(obj: Object) -> bool:
    """Those that users make are theirs."""
    return labels_of(obj).get(_MANAGED_BY) == MANAGER


def is_of(obj: Object, service: Object) -> bool:
    parent = spec_of(obj).get("parentRef") or {}
    return (parent.get("resource"), parent.get("namespace"), parent.get("name")) == ("services", namespace_of(service), name_of(service))


class ServiceAddresses:
    """Makes what is missing, and takes away what is nobody's. Part of the API server elsewhere: it runs without controllers too."""

    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._services = context.informers.informer(SERVICES)
        self._addresses = context.informers.informer(IP_ADDRESSES)
        self._services.index("cluster address", addresses_of)
        self._controller: Controller[str] = Controller("service-ip-addresses", self.reconcile)
        self._services.listen(self._changed)
        self._addresses.listen(lambda change, obj, previous: self._controller.enqueue(name_of(obj)))

    async def run(self) -> None:
        """Ends only by cancellation."""
        await synced(self._services, self._addresses)
        await self._controller.run()

    def _changed(self, change: Change, service: Object, previous: Object | None) -> None:
        for address in {*addresses_of(service), *addresses_of(previous or {})}:
            self._controller.enqueue(address)

    async def reconcile(self, address: str) -> float | None:
        """One pass over one address. Raises StatusError."""
        owner = next(iter(self._services.by_index("cluster address", address)), None)
        live = self._addresses.get(address)
        if live is not None and is_managed(live) and not is_deleting(live) and (owner is None or not is_of(live, owner)):
            await self._delete(address)
            live = None
        if owner is not None and live is None:
            await self._create(address, owner)
        return None

    async def _create(self, address: str, service: Object) -> None:
        try:
            await self._client.create(address_object(address, service), resource=IP_ADDRESSES)
        except StatusError as error:
            if not error.already_exists:
                raise

    async def _delete(self, address: str) -> None:
        try:
            await self._client.delete(IP_ADDRESSES, address)
        except StatusError as error:
            if not error.not_found:
                raise
