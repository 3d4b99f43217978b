"""Which driver serves a pod: `builtin` where a service of ours stands in for the image, `simulated` for everything else.

A pod is served by the builtin driver only when each of its containers is: a simulated container is never passed off as running.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from stackwright.api.meta import Object, labels_of
from stackwright.cluster.context import spec_of

Driver = Literal["builtin", "simulated"]

DRIVER_LABEL = "stackwright.dev/driver"
SIMULATED_NODE = "simulated"
BUILTIN_NODE = "stackwright"

SUBSTITUTES: Mapping[str, str] = {
    "quay.io/argoproj/argocd": "argocd",
    "argoproj/argocd": "argocd",
    "ghcr.io/argoproj/argocd": "argocd",
    "codeberg.org/forgejo/forgejo": "forge",
    "code.forgejo.org/forgejo/forgejo": "forge",
    "docker.gitea.com/gitea": "forge",
    "gitea/gitea": "forge",
    "registry.k8s.io/ingress-nginx/controller": "ingress-nginx",
    "k8s.gcr.io/ingress-nginx/controller": "ingress-nginx",
    "ingress-nginx/controller": "ingress-nginx",
    "quay.io/keycloak/keycloak": "keycloak",
    "bitnami/keycloak": "keycloak",
    "unleashorg/unleash-server": "unleash",
    "quay.io/argoproj/argo-rollouts": "rollouts",
    "quay.io/argoproj/kubectl-argo-rollouts": "rollouts",
    "ghcr.io/external-secrets/external-secrets": "external-secrets",
    "oci.external-secrets.io/external-secrets/external-secrets": "external-secrets",
    "quay.io/prometheus/prometheus": "prometheus",
    "prom/prometheus": "prometheus",
}
"""Repositories of images, without registry defaults, tags and digests, and the service of ours that answers for each."""


def repository_of(image: str) -> str:
    """`docker.io/library/nginx:1.2@sha256:…` → `nginx`: the image without tag, digest and the default registry."""
    name = image.partition("@")[0]
    head, slash, tail = name.rpartition("/")
    name = head + slash + tail.partition(":")[0]
    for prefix in ("docker.io/library/", "docker.io/", "index.docker.io/"):
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name


@dataclass(frozen=True, slots=True)
class Drivers:
    """Shape: `services` names the substitutes that are really there; the images of others are simulated."""

    services: frozenset[str] = frozenset()
    substitutes: Mapping[str, str] = field(default_factory=lambda: SUBSTITUTES)

    def service_of(self, image: str) -> str | None:
        """The service of ours that stands in for the image."""
        service = self.substitutes.get(repository_of(image))
        return service if service in self.services else None

    def driver_of(self, pod: Object) -> Driver:
        containers = spec_of(pod).get("containers") or ()
        return "builtin" if containers and all(self.service_of(str(each.get("image"))) for each in containers) else "simulated"

    def refusal(self, pod: Object, node: Object) -> str | None:
        """Each of our nodes has one driver; nodes of others take anything."""
        driver = labels_of(node).get(DRIVER_LABEL)
        if driver is None or driver == self.driver_of(pod):
            return None
        return f"node(s) only run pods of the {driver} driver"
