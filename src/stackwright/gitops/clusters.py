"""Which cluster an Application is deployed to: the one we run in, or one that a Secret registers. Pure.

Source: Argo CD's util/argo/argo.go (`GetDestinationCluster`) and util/db/cluster.go.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stackwright.api.meta import Object, labels_of, name_of
from stackwright.kernel.errors import Stalled

IN_CLUSTER_SERVER = "https://kubernetes.default.svc"
IN_CLUSTER_NAME = "in-cluster"
SECRET_TYPE = "argocd.argoproj.io/secret-type"  # noqa: S105 the name of a label
SKIP_RECONCILE = "argocd.argoproj.io/skip-reconcile"


class UnknownCluster(Stalled):
    """The destination names no cluster that is known, or more than one."""

    code = "unknown-cluster"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster to deploy to. Shape: `secret` None for the one we run in; `namespaces` empty for all; `project` empty for every one."""

    server: str
    name: str
    namespaces: tuple[str, ...] = ()
    cluster_resources: bool = True
    project: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    secret: Mapping[str, Any] | None = field(default=None, repr=False)


IN_CLUSTER = Cluster(IN_CLUSTER_SERVER, IN_CLUSTER_NAME)


def decoded(secret: Object) -> dict[str, Any]:
    """A Secret with its data in clear; a value that is no text is left out."""
    found: dict[str, str] = dict(secret.get("stringData") or {})
    for key, value in (secret.get("data") or {}).items():
        try:
            found[key] = base64.b64decode(str(value)).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
    return {**{key: value for key, value in secret.items() if key != "stringData"}, "data": found}


def secrets_of_type(secrets: Iterable[Object], *types: str) -> tuple[Mapping[str, Any], ...]:
    """Those that carry Argo CD's label with one of the types, in clear, by name."""
    chosen = [secret for secret in secrets if labels_of(secret).get(SECRET_TYPE) in types]
    return tuple(decoded(secret) for secret in sorted(chosen, key=name_of))


def cluster_of(secret: Mapping[str, Any]) -> Cluster:
    """Shape: `secret` decoded."""
    data: Mapping[str, str] = secret.get("data") or {}
    server = str(data.get("server") or "").rstrip("/")
    namespaces = tuple(item.strip() for item in str(data.get("namespaces") or "").split(",") if item.strip())
    return Cluster(
        server,
        str(data.get("name") or server),
        namespaces,
        not namespaces or data.get("clusterResources") == "true",
        str(data.get("project") or ""),
        labels_of(secret),
        None if server == IN_CLUSTER_SERVER and not data.get("config") else secret,
    )


def clusters_of(secrets: Iterable[Object], *, in_cluster: bool = True) -> tuple[Cluster, ...]:
    """Every cluster that is known; the one we run in first, unless a Secret speaks of it or nothing may be deployed there."""
    registered = [cluster_of(secret) for secret in secrets_of_type(secrets, "cluster")]
    if not in_cluster:
        return tuple(cluster for cluster in registered if cluster.server != IN_CLUSTER_SERVER)
    implicit = [] if any(cluster.server == IN_CLUSTER_SERVER for cluster in registered) else [IN_CLUSTER]
    return (*implicit, *registered)


def destination_cluster(destination: Mapping[str, Any], clusters: Sequence[Cluster]) -> Cluster:
    """Raises UnknownCluster in Argo CD's words."""
    server, name = str(destination.get("server") or ""), str(destination.get("name") or "")
    if server and name:
        raise UnknownCluster(f"application destination can't have both name and server defined: {name} {server}")
    if server:
        found = [cluster for cluster in clusters if cluster.server == server.rstrip("/")]
        if not found:
            if server.rstrip("/") == IN_CLUSTER_SERVER:
                raise UnknownCluster(f'error getting cluster by server "{server}": cluster "{server}" is disabled')
            raise UnknownCluster(f'error getting cluster by server "{server}": cluster "{server}" not found')
        return found[0]
    if not name:
        raise UnknownCluster("destination server missing from app spec")
    found = [cluster for cluster in clusters if cluster.name == name]
    if not found:
        raise UnknownCluster(f"there are no clusters with this name: {name}")
    if len(found) > 1:
        servers = " ".join(cluster.server for cluster in found)
        raise UnknownCluster(f"there are {len(found)} clusters with the same name: [{servers}]")
    return found[0]


def project_clusters(clusters: Sequence[Cluster], project: str) -> list[str]:
    """Servers and names of the clusters that belong to one project."""
    return [text for cluster in clusters if project and cluster.project == project for text in (cluster.server, cluster.name)]
