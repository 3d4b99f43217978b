"""Which Ingresses are given an address."""

from typing import Any

import pytest

from stackwright.gateway.ingress import wanted_status


def ingress(spec: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "x"}, "spec": spec, **rest}


ADDRESS = {"loadBalancer": {"ingress": [{"hostname": "localhost"}]}}


@pytest.mark.parametrize(
    ("found", "wanted", "reason"),
    [
        (ingress({"ingressClassName": "nginx"}), ADDRESS, "of our class"),
        (ingress({}), ADDRESS, "without a class"),
        (ingress({"ingressClassName": "traefik"}), None, "somebody else's"),
        (ingress({}, status=ADDRESS), None, "has it already"),
    ],
)
def test_an_ingress_gets_the_platforms_address(found: dict[str, Any], wanted: dict[str, Any] | None, reason: str) -> None:
    assert wanted_status(found, "localhost") == wanted, reason
