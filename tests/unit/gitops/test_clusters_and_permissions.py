"""Destinations, what projects let be, orphans and marks."""

import base64
from typing import Any

import pytest

from stackwright.api.meta import ObjectKey
from stackwright.gitops.clusters import IN_CLUSTER, Cluster, UnknownCluster, clusters_of, destination_cluster
from stackwright.gitops.orphans import orphans
from stackwright.gitops.permissions import spec_problems, sync_refusal
from stackwright.gitops.tracking import Tracking, parse_id

FAR = Cluster("https://far.example.com", "far")
OPEN = {"metadata": {"name": "open"}, "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}}


def secret(called: str, **data: str) -> dict[str, Any]:
    labels = {"argocd.argoproj.io/secret-type": "cluster"}
    coded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {"metadata": {"name": called, "labels": labels}, "data": coded}


def test_secrets_register_clusters_beside_our_own() -> None:
    own, far = clusters_of([secret("b", name="far", server="https://far.example.com/", namespaces="a, b", config="{}")])
    assert own == IN_CLUSTER
    assert (far.server, far.name, far.namespaces, far.cluster_resources) == ("https://far.example.com", "far", ("a", "b"), False)


def test_our_own_cluster_may_have_a_secret_too() -> None:
    [own] = clusters_of([secret("a", name="home", server="https://kubernetes.default.svc")])
    assert (own.name, own.secret) == ("home", None)


@pytest.mark.parametrize(
    ("destination", "message"),
    [
        ({}, "destination server missing from app spec"),
        ({"name": "nowhere"}, "there are no clusters with this name: nowhere"),
        ({"name": "a", "server": "b"}, "can't have both name and server defined"),
        ({"server": "https://nowhere"}, 'cluster "https://nowhere" not found'),
    ],
)
def test_a_destination_must_name_one_known_cluster(destination: Any, message: str) -> None:
    with pytest.raises(UnknownCluster, match=message):
        destination_cluster(destination, [IN_CLUSTER, FAR])


def test_a_destination_is_found_by_server_or_name() -> None:
    assert destination_cluster({"name": "far"}, [IN_CLUSTER, FAR]) is FAR
    assert destination_cluster({"server": "https://far.example.com/"}, [IN_CLUSTER, FAR]) is FAR


def application(**spec: Any) -> dict[str, Any]:
    source = {"repoURL": "https://git.example.com/a", "path": "."}
    return {"spec": {"source": source, "destination": {"server": IN_CLUSTER.server, "namespace": "ns"}, **spec}}


def test_a_project_that_permits_nothing_says_so_twice() -> None:
    closed = {"metadata": {"name": "closed"}, "spec": {}}
    assert spec_problems(application(), closed, [IN_CLUSTER]) == [
        "application repo https://git.example.com/a is not permitted in project 'closed'",
        "application destination server 'https://kubernetes.default.svc' and namespace 'ns' do not match any of the allowed "
        "destinations in project 'closed'",
    ]


@pytest.mark.parametrize(
    ("spec", "count"),
    [({}, 0), ({"source": None}, 1), ({"source": {"repoURL": "https://a"}}, 1), ({"source": {"repoURL": "https://a", "chart": "b"}}, 1)],
)
def test_the_spec_must_be_whole(spec: Any, count: int) -> None:
    assert len(spec_problems(application(**spec), OPEN, [IN_CLUSTER])) == count


def test_a_task_is_refused_by_kind_and_by_namespace() -> None:
    project = {"metadata": {"name": "p"}, "spec": {"destinations": [{"server": "*", "namespace": "mine"}]}}
    foreign, cluster_wide = ObjectKey("", "ConfigMap", "theirs", "a"), ObjectKey("", "Namespace", "", "a")
    assert sync_refusal(project, IN_CLUSTER, foreign, (), namespaced=True) == "namespace theirs is not permitted in project 'p'"
    assert sync_refusal(project, IN_CLUSTER, cluster_wide, (), namespaced=False) == "resource :Namespace is not permitted in project p"
    assert sync_refusal(project, IN_CLUSTER, ObjectKey("", "ConfigMap", "mine", "a"), (), namespaced=True) == ""


def thing(name: str, kind: str = "ConfigMap", **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "ns", **metadata}}


def test_orphans_are_top_level_unmanaged_and_not_ignored() -> None:
    objects = [
        thing("lost"),
        thing("managed"),
        thing("child", ownerReferences=[{"uid": "1"}]),
        thing("kube-root-ca.crt"),
        thing("default", "ServiceAccount"),
        thing("ignored-1"),
    ]
    found = orphans(objects, lambda obj: obj["metadata"]["name"] == "managed", [{"kind": "ConfigMap", "group": "", "name": "ignored-*"}])
    assert [key.name for key in found] == ["lost"]


def test_marks_name_the_object_and_its_application() -> None:
    tracking = Tracking("annotation+label", installation="here")
    marked = tracking.marked(thing("one"), "team_web", "elsewhere")
    assert tracking.owner_of(marked) == "team_web"
    assert marked["metadata"]["labels"] == {"app.kubernetes.io/instance": "team_web"}
    assert parse_id(marked["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"])[1] == ObjectKey("", "ConfigMap", "ns", "one")
    assert tracking.is_self_referenced(marked, "team_web")
    assert not tracking.is_self_referenced({**marked, "kind": "Secret"}, "team_web")
    assert Tracking(installation="elsewhere").owner_of(marked) == ""


def test_definitions_carry_no_marks() -> None:
    definition = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "a"}}
    assert Tracking().marked(definition, "web", "ns") is definition
