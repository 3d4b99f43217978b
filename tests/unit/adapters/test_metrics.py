"""What a scrape tells."""

from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from stackwright.adapters.metrics import Metrics
from stackwright.api.meta import Object
from stackwright.apiserver.ports import Answered
from stackwright.gitops.measures import ClusterState
from stackwright.kernel.http import Request

LOCAL = "https://kubernetes.default.svc"
APP: dict[str, Any] = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"name": "shop", "namespace": "argocd"},
    "spec": {
        "project": "team",
        "source": {"repoURL": "https://Git.example.org/team/shop.git"},
        "destination": {"server": LOCAL, "namespace": "shop"},
        "syncPolicy": {"automated": {}},
    },
    "status": {
        "sync": {"status": "Synced"},
        "health": {"status": "Healthy"},
        "conditions": [{"type": "OrphanedResourceWarning"}, {"type": "SyncError"}, {"type": "SyncError"}],
    },
}
SET = {
    "metadata": {"name": "all", "namespace": "argocd"},
    "status": {"resources": [{}, {}], "conditions": [{"type": "ResourcesUpToDate", "reason": "ApplicationSetUpToDate"}]},
}


class Engine:
    def cluster_states(self) -> list[ClusterState]:
        return [ClusterState(LOCAL, "in-cluster", True, "v1.36.0", 70, 400, 3.5), ClusterState("https://far:6443", "far", False)]

    def orphans(self) -> list[tuple[Object, int]]:
        return [(APP, 4)]

    def queue_numbers(self) -> tuple[int, int]:
        return 2, 9


def scraped(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = metrics.document(Request("GET", "/metrics"))
    assert answer is not None
    families = text_string_to_metric_families(answer.body.decode())
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for family in families for sample in family.samples}


