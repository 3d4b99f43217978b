"""As whom an Application's objects are written: `destinationServiceAccounts` of its project. Pure but for `writer`, which only wraps.

Source: Argo CD's util/settings (`DeriveServiceAccountToImpersonate`) and docs/operator-manual/app-sync-using-impersonation.md.
"""

from stackwright.api.meta import Object, namespace_of
from stackwright.client.kube import KubeClient
from stackwright.gitops.application import destination_of
from stackwright.gitops.clusters import Cluster
from stackwright.gitops.project.globs import matches
from stackwright.gitops.settings import Settings
from stackwright.kernel.errors import Stalled

_NOT_IN_NAMES = frozenset("!*[]{}\\/")
_PREFIX = "system:serviceaccount:"


class NoAccount(Stalled):
    """The project names no account for the destination, or one that cannot be."""

    code = "no-service-account"


def account_for(project: Object, app: Object, cluster: Cluster) -> str:
    """The user name of the first entry that fits; empty when none does. Raises NoAccount for a name that cannot be one."""
    namespace = str(destination_of(app).get("namespace") or "")
    for entry in (project.get("spec") or {}).get("destinationServiceAccounts") or ():
        if not matches(str(entry.get("server") or ""), cluster.server) or not matches(str(entry.get("namespace") or ""), namespace):
            continue
        name = str(entry.get("defaultServiceAccount") or "")
        if not name.strip() or set(name) & _NOT_IN_NAMES:
            raise NoAccount(f"default service account contains invalid chars '{name}'")
        return f"{_PREFIX}{name}" if ":" in name else f"{_PREFIX}{namespace or namespace_of(app)}:{name}"
    return ""


def writer(client: KubeClient, settings: Settings, project: Object, app: Object, cluster: Cluster) -> KubeClient:
    """The client that may change what the Application deploys. Raises NoAccount."""
    if not settings.impersonation:
        return client
    account = account_for(project, app, cluster)
    if account:
        return client.speaking_as(account)
    if settings.impersonation == "lenient":
        return client
    namespace = destination_of(app).get("namespace") or namespace_of(app)
    raise NoAccount(
        f"no matching service account found for destination server {cluster.server} and namespace {namespace}",
        hint="name one in spec.destinationServiceAccounts of the project",
    )
