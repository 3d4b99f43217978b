"""The clusters that generators speak of, with the labels and annotations of the Secrets that register them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stackwright.api.meta import Object, annotations_of, labels_of
from stackwright.gitops.clusters import IN_CLUSTER_NAME, IN_CLUSTER_SERVER, cluster_of, secrets_of_type


@dataclass(frozen=True, slots=True)
class Cluster:
    """Shape: `declared` is False for the local cluster without a Secret."""

    name: str
    server: str
    project: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    declared: bool = True


LOCAL = Cluster(IN_CLUSTER_NAME, IN_CLUSTER_SERVER, declared=False)


def clusters_of(secrets: Iterable[Object]) -> tuple[Cluster, ...]:
    """The local cluster first, unless a Secret registers it."""
    found = [_cluster(secret) for secret in secrets_of_type(secrets, "cluster")]
    known = any(cluster.server == IN_CLUSTER_SERVER for cluster in found)
    return (*(() if known else (LOCAL,)), *found)


def _cluster(secret: Object) -> Cluster:
    known = cluster_of(secret)
    return Cluster(known.name, known.server, known.project, labels_of(secret), annotations_of(secret))
