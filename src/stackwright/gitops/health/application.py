"""The health of an Application from the health of its resources."""

from collections.abc import Iterable
from dataclasses import dataclass

from stackwright.api.meta import ObjectKey
from stackwright.gitops.health.types import Health, HealthStatus, is_worse

IGNORE_HEALTHCHECK = "argocd.argoproj.io/ignore-healthcheck"


@dataclass(frozen=True, slots=True)
class ResourceHealth:
    """One managed resource. Shape: `health` None without a notion of health; `is_live` False when it is not in the cluster;
    `counts` False for hooks, skipped, ignored and annotated resources and the Application itself.
    """

    key: ObjectKey
    health: Health | None
    is_live: bool = True
    counts: bool = True


def application_health(resources: Iterable[ResourceHealth]) -> Health:
    """The worst of what counts; Missing only when nothing that counts lives.

    Source: Argo CD's setApplicationHealth, since 3.4: a missing resource alone does not make the Application Missing.
    """
    counted = [resource for resource in resources if resource.counts]
    if counted and not any(resource.is_live for resource in counted):
        return Health("Missing")
    status: HealthStatus = "Healthy"
    causes: list[ObjectKey] = []
    for resource in counted:
        if resource.health is None or not resource.is_live or _is_new_child(resource):
            continue
        if is_worse(resource.health.status, status):
            status, causes = resource.health.status, [resource.key]
        elif resource.health.status == status:
            causes.append(resource.key)
    return Health(status, "" if status == "Healthy" else f"{status} caused by {_listed(causes)}")


def _is_new_child(resource: ResourceHealth) -> bool:
    """A child Application that has not been looked at yet holds nothing up."""
    is_application = resource.key.group == "argoproj.io" and resource.key.kind == "Application"
    return is_application and resource.health is not None and resource.health.status in ("Missing", "Unknown")


def _listed(keys: list[ObjectKey]) -> str:
    names = [f"{key.group}/{key.kind}:{key.namespace}/{key.name}" for key in keys[:3]]
    return ", ".join(names) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
