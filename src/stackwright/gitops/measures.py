"""What the engine lets others count, and how an Application is told to them.

Source: Argo CD's controller/metrics/metrics.go.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from stackwright.api.meta import Object, is_deleting, name_of, namespace_of
from stackwright.gitops.application import automation_of, destination_of, project_of, sources_of, status_of
from stackwright.gitops.project.rules import normalised_url


class Measures(Protocol):
    """Told as things happen; must be quick and must not raise."""

    def reconciled(self, app: Object, server: str, seconds: float) -> None: ...

    def synced(self, app: Object, server: str, phase: str, seconds: float, *, dry_run: bool) -> None:
        """An operation ended."""
        ...

    def requested(self, app: Object, server: str, verb: str, path: str, status: int, *, dry_run: bool) -> None:
        """A cluster was asked to change something on behalf of an Application."""
        ...

    def cluster_changed(self, server: str, obj: Object) -> None: ...

    def forgotten(self, namespace: str, name: str) -> None:
        """The Application is gone, and its numbers with it."""
        ...


@dataclass(frozen=True, slots=True)
class ClusterState:
    """How much is known of a cluster. Shape: `version` empty while it was never asked."""

    server: str
    name: str
    connected: bool
    version: str = ""
    resources: int = 0
    objects: int = 0
    age_seconds: float = 0.0


class NoMeasures:
    """Nobody counts."""

    def reconciled(self, app: Object, server: str, seconds: float) -> None:
        return

    def synced(self, app: Object, server: str, phase: str, seconds: float, *, dry_run: bool) -> None:
        return

    def requested(self, app: Object, server: str, verb: str, path: str, status: int, *, dry_run: bool) -> None:
        return

    def cluster_changed(self, server: str, obj: Object) -> None:
        return

    def forgotten(self, namespace: str, name: str) -> None:
        return


def identity_of(app: Object) -> dict[str, str]:
    """The labels that every number about an Application has."""
    return {"namespace": namespace_of(app), "name": name_of(app), "project": project_of(app)}


def info_of(app: Object) -> dict[str, str]:
    """The labels of `argocd_app_info`."""
    destination, sources, told = destination_of(app), sources_of(app), status_of(app)
    return {
        **identity_of(app),
        "autosync_enabled": str(automation_of(app) is not None).lower(),
        "repo": normalised_url(str(sources[0].get("repoURL") or "")) if sources else "",
        "dest_server": str(destination.get("server") or ""),
        "dest_namespace": str(destination.get("namespace") or ""),
        "sync_status": _status(told.get("sync")),
        "health_status": _status(told.get("health")),
        "operation": _operation(app),
    }


def _status(part: Mapping[str, str] | None) -> str:
    return str((part or {}).get("status") or "Unknown")


def _operation(app: Object) -> str:
    if is_deleting(app):
        return "delete"
    return "sync" if (app.get("operation") or {}).get("sync") is not None else ""


def conditions_of(app: Object) -> dict[str, int]:
    """How many conditions of each type an Application has."""
    found: dict[str, int] = {}
    for condition in status_of(app).get("conditions") or ():
        found[str(condition.get("type"))] = found.get(str(condition.get("type")), 0) + 1
    return found
