"""The Endpoints object of a Service. Pure.

Source: k8s.io/kubernetes pkg/controller/endpoint/endpoints_controller.go and pkg/api/v1/endpoints (RepackSubsets).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, annotations_of, labels_of, name_of, namespace_of
from stackwright.cluster.context import spec_of
from stackwright.cluster.endpoints.facts import HEADLESS, TRIGGER_TIME, Backend, Port, hostname_of, is_headless, publishes_unready

MANAGED_BY = "endpoints.kubernetes.io/managed-by"
CONTROLLER = "endpoint-controller"
OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity"
_CAPACITY = 1000


def subsets(service: Object, backends: Iterable[Backend]) -> list[dict[str, Any]]:
    """Addresses that share their ports are one subset; those on their way out are left away."""
    groups: dict[tuple[Port, ...], dict[str, list[dict[str, Any]]]] = {}
    for backend in list(backends)[:_CAPACITY]:
        if backend.terminating and not publishes_unready(service):
            continue
        if not backend.ports and not is_headless(service):
            continue
        kind = "addresses" if backend.ready or publishes_unready(service) else "notReadyAddresses"
        groups.setdefault(tuple(sorted(backend.ports)), {}).setdefault(kind, []).append(_address(service, backend))
    return [_subset(ports, group) for ports, group in sorted(groups.items())]


def _subset(ports: Sequence[Port], group: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    found: dict[str, Any] = {kind: sorted(group[kind], key=lambda each: str(each["ip"])) for kind in sorted(group)}
    return found | ({"ports": [_port(port) for port in ports]} if ports else {})


def _address(service: Object, backend: Backend) -> dict[str, Any]:
    node, hostname = spec_of(backend.pod).get("nodeName"), hostname_of(service, backend.pod)
    found: dict[str, Any] = {"ip": backend.address} | ({"hostname": hostname} if hostname else {})
    return found | ({"nodeName": node} if node else {}) | {"targetRef": backend.target()}


def _port(port: Port) -> dict[str, Any]:
    name, number, protocol, application = port
    found: dict[str, Any] = {"name": name} if name else {}
    return found | {"port": number, "protocol": protocol} | ({"appProtocol": application} if application else {})


def endpoints_object(service: Object, backends: Sequence[Backend], old: Object | None, stamp: str) -> dict[str, Any] | None:
    """The object to write; None when the old one says all of it."""
    wanted = subsets(service, backends)
    labels = {**labels_of(service), MANAGED_BY: CONTROLLER} | ({HEADLESS: ""} if is_headless(service) else {})
    if old is not None and (old.get("subsets") or []) == wanted and labels_of(old) == labels:
        return None
    notes = {key: value for key, value in annotations_of(old or {}).items() if key != OVER_CAPACITY}
    notes |= {TRIGGER_TIME: stamp}
    notes |= {OVER_CAPACITY: "truncated"} if len(backends) > _CAPACITY else {}
    meta: dict[str, Any] = dict((old or {}).get("metadata") or {"name": name_of(service), "namespace": namespace_of(service)})
    meta |= {"labels": labels, "annotations": notes}
    found: dict[str, Any] = {"apiVersion": "v1", "kind": "Endpoints", "metadata": meta}
    return found | ({"subsets": wanted} if wanted else {})
