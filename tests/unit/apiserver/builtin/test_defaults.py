"""What is filled in where a field is absent."""

import copy
from typing import Any

import pytest
from kind_bench import CONTAINER, kind_of, made, workload

from stackwright.apiserver.builtin.defaults import _FILLS, defaulted
from stackwright.apiserver.builtin.defaults.images import pull_policy


def test_a_pod_gets_the_defaults_of_a_pod_and_a_template_those_of_a_template() -> None:
    pod = made("v1", "Pod", spec={"containers": [CONTAINER]})
    template = made("apps/v1", "Deployment", spec=workload())["spec"]["template"]["spec"]
    assert pod["spec"]["enableServiceLinks"] is True and "enableServiceLinks" not in template
    assert (pod["spec"]["dnsPolicy"], template["restartPolicy"]) == ("ClusterFirst", "Always")
    assert pod["status"] == {"phase": "Pending", "qosClass": "BestEffort"}


def test_what_is_limited_is_requested_in_pods_only() -> None:
    limited = {**CONTAINER, "resources": {"limits": {"cpu": "1000m", "memory": "1024Mi"}}}
    pod = made("v1", "Pod", spec={"containers": [limited]})
    assert pod["spec"]["containers"][0]["resources"]["requests"] == {"cpu": "1", "memory": "1Gi"}
    assert pod["status"]["qosClass"] == "Guaranteed"
    template = made("apps/v1", "Deployment", spec=workload(containers=[limited]))["spec"]["template"]["spec"]
    assert "requests" not in template["containers"][0]["resources"]


def test_ports_are_open_on_the_host_of_a_pod_that_uses_its_network() -> None:
    pod = made("v1", "Pod", spec={"hostNetwork": True, "containers": [{**CONTAINER, "ports": [{"containerPort": 80}]}]})
    assert pod["spec"]["containers"][0]["ports"] == [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("app", "Always"),
        ("app:latest", "Always"),
        ("app:1.0", "IfNotPresent"),
        ("registry.example:5000/team/app", "Always"),
        ("registry.example:5000/team/app:1", "IfNotPresent"),
        (f"app@sha256:{'a' * 64}", "IfNotPresent"),
        (f"app:latest@sha256:{'a' * 64}", "Always"),
        ("Not An Image", "IfNotPresent"),
        ("", "IfNotPresent"),
    ],
)
def test_an_image_is_pulled_again_when_its_name_may_come_to_mean_another(image: str, policy: str) -> None:
    assert pull_policy(image) == policy


def test_volumes_have_a_kind_a_mode_and_fields_of_a_version() -> None:
    volumes: list[dict[str, Any]] = [
        {"name": "a"},
        {"name": "b", "secret": {"secretName": "s"}},
        {"name": "c", "hostPath": {"path": "/x"}},
        {"name": "d", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}},
        {"name": "e", "downwardAPI": {"items": [{"path": "p", "fieldRef": {"fieldPath": "metadata.name"}}]}},
    ]
    found = made("v1", "Pod", spec={"containers": [CONTAINER], "volumes": volumes})["spec"]["volumes"]
    assert found[0]["emptyDir"] == {} and found[1]["secret"]["defaultMode"] == 420 and found[2]["hostPath"]["type"] == ""
    assert found[3]["projected"]["sources"][0]["serviceAccountToken"]["expirationSeconds"] == 3600
    assert found[4]["downwardAPI"]["items"][0]["fieldRef"]["apiVersion"] == "v1"


