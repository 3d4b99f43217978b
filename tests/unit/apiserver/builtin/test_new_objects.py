"""What new objects are refused for."""

from typing import Any

import pytest
from kind_bench import CONTAINER, made, problems, workload

_MISMATCH = "`selector` does not match template `labels`"


def test_good_objects_have_no_problems() -> None:
    probe = {"httpGet": {"port": "web"}}
    container = {
        **CONTAINER,
        "ports": [{"name": "web", "containerPort": 80}],
        "readinessProbe": probe,
        "resources": {"limits": {"cpu": "1"}},
    }
    pod = {"containers": [container], "volumes": [{"name": "v"}], "tolerations": [{"operator": "Exists"}]}
    assert problems("v1", "Pod", spec=pod) == []
    for kind in ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"):
        assert problems("apps/v1", kind, spec=workload()) == []
    assert problems("batch/v1", "Job", spec={"template": workload(restartPolicy="Never")["template"]}) == []
    job = {"spec": {"template": workload(restartPolicy="Never")["template"]}}
    assert problems("batch/v1", "CronJob", spec={"schedule": "*/5 * * * *", "timeZone": "Europe/Berlin", "jobTemplate": job}) == []
    assert problems("v1", "Service", spec={"ports": [{"port": 80}], "clusterIP": "None", "clusterIPs": ["None"]}) == []


@pytest.mark.parametrize(
    ("metadata", "wanted"),
    [
        ({"labels": {"a": "b c"}}, 'metadata.labels: Invalid value: "b c": a valid label must be an empty string'),
        ({"annotations": {"a b": "c"}}, 'metadata.annotations: Invalid value: "a b": name part must consist of'),
        ({"annotations": {"a": "x" * 262144}}, "metadata.annotations: Too long: may not be more than 262144 bytes"),
        ({"finalizers": ["x"]}, 'metadata.finalizers[0]: Invalid value: "x": name is neither a standard finalizer name'),
        ({"ownerReferences": [{"kind": "Pod", "name": "a", "uid": "b"}]}, "metadata.ownerReferences.apiVersion: Invalid value"),
        ({"generateName": "Bad_"}, 'metadata.generateName: Invalid value: "Bad_": a lowercase RFC 1123 subdomain'),
        ({"name": "a" * 254}, "metadata.name: Invalid value"),
        ({"generation": -1}, "metadata.generation: Invalid value: -1: must be greater than or equal to 0"),
    ],
)
def test_metadata_has_rules(metadata: dict[str, Any], wanted: str) -> None:
    found = problems("v1", "ConfigMap", metadata=metadata)
    assert len(found) == 1 and found[0].startswith(wanted)


@pytest.mark.parametrize(
    ("api_version", "kind", "name", "ok"),
    [
        ("v1", "ConfigMap", "a.b", True),
        ("v1", "Namespace", "a.b", False),
        ("rbac.authorization.k8s.io/v1", "Role", "system:Any", True),
        ("rbac.authorization.k8s.io/v1", "Role", "a/b", False),
        ("v1", "Service", "1digit", True),
    ],
)
def test_names_follow_the_rule_of_their_kind(api_version: str, kind: str, name: str, ok: bool) -> None:
    found = problems(api_version, kind, metadata={"name": name}, spec={"ports": [{"port": 1}]} if kind == "Service" else {})
    assert (not any("metadata.name" in each for each in found)) is ok


def _in_pod(**spec: Any) -> list[str]:
    return problems("v1", "Pod", spec={"containers": [CONTAINER], **spec})


