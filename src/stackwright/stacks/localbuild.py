"""Localbuild, CustomPackage and GitRepository: the objects that tell of packages, as idpbuilder shapes them. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, annotations_of, name_of, uid_of
from stackwright.stacks.plan import labelled
from stackwright.stacks.types import PackagePlan, RepositoryPlan, Source

API = "idpbuilder.cnoe.io/v1alpha1"
STARTED = "cnoe.io/cli-start-time"
OBSERVED = "cnoe.io/last-observed-cli-start-time"
PRIORITY = "cnoe.io/package-priority"
SOURCE_PATH = "cnoe.io/package-source-path"
CREDENTIALS = {"name": "gitea-credential", "namespace": "gitea"}


def namespace_of_platform(name: str) -> str:
    return f"idpbuilder-{name}"


def sources_of(localbuild: Object) -> list[Source]:
    """In the order of precedence: the last one wins."""
    packages = (localbuild.get("spec") or {}).get("packageConfigs") or {}
    found = [Source("dir", value) for value in packages.get("customPackageDirs") or ()]
    found += [Source("file", value) for value in packages.get("customPackageFiles") or ()]
    return found + [Source("remote", value) for value in packages.get("customPackageUrls") or ()]


def template_values(localbuild: Object) -> dict[str, str]:
    """What a custom file may ask for: the fields of buildCustomization, capitalised as Go has them."""
    found = (localbuild.get("spec") or {}).get("buildCustomization") or {}
    texts = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in found.items()}
    return {key[0].upper() + key[1:]: value for key, value in texts.items()}


def custom_package(plan: PackagePlan, localbuild: Object, git_url: str) -> dict[str, Any]:
    package = plan.package
    return {
        "apiVersion": API,
        "kind": "CustomPackage",
        "metadata": {
            "name": plan.resource,
            "namespace": namespace_of_platform(name_of(localbuild)),
            "annotations": {
                STARTED: annotations_of(localbuild).get(STARTED, ""),
                PRIORITY: str(package.priority),
                SOURCE_PATH: package.source.value,
            },
            "ownerReferences": [_owner(localbuild)],
        },
        "spec": {
            "replicate": True,
            "gitServerURL": git_url,
            "internalGitServeURL": git_url,
            "gitServerAuthSecretRef": CREDENTIALS,
            "argoCD": {
                "applicationFile": str(package.folder / package.file),
                "name": package.app_name,
                "namespace": package.namespace,
                "type": package.kind,
            },
        },
    }


def git_repository(plan: RepositoryPlan, package: str, localbuild: Object, git_url: str) -> dict[str, Any]:
    return {
        "apiVersion": API,
        "kind": "GitRepository",
        "metadata": {
            "name": plan.resource,
            "namespace": namespace_of_platform(name_of(localbuild)),
            "labels": {"stackwright.dev/package": package},
            "annotations": {STARTED: annotations_of(localbuild).get(STARTED, "")},
            "ownerReferences": [_owner(localbuild)],
        },
        "spec": {
            "source": {"type": "local", "path": str(plan.path)},
            "provider": {"name": "gitea", "gitURL": git_url, "internalGitURL": git_url, "organizationName": "giteaAdmin"},
            "secretRef": CREDENTIALS,
        },
    }


def repository_status(plan: RepositoryPlan, commit: str, url: str) -> dict[str, Any]:
    return {
        "commit": {"hash": commit},
        "externalGitRepositoryUrl": url,
        "internalGitRepositoryUrl": url,
        "path": str(plan.path),
        "synced": True,
    }


def package_status(plan: PackagePlan, namespace: str) -> dict[str, Any]:
    references = [{"apiVersion": API, "kind": "GitRepository", "name": item.resource, "namespace": namespace} for item in plan.repositories]
    return {"synced": not plan.problems, "gitRepositoryRefs": references, "problems": list(plan.problems)}


def localbuild_status(localbuild: Object, git_url: str, problems: Sequence[str], warnings: Sequence[str]) -> dict[str, Any]:
    return {
        "observedGeneration": (localbuild.get("metadata") or {}).get("generation", 1),
        "ArgoCD": {"available": True, "appsCreated": True},
        "nginx": {"available": True},
        "gitea": {
            "available": True,
            "externalURL": git_url,
            "internalURL": git_url,
            "adminUserSecretNameecret": CREDENTIALS["name"],
            "adminUserSecretNamespace": CREDENTIALS["namespace"],
        },
        "problems": list(problems),
        "warnings": list(warnings),
    }


def application(name: str, path: str, repo_url: str, namespace: str) -> dict[str, Any]:
    """An Application of the platform's own."""
    found: Mapping[str, Any] = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": {
            "project": "default",
            "source": {"repoURL": repo_url, "path": path, "targetRevision": "HEAD"},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": namespace},
            "syncPolicy": {"automated": {"selfHeal": True, "prune": True}, "syncOptions": ["CreateNamespace=true"]},
        },
    }
    return dict(labelled(found, name))


def _owner(localbuild: Object) -> dict[str, Any]:
    return {"apiVersion": API, "kind": "Localbuild", "name": name_of(localbuild), "uid": uid_of(localbuild), "controller": True}
