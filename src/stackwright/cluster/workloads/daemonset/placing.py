"""On which nodes a DaemonSet's pods belong, and what such a pod looks like. Pure.

Source: k8s.io/kubernetes pkg/controller/daemon (daemon_controller.go NodeShouldRunDaemonPod, util/daemonset_util.go).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, annotations_of, name_of, namespace_of
from stackwright.cluster import pods as pod_facts
from stackwright.cluster.context import reference_to, spec_of
from stackwright.cluster.scheduler.filters import untolerated, wants
from stackwright.cluster.workloads.history import POD_HASH

GENERATION = "pod-template-generation"
_GENERATION_ANNOTATION = "deprecated.daemonset.template.generation"
_TOLERATED = (
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
)
_NETWORK = ("node.kubernetes.io/network-unavailable", "NoSchedule")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a node is to the set: whether a pod should start there, and whether one that runs there may stay."""

    runs: bool
    stays: bool


def tolerations(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The template's own, and those of every daemon."""
    found = list(spec.get("tolerations") or ())
    for key, effect in (*_TOLERATED, *((_NETWORK,) if spec.get("hostNetwork") else ())):
        added = {"key": key, "operator": "Exists", "effect": effect}
        found += [] if added in found else [added]
    return found


def standing(daemons: Object, node: Object) -> Standing:
    """Affinity decides first; taints then keep new pods away, and NoExecute drives out running ones."""
    spec = (spec_of(daemons).get("template") or {}).get("spec") or {}
    probe = {"spec": {**spec, "tolerations": tolerations(spec)}}
    if spec.get("nodeName") not in (None, "", name_of(node)) or not wants(probe, node):
        return Standing(False, False)
    return Standing(untolerated(probe, node) is None, untolerated(probe, node, ("NoExecute",)) is None)


def new_pod(daemons: Object, node: str, hash: str) -> dict[str, Any]:
    """The pod for one node, bound to it by affinity."""
    labels = {POD_HASH: hash}
    generation = annotations_of(daemons).get(_GENERATION_ANNOTATION)
    labels |= {GENERATION: generation} if generation else {}
    template = spec_of(daemons).get("template") or {}
    pod = pod_facts.from_template(
        template, namespace_of(daemons), reference_to(daemons), generate_name=f"{name_of(daemons)}-", labels=labels
    )
    spec = pod["spec"]
    affinity = spec.get("affinity") or {}
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    bound = {**affinity, "nodeAffinity": {**(affinity.get("nodeAffinity") or {}), **required}}
    return {**pod, "spec": {**spec, "affinity": bound, "tolerations": tolerations(spec)}}


def node_of(pod: Object) -> str:
    """Where it runs, or where its affinity will put it."""
    spec = spec_of(pod)
    if spec.get("nodeName"):
        return str(spec["nodeName"])
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    terms = (affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}).get("nodeSelectorTerms") or ()
    fields = (field for term in terms for field in term.get("matchFields") or ())
    named = (field["values"] for field in fields if field.get("key") == "metadata.name" and len(field.get("values") or ()) == 1)
    return str(next(named, [""])[0])
