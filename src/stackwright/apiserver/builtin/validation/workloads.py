"""Deployments, ReplicaSets, StatefulSets, DaemonSets and ReplicationControllers.

Source: k8s.io/kubernetes pkg/apis/apps/validation and pkg/apis/core/validation (ValidateReplicationController).
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object, labels_of
from stackwright.api.selectors import from_object
from stackwright.apiserver.builtin.validation.amounts import at_most_all, count_or_percent, counts, number_of
from stackwright.apiserver.builtin.validation.metadata import annotations, label_map
from stackwright.apiserver.builtin.validation.pods import template
from stackwright.apiserver.builtin.validation.rules import (
    Problems,
    forbidden,
    invalid,
    mapping,
    not_supported,
    one_of,
    required,
    unchanged,
)
from stackwright.apiserver.builtin.validation.selectors import is_empty, selector

_MISMATCH = "`selector` does not match template `labels`"
_FREE_IN_STATEFUL_SETS = (
    "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)  # fmt: skip
_STATEFUL_RULE = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)


def _selector(spec: Any, kind: str) -> Problems:
    found = spec.get("selector")
    if found is None:
        yield required("spec.selector")
        return
    yield from selector("spec.selector", found)
    if is_empty(found):
        yield invalid("spec.selector", found, f"empty selector is invalid for {kind}")


def readable(spec: Any) -> bool:
    """Whether the selector can be used at all."""
    return not any(selector("spec.selector", spec.get("selector") or {}))


def matches(spec: Any) -> bool:
    """Whether the selector finds the pods of the template. No selector finds none."""
    found = from_object(spec.get("selector"))
    return found is not None and found.matches(labels_of(mapping(spec, "template")))


def labels_shown(spec: Any) -> Mapping[str, str] | None:
    return dict(sorted(labels_of(mapping(spec, "template")).items())) or None


def _mismatch(spec: Any) -> Problems:
    if not matches(spec):
        yield invalid("spec.template.metadata.labels", labels_shown(spec), _MISMATCH)


def _always(spec: Any, kind: str) -> Problems:
    pod = mapping(mapping(spec, "template"), "spec")
    if pod.get("restartPolicy") != "Always":
        yield not_supported("spec.template.spec.restartPolicy", pod.get("restartPolicy") or "", ("Always",))
    if pod.get("activeDeadlineSeconds") is not None:
        yield forbidden("spec.template.spec.activeDeadlineSeconds", f"activeDeadlineSeconds in {kind} is not Supported")


def _pods(spec: Any) -> Problems:
    """The template of a ReplicaSet or a Deployment."""
    if not readable(spec):
        yield invalid("spec.selector", spec.get("selector"), "invalid label selector")
        return
    if not is_empty(spec.get("selector")) or spec.get("selector") is None:
        yield from _mismatch(spec)
    yield from template("spec.template", mapping(spec, "template"))
    yield from _always(spec, "ReplicaSet")


def deployment(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    yield from counts("spec", spec, "replicas")
    yield from _selector(spec, "deployment")
    yield from _pods(spec)
    yield from _strategy("spec.strategy", mapping(spec, "strategy"))
    yield from counts("spec", spec, "minReadySeconds", "revisionHistoryLimit")
    deadline = spec.get("progressDeadlineSeconds")
    if isinstance(deadline, int):
        yield from counts("spec", spec, "progressDeadlineSeconds")
        if deadline <= (spec.get("minReadySeconds") or 0):
            yield invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")


def _strategy(path: str, strategy: Any) -> Problems:
    kind, rolling = strategy.get("type") or "", strategy.get("rollingUpdate")
    if kind == "Recreate":
        if rolling is not None:
            yield forbidden(f"{path}.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")
    elif kind == "RollingUpdate":
        yield from _rolling(f"{path}.rollingUpdate", rolling)
    else:
        shown = {"Type": kind, "RollingUpdate": _rolling_shown(rolling)}
        yield not_supported(path, shown, ("Recreate", "RollingUpdate"))


def _rolling_shown(rolling: Any) -> Any:
    return None if rolling is None else {"MaxUnavailable": rolling.get("maxUnavailable", 0), "MaxSurge": rolling.get("maxSurge", 0)}


def _rolling(path: str, rolling: Any) -> Problems:
    if rolling is None:
        yield required(path, "this should be defaulted and never be nil")
        return
    unavailable, surge = rolling.get("maxUnavailable"), rolling.get("maxSurge")
    yield from count_or_percent(f"{path}.maxUnavailable", unavailable)
    yield from count_or_percent(f"{path}.maxSurge", surge)
    if not number_of(unavailable) and not number_of(surge):
        yield invalid(f"{path}.maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0")
    yield from at_most_all(f"{path}.maxUnavailable", unavailable)


def replica_set(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    yield from counts("spec", spec, "replicas", "minReadySeconds")
    yield from _selector(spec, "deployment")
    yield from _pods(spec)


def replication_controller(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    yield from counts("spec", spec, "minReadySeconds")
    wanted = mapping(spec, "selector")
    if not wanted:
        yield required("spec.selector")
    yield from counts("spec", spec, "replicas")
    if spec.get("template") is None:
        yield required("spec.template")
        return
    labels = labels_of(spec["template"])
    if any(labels.get(key) != value for key, value in wanted.items()):
        yield invalid("spec.template.metadata.labels", labels_shown(spec), _MISMATCH)
    yield from template("spec.template", spec["template"])
    yield from _always(spec, "ReplicationController")


def stateful_set(obj: Object) -> Problems:
    """The pods of its template are looked at when they are made: only then are their volumes known."""
    spec = mapping(obj, "spec")
    if spec.get("podManagementPolicy") not in ("OrderedReady", "Parallel"):
        policy = spec.get("podManagementPolicy")
        text = "must be 'OrderedReady' or 'Parallel'"
        yield invalid("spec.podManagementPolicy", policy, text) if policy else required("spec.podManagementPolicy")
    yield from _stateful_strategy(mapping(spec, "updateStrategy"))
    retained = mapping(spec, "persistentVolumeClaimRetentionPolicy")
    for key in ("whenDeleted", "whenScaled"):
        yield from one_of(f"spec.persistentVolumeClaimRetentionPolicy.{key}", retained.get(key, "Retain"), ("Retain", "Delete"))
    yield from counts("spec", spec, "replicas", "minReadySeconds", "revisionHistoryLimit")
    yield from counts("spec.ordinals", mapping(spec, "ordinals"), "start")
    yield from _selector(spec, "statefulset")
    if not readable(spec):
        yield invalid("spec.selector", spec.get("selector"), "")
    else:
        if not is_empty(spec.get("selector")) or spec.get("selector") is None:
            yield from _mismatch(spec)
        yield from label_map("spec.template.labels", labels_of(mapping(spec, "template")))
        yield from annotations("spec.template", mapping(spec, "template"))
    yield from _always(spec, "StatefulSet")


def _stateful_strategy(strategy: Any) -> Problems:
    path, kind, rolling = "spec.updateStrategy", strategy.get("type") or "", strategy.get("rollingUpdate")
    if not kind:
        yield required(path)
    elif kind == "OnDelete":
        if rolling is not None:
            yield invalid(f"{path}.rollingUpdate", rolling, "only allowed for updateStrategy 'RollingUpdate'")
    elif kind == "RollingUpdate":
        yield from counts(f"{path}.rollingUpdate", mapping(strategy, "rollingUpdate"), "partition")
        if mapping(strategy, "rollingUpdate").get("maxUnavailable") is not None:
            yield from count_or_percent(f"{path}.rollingUpdate.maxUnavailable", rolling["maxUnavailable"])
            yield from at_most_all(f"{path}.rollingUpdate.maxUnavailable", rolling["maxUnavailable"])
    else:
        yield invalid(path, {"Type": kind, "RollingUpdate": rolling}, "must be 'RollingUpdate' or 'OnDelete'")


def daemon_set(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    yield from selector("spec.selector", mapping(spec, "selector"))
    if readable(spec):
        yield from _mismatch(spec)
    if is_empty(spec.get("selector")):
        yield invalid("spec.selector", spec.get("selector"), "empty selector is invalid for daemonset")
    yield from template("spec.template", mapping(spec, "template"))
    yield from _always(spec, "DaemonSet")
    yield from counts("spec", spec, "minReadySeconds")
    yield from _daemon_strategy(mapping(spec, "updateStrategy"))
    yield from counts("spec", spec, "revisionHistoryLimit")


def _daemon_strategy(strategy: Any) -> Problems:
    path, kind = "spec.updateStrategy", strategy.get("type") or ""
    if kind == "OnDelete":
        return
    if kind != "RollingUpdate":
        shown = {"Type": kind, "RollingUpdate": _rolling_shown(strategy.get("rollingUpdate"))}
        yield not_supported(path, shown, ("RollingUpdate", "OnDelete"))
        return
    rolling, path = mapping(strategy, "rollingUpdate"), f"{path}.rollingUpdate"
    unavailable, surge = rolling.get("maxUnavailable"), rolling.get("maxSurge")
    for key in ("maxUnavailable", "maxSurge"):
        yield from count_or_percent(f"{path}.{key}", rolling.get(key))
        yield from at_most_all(f"{path}.{key}", rolling.get(key))
    if number_of(unavailable) and number_of(surge):
        yield invalid(f"{path}.maxSurge", surge, "may not be set when maxUnavailable is non-zero")
    elif not number_of(unavailable) and not number_of(surge):
        yield required(f"{path}.maxUnavailable", "cannot be 0 when maxSurge is 0")


def same_selector(new: Object, old: Object) -> Problems:
    """Which pods are whose cannot change."""
    yield from unchanged("spec.selector", mapping(new, "spec").get("selector"), mapping(old, "spec").get("selector"))


def changed_stateful_set(new: Object, old: Object) -> Problems:
    if _fixed(new) != _fixed(old):
        yield forbidden("spec", _STATEFUL_RULE)


def _fixed(obj: Object) -> Mapping[str, Any]:
    return {key: value for key, value in mapping(obj, "spec").items() if key not in _FREE_IN_STATEFUL_SETS}


_COUNTS = (
    "observedGeneration", "replicas", "fullyLabeledReplicas", "updatedReplicas", "readyReplicas", "availableReplicas",
    "unavailableReplicas", "currentReplicas", "collisionCount", "currentNumberScheduled", "numberMisscheduled",
    "desiredNumberScheduled", "numberReady", "updatedNumberScheduled", "numberAvailable", "numberUnavailable",
)  # fmt: skip


def status(obj: Object, parts: tuple[str, ...]) -> Problems:
    """Counts of replicas: none is negative, none larger than the whole."""
    found = mapping(obj, "status")
    yield from counts("status", found, *_COUNTS)
    whole = found.get("replicas") or 0
    for key in parts:
        if (found.get(key) or 0) > whole:
            yield invalid(f"status.{key}", found.get(key) or 0, "cannot be greater than status.replicas")
    ready, available = found.get("readyReplicas") or 0, found.get("availableReplicas") or 0
    if "availableReplicas" in parts and available > ready:
        yield invalid("status.availableReplicas", available, "cannot be greater than readyReplicas")


def collisions(new: Object, old: Object) -> Problems:
    """Hashes that have collided stay so."""
    before, after = mapping(old, "status").get("collisionCount"), mapping(new, "status").get("collisionCount")
    if before is not None and (after is None or after < before):
        yield invalid("status.collisionCount", after, "cannot be decremented")
