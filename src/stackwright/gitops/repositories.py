"""Repositories and clusters as the Secrets that Argo CD keeps them in. Pure.

Source: Argo CD's docs/operator-manual/declarative-setup.
"""

import base64
from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object
from stackwright.gitops.clusters import SECRET_TYPE, decoded
from stackwright.kernel import json
from stackwright.kernel.digest import fnv32a

REPOSITORY, CREDENTIALS, CLUSTER = "repository", "repo-creds", "cluster"


def repository_secret(url: str, kind: str, fields: Mapping[str, str], namespace: str = "argocd") -> dict[str, Any]:
    """Shape: `kind` is repository or repo-creds; `fields` as the Secret has them (username, password, sshPrivateKey, type, name …)."""
    prefix = "repo" if kind == REPOSITORY else "creds"
    return secret(f"{prefix}-{fnv32a(url.encode())}", kind, {"url": url, **fields}, namespace)


def cluster_secret(
    name: str, server: str, config: Mapping[str, Any], labels: Mapping[str, str], namespace: str = "argocd"
) -> dict[str, Any]:
    """Shape: `config` as Argo CD's ClusterConfig (bearerToken, tlsClientConfig …)."""
    host = server.partition("://")[2].partition(":")[0].partition("/")[0]
    data = {"name": name, "server": server, "config": json.dumps(config).decode()}
    made = secret(f"cluster-{host}-{fnv32a(server.encode())}", CLUSTER, data, namespace)
    made["metadata"]["labels"] |= labels
    return made


def secret(name: str, kind: str, data: Mapping[str, str], namespace: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "labels": {SECRET_TYPE: kind}, "annotations": {"managed-by": "argocd.argoproj.io"}}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "metadata": metadata,
        "data": encoded({key: value for key, value in data.items() if value}),
    }


def encoded(data: Mapping[str, str]) -> dict[str, str]:
    """As a Secret's `data` has it."""
    return {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}


def shown(found: Object) -> dict[str, str]:
    """What may be told of a repository: nothing that lets anybody in."""
    data = decoded(found)["data"]
    fields = ("url", "type", "name", "project", "username", "insecure", "enableLfs")
    return {field: data[field] for field in fields if data.get(field)}