def test_services_say_how_they_are_reached() -> None:
    ports = [{"port": 80}]
    plain = made("v1", "Service", spec={"ports": ports})["spec"]
    assert plain["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}] and plain["internalTrafficPolicy"] == "Cluster"
    sticky = made("v1", "Service", spec={"ports": ports, "type": "LoadBalancer", "sessionAffinity": "ClientIP"})["spec"]
    assert sticky["sessionAffinityConfig"] == {"clientIP": {"timeoutSeconds": 10800}}
    assert sticky["externalTrafficPolicy"] == "Cluster" and sticky["allocateLoadBalancerNodePorts"] is True
    alias = made("v1", "Service", spec={"type": "ExternalName", "externalName": "a.example"})["spec"]
    assert "internalTrafficPolicy" not in alias and "externalTrafficPolicy" not in alias


def test_rolling_updates_have_bounds_and_other_strategies_none() -> None:
    assert made("apps/v1", "DaemonSet", spec=workload())["spec"]["updateStrategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}
    recreated = made("apps/v1", "Deployment", spec=workload() | {"strategy": {"type": "Recreate"}})["spec"]["strategy"]
    assert recreated == {"type": "Recreate"}
    stateful = made("apps/v1", "StatefulSet", spec=workload() | {"volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {}}]})[
        "spec"
    ]
    assert stateful["updateStrategy"] == {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}
    assert stateful["volumeClaimTemplates"][0]["spec"]["volumeMode"] == "Filesystem"
    assert stateful["volumeClaimTemplates"][0]["status"] == {"phase": "Pending"}


def test_a_job_finds_its_pods_by_its_uid() -> None:
    job = made("batch/v1", "Job", spec={"template": workload(restartPolicy="Never")["template"]})
    assert (job["spec"]["completions"], job["spec"]["parallelism"], job["spec"]["backoffLimit"]) == (1, 1, 6)
    assert job["spec"]["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": "u-1"}}
    assert job["spec"]["template"]["metadata"]["labels"]["batch.kubernetes.io/job-name"] == "x"
    assert job["metadata"]["labels"] == job["spec"]["template"]["metadata"]["labels"]


def test_texts_of_a_secret_become_data() -> None:
    secret = made("v1", "Secret", stringData={"a": "1"}, data={"b": "Yg==", "a": "eA=="})
    assert secret["data"] == {"a": "MQ==", "b": "Yg=="} and "stringData" not in secret and secret["type"] == "Opaque"


def test_limits_of_containers_fill_each_other_in() -> None:
    limits = [{"type": "Container", "max": {"cpu": "2"}, "min": {"memory": "1Mi"}}, {"type": "Pod", "max": {"cpu": "4"}}]
    found = made("v1", "LimitRange", spec={"limits": limits})["spec"]["limits"]
    assert found[0]["default"] == {"cpu": "2"} and found[0]["defaultRequest"] == {"cpu": "2", "memory": "1Mi"}
    assert "default" not in found[1]


def test_autoscalers_differ_by_version() -> None:
    spec = {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}, "behavior": {}}
    new = made("autoscaling/v2", "HorizontalPodAutoscaler", spec=spec)["spec"]
    assert new["minReplicas"] == 1 and new["metrics"][0]["resource"]["target"]["averageUtilization"] == 80
    assert new["behavior"]["scaleUp"]["selectPolicy"] == "Max"


def test_policies_cover_what_they_speak_of() -> None:
    assert made("networking.k8s.io/v1", "NetworkPolicy", spec={"egress": [{}]})["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert made("networking.k8s.io/v1", "NetworkPolicy", spec={})["spec"]["policyTypes"] == ["Ingress"]


@pytest.mark.parametrize("resource", sorted(_FILLS))
@pytest.mark.parametrize("odd", [None, [], "text", 1, {"x": None}, [1, None, "a"], {"type": 1}])
def test_defaults_survive_odd_shapes_and_change_nothing_they_are_given(resource: str, odd: Any) -> None:
    given = {"apiVersion": "v1", "spec": odd, "webhooks": odd, "subsets": odd, "ports": odd, "subjects": odd, "template": odd, "data": odd}
    before = copy.deepcopy(given)
    once = defaulted(resource, given)
    assert given == before and defaulted(resource, once) == once


def test_every_default_belongs_to_a_resource_that_is_served() -> None:
    from stackwright.apiserver.builtin.kinds import builtin_kinds

    assert set(_FILLS) <= {kind.resource.qualified for kind in builtin_kinds()}
    assert kind_of("v1", "Pod").resource.qualified in _FILLS
