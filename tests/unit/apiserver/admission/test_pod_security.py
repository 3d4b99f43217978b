"""The Pod Security Standards."""

from typing import Any

import pytest

from stackwright.api.status import StatusError
from stackwright.apiserver.admission.podsecurity.levels import Level, level_of
from stackwright.apiserver.admission.podsecurity.plugin import PodSecurity

ENFORCE, WARN, AUDIT = (f"pod-security.kubernetes.io/{mode}" for mode in ("enforce", "warn", "audit"))
SAFE = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def container(name: str = "a", **security: Any) -> dict[str, Any]:
    return {"name": name, "securityContext": security} if security else {"name": name}


def told(level: str, spec: dict[str, Any], metadata: Any = None) -> list[str]:
    return [str(each) for each in Level(level).violations(metadata or {}, spec)]


def test_a_plain_pod_meets_the_baseline_and_breaks_four_rules_of_restricted() -> None:
    assert told("baseline", {"containers": [container("p")]}) == []
    assert told("restricted", {"containers": [container("p")]}) == [
        'allowPrivilegeEscalation != false (container "p" must set securityContext.allowPrivilegeEscalation=false)',
        'unrestricted capabilities (container "p" must set securityContext.capabilities.drop=["ALL"])',
        'runAsNonRoot != true (pod or container "p" must set securityContext.runAsNonRoot=true)',
        'seccompProfile (pod or container "p" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ]


def test_a_careful_pod_meets_restricted_and_everything_meets_privileged() -> None:
    assert told("restricted", {"containers": [container(**SAFE)]}) == []
    assert told("privileged", {"hostNetwork": True, "containers": [container(privileged=True)]}) == []


BASELINE = [
    ({"hostNetwork": True, "hostIPC": True}, {}, "host namespaces (hostNetwork=true, hostIPC=true)"),
    ({"volumes": [{"name": "v", "hostPath": {}}, {"name": "w", "hostPath": {}}]}, {}, 'hostPath volumes (volumes "v", "w")'),
    ({}, {"ports": [{"hostPort": 90}, {"hostPort": 80}]}, 'hostPort (container "a" uses hostPorts 80, 90)'),
    ({}, {"securityContext": {"privileged": True}}, 'privileged (container "a" must not set securityContext.privileged=true)'),
    (
        {},
        {"securityContext": {"capabilities": {"add": ["SYS_ADMIN", "CHOWN"]}}},
        'non-default capabilities (container "a" must not include "SYS_ADMIN" in securityContext.capabilities.add)',
    ),
    (
        {"securityContext": {"seccompProfile": {"type": "Unconfined"}}},
        {},
        'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
    ),
    ({}, {"securityContext": {"procMount": "Unmasked"}}, 'procMount (container "a" must not set securityContext.procMount to "Unmasked")'),
    ({"securityContext": {"sysctls": [{"name": "kernel.msgmax"}]}}, {}, "forbidden sysctls (kernel.msgmax)"),
    (
        {"securityContext": {"seLinuxOptions": {"type": "spc_t", "user": "u"}}},
        {},
        'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set)',
    ),
    (
        {},
        {"securityContext": {"windowsOptions": {"hostProcess": True}}},
        'hostProcess (container "a" must not set securityContext.windowsOptions.hostProcess=true)',
    ),
]


@pytest.mark.parametrize("spec,first,expected", BASELINE)
def test_the_baseline_forbids_what_reaches_the_node(spec: Any, first: Any, expected: str) -> None:
    assert told("baseline", {**spec, "containers": [{"name": "a", **first}]}) == [expected]


RESTRICTED = [
    ({"volumes": [{"name": "n", "nfs": {}}]}, 'restricted volume types (volume "n" uses restricted volume type "nfs")'),
    ({"securityContext": {"runAsUser": 0}}, "runAsUser=0 (pod must not set runAsUser=0)"),
    (
        {"containers": [container(**{**SAFE, "runAsNonRoot": False})]},
        'runAsNonRoot != true (container "a" must not set securityContext.runAsNonRoot=false)',
    ),
    (
        {"containers": [container(**{**SAFE, "capabilities": {"drop": ["ALL"], "add": ["CHOWN"]}})]},
        'unrestricted capabilities (container "a" must not include "CHOWN" in securityContext.capabilities.add)',
    ),
]


@pytest.mark.parametrize("spec,expected", RESTRICTED)
def test_restricted_demands_more(spec: Any, expected: str) -> None:
    assert told("restricted", {"containers": [container(**SAFE)], **spec}) == [expected]


async def test_a_namespace_that_enforces_refuses_and_one_that_warns_tells(shelf: Any, write: Any) -> None:
    pod = {"metadata": {"name": "p"}, "spec": {"containers": [container(privileged=True)]}}
    shelf.put("namespaces", {"metadata": {"name": "ns", "labels": {ENFORCE: "baseline", f"{ENFORCE}-version": "v1.30"}}})
    with pytest.raises(StatusError) as refused:
        await PodSecurity(shelf).validate(write("pods", pod))
    assert refused.value.message.startswith('pods "p" is forbidden: violates PodSecurity "baseline:v1.30": privileged (')
    deployment = {"metadata": {"name": "d"}, "spec": {"template": pod}}
    (warning,) = await PodSecurity(shelf).validate(write("deployments.apps", deployment))
    assert warning.startswith('would violate PodSecurity "baseline:v1.30": privileged (')
    shelf.put("namespaces", {"metadata": {"name": "ns", "labels": {ENFORCE: "baseline", WARN: "privileged"}}})
    assert await PodSecurity(shelf).validate(write("deployments.apps", deployment)) == ()
    shelf.put("namespaces", {"metadata": {"name": "ns", "labels": {WARN: "baseline"}}})
    for resource, obj in (("pods", pod), ("deployments.apps", deployment)):
        (warning,) = await PodSecurity(shelf).validate(write(resource, obj))
        assert warning.startswith('would violate PodSecurity "baseline:latest": privileged (')


async def test_a_namespace_that_audits_lets_pods_in_and_tells_the_audit_log(shelf: Any, write: Any) -> None:
    shelf.put("namespaces", {"metadata": {"name": "ns", "labels": {AUDIT: "baseline"}}})
    attributes = write("pods", {"metadata": {"name": "p"}, "spec": {"hostPID": True, "containers": []}})
    assert await PodSecurity(shelf).validate(attributes) == ()
    told = 'would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)'
    assert attributes.annotations[f"{AUDIT}-violations"] == told


async def test_a_pod_that_is_there_already_may_be_relabelled(shelf: Any, write: Any) -> None:
    shelf.put("namespaces", {"metadata": {"name": "ns", "labels": {ENFORCE: "baseline"}}})
    pod = {"metadata": {"name": "p"}, "spec": {"containers": [container(privileged=True)]}}
    assert await PodSecurity(shelf).validate(write("pods", {**pod, "metadata": {"name": "p", "labels": {"a": "b"}}}, old=pod)) == ()


async def test_a_stricter_namespace_hears_of_its_pods_and_bad_labels_are_refused(shelf: Any, write: Any) -> None:
    for name in ("x", "y", "z"):
        shelf.put("pods", {"metadata": {"name": name, "namespace": "n"}, "spec": {"hostPID": name != "z", "containers": []}})
    old = {"metadata": {"name": "n"}}
    warnings = await PodSecurity(shelf).validate(write("namespaces", {"metadata": {"name": "n", "labels": {ENFORCE: "baseline"}}}, old=old))
    assert warnings == [
        'existing pods in namespace "n" violate the new PodSecurity enforce level "baseline:latest"',
        "x (and 1 other pod): host namespaces",
    ]
    with pytest.raises(StatusError) as refused:
        await PodSecurity(shelf).validate(write("namespaces", {"metadata": {"name": "n", "labels": {ENFORCE: "strict"}}}, old=old))
    assert refused.value.http_status == 422
    assert f'metadata.labels[{ENFORCE}]: Invalid value: "strict": must be one of privileged' in refused.value.message


def test_older_versions_know_fewer_rules_and_own_users_need_fewer() -> None:
    plain = {"containers": [container("p")]}
    reasons = [each.reason for each in Level("restricted", "v1.18").violations({}, plain)]
    assert reasons == ["allowPrivilegeEscalation != false", "runAsNonRoot != true"]
    root = {"hostUsers": False, "securityContext": {"runAsUser": 0}, "containers": [container(**{**SAFE, "runAsNonRoot": None})]}
    assert told("restricted", root) == []


def test_profiles_in_annotations_count_too() -> None:
    annotations = {"container.apparmor.security.beta.kubernetes.io/a": "unconfined"}
    spec = {"securityContext": {"appArmorProfile": {"type": "Unconfined"}}, "containers": [container()]}
    assert told("baseline", spec, {"annotations": annotations}) == [
        "forbidden AppArmor profiles (pod and annotation must not set AppArmor profile type to "
        '"Unconfined", "container.apparmor.security.beta.kubernetes.io/a="unconfined"")'
    ]


def test_a_level_nobody_can_read_is_the_strictest_to_enforce_and_none_to_warn_of() -> None:
    assert (level_of({ENFORCE: "odd"}, "enforce").name, level_of({WARN: "odd"}, "warn").name) == ("restricted", "privileged")
