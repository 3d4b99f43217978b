"""How many replicas each ReplicaSet of a Deployment gets next. Pure.

Source: k8s.io/kubernetes pkg/controller/deployment (rolling.go, sync.go scale, util proportions).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stackwright.api.meta import Object, annotations_of, name_of
from stackwright.cluster.amounts import scaled
from stackwright.cluster.context import spec_of, status_of
from stackwright.cluster.workloads.deployment.revisions import DESIRED_REPLICAS, MAX_REPLICAS, by_age


@dataclass(frozen=True, slots=True)
class Resize:
    """One ReplicaSet that gets another number of replicas."""

    replica_set: Object
    replicas: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What a Deployment allows while it rolls."""

    desired: int
    surge: int
    unavailable: int

    @property
    def most(self) -> int:
        return self.desired + self.surge

    @property
    def fewest_available(self) -> int:
        return self.desired - self.unavailable


def limits_of(deployment: Object) -> Limits:
    """Surge rounds up and unavailability down; were both 0, nothing could move, so one pod may be missing."""
    spec = spec_of(deployment)
    desired, strategy = int(spec.get("replicas", 1)), spec.get("strategy") or {}
    if strategy.get("type") == "Recreate":
        return Limits(desired, 0, 0)
    rolling = strategy.get("rollingUpdate") or {}
    surge = scaled(rolling.get("maxSurge", "25%"), desired, up=True)
    unavailable = scaled(rolling.get("maxUnavailable", "25%"), desired, up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return Limits(desired, surge, min(unavailable, desired))


def replicas_of(replica_set: Object | None) -> int:
    return int(spec_of(replica_set).get("replicas", 1)) if replica_set is not None else 0


def available_of(replica_set: Object | None) -> int:
    return int(status_of(replica_set).get("availableReplicas") or 0) if replica_set is not None else 0


def total(replica_sets: Iterable[Object]) -> int:
    return sum(replicas_of(rs) for rs in replica_sets)


def size_of_new(deployment: Object, new: Object | None, everything: Sequence[Object]) -> int:
    """The size of the new ReplicaSet, as large as the surge lets it be."""
    limits, present = limits_of(deployment), replicas_of(new)
    if (spec_of(deployment).get("strategy") or {}).get("type") == "Recreate":
        return limits.desired
    room = limits.most - total(everything)
    return present if room <= 0 else present + min(room, limits.desired - present)


def grow(deployment: Object, new: Object, old: Sequence[Object]) -> Resize | None:
    """The next size of the new ReplicaSet, or None when it has it."""
    desired = limits_of(deployment).desired
    if replicas_of(new) == desired:
        return None
    size = desired if replicas_of(new) > desired else size_of_new(deployment, new, [new, *old])
    return None if size == replicas_of(new) else Resize(new, size)


def shrink(deployment: Object, new: Object, old: Sequence[Object]) -> list[Resize]:
    """Takes from the old ReplicaSets what is not needed for availability: first what does not work anyway, then the oldest."""
    limits = limits_of(deployment)
    ordered = [rs for rs in by_age(old) if replicas_of(rs)]
    missing = replicas_of(new) - available_of(new)
    room = total([new, *ordered]) - limits.fewest_available - missing
    sizes = {name_of(rs): replicas_of(rs) for rs in ordered}
    for rs in ordered:
        taken = min(max(room, 0), replicas_of(rs) - min(available_of(rs), replicas_of(rs)))
        sizes[name_of(rs)] -= taken
        room -= taken
    spare = sum(available_of(rs) for rs in [new, *ordered]) - limits.fewest_available if room > 0 else 0
    for rs in ordered:
        taken = min(max(spare, 0), sizes[name_of(rs)])
        sizes[name_of(rs)] -= taken
        spare -= taken
    return [Resize(rs, sizes[name_of(rs)]) for rs in ordered if sizes[name_of(rs)] != replicas_of(rs)]


def is_scaling(deployment: Object, replica_sets: Iterable[Object]) -> bool:
    """The Deployment's size was changed, rather than its template."""
    wanted = str(spec_of(deployment).get("replicas", 1))
    return any(replicas_of(rs) and annotations_of(rs).get(DESIRED_REPLICAS, wanted) != wanted for rs in replica_sets)


def rescale(deployment: Object, new: Object | None, old: Sequence[Object]) -> list[Resize]:
    """Carries a change of size to the ReplicaSets: to the only active one, or in proportion while a rollout is under way."""
    limits = limits_of(deployment)
    everything = [rs for rs in (new, *old) if rs is not None]
    active = [rs for rs in everything if replicas_of(rs)]
    if len(active) <= 1:
        only = active[0] if active else _latest(new, old)
        return [Resize(only, limits.desired)] if only is not None and replicas_of(only) != limits.desired else []
    if new is not None and _saturated(new, limits.desired):
        return [Resize(rs, 0) for rs in old if replicas_of(rs)]
    if (spec_of(deployment).get("strategy") or {}).get("type") == "Recreate":
        return []
    return _proportional(limits, active, new)


def _latest(new: Object | None, old: Sequence[Object]) -> Object | None:
    ordered = by_age(old)
    return new if new is not None else (ordered[-1] if ordered else None)


def _saturated(new: Object, desired: int) -> bool:
    noted = annotations_of(new).get(DESIRED_REPLICAS) == str(desired)
    return noted and replicas_of(new) == desired and available_of(new) == desired


def _proportional(limits: Limits, active: Sequence[Object], new: Object | None) -> list[Resize]:
    allowed = limits.most if limits.desired else 0
    to_add = allowed - total(active)
    ages = by_age(active)
    ordered = sorted(ages[::-1] if to_add >= 0 else ages, key=lambda rs: -replicas_of(rs))
    sizes, added = {}, 0
    for rs in ordered:
        share = _share(rs, limits.most, to_add, added) if to_add else 0
        sizes[name_of(rs)] = replicas_of(rs) + share
        added += share
    if to_add:
        first = name_of(ordered[0])
        sizes[first] = max(0, sizes[first] + to_add - added)
    return [Resize(rs, sizes[name_of(rs)]) for rs in ordered]


def _share(rs: Object, most: int, to_add: int, added: int) -> int:
    """This ReplicaSet's part of what is added (or, below 0, taken), in proportion to its size."""
    before = annotations_of(rs).get(MAX_REPLICAS, "")
    largest = int(before) if before.isdigit() and int(before) else most
    share = (2 * replicas_of(rs) * most + largest) // (2 * largest) - replicas_of(rs)  # halves round up, unlike Python's own
    left = to_add - added
    return min(share, left) if to_add > 0 else max(share, left)