def _in_container(**fields: Any) -> list[str]:
    return problems("v1", "Pod", spec={"containers": [{**CONTAINER, **fields}]})


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ({"containers": []}, "spec.containers: Required value"),
        ({"restartPolicy": "Maybe"}, 'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"'),
        ({"volumes": [{"name": "v", "nfs": {"path": "/s"}}]}, "spec.volumes[0].nfs.server: Required value"),
        ({"volumes": [{"name": "v"}, {"name": "v"}]}, 'spec.volumes[1].name: Duplicate value: "v"'),
        (
            {"volumes": [{"name": "v", "emptyDir": {}, "hostPath": {"path": "/x"}}]},
            "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
        ),
        (
            {"tolerations": [{"key": "a", "operator": "Equal", "tolerationSeconds": 1}]},
            "spec.tolerations[0].effect: Invalid value: \"\": effect must be 'NoExecute' when `tolerationSeconds` is set",
        ),
        ({"activeDeadlineSeconds": 0}, "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"),
        ({"dnsPolicy": "None"}, "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"),
        (
            {"securityContext": {"runAsUser": -1}},
            "spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive",
        ),
        (
            {"hostAliases": [{"ip": "x"}]},
            'spec.hostAliases[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
        ),
        ({"ephemeralContainers": [CONTAINER | {"name": "e"}]}, "spec.ephemeralContainers: Forbidden: cannot be set on create"),
        (
            {"topologySpreadConstraints": [{"maxSkew": 0, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}]},
            "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
        ),
    ],
)
def test_pods_have_rules(spec: dict[str, Any], wanted: str) -> None:
    assert _in_pod(**spec) == [wanted]


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"image": ""}, "spec.containers[0].image: Required value"),
        ({"livenessProbe": {}}, "spec.containers[0].livenessProbe: Required value: must specify a handler type"),
        (
            {"livenessProbe": {"exec": {"command": ["a"]}, "successThreshold": 2}},
            "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
        ),
        ({"lifecycle": {"preStop": {"exec": {}}}}, "spec.containers[0].lifecycle.preStop.exec.command: Required value"),
        (
            {"resources": {"limits": {"cpu": "-1"}, "requests": {"cpu": "-1"}}},
            'spec.containers[0].resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
        ),
        (
            {"resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "2"}}},
            'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
        ),
        (
            {"resources": {"limits": {"example.com/gpu": "1500m"}}},
            'spec.containers[0].resources.limits[example.com/gpu]: Invalid value: "1500m": must be an integer',
        ),
        ({"env": [{"name": "A", "valueFrom": {}}]}, 'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: '),
        ({"volumeMounts": [{"name": "no", "mountPath": "/x"}]}, 'spec.containers[0].volumeMounts[0].name: Not found: "no"'),
        (
            {"securityContext": {"seccompProfile": {"type": "Odd"}}},
            'spec.containers[0].securityContext.seccompProfile.type: Unsupported value: "Odd"',
        ),
    ],
)
def test_containers_have_rules(fields: dict[str, Any], wanted: str) -> None:
    assert _in_container(**fields)[0].startswith(wanted)


def test_host_ports_are_taken_once() -> None:
    ports = [{"containerPort": 80, "hostPort": 80}]
    found = problems("v1", "Pod", spec={"containers": [{**CONTAINER, "ports": ports}, {**CONTAINER, "name": "b", "ports": ports}]})
    assert found == ['spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//80"']


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet", "StatefulSet"])
def test_workloads_find_the_pods_of_their_template(kind: str) -> None:
    found = problems("apps/v1", kind, spec=workload(labels={"app": "other"}))
    assert found == [f'spec.template.metadata.labels: Invalid value: {{"app":"other"}}: {_MISMATCH}']
    missing = problems("apps/v1", kind, spec={"template": workload()["template"]})
    assert missing[0] == "spec.selector: Required value"


def test_a_selector_that_cannot_be_read_is_the_only_thing_said_of_the_pods() -> None:
    broken = {"matchExpressions": [{"key": "a", "operator": "In"}]}
    found = problems("apps/v1", "Deployment", spec=workload(selector=broken))
    assert found == [
        "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
        'spec.selector: Invalid value: {"matchExpressions":[{"key":"a","operator":"In"}]}: invalid label selector',
    ]


