"""Everything that is counted of one process, in Prometheus' text form under the names of Argo CD and kube-apiserver.

Source: Argo CD's docs/operator-manual/metrics.md; k8s.io/apiserver pkg/endpoints/metrics.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from stackwright.api.meta import Object, gvk_of, labels_of, name_of, namespace_of
from stackwright.gitops.measures import ClusterState, conditions_of, identity_of, info_of
from stackwright.kernel.http import Request, Response

PATH = "/metrics"
_HEADERS = {"content-type": "text/plain; version=0.0.4; charset=utf-8", "x-content-type-options": "nosniff", "cache-control": "no-store"}
_APP = ("namespace", "name", "project")
_INFO = (
    *_APP,
    "autosync_enabled",
    "repo",
    "dest_server",
    "dest_namespace",
    "sync_status",
    "health_status",
    "operation",
)
_VERBS = {"GET": "Get", "POST": "Create", "PUT": "Update", "PATCH": "Patch", "DELETE": "Delete"}
_REQUEST = ("verb", "group", "version", "resource", "subresource", "scope")
_TIMED = ("verb", "group", "resource", "subresource", "scope")
_API_SECONDS = (0.005, 0.025, 0.1, 0.4, 1.0, 5, 30)
"""Few of kube-apiserver's: every one is a line for every kind and verb. Those that its service levels are told by are among them."""
APPLICATION_LABELS = "controller.metrics.application.labels"
SET_LABELS = "applicationsetcontroller.metrics.applicationset.labels"
"""Keys of argocd-cmd-params-cm: names of labels, with commas between."""
Settings = Callable[[], Mapping[str, str]]


class Engine(Protocol):
    """What a scrape asks of the GitOps engine."""

    def cluster_states(self) -> list[ClusterState]: ...

    def orphans(self) -> list[tuple[Object, int]]: ...

    def queue_numbers(self) -> tuple[int, int]: ...


class Answered(Protocol):
    """One answered request: apiserver.ports.Answered."""

    @property
    def verb(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def resource(self) -> str: ...
    @property
    def subresource(self) -> str: ...
    @property
    def scope(self) -> str: ...
    @property
    def dry_run(self) -> bool: ...
    @property
    def code(self) -> int: ...
    @property
    def seconds(self) -> float: ...


class Metrics:
    """One registry: what is counted as it happens (`apiserver`, `engine`, `git`), and what is looked at when somebody scrapes."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self.apiserver = ApiServerMeasures(self._registry)
        self.engine = EngineMeasures(self._registry)
        self.git = GitMeasures(self._registry)
        self.sets = SetMeasures(self._registry)

    def show(
        self,
        engine: Engine,
        applications: Callable[[], Iterable[Object]],
        sets: Callable[[], Iterable[Object]],
        settings: Settings = dict,
    ) -> None:
        """From now on Applications, sets and clusters are told of. Shape: `settings` are the entries of argocd-cmd-params-cm."""
        self._registry.register(_Shown(engine, applications, sets, settings))

    def document(self, request: Request) -> Response | None:
        """The answer to a scrape; None for any other path."""
        if request.path != PATH:
            return None
        return Response(200, generate_latest(self._registry), _HEADERS)


class ApiServerMeasures:
    """Implements apiserver.ports.RequestMeasures."""

    def __init__(self, registry: CollectorRegistry) -> None:
        named = ("component", "dry_run", *_REQUEST)
        self._total = Counter("apiserver_request_total", "Requests for resources.", (*named, "code"), registry=registry)
        name = "apiserver_request_duration_seconds"
        self._seconds = Histogram(name, "How long requests took, watches aside.", _TIMED, registry=registry, buckets=_API_SECONDS)

    def answered(self, request: Answered) -> None:
        verb = {"deletecollection": "DELETECOLLECTION", "create": "POST", "update": "PUT"}.get(request.verb, request.verb.upper())
        where = (request.group, request.version, request.resource, request.subresource, request.scope)
        named = ("apiserver", "All" if request.dry_run else "", verb, *where)
        self._total.labels(*named, str(request.code)).inc()
        if request.verb != "watch":
            self._seconds.labels(verb, request.group, request.resource, request.subresource, request.scope).observe(request.seconds)


class EngineMeasures:
    """Implements gitops.measures.Measures. What is told of an Application by name goes with it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, told: str, *labels: str) -> Counter:
            return Counter(name, told, (*_APP, *labels), registry=registry)

        self._syncs = counter("argocd_app_sync_total", "Operations that ended.", "dest_server", "phase", "dry_run")
        self._sync_seconds = counter("argocd_app_sync_duration_seconds_total", "How long operations took.", "dest_server")
        named = ("server", "response_code", "verb", "resource_kind", "resource_namespace", "dry_run")
        self._requests = counter("argocd_app_k8s_request_total", "Requests to clusters while syncing.", *named)
        buckets = (0.25, 0.5, 1, 2, 4, 8, 16)
        told = "How long passes over Applications took, in seconds."
        self._passes = Histogram("argocd_app_reconcile", told, ("namespace", "dest_server"), registry=registry, buckets=buckets)
        told = "Objects that changed in clusters."
        self._changes = Counter("argocd_cluster_events_total", told, ("server", "group", "kind"), registry=registry)

    def reconciled(self, app: Object, server: str, seconds: float) -> None:
        self._passes.labels(identity_of(app)["namespace"], server).observe(seconds)

    def synced(self, app: Object, server: str, phase: str, seconds: float, *, dry_run: bool) -> None:
        identity = identity_of(app).values()
        self._syncs.labels(*identity, server, phase, str(dry_run).lower()).inc()
        self._sync_seconds.labels(*identity, server).inc(max(0.0, seconds))

    def requested(self, app: Object, server: str, verb: str, path: str, status: int, *, dry_run: bool) -> None:
        resource, namespace, name = _named_by(path)
        if not resource:
            return
        done = "List" if verb == "GET" and not name else _VERBS.get(verb, verb)
        self._requests.labels(*identity_of(app).values(), server, str(status), done, resource, namespace, str(dry_run).lower()).inc()

    def cluster_changed(self, server: str, obj: Object) -> None:
        gvk = gvk_of(obj)
        self._changes.labels(server, gvk.group, gvk.kind).inc()

    def forgotten(self, namespace: str, name: str) -> None:
        for counted in (self._syncs, self._sync_seconds, self._requests):
            counted.remove_by_labels({"namespace": namespace, "name": name})


