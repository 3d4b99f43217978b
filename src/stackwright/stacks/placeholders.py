"""Definitions that stand in for those of well-known operators, until the operators' own are applied. Pure.

A package may hold objects of kinds whose operator comes from a chart that cannot be fetched, or that nobody installs for a rehearsal.
A placeholder lets such objects be stored and compared; it checks nothing and nothing acts on them, and its label says so.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from stackwright.api.meta import GroupKind

LABEL = "stackwright.dev/placeholder"
_CLUSTER, _NAMESPACED = "Cluster", "Namespaced"
_CATALOGUE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "dapr.io": {_NAMESPACED: ("Component", "Configuration", "HTTPEndpoint", "Resiliency", "Subscription")},
    "pkg.crossplane.io": {_CLUSTER: ("Provider", "Configuration", "Function", "ControllerConfig", "DeploymentRuntimeConfig")},
    "apiextensions.crossplane.io": {_CLUSTER: ("CompositeResourceDefinition", "Composition", "EnvironmentConfig")},
    "aws.crossplane.io": {_CLUSTER: ("ProviderConfig",)},
    "aws.upbound.io": {_CLUSTER: ("ProviderConfig",)},
    "kubernetes.crossplane.io": {_CLUSTER: ("ProviderConfig", "Object")},
    "helm.crossplane.io": {_CLUSTER: ("ProviderConfig", "Release")},
    "kyverno.io": {_CLUSTER: ("ClusterPolicy", "ClusterCleanupPolicy"), _NAMESPACED: ("Policy", "PolicyException", "CleanupPolicy")},
    "cert-manager.io": {_CLUSTER: ("ClusterIssuer",), _NAMESPACED: ("Issuer", "Certificate", "CertificateRequest")},
    "monitoring.coreos.com": {_NAMESPACED: ("ServiceMonitor", "PodMonitor", "PrometheusRule", "Probe", "Prometheus", "Alertmanager")},
    "external-secrets.io": {
        _CLUSTER: ("ClusterSecretStore", "ClusterExternalSecret"),
        _NAMESPACED: ("ExternalSecret", "SecretStore", "PushSecret"),
    },
    "velero.io": {_NAMESPACED: ("Backup", "Restore", "Schedule", "BackupStorageLocation", "VolumeSnapshotLocation")},
    "ray.io": {_NAMESPACED: ("RayCluster", "RayJob", "RayService")},
    "sparkoperator.k8s.io": {_NAMESPACED: ("SparkApplication", "ScheduledSparkApplication")},
    "infra.contrib.fluxcd.io": {_NAMESPACED: ("Terraform",)},
    "source.toolkit.fluxcd.io": {_NAMESPACED: ("GitRepository", "HelmRepository", "OCIRepository", "Bucket", "HelmChart")},
    "kustomize.toolkit.fluxcd.io": {_NAMESPACED: ("Kustomization",)},
    "helm.toolkit.fluxcd.io": {_NAMESPACED: ("HelmRelease",)},
}


def placeholders(kinds: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """A definition for each known kind among `kinds`, given as (apiVersion, kind); every version that is used is served."""
    versions: dict[GroupKind, list[str]] = {}
    for api_version, kind in kinds:
        group, _, version = api_version.rpartition("/")
        if version and scope_of(group, kind):
            versions.setdefault(GroupKind(group, kind), []).append(version)
    return [_definition(found, sorted(set(used))) for found, used in sorted(versions.items())]


def scope_of(group: str, kind: str) -> str:
    """Empty for a kind that is not known."""
    return next((scope for scope, kinds in _CATALOGUE.get(group, {}).items() if kind in kinds), "")


def plural_of(kind: str) -> str:
    word = kind.lower()
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")


def _definition(found: GroupKind, versions: list[str]) -> dict[str, Any]:
    plural = plural_of(found.kind)
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    listed = [
        {
            "name": name,
            "served": True,
            "storage": name == versions[-1],
            "schema": {"openAPIV3Schema": schema},
            "subresources": {"status": {}},
        }
        for name in versions
    ]
    names = {"kind": found.kind, "listKind": f"{found.kind}List", "plural": plural, "singular": found.kind.lower()}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{found.group}", "labels": {LABEL: "true"}},
        "spec": {"group": found.group, "names": names, "scope": scope_of(found.group, found.kind), "versions": listed},
    }
