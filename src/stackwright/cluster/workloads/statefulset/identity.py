"""Who a pod of a StatefulSet is: its ordinal, its name, its claims. Pure.

Source: k8s.io/kubernetes pkg/controller/statefulset/stateful_set_utils.go.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from stackwright.api.meta import Object, labels_of, name_of, namespace_of
from stackwright.cluster import pods as pod_facts
from stackwright.cluster.context import reference_to, spec_of
from stackwright.cluster.workloads.history import POD_HASH, template_of

POD_NAME = "statefulset.kubernetes.io/pod-name"
POD_INDEX = "apps.kubernetes.io/pod-index"
_NAME = re.compile(r"(.*)-([0-9]+)\Z")


def ordinals(sset: Object) -> range:
    """The places that are to be filled."""
    spec = spec_of(sset)
    start = int((spec.get("ordinals") or {}).get("start") or 0)
    return range(start, start + int(spec.get("replicas", 1)))


def ordinal_of(sset: Object, pod: Object) -> int | None:
    """None: the pod's name is none that this set gives."""
    match = _NAME.match(name_of(pod))
    return int(match[2]) if match and match[1] == name_of(sset) else None


def revision_of(pod: Object) -> str:
    """The name of the revision it was made from."""
    return str(labels_of(pod).get(POD_HASH) or "")


def claim_names(sset: Object, ordinal: int) -> dict[str, str]:
    """The names of the pod's claims, by the name of their template."""
    templates = spec_of(sset).get("volumeClaimTemplates") or ()
    return {name_of(each): f"{name_of(each)}-{name_of(sset)}-{ordinal}" for each in templates}


def new_claims(sset: Object, ordinal: int) -> list[dict[str, Any]]:
    """The claims of one pod, as they are to be created."""
    names, selected = claim_names(sset, ordinal), (spec_of(sset).get("selector") or {}).get("matchLabels") or {}
    found = []
    for template in spec_of(sset).get("volumeClaimTemplates") or ():
        meta = {key: value for key, value in (template.get("metadata") or {}).items() if key in ("labels", "annotations", "finalizers")}
        meta |= {"name": names[name_of(template)], "namespace": namespace_of(sset)}
        meta["labels"] = {**(meta.get("labels") or {}), **selected}
        head = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta}
        found.append(head | {"spec": template.get("spec") or {}})
    return found


def new_pod(sset: Object, ordinal: int, revision: Object) -> dict[str, Any]:
    """The pod of one place, made from the template that a revision remembers."""
    name = f"{name_of(sset)}-{ordinal}"
    labels = {POD_HASH: name_of(revision), POD_NAME: name, POD_INDEX: str(ordinal)}
    pod = pod_facts.from_template(template_of(revision), namespace_of(sset), reference_to(sset), name=name, labels=labels)
    spec = {**pod["spec"], "hostname": name}
    spec |= {"subdomain": spec_of(sset)["serviceName"]} if spec_of(sset).get("serviceName") else {}
    volumes = _volumes(claim_names(sset, ordinal), spec.get("volumes") or ())
    return {**pod, "spec": spec | ({"volumes": volumes} if volumes else {})}


def _volumes(claims: Mapping[str, str], others: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """A claim takes the place of a volume of the template with the same name."""
    own = [{"name": volume, "persistentVolumeClaim": {"claimName": claim}} for volume, claim in claims.items()]
    return [*own, *(each for each in others if each.get("name") not in claims)]


def claim_owners(sset: Object, claim: Object, pod: Object | None) -> list[Mapping[str, Any]] | None:
    """The owner references that the retention policy wants of a claim; None when it has them.

    `pod`: the pod that goes because its place does; None for places that stay.
    """
    policy = spec_of(sset).get("persistentVolumeClaimRetentionPolicy") or {}
    old = (claim.get("metadata") or {}).get("ownerReferences") or []
    foreign = [ref for ref in old if not _ours(sset, ref)]
    wanted: list[Mapping[str, Any]] = list(foreign)
    if pod is not None and policy.get("whenScaled") == "Delete":
        wanted.append(_kept(old, reference_to(pod)))
    elif policy.get("whenDeleted") == "Delete" and not (pod is not None and policy.get("whenScaled") == "Delete"):
        wanted.append(_kept(old, reference_to(sset)))
    return None if {ref["uid"] for ref in wanted} == {ref["uid"] for ref in old} else wanted


def _kept(old: Iterable[Mapping[str, Any]], ref: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((each for each in old if each.get("uid") == ref["uid"]), ref)


def _ours(sset: Object, ref: Mapping[str, Any]) -> bool:
    """The set itself, or a pod that it named."""
    if ref.get("kind") == "StatefulSet":
        return bool(ref.get("name") == name_of(sset))
    match = _NAME.match(str(ref.get("name")))
    return ref.get("kind") == "Pod" and match is not None and match[1] == name_of(sset)
