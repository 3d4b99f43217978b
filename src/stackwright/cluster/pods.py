"""Pure questions about pods, and pods made from templates.

Source: k8s.io/kubernetes pkg/api/v1/pod and pkg/controller (controller_utils.go).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from stackwright.api.meta import Object, annotations_of, is_deleting, metadata_of, name_of
from stackwright.kernel.clock import parse_rfc3339
from stackwright.runtime.conditions import find

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"


def phase(pod: Object) -> str:
    return str((pod.get("status") or {}).get("phase") or "Pending")


def is_finished(pod: Object) -> bool:
    """Its containers have ended for good."""
    return phase(pod) in ("Succeeded", "Failed")


def is_active(pod: Object) -> bool:
    """Neither finished nor being deleted."""
    return not is_finished(pod) and not is_deleting(pod)


def condition(pod: Object, type: str) -> Mapping[str, Any] | None:
    return find((pod.get("status") or {}).get("conditions"), type)


def is_ready(pod: Object) -> bool:
    found = condition(pod, "Ready")
    return found is not None and found.get("status") == "True"


def ready_since(pod: Object) -> datetime | None:
    found = condition(pod, "Ready")
    if found is None or found.get("status") != "True" or not found.get("lastTransitionTime"):
        return None
    return parse_rfc3339(str(found["lastTransitionTime"]))


def seconds_until_available(pod: Object, min_ready_seconds: int, now: datetime) -> float | None:
    """0 when the pod is available, the seconds that are left while it is ready but young, None while it is not ready."""
    if not is_ready(pod):
        return None
    if min_ready_seconds <= 0:
        return 0.0
    since = ready_since(pod)
    if since is None:
        return None
    return max(0.0, min_ready_seconds - (now - since).total_seconds())


def is_available(pod: Object, min_ready_seconds: int, now: datetime) -> bool:
    return seconds_until_available(pod, min_ready_seconds, now) == 0.0


def soonest_available(pods: Iterable[Object], min_ready_seconds: int, now: datetime) -> float | None:
    """Seconds until the next pod becomes available by age alone."""
    waits = [wait for pod in pods if (wait := seconds_until_available(pod, min_ready_seconds, now))]
    return min(waits, default=None)


def restarts(pod: Object) -> int:
    """The highest restart count of its containers."""
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    return max((int(status.get("restartCount") or 0) for status in statuses), default=0)


def deletion_rank(pod: Object, on_same_node: Mapping[str, int], now: datetime) -> tuple[Any, ...]:
    """Sorts first what is least missed: unassigned, pending, not ready, cheap, crowded, young, often restarted pods."""
    node = (pod.get("spec") or {}).get("nodeName") or ""
    since = ready_since(pod)
    ready_for = (now - since).total_seconds() if since else 0.0
    created = metadata_of(pod).get("creationTimestamp")
    age = (now - parse_rfc3339(str(created))).total_seconds() if created else 0.0
    return (
        bool(node),
        {"Pending": 0, "Unknown": 1}.get(phase(pod), 2),
        is_ready(pod),
        _deletion_cost(pod),
        -on_same_node.get(node, 0),
        int(ready_for),
        -restarts(pod),
        int(age),
        name_of(pod),
    )


def _deletion_cost(pod: Object) -> int:
    text = str(annotations_of(pod).get(DELETION_COST, "0"))
    return int(text) if text.lstrip("-").isdigit() else 0


def from_template(
    template: Mapping[str, Any],
    namespace: str,
    owner: Mapping[str, Any],
    *,
    name: str = "",
    generate_name: str = "",
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    finalizers: Iterable[str] = (),
) -> dict[str, Any]:
    """A pod to create. `labels`, `annotations` and `finalizers` are added to the template's own."""
    base = template.get("metadata") or {}
    meta: dict[str, Any] = {"name": name} if name else {"generateName": generate_name}
    meta["namespace"] = namespace
    for field, extra in (("labels", labels), ("annotations", annotations)):
        merged = {**(base.get(field) or {}), **(extra or {})}
        meta |= {field: merged} if merged else {}
    held = [*(base.get("finalizers") or ()), *finalizers]
    meta |= {"finalizers": held} if held else {}
    meta["ownerReferences"] = [dict(owner)]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": template.get("spec") or {}}


def same_template(one: Mapping[str, Any], other: Mapping[str, Any], hash_label: str) -> bool:
    """Equal templates, whatever hash their labels carry."""
    return _unhashed(one, hash_label) == _unhashed(other, hash_label)


def _unhashed(template: Mapping[str, Any], hash_label: str) -> dict[str, Any]:
    meta = {key: value for key, value in (template.get("metadata") or {}).items() if value and key != "creationTimestamp"}
    labels = {key: value for key, value in (meta.get("labels") or {}).items() if key != hash_label}
    meta.pop("labels", None)
    return {"metadata": meta | ({"labels": labels} if labels else {}), "spec": template.get("spec") or {}}
