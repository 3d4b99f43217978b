"""What pods are refused for, beyond the first rules: in the words, at the places and in the order of the API."""

from typing import Any

import pytest
from kind_bench import CONTAINER, changed, made, problems, workload

_TOKEN = {"serviceAccountToken": {"path": "t"}}
_PAGES = 'Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi'
_GATED = {"schedulingGates": [{"name": "a.b/c"}]}
_NODES = "requiredDuringSchedulingIgnoredDuringExecution"


def _pod(container: dict[str, Any] | None = None, metadata: dict[str, Any] | None = None, **spec: Any) -> list[str]:
    return problems("v1", "Pod", metadata=metadata or {}, spec={"containers": [{**CONTAINER, **(container or {})}], **spec})


@pytest.mark.parametrize(
    ("reason", "container", "wanted"),
    [
        (
            "paths within volumes are told of at the list",
            {"volumeMounts": [{"name": "v", "mountPath": "/a", "subPath": "/b"}]},
            ['spec.containers[0].volumeMounts.subPath: Invalid value: "/b": must be a relative path'],
        ),
        (
            "both ways to name a part",
            {"volumeMounts": [{"name": "v", "mountPath": "/a", "subPath": "b", "subPathExpr": "c"}]},
            ['spec.containers[0].volumeMounts[0].subPathExpr: Invalid value: "c": subPathExpr and subPath are mutually exclusive'],
        ),
        (
            "propagation to the host needs privileges",
            {"volumeMounts": [{"name": "v", "mountPath": "/a", "mountPropagation": "Bidirectional"}]},
            [
                "spec.containers[0].volumeMounts.mountPropagation: Forbidden: "
                "Bidirectional mount propagation is available only to privileged containers"
            ],
        ),
        (
            "recursively read only needs read only",
            {"volumeMounts": [{"name": "v", "mountPath": "/a", "recursiveReadOnly": "Enabled"}]},
            ["spec.containers[0].volumeMounts.recursiveReadOnly: Forbidden: may only be specified when readOnly is true"],
        ),
        (
            "a device that is no claim",
            {"volumeDevices": [{"name": "v", "devicePath": "/dev/x"}]},
            [
                'spec.containers[0].volumeDevices[0].name: Invalid value: "v": '
                "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
            ],
        ),
        (
            "no source of variables",
            {"envFrom": [{}]},
            ['spec.containers[0].envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`'],
        ),
        (
            "a resource that is none",
            {"env": [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.x"}}}]},
            [
                'spec.containers[0].env[0].valueFrom.resourceFieldRef.resource: Unsupported value: "limits.x": supported values: '
                '"limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"'
            ],
        ),
        (
            "a divisor that is none",
            {"env": [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "2"}}}]},
            [
                'spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": '
                "only divisor's values 1m and 1 are supported with the cpu resource"
            ],
        ),
        (
            "huge pages alone",
            {"resources": {"limits": {"hugepages-2Mi": "3Mi"}}},
            [
                f"spec.containers[0].resources.limits[hugepages-2Mi]: {_PAGES}",
                f"spec.containers[0].resources.requests[hugepages-2Mi]: {_PAGES}",
                "spec.containers[0].resources: Forbidden: HugePages require cpu or memory",
            ],
        ),
        (
            "a claim the pod does not make",
            {"resources": {"claims": [{"name": "gpu"}]}},
            [
                'spec.containers[0].resources.claims[0]: Not found: "gpu": '
                "must be one of the names in pod.spec.resourceClaims which is empty"
            ],
        ),
        (
            "how to resize what cannot be resized",
            {"resizePolicy": [{"resourceName": "pods", "restartPolicy": "NotRequired"}]},
            ['spec.containers[0].resizePolicy: Unsupported value: "pods": supported values: "cpu", "memory"'],
        ),
        (
            "rules of restarts without a policy",
            {"restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "Equals", "values": [1]}}]},
            [
                "spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used",
                'spec.containers[0].restartPolicyRules[0].exitCodes.operator: Unsupported value: "Equals": supported values: "In", "NotIn"',
            ],
        ),
        (
            "a profile that no Localhost asks for",
            {"securityContext": {"seccompProfile": {"type": "RuntimeDefault", "localhostProfile": "x"}}},
            [
                "spec.containers[0].securityContext.seccompProfile.localhostProfile: Invalid value: "
                '{"Type":"RuntimeDefault","LocalhostProfile":"x"}: can only be set when seccomp type is Localhost'
            ],
        ),
        (
            "a profile of AppArmor without a file",
            {"securityContext": {"appArmorProfile": {"type": "Localhost"}}},
            [
                "spec.containers[0].securityContext.appArmorProfile.localhostProfile: Required value: "
                "must be set when AppArmor type is Localhost"
            ],
        ),
        (
            "privileges that cannot be given up",
            {"securityContext": {"allowPrivilegeEscalation": False, "privileged": True}},
            [
                'spec.containers[0].securityContext: Invalid value: {"Capabilities":null,"Privileged":true,"SELinuxOptions":null,'
                '"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,'
                '"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}: '
                "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
            ],
        ),
        (
            "an unknown place of the last message",
            {"terminationMessagePolicy": "x"},
            ['spec.containers[0].terminationMessagePolicy: Unsupported value: "x": supported values: "File", "FallbackToLogsOnError"'],
        ),
    ],
)
def test_containers_have_rules(reason: str, container: dict[str, Any], wanted: list[str]) -> None:
    assert _pod(container, volumes=[{"name": "v", "emptyDir": {}}]) == wanted, reason


