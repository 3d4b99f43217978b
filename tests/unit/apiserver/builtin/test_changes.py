"""What changes are refused for, and what they leave as it was."""

from typing import Any

import pytest
from kind_bench import CONTAINER, changed, kind_of, made, workload

_CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
_RULE = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "a"}


def test_metadata_that_is_given_once_stays() -> None:
    old = made("v1", "ConfigMap", data={"a": "b"})
    assert changed(old) == []
    assert changed(old, metadata={"uid": "u-2"}) == ['metadata.uid: Invalid value: "u-2": field is immutable']
    told = changed(old, metadata={"deletionTimestamp": "2026-01-02T00:00:00Z"})
    assert told == ['metadata.deletionTimestamp: Invalid value: "2026-01-02T00:00:00Z": field is immutable']


def test_nothing_new_holds_an_object_that_goes() -> None:
    old = made("v1", "ConfigMap", metadata={"deletionTimestamp": "2026-01-02T00:00:00Z", "finalizers": ["a.example/x"]})
    told = changed(old, metadata={"finalizers": ["a.example/x", "a.example/y"]})
    assert told == [
        "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers "
        '[]string{"a.example/y"}'
    ]


@pytest.mark.parametrize(
    ("api_version", "kind", "fields", "change", "wanted"),
    [
        ("v1", "ConfigMap", {"immutable": True, "data": {"a": "1"}}, {"data": {"a": "2"}}, "data: Forbidden: field is immutable when"),
        ("v1", "Secret", {"type": "a"}, {"type": "b"}, 'type: Invalid value: "b": field is immutable'),
        (
            "apps/v1",
            "Deployment",
            {"spec": workload()},
            {"spec": workload({"a": "b"}, {"matchLabels": {"a": "b"}})},
            "spec.selector: Invalid value",
        ),
        ("apps/v1", "StatefulSet", {"spec": workload()}, {"spec": {"serviceName": "s"}}, "spec: Forbidden: updates to statefulset spec"),
        (
            "v1",
            "Service",
            {"spec": {"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"], "ports": [{"port": 1}]}},
            {"spec": {"clusterIP": "10.0.0.2", "clusterIPs": ["10.0.0.2"]}},
            'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set',
        ),
        (
            "v1",
            "PersistentVolumeClaim",
            {"spec": _CLAIM},
            {"spec": {"accessModes": ["ReadOnlyMany"]}},
            "spec: Forbidden: spec is immutable after creation",
        ),
        (
            "storage.k8s.io/v1",
            "StorageClass",
            {"provisioner": "a.b/c"},
            {"provisioner": "a.b/d"},
            "provisioner: Forbidden: updates to provisioner",
        ),
        ("rbac.authorization.k8s.io/v1", "RoleBinding", {"roleRef": _RULE}, {"roleRef": {"name": "b"}}, "roleRef: Invalid value"),
        (
            "batch/v1",
            "Job",
            {"spec": {"template": workload(restartPolicy="Never")["template"]}},
            {"spec": {"completions": 2}},
            "spec.completions: Invalid value: 2: field is immutable",
        ),
        ("scheduling.k8s.io/v1", "PriorityClass", {"value": 1}, {"value": 2}, "value: Forbidden: may not be changed in an update."),
    ],
)
def test_what_is_fixed_cannot_be_changed(api_version: str, kind: str, fields: dict[str, Any], change: dict[str, Any], wanted: str) -> None:
    old = made(api_version, kind, **fields)
    assert changed(old) == []
    told = changed(old, **change)
    assert len(told) == 1 and told[0].startswith(wanted)


def test_the_image_of_a_pod_may_change_and_its_node_may_not() -> None:
    old = made("v1", "Pod", spec={"containers": [CONTAINER], "nodeName": "a"})
    assert changed(old, spec={"containers": [{**CONTAINER, "image": "registry.example/app:2"}]}) == []
    told = changed(old, spec={"nodeName": "b"})
    assert told[0].startswith("spec: Forbidden: pod updates may not change fields other than")
    assert '\n- "NodeName": "a",\n+ "NodeName": "b",\n' in told[0]


def test_tolerations_are_only_added() -> None:
    one, two = {"key": "a", "operator": "Exists"}, {"key": "b", "operator": "Exists"}
    old = made("v1", "Pod", spec={"containers": [CONTAINER], "tolerations": [one]})
    assert changed(old, spec={"tolerations": [one, two]}) == []
    assert changed(old, spec={"tolerations": [two]})[0].startswith("spec.tolerations: Forbidden: existing toleration")


def test_a_suspended_job_may_still_move() -> None:
    def job(suspend: bool, **pod: Any) -> dict[str, Any]:
        return {"suspend": suspend, "template": workload(restartPolicy="Never", **pod)["template"]}

    for suspended in (True, False):
        old = made("batch/v1", "Job", spec=job(suspended))
        template = old["spec"]["template"]
        moved = {**template, "spec": {**template["spec"], "nodeSelector": {"a": "b"}}}
        assert bool(changed(old, spec={"template": moved})) is not suspended


def test_the_status_of_an_object_is_judged_by_itself() -> None:
    old = made("apps/v1", "Deployment", spec=workload())
    told = changed(old, "status", status={"replicas": 1, "readyReplicas": 2})
    assert told == ["status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas"]
    space = made("v1", "Namespace")
    told = changed(space, "status", status={"phase": "Terminating"})
    assert told == ["status.Phase: Invalid value: \"Terminating\": may only be 'Active' if `deletionTimestamp` is empty"]


def test_finalizers_of_a_namespace_change_through_finalize_alone() -> None:
    kind, old = kind_of("v1", "Namespace"), made("v1", "Namespace")
    new = {**old, "spec": {"finalizers": ["a.example/x"]}}
    assert kind.for_update(new, old, "")["spec"] == {"finalizers": ["kubernetes"]}
    assert kind.for_update(new, old, "finalize")["spec"] == {"finalizers": ["a.example/x"]}


def test_labels_of_a_deployment_do_not_change_through_its_status() -> None:
    kind, old = kind_of("apps/v1", "Deployment"), made("apps/v1", "Deployment", spec=workload())
    new = {**old, "metadata": {**old["metadata"], "labels": {"a": "b"}}}
    assert "labels" not in kind.for_update(new, old, "status")["metadata"]
    assert kind.for_update(new, old, "")["metadata"]["labels"] == {"a": "b"}


def test_the_template_of_a_daemon_set_is_counted() -> None:
    kind, old = kind_of("apps/v1", "DaemonSet"), made("apps/v1", "DaemonSet", spec=workload())
    number = "deprecated.daemonset.template.generation"
    same = kind.for_update(kind.defaulted({**old, "metadata": {**old["metadata"], "annotations": {}}}), old, "")
    assert old["metadata"]["annotations"] == same["metadata"]["annotations"] == {number: "1"}
    new = kind.for_update({**old, "spec": {**old["spec"], "template": workload(hostname="x")["template"]}}, old, "")
    assert new["metadata"]["annotations"] == {number: "2"} and new["metadata"]["generation"] == 2
