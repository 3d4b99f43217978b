# ruff: noqa: E501  (tables have a row for each case)
"""Objects that the API accepts, and what it warns of in them."""

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from stackwright.apiserver.builtin.warnings import warnings_of


def _pod(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p", "generation": 1}, "spec": {"containers": [{"name": "c"}], **spec}}


_HIDES = 'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply'
_TWICE = {"containers": [{"name": "c", "env": [{"name": "A"}, {"name": "A"}]}]}


@pytest.mark.parametrize(
    "spec, text",
    [
        (_TWICE, _HIDES),
        ({"imagePullSecrets": [{"name": "a"}, {"name": "a"}]}, 'spec.imagePullSecrets[1].name: duplicate name "a"'),
        ({"imagePullSecrets": [{}]}, 'spec.imagePullSecrets[0].name: invalid empty name ""'),
        ({"hostAliases": [{"ip": "1.1.1.1"}, {"ip": "1.1.1.1"}]}, 'spec.hostAliases[1].ip: duplicate ip "1.1.1.1"'),
        ({"volumes": [{"gitRepo": {}}]}, "spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+"),
        (
            {"nodeSelector": {"beta.kubernetes.io/os": "linux"}},
            'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
        ),
        (
            {"containers": [{"name": "c", "resources": {"limits": {"memory": "100m"}}}]},
            'spec.containers[0].resources.limits[memory]: fractional byte value "100m" is invalid, must be an integer',
        ),
        (
            {"topologySpreadConstraints": [{"topologyKey": "zone"}]},
            "spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod",
        ),
        (
            {"affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"podAffinityTerm": {}}]}}},
            "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector: "
            "a null labelSelector results in matching no pod",
        ),
        (
            {
                "containers": [
                    {"name": "a", "ports": [{"containerPort": 80}]},
                    {"name": "b", "ports": [{"containerPort": 80, "hostPort": 1}]},
                ]
            },
            "spec.containers[1].ports[0]: overlapping port definition with spec.containers[0].ports[0]",
        ),
        (
            {"containers": [{"name": "a", "ports": [{"containerPort": 80, "hostIP": "1.1.1.1"}]}]},
            "spec.containers[0].ports[0]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:TCP HostIP:1.1.1.1}",
        ),
        (
            {"dnsConfig": {"nameservers": ["010.1.1.1"]}},
            'spec.dnsConfig.nameservers[0]: non-standard IP address "010.1.1.1" will be considered invalid in a future Kubernetes release: '
            'use "10.1.1.1"',
        ),
    ],
)
def test_warns_of_pods(spec: Mapping[str, Any], text: str) -> None:
    assert list(warnings_of("pods", _pod(**spec), None)) == [text]


def test_a_value_that_goes_on_from_the_last_one_hides_nothing() -> None:
    env = [{"name": "A", "value": "x"}, {"name": "A", "value": "$(A)y"}]
    assert list(warnings_of("pods", _pod(containers=[{"name": "c", "env": env}]), None)) == []


def test_warns_of_templates_when_they_change() -> None:
    deployment = {"metadata": {"name": "d", "generation": 2}, "spec": {"template": _pod(**_TWICE)}}
    assert list(warnings_of("deployments.apps", deployment, None)) == ["spec.template." + _HIDES]
    assert list(warnings_of("deployments.apps", deployment, deployment)) == []
    assert list(warnings_of("deployments.apps", deployment, {"metadata": {"generation": 1}})) == ["spec.template." + _HIDES]


def test_warns_of_names_that_are_no_hostnames() -> None:
    pod = _pod() | {"metadata": {"name": "a.b"}}
    expected = (
        "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: "
        "[must not contain dots]"
    )
    assert list(warnings_of("pods", pod, None)) == [expected]
    assert list(warnings_of("pods", pod, pod)) == []


def test_warns_of_certificates_that_are_none() -> None:
    pem = base64.b64encode(b"-----BEGIN CERTIFICATE-----\n").decode()
    secret = {"metadata": {"name": "s"}, "type": "kubernetes.io/tls", "data": {"tls.crt": "eA==", "tls.key": "eA=="}}
    assert list(warnings_of("secrets", secret, None)) == ["tls: failed to find any PEM data in certificate input"]
    secret = {**secret, "data": {"tls.crt": pem, "tls.key": "eA=="}}
    assert list(warnings_of("secrets", secret, None)) == ["tls: failed to find any PEM data in key input"]
    assert list(warnings_of("secrets", {**secret, "data": {"tls.crt": pem, "tls.key": pem}}, None)) == []


def test_warns_of_other_kinds() -> None:
    ingress = {"metadata": {"name": "i", "annotations": {"kubernetes.io/ingress.class": "nginx"}}}
    expected = "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead"
    assert list(warnings_of("ingresses.networking.k8s.io", ingress, None)) == [expected]
    headless = {"metadata": {"name": "s"}, "spec": {"type": "ClusterIP", "clusterIP": "None", "sessionAffinity": "ClientIP"}}
    assert list(warnings_of("services", headless, None)) == ["spec.SessionAffinity is ignored for headless services"]
    assert list(warnings_of("configmaps", {"metadata": {"name": "c"}}, None)) == []


@pytest.mark.parametrize(
    ("resource", "obj", "text"),
    [
        ("services", {"spec": {"type": "ClusterIP", "externalIPs": ["1.2.3.4"]}},
         "spec.externalIPs is deprecated and may no longer be implemented in some clusters"),
        ("services", {"spec": {"type": "ClusterIP", "trafficDistribution": "PreferClose"}},
         'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'),
        ("services", {"spec": {"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.1.2.3/8"]}},
         'spec.loadBalancerSourceRanges[0]: CIDR value "10.1.2.3/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.1.2.3/32"?)'),
        ("endpointslices.discovery.k8s.io", {"addressType": "FQDN"}, "addressType: FQDN endpoints are deprecated"),
        ("endpointslices.discovery.k8s.io", {"addressType": "IPv6", "endpoints": [{"addresses": ["FD00::1"]}]},
         'endpoints[0].addresses[0]: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")'),
        ("networkpolicies.networking.k8s.io", {"spec": {"egress": [{"to": [{"ipBlock": {"cidr": "10.01.0.0/16"}}]}]}},
         'spec.egress[0].to[0].ipBlock.cidr: non-standard CIDR value "10.01.0.0/16" will be considered invalid in a future Kubernetes '
         'release: use "10.1.0.0/16"'),
        ("statefulsets.apps", {"spec": {"revisionHistoryLimit": -1}},
         "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"),
        ("statefulsets.apps", {"spec": {"volumeClaimTemplates": [{"spec": {"resources": {"requests": {"storage": "100m"}}}}]}},
         'spec.volumeClaimTemplates[0].resources.requests[storage]: fractional byte value "100m" is invalid, must be an integer'),
        ("storageclasses.storage.k8s.io",
         {"allowedTopologies": [{"matchLabelExpressions": [{"key": "beta.kubernetes.io/os", "values": ["linux"]}]}]},
         "allowedTopologies[0].matchLabelExpressions[0].key: beta.kubernetes.io/os is "
         'deprecated since v1.14; use "kubernetes.io/os" instead'),
        ("serviceaccounts", {"metadata": {"annotations": {"kubernetes.io/enforce-mountable-secrets": "true"}}},
         "metadata.annotations[kubernetes.io/enforce-mountable-secrets]: deprecated in v1.32+; prefer separate namespaces to isolate access "
         "to mounted secrets"),
    ],
)  # fmt: skip
def test_warns_of_what_is_going_away(resource: str, obj: dict[str, Any], text: str) -> None:
    assert list(warnings_of(resource, {"metadata": {"name": "a"}, **obj}, None)) == [text]