@pytest.mark.parametrize(
    ("reason", "spec", "wanted"),
    [
        (
            "a negative size",
            {"volumes": [{"name": "v", "emptyDir": {"sizeLimit": "-1"}}]},
            ["spec.volumes[0].emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity"],
        ),
        (
            "an unknown kind of path",
            {"volumes": [{"name": "v", "hostPath": {"path": "/x", "type": "Odd"}}]},
            [
                'spec.volumes[0].hostPath.type: Unsupported value: "Odd": supported values: "", "BlockDevice", "CharDevice", "Directory", '
                '"DirectoryOrCreate", "File", "FileOrCreate", "Socket"'
            ],
        ),
        (
            "a file of the downward API is told of at its volume",
            {"volumes": [{"name": "v", "downwardAPI": {"items": [{"path": "a"}]}}]},
            ["spec.volumes[0].downwardAPI: Required value: one of fieldRef and resourceFieldRef is required"],
        ),
        (
            "two sources in one projection",
            {"volumes": [{"name": "v", "projected": {"sources": [{**_TOKEN, "secret": {"name": "s"}}]}}]},
            ["spec.volumes[0].projected.sources[0]: Forbidden: may not specify more than 1 volume type per source"],
        ),
        (
            "a file from two sources",
            {
                "volumes": [
                    {
                        "name": "v",
                        "projected": {"sources": [{"secret": {"name": n, "items": [{"key": "k", "path": "p"}]}} for n in ("a", "b")]},
                    }
                ]
            },
            ['spec.volumes[0].projected: Invalid value: "b": conflicting duplicate paths'],
        ),
        (
            "a claim without a source",
            {"resourceClaims": [{"name": "gpu"}]},
            [
                'spec.resourceClaims[0]: Invalid value: {"Name":"gpu","ResourceClaimName":null,"ResourceClaimTemplateName":null}: '
                "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"
            ],
        ),
        (
            "a setting of the host's network",
            {"hostNetwork": True, "securityContext": {"sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}]}},
            [
                'spec.securityContext.sysctls[0].name: Invalid value: "net.ipv4.tcp_syncookies": '
                "may not be specified when 'hostNetwork' is true"
            ],
        ),
        (
            "processes shared twice",
            {"hostPID": True, "shareProcessNamespace": True},
            ["spec.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled"],
        ),
        (
            "groups merged oddly",
            {"securityContext": {"supplementalGroupsPolicy": "x"}},
            ['spec.securityContext.supplementalGroupsPolicy: Unsupported value: "x": supported values: "Merge", "Strict"'],
        ),
        (
            "search paths may hold underscores, not spaces",
            {"dnsConfig": {"searches": ["_tcp.a", "a b"]}},
            [
                'spec.dnsConfig.searches[1]: Invalid value: "a b": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric '
                "characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for "
                "validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')"
            ],
        ),
        (
            "keys without a selector",
            {
                "topologySpreadConstraints": [
                    {"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule", "matchLabelKeys": ["a"]}
                ]
            },
            ["spec.topologySpreadConstraints[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set"],
        ),
        (
            "the first of two alike is the one that is told of",
            {"topologySpreadConstraints": [{"maxSkew": each, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule"} for each in (1, 2)]},
            ['spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{z, DoNotSchedule}"'],
        ),
        (
            "a system that is none",
            {"os": {"name": "plan9"}},
            ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"'],
        ),
        (
            "what Windows has not",
            {"os": {"name": "windows"}, "hostPID": True, "securityContext": {"runAsUser": 1}},
            [
                "spec.hostPID: Forbidden: cannot be set for a windows pod",
                "spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod",
            ],
        ),
        (
            "ports of the host's network",
            {"hostNetwork": True, "containers": [{**CONTAINER, "ports": [{"containerPort": 80, "hostPort": 81}]}]},
            ["spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true"],
        ),
        (
            "what a pod takes besides its containers",
            {"overhead": {"cpu": "-1"}},
            ['spec.overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0'],
        ),
    ],
)
def test_pods_have_rules(reason: str, spec: dict[str, Any], wanted: list[str]) -> None:
    assert _pod(None, **spec) == wanted, reason


def test_a_volume_with_a_problem_cannot_be_mounted() -> None:
    container = {"volumeMounts": [{"name": "v", "mountPath": "/a"}]}
    assert _pod(container, volumes=[{"name": "v", "nfs": {"path": "/a"}}]) == [
        "spec.volumes[0].nfs.server: Required value",
        'spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ]


def test_images_of_templates_may_have_spaces_around() -> None:
    assert problems("apps/v1", "Deployment", spec=workload(containers=[{**CONTAINER, "image": " x"}])) == []


@pytest.mark.parametrize(
    ("annotations", "wanted"),
    [
        (
            {"controller.kubernetes.io/pod-deletion-cost": "x"},
            '[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "x": must be a',
        ),
        ({"kubernetes.io/config.mirror": "a"}, '[kubernetes.io/config.mirror]: Invalid value: "a": must set spec.nodeName if mirror pod'),
        (
            {"container.apparmor.security.beta.kubernetes.io/no": ""},
            '[container.apparmor.security.beta.kubernetes.io/no]: Invalid value: "no"',
        ),
    ],
)
def test_annotations_of_pods_have_rules(annotations: dict[str, str], wanted: str) -> None:
    (found,) = _pod(metadata={"annotations": annotations})
    assert found.startswith(f"metadata.annotations{wanted}")


def _attaching(**fields: Any) -> list[str]:
    old = made("v1", "Pod", spec={"containers": [CONTAINER], "initContainers": [{**CONTAINER, "name": "before"}]})
    return changed(old, "ephemeralcontainers", spec={"ephemeralContainers": [{"name": "e", "image": "a", **fields}]})


def test_containers_that_come_later_have_less() -> None:
    assert _attaching(targetContainerName="before") == []
    assert _attaching(ports=[{"containerPort": 1}], livenessProbe={"exec": {"command": ["a"]}}, targetContainerName="x") == [
        'spec.ephemeralContainers[0].targetContainerName: Not found: "x"',
        "spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container",
        "spec.ephemeralContainers[0].livenessProbe: Forbidden: cannot be set for an Ephemeral Container",
    ]


def _terms(*values: str) -> dict[str, Any]:
    terms = [{"matchExpressions": [{"key": "a", "operator": "In", "values": [each]} for each in values]}]
    return {"nodeAffinity": {_NODES: {"nodeSelectorTerms": terms}}}


@pytest.mark.parametrize(
    ("reason", "spec", "wanted"),
    [
        ("labels may be added", {"nodeSelector": {"a": "b", "c": "d"}}, []),
        (
            "but not changed",
            {"nodeSelector": {"a": "c"}},
            ['spec.nodeSelector: Invalid value: {"a":"c"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)'],
        ),
        ("requirements may be added", {"affinity": _terms("x", "y")}, []),
        (
            "but not changed either",
            {"affinity": _terms("y")},
            [
                f"spec.affinity.nodeAffinity.{_NODES}.nodeSelectorTerms[0]: Invalid value: "
                '{"MatchExpressions":[{"Key":"a","Operator":"In","Values":["y"]}],"MatchFields":null}: '
                "only additions are allowed (no mutations or deletions)"
            ],
        ),
        (
            "gates go and never come",
            {"schedulingGates": [{"name": "a.b/d"}]},
            ["spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a.b/d'"],
        ),
    ],
)
def test_a_pod_that_waits_may_be_narrowed(reason: str, spec: dict[str, Any], wanted: list[str]) -> None:
    old = made("v1", "Pod", spec={"containers": [CONTAINER], "nodeSelector": {"a": "b"}, "affinity": _terms("x"), **_GATED})
    assert changed(old, spec=spec) == wanted, reason


def test_a_mirror_stays_one() -> None:
    old = made("v1", "Pod", spec={"containers": [CONTAINER], "nodeName": "n"})
    assert changed(old, metadata={"annotations": {"kubernetes.io/config.mirror": "a"}}) == [
        "metadata.annotations[kubernetes.io/config.mirror]: Forbidden: may not add mirror pod annotation"
    ]


_ENDED = {"containerStatuses": [{"name": "main", "state": {"terminated": {"exitCode": 0}}}]}


@pytest.mark.parametrize(
    ("reason", "before", "after", "wanted"),
    [
        ("how a kubelet says it", {}, {"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}], "conditions": [{"type": "Ready"}]}, []),
        ("its quality of service", {}, {"qosClass": "Burstable"}, ['status.qosClass: Invalid value: "Burstable": field is immutable']),
        (
            "a condition without a name",
            {},
            {"conditions": [{"type": "a b"}]},
            [
                "metadata.conditions[0].Type: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', "
                "and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
                "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
            ],
        ),
        (
            "what had ended for good",
            _ENDED,
            {"containerStatuses": [{"name": "main", "state": {"running": {}}}]},
            ["status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state"],
        ),
        (
            "two addresses of one family",
            {},
            {"podIPs": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}]},
            ['status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.2"}]: may specify no more than one IP for each IP family'],
        ),
    ],
)
def test_the_status_of_a_pod_has_rules(reason: str, before: dict[str, Any], after: dict[str, Any], wanted: list[str]) -> None:
    old = made("v1", "Pod", spec={"containers": [CONTAINER], "restartPolicy": "Never"})
    old = {**old, "status": {**old["status"], **before}}
    assert changed(old, "status", status=after) == wanted, reason
