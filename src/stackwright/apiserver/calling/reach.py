"""Where the Service of a webhook is served from, if anywhere.

The embedded cluster has no network of its own: an address is reachable only where something really listens.

Source: k8s.io/apiserver pkg/util/proxy (ResolveEndpoint).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, labels_of
from stackwright.apiserver.auth.rbac import Objects

_DRIVER_LABEL = "stackwright.dev/driver"


@dataclass(frozen=True, slots=True)
class ServiceTarget:
    namespace: str
    name: str
    port: int
    path: str


@dataclass(frozen=True, slots=True)
class Served:
    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Simulated:
    """Only pods that are played serve it: nobody is there who could answer."""


@dataclass(frozen=True, slots=True)
class Unserved:
    reason: str


def resolve(target: ServiceTarget, objects: Objects) -> Served | Simulated | Unserved:
    service = objects.get("services", target.namespace, target.name)
    if service is None:
        return Unserved(f'service "{target.name}" not found')
    ports = (service.get("spec") or {}).get("ports") or ()
    port = next((each for each in ports if each.get("port") == target.port), None)
    if port is None:
        return Unserved(f'no service port {target.port} found for service "{target.name}"')
    ready = list(_ready(objects.get("endpoints", target.namespace, target.name) or {}, str(port.get("name") or "")))
    if not ready:
        return Unserved(f'no endpoints available for service "{target.name}"')
    real = next((served for address, served in ready if not _is_simulated(address, target.namespace, objects)), None)
    return real or Simulated()


def _ready(endpoints: Object, port: str) -> list[tuple[Mapping[str, Any], Served]]:
    found = []
    for subset in endpoints.get("subsets") or ():
        number = next((each.get("port") for each in subset.get("ports") or () if (each.get("name") or "") == port), None)
        if number is not None:
            found += [(address, Served(str(address.get("ip")), int(number))) for address in subset.get("addresses") or ()]
    return found


def _is_simulated(address: Mapping[str, Any], namespace: str, objects: Objects) -> bool:
    target = address.get("targetRef") or {}
    if target.get("kind") != "Pod":
        return False
    pod = objects.get("pods", namespace, str(target.get("name"))) or {}
    node = objects.get("nodes", "", str((pod.get("spec") or {}).get("nodeName") or "")) or {}
    return labels_of(node).get(_DRIVER_LABEL) == "simulated"
