"""What the strategy of a kind makes of a new object beyond its defaults: the first status, and fields the server settles itself.

Source: k8s.io/kubernetes pkg/registry/*/strategy.go (PrepareForCreate).
"""

from collections.abc import Callable, Mapping
from typing import Any

from stackwright.api.meta import Object, annotations_of, labels_of, metadata_of, name_of, uid_of
from stackwright.apiserver.builtin.defaults.apps import TEMPLATE_GENERATION, labelled
from stackwright.apiserver.builtin.quality import quality_of

_UID, _OLD_UID = "batch.kubernetes.io/controller-uid", "controller-uid"
_JOB, _OLD_JOB = "batch.kubernetes.io/job-name", "job-name"


def prepared(resource: str, obj: Object) -> Object:
    """The new object, settled; it has its name, uid and time by now."""
    settle = _SETTLED.get(resource)
    return settle(obj) if settle else obj


def _spec_of(obj: Object) -> Mapping[str, Any]:
    spec = obj.get("spec")
    return spec if isinstance(spec, Mapping) else {}


def _namespace(obj: Object) -> Object:
    finalizers = list(_spec_of(obj).get("finalizers") or ())
    kept = finalizers if "kubernetes" in finalizers else [*finalizers, "kubernetes"]
    return {**obj, "spec": {**_spec_of(obj), "finalizers": kept}, "status": {"phase": "Active"}}


def _pod(obj: Object) -> Object:
    status: dict[str, Any] = {"phase": "Pending", "qosClass": quality_of(_spec_of(obj))}
    if _spec_of(obj).get("schedulingGates"):
        message = "Scheduling is blocked due to non-empty scheduling gates"
        status["conditions"] = [
            {
                "type": "PodScheduled",
                "status": "False",
                "lastProbeTime": None,
                "lastTransitionTime": None,
                "reason": "SchedulingGated",
                "message": message,
            }
        ]
    return {**obj, "status": status}


def _claim(obj: Object) -> Object:
    return {**obj, "spec": sourced(_spec_of(obj)), "status": {"phase": "Pending"}}


def sourced(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """A claim says what it is made from in two fields, which are kept alike."""
    if "dataSource" in spec and not _copied(spec["dataSource"] or {}):
        spec = {key: value for key, value in spec.items() if key != "dataSource"}
    one, other = spec.get("dataSource"), spec.get("dataSourceRef")
    if one and not other:
        return {**spec, "dataSourceRef": one}
    if other and not one and not other.get("namespace"):
        return {**spec, "dataSource": other}
    return spec


def _copied(source: Mapping[str, Any]) -> bool:
    """Only claims and snapshots can be copied from; anything else is dropped here, and said in dataSourceRef."""
    kind = (source.get("apiGroup") or "", source.get("kind"))
    return kind in (("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot"))


def _volume(obj: Object) -> Object:
    return {**obj, "status": {"phase": "Pending", "lastPhaseTransitionTime": metadata_of(obj).get("creationTimestamp")}}


def _daemon_set(obj: Object) -> Object:
    return annotated(obj, "1")


def annotated(obj: Object, generation: str) -> Object:
    """With the number of its template, which old clients read from an annotation."""
    return {**obj, "metadata": {**metadata_of(obj), "annotations": {**annotations_of(obj), TEMPLATE_GENERATION: generation}}}


def _job(obj: Object) -> Object:
    """A Job finds its pods by its uid, unless it brings a selector of its own."""
    spec = _spec_of(obj)
    template = spec.get("template") or {}
    if spec.get("manualSelector"):
        return obj
    uid, name = uid_of(obj), name_of(obj)
    labels = {**labels_of(template), _OLD_JOB: name, _JOB: name, _OLD_UID: uid, _UID: uid}
    selector = spec.get("selector") or {}
    matched = {_UID: uid, **(selector.get("matchLabels") or {})}
    template = {**template, "metadata": {**metadata_of(template), "labels": labels}}
    found = {**obj, "spec": {**spec, "selector": {**selector, "matchLabels": matched}, "template": template}}
    return _named_by_template(found, labels_of(spec.get("template") or {}))


def _named_by_template(obj: Object, before: Mapping[str, str]) -> Object:
    """Labels that were taken over from the template are taken over again, with what was added."""
    if labels_of(obj) != before:
        return labelled(obj)
    bare = {key: value for key, value in metadata_of(obj).items() if key != "labels"}
    return labelled({**obj, "metadata": bare})


_SETTLED: Mapping[str, Callable[[Object], Object]] = {
    "daemonsets.apps": _daemon_set,
    "jobs.batch": _job,
    "namespaces": _namespace,
    "persistentvolumeclaims": _claim,
    "persistentvolumes": _volume,
    "pods": _pod,
}
