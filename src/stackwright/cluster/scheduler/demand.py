"""What a pod asks of a node, in whole units that add up quickly. Pure.

Source: k8s.io/component-helpers resource (PodRequests).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from stackwright.api.meta import Object
from stackwright.cluster.context import spec_of
from stackwright.kernel import quantity

Amounts = dict[str, int]
"""By resource name. Units: thousandths for cpu, whole units for the rest."""


@lru_cache(maxsize=4096)
def units(resource: str, text: str) -> int:
    """A quantity in our units, rounded up."""
    value = quantity.parse(text)
    scaled = value * 1000 if resource == "cpu" else value
    whole = int(scaled)
    return whole if whole == scaled else whole + 1


def amounts(quantities: Mapping[str, Any] | None) -> Amounts:
    return {name: units(name, str(text)) for name, text in (quantities or {}).items()}


def _requests(container: Mapping[str, Any]) -> Counter[str]:
    return Counter(amounts((container.get("resources") or {}).get("requests")))


def requests_of(pod: Object) -> Amounts:
    """The larger of what runs together and what any init container needs beside the sidecars before it, plus the overhead."""
    spec = spec_of(pod)
    together: Counter[str] = Counter()
    for container in spec.get("containers") or ():
        together.update(_requests(container))
    sidecars: Counter[str] = Counter()
    peak: Amounts = {}
    for container in spec.get("initContainers") or ():
        own = _requests(container)
        if container.get("restartPolicy") == "Always":
            sidecars.update(own)
            together.update(own)
            own = Counter()
        for name, value in (sidecars + own).items():
            peak[name] = max(peak.get(name, 0), value)
    overhead = amounts(spec.get("overhead"))
    names = {*together, *peak, *overhead}
    return {name: max(together.get(name, 0), peak.get(name, 0)) + overhead.get(name, 0) for name in names}


def host_ports(pod: Object) -> set[tuple[str, int]]:
    """(protocol, port) pairs that it claims of the node."""
    ports = (port for container in spec_of(pod).get("containers") or () for port in container.get("ports") or ())
    return {(str(port.get("protocol") or "TCP"), int(port["hostPort"])) for port in ports if port.get("hostPort")}


@dataclass(slots=True)
class Usage:
    """What the pods of one node take, kept up to date one pod at a time."""

    pods: dict[str, Amounts] = field(default_factory=dict)
    total: Counter[str] = field(default_factory=Counter)
    ports: Counter[tuple[str, int]] = field(default_factory=Counter)
    _ports: dict[str, set[tuple[str, int]]] = field(default_factory=dict)

    def add(self, uid: str, pod: Object) -> None:
        if uid in self.pods:
            return
        self.pods[uid] = requests_of(pod)
        self.total.update(self.pods[uid])
        claimed = host_ports(pod)
        if claimed:
            self._ports[uid] = claimed
            self.ports.update(claimed)

    def remove(self, uid: str) -> None:
        self.total.subtract(self.pods.pop(uid, {}))
        for port in self._ports.pop(uid, ()):
            self.ports[port] -= 1

    def without(self, uids: Iterable[str]) -> "Usage":
        """A copy that some pods have left."""
        copy = Usage(dict(self.pods), Counter(self.total), Counter(self.ports), dict(self._ports))
        for uid in uids:
            copy.remove(uid)
        return copy


def lacking(wanted: Amounts, usage: Usage, allocatable: Amounts) -> Iterable[str]:
    """Why the node has no room: the reasons the scheduler gives, in the order of their names."""
    if len(usage.pods) + 1 > allocatable.get("pods", 110):
        yield "Too many pods"
    for name in sorted(wanted):
        if wanted[name] and wanted[name] > allocatable.get(name, 0) - usage.total.get(name, 0):
            yield f"Insufficient {name}"
