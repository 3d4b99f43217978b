"""Whether an Application's spec is one that its project lets be: every problem in a sentence. Pure.

Source: Argo CD's util/argo/argo.go (`ValidatePermissions`) and controller/sync.go (`validateSyncPermissions`).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, ObjectKey, name_of, namespace_of
from stackwright.gitops.application import destination_of, sources_of, spec_of
from stackwright.gitops.clusters import Cluster, UnknownCluster, destination_cluster, project_clusters
from stackwright.gitops.project.rules import destination_permitted, kind_permitted, source_permitted

Spec = Mapping[str, Any]


def missing_project(app: Object) -> str:
    return f"Application referencing project {spec_of(app).get('project') or 'default'} which does not exist"


def spec_problems(app: Object, project: Object, clusters: Sequence[Cluster]) -> list[str]:
    """The texts of InvalidSpecError; empty when all is well."""
    return [*_source_problems(app, project), *_destination_problems(app, project, clusters)]


def _source_problems(app: Object, project: Object) -> Iterator[str]:
    sources = sources_of(app)
    if not sources:
        yield "spec.source or spec.sources must be specified"
    for source in sources:
        yield from _source_shape(source)
        url = str(source.get("repoURL") or "")
        if not source_permitted(project.get("spec") or {}, url):
            yield f"application repo {url} is not permitted in project '{name_of(project)}'"


def _source_shape(source: Mapping[str, Any]) -> Iterator[str]:
    if not source.get("repoURL") or not (source.get("path") or source.get("chart") or source.get("ref")):
        yield "spec.source.repoURL and either spec.source.path or spec.source.chart are required"
    elif source.get("chart") and not source.get("targetRevision"):
        yield "spec.source.targetRevision is required if the manifest source is a helm chart"


def _destination_problems(app: Object, project: Object, clusters: Sequence[Cluster]) -> Iterator[str]:
    destination = destination_of(app)
    try:
        cluster = destination_cluster(destination, clusters)
    except UnknownCluster as error:
        yield error.message
        return
    namespace = str(destination.get("namespace") or "")
    if not permits_destination(project, cluster, namespace, clusters):
        yield (
            f"application destination server '{cluster.server}' and namespace '{namespace}' do not match any of the allowed "
            f"destinations in project '{name_of(project)}'"
        )


def permits_destination(project: Object, cluster: Cluster, namespace: str, clusters: Sequence[Cluster]) -> bool:
    return destination_permitted(
        project.get("spec") or {},
        server=cluster.server,
        name=cluster.name,
        namespace=namespace,
        project_clusters=project_clusters(clusters, name_of(project)),
    )


def permits_kind(project: Object, key: ObjectKey, *, namespaced: bool) -> bool:
    return kind_permitted(project.get("spec") or {}, key.group, key.kind, key.name, namespaced=namespaced)


def sync_refusal(project: Object, cluster: Cluster, key: ObjectKey, clusters: Sequence[Cluster], *, namespaced: bool) -> str:
    """Why a task may not run; empty when it may."""
    if not permits_kind(project, key, namespaced=namespaced):
        return f"resource {key.group}:{key.kind} is not permitted in project {name_of(project)}"
    if namespaced and not permits_destination(project, cluster, key.namespace, clusters):
        return f"namespace {key.namespace} is not permitted in project '{name_of(project)}'"
    return ""


def permits_live(project: Object, cluster: Cluster, obj: Object, key: ObjectKey, clusters: Sequence[Cluster]) -> bool:
    """Whether a living object may be looked at, and so deleted, on behalf of the project."""
    namespaced = bool(namespace_of(obj))
    if not permits_kind(project, key, namespaced=namespaced):
        return False
    return not namespaced or permits_destination(project, cluster, namespace_of(obj), clusters)
