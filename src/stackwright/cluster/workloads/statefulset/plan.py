"""What a StatefulSet needs next: which pods to make and which to remove, in its order. Pure.

Source: k8s.io/kubernetes pkg/controller/statefulset/stateful_set_control.go (updateStatefulSet).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from stackwright.api.meta import Object, is_deleting
from stackwright.cluster import pods as pod_facts
from stackwright.cluster.amounts import scaled
from stackwright.cluster.context import spec_of, status_of
from stackwright.cluster.workloads.statefulset.identity import ordinal_of, ordinals, revision_of

Version = Literal["current", "update"]


@dataclass(frozen=True, slots=True)
class Make:
    """Fill a place with a pod of one of the two revisions."""

    ordinal: int
    version: Version


@dataclass(frozen=True, slots=True)
class Remove:
    """Shape: `why` as `ended` (it will be made again), `surplus` (its place goes) or `outdated`."""

    pod: Object
    why: Literal["ended", "surplus", "outdated"]


Move = Make | Remove


def is_parallel(sset: Object) -> bool:
    return spec_of(sset).get("podManagementPolicy") == "Parallel"


def is_healthy(sset: Object, pod: Object, now: datetime) -> bool:
    """It runs, has been ready long enough and is not on its way out."""
    young = int(spec_of(sset).get("minReadySeconds") or 0)
    return pod_facts.phase(pod) == "Running" and pod_facts.is_available(pod, young, now) and not is_deleting(pod)


def plan(sset: Object, pods: Sequence[Object], update: str, now: datetime) -> tuple[Move, ...]:
    """`update` names the revision of the present template. One move at a time, unless the set works in parallel."""
    placed = {number: pod for pod in pods if (number := ordinal_of(sset, pod)) is not None}
    moves, blocked = _fill(sset, placed, update, now)
    if blocked:
        return moves
    more, blocked = _shrink(sset, placed, now)
    if blocked or moves or more:
        return moves + more
    return tuple(_renew(sset, placed, update, now))


def _fill(sset: Object, placed: Mapping[int, Object], update: str, now: datetime) -> tuple[tuple[Move, ...], bool]:
    moves: list[Move] = []
    for ordinal in ordinals(sset):
        pod = placed.get(ordinal)
        move: Move | None = None
        if pod is None:
            move = Make(ordinal, _version_for(sset, ordinal))
        elif pod_facts.is_finished(pod) and not is_deleting(pod):
            move = Remove(pod, "ended")
        moves += [move] if move else []
        if not is_parallel(sset) and (move or pod is None or not is_healthy(sset, pod, now)):
            return tuple(moves), True
    return tuple(moves), False


def _version_for(sset: Object, ordinal: int) -> Version:
    """Places below the partition keep the current revision."""
    strategy, first = spec_of(sset).get("updateStrategy") or {}, ordinals(sset).start
    if strategy.get("type", "RollingUpdate") != "RollingUpdate":
        return "update"
    partition = int((strategy.get("rollingUpdate") or {}).get("partition") or 0)
    return "current" if ordinal < first + partition else "update"


def surplus(sset: Object, placed: Mapping[int, Object]) -> list[Object]:
    """Pods whose place is to go, the highest first."""
    return [pod for ordinal, pod in sorted(placed.items(), reverse=True) if ordinal not in ordinals(sset)]


def _shrink(sset: Object, placed: Mapping[int, Object], now: datetime) -> tuple[tuple[Move, ...], bool]:
    """In order: the highest place goes first, and only while everything below it is well."""
    condemned = surplus(sset, placed)
    if is_parallel(sset):
        return tuple(Remove(pod, "surplus") for pod in condemned if not is_deleting(pod)), bool(condemned)
    unwell = next((pod for pod in condemned if not is_healthy(sset, pod, now)), None)
    for pod in condemned:
        if is_deleting(pod):
            return (), True
        if unwell is not None and pod is not unwell:
            return (), True
        return (Remove(pod, "surplus"),), True
    return (), False


def _renew(sset: Object, placed: Mapping[int, Object], update: str, now: datetime) -> Iterator[Move]:
    """The highest outdated place first, down to the partition; never more away at once than allowed."""
    strategy = spec_of(sset).get("updateStrategy") or {}
    if strategy.get("type", "RollingUpdate") != "RollingUpdate":
        return
    rolling = strategy.get("rollingUpdate") or {}
    places = ordinals(sset)
    lowest = places.start + int(rolling.get("partition") or 0)
    allowed = max(1, scaled(rolling.get("maxUnavailable", 1), len(places), up=False))
    unwell = sum(not is_healthy(sset, placed[ordinal], now) for ordinal in places) if allowed > 1 else 0
    for ordinal in reversed(places):
        if ordinal < lowest or unwell >= allowed:
            return
        pod = placed[ordinal]
        if revision_of(pod) != update and not is_deleting(pod):
            yield Remove(pod, "outdated")
            unwell += 1
        elif allowed == 1 and not is_healthy(sset, pod, now):
            return


def status(sset: Object, pods: Sequence[Object], current: str, update: str, collisions: int, now: datetime) -> dict[str, object]:
    """The status that the pods give; once all are of the new revision it becomes the current one."""
    placed = [pod for pod in pods if ordinal_of(sset, pod) is not None]
    alive = [pod for pod in placed if not is_deleting(pod)]
    young = int(spec_of(sset).get("minReadySeconds") or 0)
    ready = sum(pod_facts.phase(pod) == "Running" and pod_facts.is_ready(pod) for pod in placed)
    updated = sum(revision_of(pod) == update for pod in alive)
    of_current = sum(revision_of(pod) == current for pod in alive)
    rolls = (spec_of(sset).get("updateStrategy") or {}).get("type", "RollingUpdate") == "RollingUpdate"
    if rolls and updated == ready == len(placed):
        current, of_current = update, updated
    counts = {"readyReplicas": ready, "currentReplicas": of_current, "updatedReplicas": updated}
    return {
        "observedGeneration": int(sset["metadata"].get("generation") or 0),
        "replicas": len(placed),
        **{key: value for key, value in counts.items() if value},
        "currentRevision": current,
        "updateRevision": update,
        "collisionCount": collisions,
        "availableReplicas": sum(pod_facts.phase(pod) == "Running" and pod_facts.is_available(pod, young, now) for pod in placed),
        **({"conditions": status_of(sset)["conditions"]} if status_of(sset).get("conditions") else {}),
    }
