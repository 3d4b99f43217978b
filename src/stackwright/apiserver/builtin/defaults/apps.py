"""Defaults of the workloads of apps/v1, and of ReplicationControllers.

Source: k8s.io/kubernetes pkg/apis/apps/v1/defaults.go and pkg/apis/core/v1/defaults.go.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object, annotations_of, metadata_of
from stackwright.apiserver.builtin.defaults.filling import Fill, all_of, at, constants, every, inside, made
from stackwright.apiserver.builtin.defaults.pods import template

_TEMPLATE = at("template", template)
TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
CLAIM_SPEC = constants(volumeMode="Filesystem")


def _rolling(**values: Any) -> Fill:
    """A strategy: rolling unless it says otherwise, and then with these bounds."""

    def fill(given: Mapping[str, Any]) -> Mapping[str, Any]:
        found = constants(type="RollingUpdate")(given)
        return found if found["type"] != "RollingUpdate" else inside(found, "rollingUpdate", constants(**values))

    return fill


def _claim_template(given: Mapping[str, Any]) -> Mapping[str, Any]:
    found = all_of(made("spec", CLAIM_SPEC), made("status", constants(phase="Pending")))(given)
    return {**found, "apiVersion": "v1", "kind": "PersistentVolumeClaim"}


deployment = at(
    "spec",
    all_of(
        constants(progressDeadlineSeconds=600, replicas=1, revisionHistoryLimit=10),
        made("strategy", _rolling(maxSurge="25%", maxUnavailable="25%")),
        _TEMPLATE,
    ),
)
replica_set = at("spec", all_of(constants(replicas=1), _TEMPLATE))
_daemon_spec = at(
    "spec", all_of(constants(revisionHistoryLimit=10), made("updateStrategy", _rolling(maxSurge=0, maxUnavailable=1)), _TEMPLATE)
)


def daemon_set(obj: Object) -> Object:
    """The number of its template is 0 until the server sets it."""
    annotations = {TEMPLATE_GENERATION: "0", **annotations_of(obj)}
    return _daemon_spec({**obj, "metadata": {**metadata_of(obj), "annotations": annotations}})


stateful_set = at(
    "spec",
    all_of(
        constants(podManagementPolicy="OrderedReady", replicas=1, revisionHistoryLimit=10),
        made("updateStrategy", _rolling(partition=0)),
        made("persistentVolumeClaimRetentionPolicy", constants(whenDeleted="Retain", whenScaled="Retain")),
        every("volumeClaimTemplates", _claim_template),
        _TEMPLATE,
    ),
)


def labels_of_template(obj: Object) -> Mapping[str, str]:
    """What labels the pods of a workload get."""
    spec = obj.get("spec")
    found = spec.get("template") if isinstance(spec, Mapping) else None
    return (metadata_of(found).get("labels") if isinstance(found, Mapping) else None) or {}


def labelled(obj: Object) -> Object:
    """With the labels of its pods where it has none of its own."""
    labels = labels_of_template(obj)
    if not labels or metadata_of(obj).get("labels"):
        return obj
    return {**obj, "metadata": {**metadata_of(obj), "labels": labels}}


def replication_controller(obj: Object) -> Object:
    """Its selector and its own labels are those of its pods."""
    found = labelled(replica_set(obj))
    spec, labels = found.get("spec"), labels_of_template(found)
    if labels and isinstance(spec, Mapping) and not spec.get("selector"):
        return {**found, "spec": {**spec, "selector": labels}}
    return found