def labelled(name: str, /, **labels: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    return name, tuple(sorted(labels.items()))


IDENTITY = {"namespace": "argocd", "name": "shop", "project": "team"}


def test_applications_sets_clusters_and_the_queue_are_told_as_they_are_when_somebody_asks() -> None:
    metrics = Metrics()
    applications: list[Object] = [APP]
    metrics.show(Engine(), lambda: applications, lambda: [SET])
    found = scraped(metrics)
    info = {
        **IDENTITY,
        "autosync_enabled": "true",
        "repo": "https://git.example.org/team/shop",
        "dest_server": LOCAL,
        "dest_namespace": "shop",
        "sync_status": "Synced",
        "health_status": "Healthy",
        "operation": "",
    }
    assert found[labelled("argocd_app_info", **info)] == 1
    assert found[labelled("argocd_app_condition", **IDENTITY, condition="SyncError")] == 2
    assert found[labelled("argocd_app_orphaned_resources_count", **IDENTITY)] == 4
    assert found[labelled("argocd_appset_owned_applications", namespace="argocd", name="all")] == 2
    assert found[labelled("argocd_cluster_connection_status", server="https://far:6443", k8s_version="")] == 0
    assert found[labelled("argocd_cluster_api_resource_objects", server=LOCAL)] == 400
    assert found[labelled("workqueue_adds_total", name="app_reconciliation_queue")] == 9
    applications.clear()
    assert not any(name == "argocd_app_info" for name, _ in scraped(metrics))


def test_what_is_counted_of_an_application_goes_with_it() -> None:
    metrics = Metrics()
    metrics.engine.synced(APP, LOCAL, "Succeeded", 2.5, dry_run=False)
    metrics.engine.synced(APP, LOCAL, "Succeeded", 1.5, dry_run=False)
    metrics.engine.requested(APP, LOCAL, "PATCH", "/apis/apps/v1/namespaces/shop/deployments/web", 200, dry_run=False)
    metrics.engine.requested(APP, LOCAL, "GET", "/apis", 200, dry_run=False)
    found = scraped(metrics)
    assert found[labelled("argocd_app_sync_total", **IDENTITY, dest_server=LOCAL, phase="Succeeded", dry_run="false")] == 2
    assert found[labelled("argocd_app_sync_duration_seconds_total", **IDENTITY, dest_server=LOCAL)] == 4
    asked = {"server": LOCAL, "response_code": "200", "verb": "Patch", "resource_kind": "deployments", "resource_namespace": "shop"}
    requests = {key: value for key, value in found.items() if key[0] == "argocd_app_k8s_request_total"}
    assert requests == {labelled("argocd_app_k8s_request_total", **IDENTITY, **asked, dry_run="false"): 1}
    metrics.engine.forgotten("argocd", "shop")
    left = scraped(metrics)
    assert [key for key in left if not key[0].startswith("process_")] == []
    assert left[labelled("process_resident_memory_bytes")] > 0


def test_requests_are_counted_by_what_they_ask_and_watches_have_no_duration() -> None:
    metrics = Metrics()
    for verb, seconds in (("watch", 0.0), ("list", 0.03)):
        metrics.apiserver.answered(Answered(verb, "apps", "v1", "deployments", "", "namespace", False, 200, seconds))
    found = scraped(metrics)
    of = {"group": "apps", "resource": "deployments", "subresource": ""}
    totals = {dict(labels)["verb"]: value for (name, labels), value in found.items() if name == "apiserver_request_total"}
    durations = {dict(labels)["verb"] for name, labels in found if name == "apiserver_request_duration_seconds_count"}
    assert (totals, durations) == ({"WATCH": 1, "LIST": 1}, {"LIST"})
    bucket = labelled("apiserver_request_duration_seconds_bucket", **of, verb="LIST", scope="namespace", le="0.1")
    assert found[bucket] == 1
    lines = [name for name, _ in found if name.startswith("apiserver_request_duration_seconds")]
    assert len(lines) == 10, "few buckets: each is a line for every kind and verb"


def test_labels_are_told_of_where_the_operator_names_them() -> None:
    metrics = Metrics()
    app = {**APP, "metadata": {**APP["metadata"], "labels": {"team/name": "shop-team", "secret": "x"}}}
    appset = {**SET, "metadata": {**SET["metadata"], "labels": {"tier": "web"}}}
    settings: dict[str, str] = {}
    metrics.show(Engine(), lambda: [app, APP], lambda: [appset], lambda: settings)
    assert not any(name.endswith("_labels") for name, _ in scraped(metrics))
    settings["controller.metrics.application.labels"] = "team/name, missing"
    settings["applicationsetcontroller.metrics.applicationset.labels"] = "tier"
    found = scraped(metrics)
    assert found[labelled("argocd_app_labels", **IDENTITY, label_team_name="shop-team", label_missing="")] == 1
    assert found[labelled("argocd_appset_labels", namespace="argocd", name="all", label_tier="web")] == 1


def test_passes_over_sets_are_counted_and_go_with_the_set() -> None:
    metrics = Metrics()
    metrics.sets.reconciled("argocd", "all", 0.3)
    found = scraped(metrics)
    assert found[labelled("argocd_appset_reconcile_bucket", namespace="argocd", name="all", le="0.5")] == 1
    assert found[labelled("argocd_appset_reconcile_count", namespace="argocd", name="all")] == 1
    metrics.sets.forgotten("argocd", "all")
    left = scraped(metrics)
    assert [key for key in left if not key[0].startswith("process_")] == []
    assert left[labelled("process_resident_memory_bytes")] > 0


def test_git_servers_are_counted_and_failed_fetches_too() -> None:
    metrics = Metrics()
    metrics.git("https://git.example.org/a", "fetch", 0.2, False)
    found = scraped(metrics)
    assert found[labelled("argocd_git_request_total", repo="https://git.example.org/a", request_type="fetch")] == 1
    assert found[labelled("argocd_git_fetch_fail_total", repo="https://git.example.org/a")] == 1


def test_other_paths_are_left_to_others() -> None:
    assert Metrics().document(Request("GET", "/metrics/cadvisor")) is None
