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


@dataclass(frozen=True, slots=True)
class Maker:
    """What all slices of one owner have in common. Shape: `stamp` is when this change was noticed."""

    owner: Object
    labels: Mapping[str, str]
    stamp: str

    def new(self, ports: Ports, endpoints: Sequence[Endpoint]) -> dict[str, Any]:
        """A slice to create; the placeholder of a Service without pods has neither endpoints nor ports."""
        meta: dict[str, Any] = {"generateName": f"{name_of(self.owner)}-", "namespace": namespace_of(self.owner)}
        meta |= {"labels": dict(self.labels), "annotations": {TRIGGER_TIME: self.stamp}}
        meta["ownerReferences"] = [reference_to(self.owner)]
        return {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": meta,
            "addressType": "IPv4",
            "endpoints": list(endpoints) or None,
            "ports": port_objects(ports) if endpoints else None,
        }

    def changed(self, old: Object, endpoints: Sequence[Endpoint]) -> dict[str, Any]:
        """The slice with other endpoints."""
        notes = {**annotations_of(old), TRIGGER_TIME: self.stamp}
        return {**old, "metadata": {**metadata_of(old), "labels": dict(self.labels), "annotations": notes}, "endpoints": list(endpoints)}

    def differs(self, old: Object, endpoints: Sequence[Endpoint]) -> bool:
        return list(old.get("endpoints") or ()) != list(endpoints) or labels_of(old) != self.labels


def changes(
    owner: Object, labels: Mapping[str, str], wanted: Mapping[Ports, Sequence[Endpoint]], old: Sequence[Object], stamp: str
) -> Changes:
    """Endpoints stay in the slice they are in; slices that empty go, but for the last."""
    maker, found = Maker(owner, labels, stamp), Changes()
    for ports in sorted({*wanted, *(ports_of(slice) for slice in old)}):
        mine = [slice for slice in old if ports_of(slice) == ports]
        for before, kept in _filled(wanted.get(ports, ()), mine):
            _settle(maker, ports, before, kept, found)
    if not wanted:
        _keep_one(maker, old, found)
    return _reused(found)


def _identity(endpoint: Endpoint) -> str:
    ref = endpoint.get("targetRef") or {}
    return str(ref.get("uid") or (endpoint.get("addresses") or [""])[0])


def _filled(wanted: Sequence[Endpoint], old: Sequence[Object]) -> list[tuple[Object | None, list[Endpoint]]]:
    """Each slice with what it holds from now on; None stands for a new one."""
    left = {_identity(each): each for each in wanted}
    filled: list[tuple[Object | None, list[Endpoint]]] = []
    for slice in old:
        filled.append((slice, [left.pop(_identity(each)) for each in slice.get("endpoints") or () if _identity(each) in left]))
    rest = list(left.values())
    for _, kept in filled:
        room = max(0, CAPACITY - len(kept))
        kept += rest[:room]
        rest = rest[room:]
    return [*filled, *((None, rest[start : start + CAPACITY]) for start in range(0, len(rest), CAPACITY))]


def _settle(maker: Maker, ports: Ports, old: Object | None, kept: Sequence[Endpoint], found: Changes) -> None:
    if old is None:
        found.create.append(maker.new(ports, kept))
    elif not kept:
        found.delete.append(old)
    elif maker.differs(old, kept):
        found.update.append(maker.changed(old, kept))


def _keep_one(maker: Maker, old: Sequence[Object], found: Changes) -> None:
    """A Service never is without a slice: the last one is emptied instead of removed."""
    if not old:
        found.create.append(maker.new((), ()))
        return
    last = found.delete.pop(0) if found.delete else None
    if last is not None and maker.differs(last, ()):
        found.update.append({**maker.changed(last, ()), "endpoints": None, "ports": None})


def _reused(found: Changes) -> Changes:
    """Instead of one that goes and one that comes, one that changes."""
    pairs = list(zip(found.delete, found.create))
    update = [{**new, "metadata": {**metadata_of(old), **_told(new)}} for old, new in pairs]
    return Changes(found.create[len(pairs) :], [*found.update, *update], found.delete[len(pairs) :])


def _told(slice: Object) -> dict[str, Any]:
    return {key: metadata_of(slice)[key] for key in ("labels", "annotations") if metadata_of(slice).get(key)}