class SetMeasures:
    """Implements gitops.appset.ports.Passes: how long looking at ApplicationSets takes."""

    def __init__(self, registry: CollectorRegistry) -> None:
        buckets = (0.25, 0.5, 1, 2, 4, 8, 16)
        told = "How long passes over ApplicationSets took, in seconds."
        self._passes = Histogram("argocd_appset_reconcile", told, ("namespace", "name"), registry=registry, buckets=buckets)

    def reconciled(self, namespace: str, name: str, seconds: float) -> None:
        self._passes.labels(namespace, name).observe(seconds)

    def forgotten(self, namespace: str, name: str) -> None:
        self._passes.remove_by_labels({"namespace": namespace, "name": name})


class GitMeasures:
    """Implements adapters.sources.git_remote.Asked: every time a foreign git server is asked."""

    def __init__(self, registry: CollectorRegistry) -> None:
        named = ("repo", "request_type")
        buckets = (0.1, 0.25, 0.5, 1, 2, 4, 10, 20)
        self._total = Counter("argocd_git_request_total", "Requests to git servers.", named, registry=registry)
        told = "How long git servers took to answer."
        self._seconds = Histogram("argocd_git_request_duration_seconds", told, named, registry=registry, buckets=buckets)
        self._failures = Counter("argocd_git_fetch_fail_total", "Fetches that failed.", ("repo",), registry=registry)

    def __call__(self, repository: str, kind: str, seconds: float, succeeded: bool) -> None:
        self._total.labels(repository, kind).inc()
        self._seconds.labels(repository, kind).observe(seconds)
        if kind == "fetch" and not succeeded:
            self._failures.labels(repository).inc()


def _named_by(path: str) -> tuple[str, str, str]:
    """Resource, namespace and name in an API path; empty where it has none."""
    parts = path.strip("/").split("/")
    rest = parts[2:] if parts[0] == "api" else parts[3:] if parts[0] == "apis" else []
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces":
        namespace, rest = rest[1], rest[2:]
    resource, name = [*rest, "", ""][:2]
    return resource, namespace, name


