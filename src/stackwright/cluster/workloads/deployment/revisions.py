"""Which ReplicaSet is a Deployment's new one, the numbers of its revisions, and the annotations that carry them. Pure.

Source: k8s.io/kubernetes pkg/controller/deployment/util/deployment_util.go.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, annotations_of, labels_of, metadata_of, name_of, namespace_of
from stackwright.cluster.context import reference_to, spec_of, status_of
from stackwright.cluster.pods import same_template
from stackwright.kernel import digest, json

HASH_LABEL = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
REVISION_HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas"
MAX_REPLICAS = "deployment.kubernetes.io/max-replicas"
_NOT_COPIED = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        "deprecated.deployment.rollback.to",
        REVISION,
        REVISION_HISTORY,
        DESIRED_REPLICAS,
        MAX_REPLICAS,
    }
)


def template_hash(template: Mapping[str, Any], collisions: int = 0) -> str:
    """The suffix of a ReplicaSet's name: equal templates and collision counts give equal texts."""
    data = json.canonical(template) + (str(collisions).encode() if collisions else b"")
    return digest.safe_encode(str(digest.fnv32a(data)))


def revision_of(obj: Object) -> int:
    """0 when it has none yet."""
    text = annotations_of(obj).get(REVISION, "")
    return int(text) if text.isdigit() else 0


def by_age(replica_sets: Iterable[Object]) -> list[Object]:
    """Oldest first."""
    return sorted(replica_sets, key=lambda rs: (str(metadata_of(rs).get("creationTimestamp")), name_of(rs)))


def find_new(deployment: Object, replica_sets: Sequence[Object]) -> Object | None:
    """The oldest ReplicaSet with the Deployment's template."""
    template = spec_of(deployment).get("template") or {}
    found = (rs for rs in by_age(replica_sets) if same_template(spec_of(rs).get("template") or {}, template, HASH_LABEL))
    return next(found, None)


def max_revision(replica_sets: Iterable[Object]) -> int:
    return max((revision_of(rs) for rs in replica_sets), default=0)


def annotations_for(deployment: Object, replica_set: Object, revision: int) -> dict[str, str]:
    """The annotations of the new ReplicaSet: the Deployment's, with its revision and the ones it had before."""
    old = annotations_of(replica_set)
    found = {**old, **{key: value for key, value in annotations_of(deployment).items() if key not in _NOT_COPIED}}
    before = revision_of(replica_set)
    if before < revision:
        found[REVISION] = str(revision)
        if before:
            history = [text for text in old.get(REVISION_HISTORY, "").split(",") if text]
            found[REVISION_HISTORY] = ",".join([*history, str(before)])
    return found


def size_annotations(desired: int, surge: int) -> dict[str, str]:
    """What a ReplicaSet remembers of the Deployment's size, to tell a scaling from a rollout."""
    return {DESIRED_REPLICAS: str(desired), MAX_REPLICAS: str(desired + surge)}


def new_replica_set(deployment: Object, replicas: int, revision: int, surge: int) -> dict[str, Any]:
    """The ReplicaSet of the Deployment's present template."""
    spec, collisions = spec_of(deployment), int(status_of(deployment).get("collisionCount") or 0)
    template = spec.get("template") or {}
    marks = {HASH_LABEL: template_hash(template, collisions)}
    labels = {**((template.get("metadata") or {}).get("labels") or {}), **marks}
    selector = spec.get("selector") or {}
    meta = {
        "name": f"{name_of(deployment)}-{marks[HASH_LABEL]}",
        "namespace": namespace_of(deployment),
        "labels": labels,
        "annotations": annotations_for(deployment, {}, revision) | size_annotations(int(spec.get("replicas", 1)), surge),
        "ownerReferences": [reference_to(deployment)],
    }
    wanted: dict[str, Any] = {
        "replicas": replicas,
        "selector": {**selector, "matchLabels": {**(selector.get("matchLabels") or {}), **marks}},
        "template": {**template, "metadata": {**(template.get("metadata") or {}), "labels": labels}},
    }
    wanted |= {"minReadySeconds": spec["minReadySeconds"]} if spec.get("minReadySeconds") else {}
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": meta, "spec": wanted}


def to_forget(deployment: Object, old: Sequence[Object]) -> list[Object]:
    """The emptied ReplicaSets beyond the history limit, oldest revisions first."""
    limit = spec_of(deployment).get("revisionHistoryLimit")
    if limit is None:
        return []
    alive = [rs for rs in old if not metadata_of(rs).get("deletionTimestamp")]
    excess = sorted(alive, key=revision_of)[: max(0, len(alive) - int(limit))]
    return [rs for rs in excess if _empty(rs)]


def _empty(rs: Object) -> bool:
    observed = int(status_of(rs).get("observedGeneration") or 0)
    current = int(metadata_of(rs).get("generation") or 0) <= observed
    return current and not spec_of(rs).get("replicas") and not status_of(rs).get("replicas")


def hash_of(rs: Object) -> str:
    return str(labels_of(rs).get(HASH_LABEL, ""))
