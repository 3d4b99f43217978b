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
    ],
)
def test_warns_of_pods(spec: Mapping[str, Any], text: str) -> None:
    assert list(warnings_of("pods", _pod(**spec), None)) == [text]


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
    headless = {"metadata": {"name": "s"}, "spec": {"clusterIP": "None", "sessionAffinity": "ClientIP"}}
    assert list(warnings_of("services", headless, None)) == ["spec.SessionAffinity is ignored for headless services"]
    assert list(warnings_of("configmaps", {"metadata": {"name": "c"}}, None)) == []