class _Shown:
    """Read when somebody scrapes: it costs nothing in between and never tells of what is gone."""

    def __init__(
        self, engine: Engine, applications: Callable[[], Iterable[Object]], sets: Callable[[], Iterable[Object]], settings: Settings
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._applications = applications
        self._sets = sets

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        yield from self._told_of_applications()
        yield from self._told_of_sets()
        yield from self._told_of_labels()
        yield from self._told_of_clusters()
        depth, adds = self._engine.queue_numbers()
        gauge = GaugeMetricFamily("workqueue_depth", "Keys that wait or are worked on.", labels=("name",))
        gauge.add_metric(("app_reconciliation_queue",), depth)
        yield gauge
        counter = CounterMetricFamily("workqueue_adds", "Keys that ever began to wait.", labels=("name",))
        counter.add_metric(("app_reconciliation_queue",), adds)
        yield counter

    def _told_of_applications(self) -> Iterator[Metric]:
        info = GaugeMetricFamily("argocd_app_info", "Information about Applications.", labels=_INFO)
        conditions = GaugeMetricFamily("argocd_app_condition", "Conditions of Applications.", labels=(*_APP, "condition"))
        for app in self._applications():
            info.add_metric(tuple(info_of(app).values()), 1)
            for condition, count in conditions_of(app).items():
                conditions.add_metric((*identity_of(app).values(), condition), count)
        yield info
        yield conditions
        orphans = GaugeMetricFamily("argocd_app_orphaned_resources_count", "Objects that no Application owns.", labels=_APP)
        for app, count in self._engine.orphans():
            orphans.add_metric(tuple(identity_of(app).values()), count)
        yield orphans

    def _told_of_sets(self) -> Iterator[Metric]:
        named = ("namespace", "name")
        info = GaugeMetricFamily("argocd_appset_info", "Information about ApplicationSets.", labels=(*named, "resource_update_status"))
        owned = GaugeMetricFamily("argocd_appset_owned_applications", "Applications of an ApplicationSet.", labels=named)
        for appset in self._sets():
            metadata, status = appset["metadata"], appset.get("status") or {}
            identity = (str(metadata.get("namespace")), str(metadata.get("name")))
            reasons = [item.get("reason") for item in status.get("conditions") or () if item.get("type") == "ResourcesUpToDate"]
            info.add_metric((*identity, str(reasons[0]) if reasons else "Unknown"), 1)
            owned.add_metric(identity, len(status.get("resources") or ()))
        yield info
        yield owned

    def _told_of_labels(self) -> Iterator[Metric]:
        """Only those that the operator names: labels may be many, and say anything."""
        settings = self._settings()
        wanted = _listed(settings.get(APPLICATION_LABELS))
        if wanted:
            family = GaugeMetricFamily("argocd_app_labels", "Labels of Applications.", labels=(*_APP, *map(label_name, wanted)))
            for app in self._applications():
                family.add_metric((*identity_of(app).values(), *_values(app, wanted)), 1)
            yield family
        wanted = _listed(settings.get(SET_LABELS))
        if wanted:
            named = ("namespace", "name", *map(label_name, wanted))
            family = GaugeMetricFamily("argocd_appset_labels", "Labels of ApplicationSets.", labels=named)
            for appset in self._sets():
                family.add_metric((namespace_of(appset), name_of(appset), *_values(appset, wanted)), 1)
            yield family

    def _told_of_clusters(self) -> Iterator[Metric]:
        info = GaugeMetricFamily("argocd_cluster_info", "Information about clusters.", labels=("server", "k8s_version", "name"))
        connected = GaugeMetricFamily("argocd_cluster_connection_status", "1 while connected.", labels=("server", "k8s_version"))
        resources = GaugeMetricFamily("argocd_cluster_api_resources", "Kinds that are followed.", labels=("server",))
        objects = GaugeMetricFamily("argocd_cluster_api_resource_objects", "Objects that are known.", labels=("server",))
        age = GaugeMetricFamily("argocd_cluster_cache_age_seconds", "Since the cluster's kinds were last looked at.", labels=("server",))
        for state in self._engine.cluster_states():
            info.add_metric((state.server, state.version, state.name), 1)
            connected.add_metric((state.server, state.version), 1 if state.connected else 0)
            resources.add_metric((state.server,), state.resources)
            objects.add_metric((state.server,), state.objects)
            age.add_metric((state.server,), state.age_seconds)
        yield from (info, connected, resources, objects, age)


def _listed(text: str | None) -> list[str]:
    return list({label_name(name): name.strip() for name in (text or "").split(",") if name.strip()}.values())


def label_name(label: str) -> str:
    """As kube-state-metrics writes it: `label_` and the name with anything else than letters, digits and `_` replaced."""
    return "label_" + re.sub(r"[^a-zA-Z0-9_]", "_", label.strip())


def _values(obj: Object, wanted: list[str]) -> tuple[str, ...]:
    labels = labels_of(obj)
    return tuple(str(labels.get(name) or "") for name in wanted)
