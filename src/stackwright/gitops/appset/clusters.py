"""The clusters that Applications may be sent to, as cluster Secrets declare them."""

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stackwright.api.meta import Object, annotations_of, labels_of, name_of

SECRET_TYPE = "argocd.argoproj.io/secret-type"  # noqa: S105 -- a label's name
LOCAL_NAME = "in-cluster"
LOCAL_SERVER = "https://kubernetes.default.svc"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Shape: `declared` is False for the local cluster without a Secret."""

    name: str
    server: str
    project: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    declared: bool = True


LOCAL = Cluster(LOCAL_NAME, LOCAL_SERVER, declared=False)


def clusters_of(secrets: Iterable[Object]) -> tuple[Cluster, ...]:
    """The local cluster first, unless a Secret declares it."""
    found = [_cluster(secret) for secret in secrets if labels_of(secret).get(SECRET_TYPE) == "cluster"]
    known = any(cluster.server == LOCAL_SERVER for cluster in found)
    return (*(() if known else (LOCAL,)), *sorted(found, key=lambda cluster: cluster.name))


def _cluster(secret: Object) -> Cluster:
    values = values_of(secret)
    server = values.get("server", "").rstrip("/")
    name = values.get("name") or server or name_of(secret)
    return Cluster(name, server, values.get("project", ""), labels_of(secret), annotations_of(secret))


def values_of(secret: Object) -> dict[str, str]:
    """A Secret's values, decoded; what is no base64 is left out."""
    found: dict[str, str] = {}
    for key, value in (secret.get("data") or {}).items():
        try:
            found[key] = base64.b64decode(value or "").decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
    return found | dict(secret.get("stringData") or {})
