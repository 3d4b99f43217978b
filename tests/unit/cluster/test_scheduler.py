"""Which nodes a pod may go to."""

from typing import Any

import pytest

from stackwright.cluster.scheduler import filters, neighbours
from stackwright.cluster.scheduler.demand import Usage, amounts, lacking, requests_of
from stackwright.cluster.scheduler.reconciler import unschedulable


def node(name: str = "a", taints: Any = (), unschedulable: bool = False, **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": labels}, "spec": {"taints": list(taints), "unschedulable": unschedulable}}


def pod(labels: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p", "namespace": "n", "labels": labels or {}}, "spec": spec}


def affinity(operator: str, *values: str) -> dict[str, Any]:
    expression = {"key": "zone", "operator": operator, "values": list(values)}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}


TAINT = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("subject", "where", "why"),
    [
        (pod(), node(), None),
        (pod(nodeSelector={"zone": "x"}), node(zone="x"), None),
        (pod(nodeSelector={"zone": "x"}), node(zone="y"), "node(s) didn't match Pod's node affinity/selector"),
        (pod(affinity=affinity("In", "x")), node(zone="x"), None),
        (pod(affinity=affinity("NotIn", "x")), node(zone="x"), "node(s) didn't match Pod's node affinity/selector"),
        (pod(affinity=affinity("Exists")), node(zone="x"), None),
        (pod(affinity=affinity("Gt", "3")), node(zone="4"), None),
        (pod(), node(taints=[TAINT]), "node(s) had untolerated taint(s)"),
        (pod(tolerations=[{"key": "gpu", "value": "yes"}]), node(taints=[TAINT]), None),
        (pod(tolerations=[{"key": "gpu", "value": "no"}]), node(taints=[TAINT]), "node(s) had untolerated taint(s)"),
        (pod(tolerations=[{"operator": "Exists"}]), node(taints=[TAINT]), None),
        (pod(), node(taints=[TAINT | {"effect": "PreferNoSchedule"}]), None),
        (pod(), node(unschedulable=True), "node(s) were unschedulable"),
    ],
)
def test_a_node_that_will_not_do_says_why(subject: dict[str, Any], where: dict[str, Any], why: str | None) -> None:
    assert filters.refusal(subject, where) == why


def test_a_pod_asks_for_the_larger_of_its_containers_together_and_each_init_container() -> None:
    def container(cpu: str, **more: Any) -> dict[str, Any]:
        return {"resources": {"requests": {"cpu": cpu}}} | more

    sidecar = container("100m", restartPolicy="Always")
    both = [container("200m"), container("300m")]
    assert requests_of(pod(containers=both)) == {"cpu": 500}
    assert requests_of(pod(containers=both, initContainers=[container("1")])) == {"cpu": 1000}
    assert requests_of(pod(containers=both, initContainers=[sidecar, container("1")])) == {"cpu": 1100}
    assert requests_of(pod(containers=both, overhead={"cpu": "50m"})) == {"cpu": 550}


def test_what_is_lacking_is_named() -> None:
    usage = Usage()
    usage.add("u", pod(containers=[{"resources": {"requests": {"cpu": "3"}}}]))
    assert list(lacking({"cpu": 2000}, usage, amounts({"cpu": "4", "pods": "1"}))) == ["Too many pods", "Insufficient cpu"]
    usage.remove("u")
    assert list(lacking({"cpu": 2000}, usage, amounts({"cpu": "4", "pods": "1"}))) == []


def test_anti_affinity_keeps_alike_pods_apart() -> None:
    term = {"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": "host"}
    apart = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    subject, first, second = pod({"app": "web"}, affinity=apart), node("a", host="a"), node("b", host="b")
    placed = [(pod({"app": "web"}), first)]
    assert neighbours.refusal(subject, first, placed, [first, second]) == "node(s) didn't match pod anti-affinity rules"
    assert neighbours.refusal(subject, second, placed, [first, second]) is None
    assert neighbours.refusal(pod({"app": "web"}), first, [(subject, first)], [first]) == (
        "node(s) didn't satisfy existing pods anti-affinity rules"
    )


def test_pods_are_spread_no_more_unevenly_than_asked() -> None:
    rule = {"maxSkew": 1, "topologyKey": "host", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "web"}}}
    subject, first, second = pod({"app": "web"}, topologySpreadConstraints=[rule]), node("a", host="a"), node("b", host="b")
    placed = [(pod({"app": "web"}), first)]
    assert neighbours.refusal(subject, first, placed, [first, second]) == "node(s) didn't match pod topology spread constraints"
    assert neighbours.refusal(subject, second, placed, [first, second]) is None


def test_the_message_of_a_pod_without_a_node() -> None:
    reasons = {"Insufficient cpu": 1, "node(s) were unschedulable": 2}
    head = "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable."
    assert unschedulable(reasons, 3, "0/3 nodes are available: more.") == f"{head} preemption: 0/3 nodes are available: more."
    assert unschedulable(reasons, 3, None) == head
