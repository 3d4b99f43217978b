"""The objects that every cluster has before anybody asks: namespaces, priority classes, the API's own Service, a default StorageClass.

Source: k8s.io/kubernetes pkg/controlplane (systemnamespaces, kubernetesservice), pkg/registry/scheduling.
"""

import ipaddress
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, Resource, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.kinds import ENDPOINT_SLICES, ENDPOINTS, NAMESPACES, SERVICE_CIDRS, SERVICES, STORAGE_CLASSES
from stackwright.client.kube import KubeClient

logger = logging.getLogger(__name__)

PRIORITY_CLASSES = Resource("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", False)
SYSTEM_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
_RANGE, _READY = "kubernetes", "Kubernetes default Service CIDR is ready"
STANDARD_CLASS = "standard"
PROVISIONER = "stackwright.dev/simulated"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the API listens, and the range of Service addresses, whose first is its own."""

    address: str = "127.0.0.1"
    port: int = 6443
    service_range: str = "10.0.0.0/16"

    @property
    def service_address(self) -> str:
        return str(ipaddress.ip_network(self.service_range)[1])


def objects(endpoint: Endpoint, *, storage: bool) -> Iterator[tuple[Resource, dict[str, Any]]]:
    """Everything, in the order of creation."""
    for name in SYSTEM_NAMESPACES:
        yield NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    yield from _priorities()
    yield from _kubernetes_service(endpoint)
    if storage:
        yield STORAGE_CLASSES, _standard_class()


def _priorities() -> Iterator[tuple[Resource, dict[str, Any]]]:
    texts = {
        "system-node-critical": (
            2000001000,
            "Used for system critical pods that must not be moved from their current node.",
        ),
        "system-cluster-critical": (
            2000000000,
            "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
        ),
    }
    for name, (value, description) in texts.items():
        head = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}}
        yield PRIORITY_CLASSES, head | {"value": value, "description": description, "preemptionPolicy": "PreemptLowerPriority"}


def _kubernetes_service(endpoint: Endpoint) -> Iterator[tuple[Resource, dict[str, Any]]]:
    meta = {"name": "kubernetes", "namespace": "default"}
    port = {"name": "https", "port": 443, "protocol": "TCP", "targetPort": endpoint.port}
    address = endpoint.service_address
    spec = {"type": "ClusterIP", "clusterIP": address, "clusterIPs": [address], "ports": [port], "sessionAffinity": "None"}
    labels = {"component": "apiserver", "provider": "kubernetes"}
    yield SERVICES, {"apiVersion": "v1", "kind": "Service", "metadata": {**meta, "labels": labels}, "spec": spec}
    listening = {"name": "https", "port": endpoint.port, "protocol": "TCP"}
    subsets = [{"addresses": [{"ip": endpoint.address}], "ports": [listening]}]
    mirrored = {"endpointslice.kubernetes.io/skip-mirror": "true"}
    yield ENDPOINTS, {"apiVersion": "v1", "kind": "Endpoints", "metadata": {**meta, "labels": mirrored}, "subsets": subsets}
    yield (
        ENDPOINT_SLICES,
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {**meta, "labels": {"kubernetes.io/service-name": "kubernetes"}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [endpoint.address], "conditions": {"ready": True}}],
            "ports": [listening],
        },
    )


def _standard_class() -> dict[str, Any]:
    meta = {"name": STANDARD_CLASS, "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}
    head = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": meta, "provisioner": PROVISIONER}
    return head | {"reclaimPolicy": "Delete", "volumeBindingMode": "WaitForFirstConsumer"}


async def ensure(client: KubeClient, endpoint: Endpoint, *, storage: bool) -> None:
    """Creates what is missing, once; what is there is left as users made it. Raises StatusError."""
    for resource, obj in objects(endpoint, storage=storage):
        await _create(client, resource, obj)


async def ensure_range(client: KubeClient, service_range: str, now: str) -> None:
    """The ServiceCIDR of the range that Services get their addresses from. Raises StatusError."""
    if await client.find(SERVICE_CIDRS, _RANGE) is not None:
        return
    head = {"apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": {"name": _RANGE}}
    created = await client.create({**head, "spec": {"cidrs": [service_range]}}, resource=SERVICE_CIDRS)
    ready = {"type": "Ready", "status": "True", "lastTransitionTime": now, "reason": "", "message": _READY}
    await client.update_status({**created, "status": {"conditions": [ready]}}, resource=SERVICE_CIDRS)


async def _create(client: KubeClient, resource: Resource, obj: Object) -> None:
    if await client.find(resource, name_of(obj), namespace_of(obj) or None) is not None:
        return
    try:
        await client.create(obj, resource=resource)
    except StatusError as error:
        if not error.already_exists:
            raise
