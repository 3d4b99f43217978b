"""What a DaemonSet needs next: pods for nodes without one, and the turn of outdated ones. Pure.

Source: k8s.io/kubernetes pkg/controller/daemon (podsShouldBeOnNode, update.go rollingUpdate).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stackwright.api.meta import Object, is_deleting, labels_of, metadata_of, name_of
from stackwright.cluster import pods as pod_facts
from stackwright.cluster.amounts import scaled
from stackwright.cluster.context import spec_of, status_of
from stackwright.cluster.workloads.daemonset.placing import Standing, node_of
from stackwright.cluster.workloads.history import POD_HASH


@dataclass(frozen=True, slots=True)
class World:
    """What there is. Shape: `nodes` by name; `hash` is that of the present template."""

    daemons: Object
    nodes: Mapping[str, Standing]
    pods: Sequence[Object]
    hash: str
    now: datetime

    def on(self, node: str) -> list[Object]:
        return [pod for pod in self.pods if node_of(pod) == node]

    def is_new(self, pod: Object) -> bool:
        return labels_of(pod).get(POD_HASH) == self.hash

    def is_available(self, pod: Object) -> bool:
        young = int(spec_of(self.daemons).get("minReadySeconds") or 0)
        return not is_deleting(pod) and pod_facts.is_available(pod, young, self.now)


@dataclass(frozen=True, slots=True)
class Step:
    """Shape: `create` names nodes; `failed` are among `delete`, and are told of."""

    create: tuple[str, ...] = ()
    delete: tuple[Object, ...] = ()
    failed: tuple[Object, ...] = ()


def step(world: World) -> Step:
    """Every node gets what it should have; only when all have, outdated pods take their turn."""
    create: list[str] = []
    delete: list[Object] = []
    failed: list[Object] = []
    for node, standing in world.nodes.items():
        there = world.on(node)
        failed += [pod for pod in there if pod_facts.phase(pod) == "Failed" and not is_deleting(pod)] if standing.stays else []
        alive = [pod for pod in there if pod not in failed]
        if not standing.stays:
            delete += [pod for pod in alive if not is_deleting(pod)]
        elif standing.runs and not alive and not there:
            create.append(node)
        elif not _surges(world):
            delete += _spare([pod for pod in alive if not is_deleting(pod)])
    gone = [pod for pod in world.pods if node_of(pod) and node_of(pod) not in world.nodes and not is_deleting(pod)]
    placed = Step(tuple(create), (*delete, *gone, *failed), tuple(failed))
    return placed if placed.create or placed.delete else _update(world)


def _spare(pods: Sequence[Object]) -> list[Object]:
    """All but the oldest."""
    return sorted(pods, key=lambda pod: (not spec_of(pod).get("nodeName"), str(metadata_of(pod).get("creationTimestamp")), name_of(pod)))[
        1:
    ]


def _rolling(world: World) -> Mapping[str, Any] | None:
    strategy = spec_of(world.daemons).get("updateStrategy") or {}
    return strategy.get("rollingUpdate") or {} if strategy.get("type", "RollingUpdate") == "RollingUpdate" else None


def _desired(world: World) -> int:
    return sum(standing.runs for standing in world.nodes.values())


def _surges(world: World) -> bool:
    rolling = _rolling(world)
    return rolling is not None and scaled(rolling.get("maxSurge"), _desired(world), up=True) > 0


def _update(world: World) -> Step:
    rolling = _rolling(world)
    if rolling is None:
        return Step()
    surge = scaled(rolling.get("maxSurge"), _desired(world), up=True)
    if surge:
        return _with_surge(world, surge)
    allowed = scaled(rolling.get("maxUnavailable", 1), _desired(world), up=True)
    unavailable, free, candidates = 0, [], []
    for node in world.nodes:
        pods = world.on(node)
        old = [pod for pod in pods if not world.is_new(pod)]
        if not any(world.is_available(pod) for pod in pods):
            unavailable += bool(pods)
            free += [pod for pod in old if not is_deleting(pod)]
        else:
            candidates += [pod for pod in old if not is_deleting(pod)]
    return Step(delete=(*free, *candidates[: max(0, allowed - unavailable)]))


def _with_surge(world: World, surge: int) -> Step:
    """New pods come up beside the old ones, which go once their successor is available."""
    create: list[str] = []
    delete: list[Object] = []
    running = 0
    for node, standing in world.nodes.items():
        pods = world.on(node)
        old = [pod for pod in pods if not world.is_new(pod) and not is_deleting(pod)]
        new = [pod for pod in pods if world.is_new(pod) and not is_deleting(pod)]
        if not old:
            continue
        if any(world.is_available(pod) for pod in new):
            delete += old
        elif new:
            running += 1
        elif standing.runs:
            create.append(node)
    return Step(tuple(create[: max(0, surge - running)]), tuple(delete))


def status(world: World, collisions: int) -> dict[str, Any]:
    """The status that nodes and pods give."""
    counts = dict.fromkeys(("desired", "current", "misscheduled", "ready", "available", "updated"), 0)
    for node, standing in world.nodes.items():
        pods = [pod for pod in world.on(node) if not is_deleting(pod)]
        if not standing.runs:
            counts["misscheduled"] += bool(pods)
            continue
        counts["desired"] += 1
        counts["current"] += bool(pods)
        counts["ready"] += any(pod_facts.is_ready(pod) for pod in pods)
        counts["available"] += any(world.is_available(pod) for pod in pods)
        counts["updated"] += any(world.is_new(pod) for pod in pods)
    optional = {
        "updatedNumberScheduled": counts["updated"],
        "numberAvailable": counts["available"],
        "numberUnavailable": counts["desired"] - counts["available"],
        "collisionCount": collisions,
    }
    conditions = status_of(world.daemons).get("conditions")
    return {
        "currentNumberScheduled": counts["current"],
        "numberMisscheduled": counts["misscheduled"],
        "desiredNumberScheduled": counts["desired"],
        "numberReady": counts["ready"],
        "observedGeneration": int(metadata_of(world.daemons).get("generation") or 0),
        **{key: value for key, value in optional.items() if value},
        **({"conditions": conditions} if conditions else {}),
    }