@pytest.mark.parametrize(
    ("strategy", "wanted"),
    [
        ({"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}, "maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"),
        (
            {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": "101%"}},
            'maxUnavailable: Invalid value: "101%": must not be greater than 100%',
        ),
        ({"type": "Recreate", "rollingUpdate": {}}, "Forbidden: may not be specified when strategy `type` is 'Recreate'"),
        ({"type": "Odd"}, 'Unsupported value: {"Type":"Odd","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"'),
    ],
)
def test_strategies_have_bounds(strategy: dict[str, Any], wanted: str) -> None:
    found = problems("apps/v1", "Deployment", spec=workload() | {"strategy": strategy})
    assert len(found) == 1 and found[0].endswith(wanted)


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ({"schedule": "x"}, 'spec.schedule: Invalid value: "x": expected exactly 5 fields, found 1: [x]'),
        ({"schedule": "TZ=UTC * * * * *"}, "spec.schedule: Invalid value"),
        ({"timeZone": "Nowhere/Else"}, 'spec.timeZone: Invalid value: "Nowhere/Else": unknown time zone Nowhere/Else'),
        ({"concurrencyPolicy": "Odd"}, 'spec.concurrencyPolicy: Unsupported value: "Odd": supported values: "Allow", "Forbid", "Replace"'),
        ({"successfulJobsHistoryLimit": -1}, "spec.successfulJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0"),
    ],
)
def test_schedules_can_be_read(spec: dict[str, Any], wanted: str) -> None:
    job = {"spec": {"template": workload(restartPolicy="Never")["template"]}}
    found = problems("batch/v1", "CronJob", spec={"schedule": "* * * * *", "jobTemplate": job, **spec})
    assert len(found) == 1 and found[0].startswith(wanted)


def test_jobs_end() -> None:
    found = problems("batch/v1", "Job", spec={"template": workload()["template"]})
    assert found == ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"']


@pytest.mark.parametrize(
    ("api_version", "kind", "fields", "wanted"),
    [
        ("v1", "ConfigMap", {"data": {"a/b": "c"}}, 'data[a/b]: Invalid value: "a/b": a valid config key must consist of'),
        (
            "v1",
            "ConfigMap",
            {"data": {"a": "b"}, "binaryData": {"a": "Yg=="}},
            'data[a]: Invalid value: "a": duplicate of key present in binaryData',
        ),
        ("v1", "ConfigMap", {"data": {"a": "x" * 1048577}}, ": Too long: may not be more than 1048576 bytes"),
        ("v1", "Secret", {"type": "kubernetes.io/tls", "data": {"tls.crt": ""}}, "data[tls.key]: Required value"),
        (
            "v1",
            "Secret",
            {"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": "bm8="}},
            "data[.dockerconfigjson]: Invalid value",
        ),
        ("v1", "Service", {"spec": {"type": "ExternalName"}}, "spec.externalName: Required value"),
        ("v1", "Service", {"spec": {"ports": [{"port": 80}, {"port": 81}]}}, "spec.ports[0].name: Required value"),
        ("v1", "PersistentVolumeClaim", {"spec": {"accessModes": ["ReadWriteOnce"]}}, "spec.resources[storage]: Required value"),
        (
            "networking.k8s.io/v1",
            "Ingress",
            {"spec": {}},
            "spec: Invalid value: null: either `defaultBackend` or `rules` must be specified",
        ),
        ("rbac.authorization.k8s.io/v1", "Role", {"rules": [{"verbs": ["get"]}]}, "rules[0].apiGroups: Required value"),
        (
            "policy/v1",
            "PodDisruptionBudget",
            {"spec": {"minAvailable": "150%"}},
            'spec.minAvailable: Invalid value: "150%": must not be greater',
        ),
        (
            "coordination.k8s.io/v1",
            "Lease",
            {"spec": {"leaseDurationSeconds": 0}},
            "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
        ),
        (
            "scheduling.k8s.io/v1",
            "PriorityClass",
            {"value": 2000000000},
            "value: Forbidden: maximum allowed value of a user defined priority",
        ),
        ("v1", "ResourceQuota", {"spec": {"hard": {"pods": "1.5"}}}, 'spec.hard[pods]: Invalid value: "1500m": must be an integer'),
        ("storage.k8s.io/v1", "StorageClass", {}, "provisioner: Required value"),
        ("node.k8s.io/v1", "RuntimeClass", {"handler": "A"}, 'handler: Invalid value: "A": a lowercase RFC 1123 label'),
    ],
)
def test_other_kinds_have_rules(api_version: str, kind: str, fields: dict[str, Any], wanted: str) -> None:
    assert problems(api_version, kind, **fields)[0].startswith(wanted)


def test_webhooks_say_where_and_how_they_are_asked() -> None:
    hook = {"name": "bad", "clientConfig": {"url": "http://x"}}
    found = problems("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", webhooks=[hook])
    assert [each.split(": ")[0] for each in found] == [
        "webhooks[0].name", "webhooks[0].sideEffects", "webhooks[0].clientConfig.url", "webhooks[0].admissionReviewVersions",
    ]  # fmt: skip


def test_the_address_of_the_cluster_itself_is_the_only_loopback_one() -> None:
    subsets = [{"addresses": [{"ip": "127.0.0.1"}], "ports": [{"port": 443}]}]
    assert problems("v1", "Endpoints", subsets=subsets)[0].endswith("may not be in the loopback range (127.0.0.0/8, ::1/128)")
    assert problems("v1", "Endpoints", subsets=subsets, metadata={"name": "kubernetes", "namespace": "default"}) == []
    assert made("v1", "Endpoints", subsets=subsets)["subsets"][0]["ports"][0]["protocol"] == "TCP"
