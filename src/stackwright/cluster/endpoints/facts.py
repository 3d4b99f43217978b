"""Which pods stand behind a Service, at which ports. Pure.

Source: k8s.io/kubernetes pkg/controller/endpoint and k8s.io/endpointslice util.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, is_deleting, labels_of, name_of, namespace_of, uid_of
from stackwright.cluster import pods as pod_facts
from stackwright.cluster.context import spec_of, status_of

SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
HEADLESS = "service.kubernetes.io/headless"
TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time"
TOLERATES_UNREADY = "service.alpha.kubernetes.io/tolerate-unready-endpoints"

Port = tuple[str, int, str, str]
"""(name, number, protocol, application protocol)."""


@dataclass(frozen=True, slots=True)
class Backend:
    """A pod behind a Service. Shape: `ports` are those of its Service, as this pod names them."""

    pod: Object
    ports: tuple[Port, ...]
    ready: bool
    terminating: bool

    @property
    def address(self) -> str:
        return str(status_of(self.pod)["podIP"])

    def target(self) -> dict[str, str]:
        return {"kind": "Pod", "namespace": namespace_of(self.pod), "name": name_of(self.pod), "uid": uid_of(self.pod)}


def has_selector(service: Object) -> bool:
    """A Service whose endpoints are kept for it."""
    return spec_of(service).get("type") != "ExternalName" and bool(spec_of(service).get("selector"))


def selects(service: Object, labels: Mapping[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in (spec_of(service).get("selector") or {}).items())


def is_headless(service: Object) -> bool:
    return bool(spec_of(service).get("clusterIP") == "None")


def backends(service: Object, pods: Iterable[Object]) -> list[Backend]:
    """Pods with an address that have not ended, in the order of their names."""
    found = []
    for pod in sorted(pods, key=name_of):
        if not status_of(pod).get("podIP") or pod_facts.is_finished(pod) or not selects(service, labels_of(pod)):
            continue
        found.append(Backend(pod, _ports(service, pod), pod_facts.is_ready(pod), is_deleting(pod)))
    return found


def publishes_unready(service: Object) -> bool:
    return bool(spec_of(service).get("publishNotReadyAddresses"))


def _ports(service: Object, pod: Object) -> tuple[Port, ...]:
    found = []
    for port in spec_of(service).get("ports") or ():
        protocol = str(port.get("protocol") or "TCP")
        number = _number(port, protocol, pod)
        if number is not None:
            found.append((str(port.get("name") or ""), number, protocol, str(port.get("appProtocol") or "")))
    return tuple(found)


def _number(port: Mapping[str, Any], protocol: str, pod: Object) -> int | None:
    """The target port; a name is looked up among the pod's own ports, sidecars included."""
    target = port.get("targetPort")
    if isinstance(target, int) and target:
        return target
    if not target:
        return int(port["port"])
    sidecars = [each for each in spec_of(pod).get("initContainers") or () if each.get("restartPolicy") == "Always"]
    for container in (*(spec_of(pod).get("containers") or ()), *sidecars):
        for own in container.get("ports") or ():
            if own.get("name") == target and str(own.get("protocol") or "TCP") == protocol:
                return int(own["containerPort"])
    return int(target) if str(target).isdigit() else None


def shape(pod: Object) -> object:
    """What of a pod matters to Services."""
    return (
        labels_of(pod),
        status_of(pod).get("podIP"),
        pod_facts.is_ready(pod),
        is_deleting(pod),
        pod_facts.is_finished(pod),
        spec_of(pod).get("nodeName"),
    )


def hostname_of(service: Object, pod: Object) -> str:
    """Its own name below the Service's, where it asks for one."""
    spec = spec_of(pod)
    return str(spec.get("hostname") or "") if spec.get("subdomain") == name_of(service) else ""
