"""What objects beside pods and Jobs are refused for, in the words, at the places and in the order of the API."""

from typing import Any

import pytest
from kind_bench import changed, made, problems

_TERMS = "spec.scopeSelector.matchExpressions"
_ATTACHED = {"attacher": "a.b", "nodeName": "n", "source": {"persistentVolumeName": "v"}}
_SERVICE = {"ports": [{"port": 1}], "clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"]}
_TAINT = {"key": "a", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("reason", "api_version", "kind", "fields", "wanted"),
    [
        (
            "a scope that says nothing of a resource",
            "v1",
            "ResourceQuota",
            {"spec": {"hard": {"cpu": "1", "pods": "1"}, "scopes": ["BestEffort"]}},
            ['spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource'],
        ),
        (
            "terms are told of at the list",
            "v1",
            "ResourceQuota",
            {
                "spec": {
                    "hard": {"pods": "1"},
                    "scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "Exists", "values": ["a"]}]},
                }
            },
            [f"{_TERMS}.values: Invalid value: [\"a\"]: must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"],
        ),
        (
            "a scope that is there or not",
            "v1",
            "ResourceQuota",
            {
                "spec": {
                    "hard": {"pods": "1"},
                    "scopeSelector": {"matchExpressions": [{"scopeName": "BestEffort", "operator": "In", "values": ["a"]}]},
                }
            },
            [
                f"{_TERMS}.operator: Invalid value: \"In\": must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, "
                "ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or "
                "ResourceQuotaScopeCrossNamespacePodAffinity"
            ],
        ),
        (
            "limits of one type twice",
            "v1",
            "LimitRange",
            {"spec": {"limits": [{"type": "Container"}, {"type": "Container"}]}},
            ['spec.limits[1].type: Duplicate value: "Container"'],
        ),
        (
            "limits of what pods have not",
            "v1",
            "LimitRange",
            {"spec": {"limits": [{"type": "Pod", "max": {"storage": "1"}}]}},
            ['spec.limits[0].max[storage]: Invalid value: "storage": must be a standard resource for containers'],
        ),
        (
            "a ratio that the bounds do not allow",
            "v1",
            "LimitRange",
            {"spec": {"limits": [{"type": "Container", "max": {"cpu": "2"}, "min": {"cpu": "1"}, "maxLimitRequestRatio": {"cpu": "4"}}]}},
            ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "4": ratio 4 is greater than max/min = 2.000000'],
        ),
        (
            "a taint twice",
            "v1",
            "Node",
            {"spec": {"taints": [_TAINT, {**_TAINT, "value": "b"}]}},
            [
                'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"b","Effect":"NoSchedule","TimeAdded":null}: '
                "taints must be unique by key and effect pair"
            ],
        ),
        (
            "two ranges of one family",
            "v1",
            "Node",
            {"spec": {"podCIDR": "10.0.0.0/24", "podCIDRs": ["10.0.0.0/24", "10.0.1.0/24"]}},
            ['spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one CIDR for each IP family'],
        ),
        (
            "an address of another family",
            "v1",
            "Service",
            {"spec": {**_SERVICE, "ipFamilies": ["IPv6"]}},
            ['spec.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`'],
        ),
        (
            "two addresses of one family",
            "v1",
            "Service",
            {"spec": {**_SERVICE, "clusterIPs": ["10.0.0.1", "10.0.0.2"]}},
            ['spec.clusterIPs: Invalid value: ["10.0.0.1","10.0.0.2"]: may specify no more than one IP for each IP family'],
        ),
        (
            "a driver twice",
            "storage.k8s.io/v1",
            "CSINode",
            {"spec": {"drivers": [{"name": "a.b", "nodeID": "n"}, {"name": "a.b", "nodeID": ""}]}},
            ["spec.drivers[1].nodeID: Required value", 'spec.drivers[1].name: Duplicate value: "a.b"'],
        ),
        (
            "a controller without a domain",
            "networking.k8s.io/v1",
            "IngressClass",
            {"spec": {"controller": "x"}},
            ['spec.controller: Invalid value: "x": must be a domain-prefixed path (such as "acme.io/foo")'],
        ),
        (
            "an export without a path",
            "v1",
            "PersistentVolume",
            {"spec": {"accessModes": ["ReadWriteMany"], "capacity": {"storage": "1Gi"}, "nfs": {"server": "s"}}},
            ["spec.nfs.path: Required value", 'spec.nfs.path: Invalid value: "": must be an absolute path'],
        ),
    ],
)
def test_new_objects_have_rules(reason: str, api_version: str, kind: str, fields: dict[str, Any], wanted: list[str]) -> None:
    assert problems(api_version, kind, **fields) == wanted, reason


@pytest.mark.parametrize(
    ("reason", "old", "change", "wanted"),
    [
        (
            "what is attached where",
            made("storage.k8s.io/v1", "VolumeAttachment", spec=_ATTACHED),
            {"spec": {"nodeName": "m"}},
            [
                'spec: Invalid value: {"Attacher":"a.b","Source":{"PersistentVolumeName":"v","InlineVolumeSpec":null},"NodeName":"m"}: '
                "field is immutable"
            ],
        ),
        (
            "a driver while it is there",
            made("storage.k8s.io/v1", "CSINode", spec={"drivers": [{"name": "a.b", "nodeID": "n"}]}),
            {"spec": {"drivers": [{"name": "a.b", "nodeID": "m"}]}},
            ['CSINodeDriver: Invalid value: {"Name":"a.b","NodeID":"m","TopologyKeys":null,"Allocatable":null}: field is immutable'],
        ),
        (
            "how much a driver can take may change",
            made("storage.k8s.io/v1", "CSINode", spec={"drivers": [{"name": "a.b", "nodeID": "n"}]}),
            {"spec": {"drivers": [{"name": "a.b", "nodeID": "n", "allocatable": {"count": 3}}]}},
            [],
        ),
        (
            "the fixed address is told of before the rest",
            made("v1", "Service", spec=_SERVICE),
            {"spec": {"clusterIP": "10.0.0.2", "clusterIPs": ["10.0.0.2"], "ports": [{"port": 0, "targetPort": 1}]}},
            [
                'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set',
                "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
            ],
        ),
        (
            "ranges of a node",
            made("v1", "Node", spec={"podCIDR": "10.0.0.0/24", "podCIDRs": ["10.0.0.0/24"]}),
            {"spec": {"podCIDR": "10.0.1.0/24", "podCIDRs": ["10.0.1.0/24"]}},
            ['spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid'],
        ),
    ],
)
def test_what_is_settled_stays(reason: str, old: Any, change: dict[str, Any], wanted: list[str]) -> None:
    assert changed(old, **change) == wanted, reason
