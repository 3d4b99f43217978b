"""The EndpointSlices of a Service: where each endpoint belongs, and what that changes. Pure.

Source: k8s.io/endpointslice (reconciler.go, utils.go).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stackwright.api.meta import Object, annotations_of, labels_of, metadata_of, name_of, namespace_of
from stackwright.cluster.context import reference_to, spec_of
from stackwright.cluster.endpoints.facts import (
    HEADLESS,
    MANAGED_BY,
    SERVICE_NAME,
    TRIGGER_TIME,
    Backend,
    Port,
    hostname_of,
    is_headless,
    publishes_unready,
)

CONTROLLER = "endpointslice-controller.k8s.io"
CAPACITY = 100
_ZONE = "topology.kubernetes.io/zone"

Endpoint = Mapping[str, Any]
Ports = tuple[Port, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What to write."""

    create: list[Object] = field(default_factory=list)
    update: list[Object] = field(default_factory=list)
    delete: list[Object] = field(default_factory=list)


def endpoint(service: Object, backend: Backend, node: Object | None) -> dict[str, Any]:
    """One pod as a slice has it."""
    unready_too = publishes_unready(service)
    conditions = {
        "ready": unready_too or (backend.ready and not backend.terminating),
        "serving": backend.ready or unready_too,
        "terminating": backend.terminating,
    }
    found: dict[str, Any] = {"addresses": [backend.address], "conditions": conditions}
    hostname, zone = hostname_of(service, backend.pod), labels_of(node or {}).get(_ZONE)
    found |= {"hostname": hostname} if hostname else {}
    found |= {"targetRef": backend.target()}
    found |= {"nodeName": spec_of(backend.pod)["nodeName"]} if spec_of(backend.pod).get("nodeName") else {}
    return found | ({"zone": zone} if zone else {})


def labels_for(service: Object) -> dict[str, str]:
    labels = {**labels_of(service), MANAGED_BY: CONTROLLER, SERVICE_NAME: name_of(service)}
    return labels | ({HEADLESS: ""} if is_headless(service) else {})


def ports_of(slice: Object) -> Ports:
    ports = slice.get("ports") or ()
    return tuple(
        sorted((str(p.get("name") or ""), int(p.get("port") or 0), str(p.get("protocol")), str(p.get("appProtocol") or "")) for p in ports)
    )


def port_objects(ports: Ports) -> list[dict[str, Any]]:
    return [
        {"name": name, "port": number, "protocol": protocol} | ({"appProtocol": application} if application else {})
        for name, number, protocol, application in ports
    ]


def changes(
    owner: Object, labels: Mapping[str, str], wanted: Mapping[Ports, Sequence[Endpoint]], old: Sequence[Object], stamp: str
) -> Changes:
    """Endpoints stay in the slice they are in; slices that empty go, but for the last."""
    found = Changes()
    for ports in sorted({*wanted, *(ports_of(slice) for slice in old)}):
        mine = [slice for slice in old if ports_of(slice) == ports]
        _group(owner, labels, ports, wanted.get(ports, ()), mine, stamp, found)
    if not wanted:
        _keep_one(owner, labels, old, stamp, found)
    return _reused(found)


def _reused(found: Changes) -> Changes:
    """Instead of one that goes and one that comes, one that changes."""
    pairs = list(zip(found.delete, found.create))
    update = [{**new, "metadata": {**metadata_of(old), **_told(new)}} for old, new in pairs]
    return Changes(found.create[len(pairs) :], [*found.update, *update], found.delete[len(pairs) :])


def _told(slice: Object) -> dict[str, Any]:
    return {key: metadata_of(slice)[key] for key in ("labels", "annotations") if metadata_of(slice).get(key)}


def _identity(endpoint: Endpoint) -> str:
    ref = endpoint.get("targetRef") or {}
    return str(ref.get("uid") or (endpoint.get("addresses") or [""])[0])


def _group(
    owner: Object, labels: Mapping[str, str], ports: Ports, wanted: Sequence[Endpoint], old: Sequence[Object], stamp: str, found: Changes
) -> None:
    left = {_identity(each): each for each in wanted}
    filled: list[tuple[Object | None, list[Endpoint]]] = []
    for slice in old:
        kept = [left.pop(_identity(each)) for each in slice.get("endpoints") or () if _identity(each) in left]
        filled.append((slice, kept))
    rest = list(left.values())
    for _, kept in filled:
        while rest and len(kept) < CAPACITY:
            kept.append(rest.pop(0))
    filled += [(None, rest[start : start + CAPACITY]) for start in range(0, len(rest), CAPACITY)]
    for before, kept in filled:
        _settle(owner, labels, ports, before, kept, stamp, found)


def _settle(
    owner: Object, labels: Mapping[str, str], ports: Ports, old: Object | None, kept: Sequence[Endpoint], stamp: str, found: Changes
) -> None:
    if old is None:
        found.create.append(new_slice(owner, labels, ports, kept, stamp))
    elif not kept:
        found.delete.append(old)
    elif list(old.get("endpoints") or ()) != list(kept) or labels_of(old) != labels:
        found.update.append(_changed(old, labels, kept, stamp))


def _changed(old: Object, labels: Mapping[str, str], endpoints: Sequence[Endpoint], stamp: str) -> Object:
    meta = {**metadata_of(old), "labels": dict(labels), "annotations": {**annotations_of(old), TRIGGER_TIME: stamp}}
    return {**old, "metadata": meta, "endpoints": list(endpoints)}


def new_slice(owner: Object, labels: Mapping[str, str], ports: Ports, endpoints: Sequence[Endpoint], stamp: str) -> dict[str, Any]:
    """A slice to create; the placeholder of a Service without pods has neither endpoints nor ports."""
    meta: dict[str, Any] = {"generateName": f"{name_of(owner)}-", "namespace": namespace_of(owner), "labels": dict(labels)}
    meta |= {"annotations": {TRIGGER_TIME: stamp}, "ownerReferences": [reference_to(owner)]}
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": meta,
        "addressType": "IPv4",
        "endpoints": list(endpoints) or None,
        "ports": port_objects(ports) if endpoints else None,
    }


def _keep_one(owner: Object, labels: Mapping[str, str], old: Sequence[Object], stamp: str, found: Changes) -> None:
    """A Service never is without a slice: the last one is emptied instead of removed."""
    if not old:
        found.create.append(new_slice(owner, labels, (), (), stamp))
        return
    last = found.delete.pop(0) if found.delete else None
    if last is not None and (last.get("endpoints") or labels_of(last) != labels):
        found.update.append({**_changed(last, labels, (), stamp), "endpoints": None, "ports": None})
