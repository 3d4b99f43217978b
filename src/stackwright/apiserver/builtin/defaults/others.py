"""Defaults of networking, storage, discovery, scheduling, flow control and resource claims.

Source: k8s.io/kubernetes pkg/apis/*/v1/defaults.go.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.apiserver.builtin.defaults.filling import all_of, at, constants, every, made

_PORTS = every("ports", constants(protocol="TCP"))


def _policy_types(given: Mapping[str, Any]) -> Mapping[str, Any]:
    if given.get("policyTypes"):
        return given
    return {**given, "policyTypes": ["Ingress", "Egress"] if given.get("egress") else ["Ingress"]}


network_policy = at("spec", all_of(_policy_types, every("ingress", _PORTS), every("egress", _PORTS)))
ingress_class = at("spec", at("parameters", constants(scope="Cluster")))
storage_class = constants(reclaimPolicy="Delete", volumeBindingMode="Immediate")
csi_driver = at(
    "spec",
    constants(
        attachRequired=True,
        fsGroupPolicy="ReadWriteOnceWithFSType",
        podInfoOnMount=False,
        requiresRepublish=False,
        seLinuxMount=False,
        storageCapacity=False,
        volumeLifecycleModes=["Persistent"],
    ),
)
endpoint_slice = every("ports", lambda given: {"name": "", **constants(protocol="TCP")(given)})
priority_class = constants(preemptionPolicy="PreemptLowerPriority")
api_service = at("spec", at("service", constants(port=443)))
flow_schema = made("spec", lambda given: {**given, "matchingPrecedence": given.get("matchingPrecedence") or 1000})
_QUEUING = constants(queues=64, handSize=8, queueLengthLimit=50)
_LIMITED = all_of(constants(nominalConcurrencyShares=30, lendablePercent=0), made("limitResponse", at("queuing", _QUEUING)))
priority_level = at("spec", all_of(at("limited", _LIMITED), at("exempt", constants(nominalConcurrencyShares=0, lendablePercent=0))))


def _device_request(given: Mapping[str, Any]) -> Mapping[str, Any]:
    found = constants(allocationMode="ExactCount")(given)
    return constants(count=1)(found) if found["allocationMode"] == "ExactCount" else found


_TOLERATIONS = every("tolerations", constants(operator="Equal"))
_ASKED = all_of(_device_request, _TOLERATIONS)
_CLAIM = at("spec", at("devices", every("requests", all_of(at("exactly", _ASKED), every("firstAvailable", _ASKED)))))
resource_claim = _CLAIM
resource_claim_template = at("spec", _CLAIM)
