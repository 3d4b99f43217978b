"""Whether a pod fits a node beside the pods that are there, and if not, whether fewer pods would help. Pure.

Source: k8s.io/kubernetes pkg/scheduler/framework/plugins (the codes Unschedulable and UnschedulableAndUnresolvable).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from stackwright.api.meta import Object
from stackwright.cluster.context import status_of
from stackwright.cluster.scheduler import filters, neighbours
from stackwright.cluster.scheduler.demand import Usage, amounts, host_ports, lacking, requests_of


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a node does not take a pod. Shape: no reasons when it does; `resolvable` says that removing pods may help."""

    reasons: tuple[str, ...] = ()
    resolvable: bool = False


def of_node(pod: Object, node: Object, driver: str | None) -> Refusal:
    """What no removing of pods can help against. `driver`: why the node's driver refuses."""
    why = filters.refusal(pod, node) or driver
    return Refusal((why,)) if why is not None else Refusal()


def of_room(pod: Object, node: Object, usage: Usage) -> Refusal:
    """Ports and resources."""
    if any(usage.ports.get(port, 0) > 0 for port in host_ports(pod)):
        return Refusal(("node(s) didn't have free ports for the requested pod ports",), resolvable=True)
    wanted, allocatable = requests_of(pod), amounts(status_of(node).get("allocatable"))
    full = tuple(lacking(wanted, usage, allocatable))
    return Refusal(full, resolvable=bool(full) and all(value <= allocatable.get(name, 0) for name, value in wanted.items()))


def of_neighbours(pod: Object, node: Object, placed: neighbours.Placed, nodes: Sequence[Object]) -> Refusal:
    """Affinity and spreading; a pod that looks for company is not helped by sending others away."""
    why = neighbours.refusal(pod, node, placed, nodes) if placed or neighbours.has_rules(pod) else None
    return Refusal((why,), resolvable=why != neighbours.LONELY) if why else Refusal()
