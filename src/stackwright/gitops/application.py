"""Reading an Application. Pure.

Source: Argo CD's pkg/apis/application/v1alpha1.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, annotations_of, metadata_of
from stackwright.gitops.options import DELETION_APPROVED, SyncOptions, parse_options
from stackwright.kernel import digest

REFRESH = "argocd.argoproj.io/refresh"
SKIP_RECONCILE = "argocd.argoproj.io/skip-reconcile"
DEFAULT_HISTORY_LIMIT = 10
IN_CLUSTER_SERVER, IN_CLUSTER_NAME = "https://kubernetes.default.svc", "in-cluster"


def spec_of(app: Object) -> Mapping[str, Any]:
    return app.get("spec") or {}


def status_of(app: Object) -> Mapping[str, Any]:
    return app.get("status") or {}


def destination_of(app: Object) -> Mapping[str, Any]:
    return spec_of(app).get("destination") or {}


def project_of(app: Object) -> str:
    return str(spec_of(app).get("project") or "default")


def has_several_sources(app: Object) -> bool:
    return bool(spec_of(app).get("sources"))


def sources_of(app: Object) -> tuple[Mapping[str, Any], ...]:
    spec = spec_of(app)
    if spec.get("sources"):
        return tuple(spec["sources"])
    return (spec["source"],) if spec.get("source") else ()


def named_sources(app: Object) -> dict[str, Any]:
    """As status and operations repeat them: `source` or `sources`."""
    spec = spec_of(app)
    return {"sources": spec["sources"]} if spec.get("sources") else {"source": spec.get("source") or {}}


def named_revisions(app: Object, revisions: Sequence[str]) -> dict[str, Any]:
    if has_several_sources(app):
        return {"revisions": list(revisions)}
    return {"revision": revisions[0] if revisions else ""}


def compared_to(app: Object) -> dict[str, Any]:
    rules = spec_of(app).get("ignoreDifferences")
    return {**named_sources(app), "destination": destination_of(app)} | ({"ignoreDifferences": rules} if rules else {})


def sync_policy_of(app: Object) -> Mapping[str, Any]:
    return spec_of(app).get("syncPolicy") or {}


def automation_of(app: Object) -> Mapping[str, Any] | None:
    """None when nothing is synced by itself."""
    found = sync_policy_of(app).get("automated")
    return None if found is None or found.get("enabled") is False else found


def sync_options_of(app: Object) -> SyncOptions:
    return parse_options(sync_policy_of(app).get("syncOptions") or ())


def refresh_of(app: Object) -> str:
    """normal, hard, or empty when nobody asks."""
    asked = annotations_of(app).get(REFRESH)
    return "" if asked is None else "hard" if asked == "hard" else "normal"


def is_approved_since(app: Object, moment: str) -> bool:
    """Whether somebody approved deletions after a moment. Units: RFC 3339, compared as texts of one form."""
    return bool(annotations_of(app).get(DELETION_APPROVED, "") >= moment) if moment else DELETION_APPROVED in annotations_of(app)


def render_key(app: Object) -> str:
    """Equal while the same manifests are asked for."""
    return digest.of([sources_of(app), destination_of(app), project_of(app), metadata_of(app).get("name")])
