"""The built-in plug-ins, one by one."""

from typing import Any

import pytest

from stackwright.api.status import StatusError
from stackwright.api.user import component
from stackwright.apiserver.admission.accounts import TOKEN_PATH, ServiceAccounts
from stackwright.apiserver.admission.ingresses import DefaultIngressClass
from stackwright.apiserver.admission.limits import LimitRanger
from stackwright.apiserver.admission.namespaces import NamespaceLifecycle
from stackwright.apiserver.admission.priorities import Priority
from stackwright.apiserver.admission.runtimes import RuntimeClasses
from stackwright.apiserver.admission.tolerations import DefaultTolerationSeconds, TaintNodesByCondition
from stackwright.apiserver.admission.volumes import ClaimResize, DefaultStorageClass, StorageObjectInUseProtection


def named(name: str, **rest: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, **rest}


def pod(**spec: Any) -> dict[str, Any]:
    return named("p", spec={"containers": [{"name": "main", "image": "i"}], **spec})


def resources(requests: dict[str, str] | None = None, limits: dict[str, str] | None = None, name: str = "main") -> dict[str, Any]:
    given = {"requests": requests, "limits": limits}
    return {"name": name, "resources": {side: amounts for side, amounts in given.items() if amounts is not None}}


# -- namespaces ----------------------------------------------------------------------------------------------------------


async def test_an_object_in_a_namespace_that_is_not_there_is_not_found(shelf: Any, write: Any) -> None:
    with pytest.raises(StatusError, match='namespaces "ns" not found'):
        await NamespaceLifecycle(shelf).mutate(write("pods", pod()))


async def test_a_terminating_namespace_takes_no_new_objects_but_lets_old_ones_change_and_go(shelf: Any, write: Any) -> None:
    shelf.put("namespaces", named("ns", status={"phase": "Terminating"}))
    plugin = NamespaceLifecycle(shelf)
    with pytest.raises(StatusError) as refused:
        await plugin.mutate(write("pods", pod()))
    assert refused.value.message == 'pods "p" is forbidden: unable to create new content in namespace ns because it is being terminated'
    assert (refused.value.details or {})["causes"][0]["reason"] == "NamespaceTerminating"
    assert await plugin.mutate(write("pods", pod(), old=pod())) == pod()
    assert await plugin.mutate(write("pods", None, old=pod())) is None


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-public"])
async def test_namespaces_of_the_system_stay(name: str, shelf: Any, write: Any) -> None:
    with pytest.raises(StatusError, match="this namespace may not be deleted"):
        await NamespaceLifecycle(shelf).mutate(write("namespaces", None, old=named(name)))


# -- service accounts ----------------------------------------------------------------------------------------------------


def accounts(shelf: Any) -> ServiceAccounts:
    return ServiceAccounts(shelf, lambda: "abcde", pause_seconds=0)


async def test_a_pod_runs_as_default_and_mounts_its_token(shelf: Any, write: Any) -> None:
    shelf.put("serviceaccounts", {"metadata": {"name": "default", "namespace": "ns"}, "imagePullSecrets": [{"name": "reg"}]})
    spec = (await accounts(shelf).mutate(write("pods", pod())))["spec"]  # type: ignore[index]
    assert (spec["serviceAccountName"], spec["imagePullSecrets"]) == ("default", [{"name": "reg"}])
    assert spec["volumes"][0]["name"] == "kube-api-access-abcde"
    assert spec["containers"][0]["volumeMounts"] == [{"name": "kube-api-access-abcde", "readOnly": True, "mountPath": TOKEN_PATH}]


async def test_a_second_pass_mounts_no_second_token(shelf: Any, write: Any) -> None:
    shelf.put("serviceaccounts", {"metadata": {"name": "default", "namespace": "ns"}})
    once = await accounts(shelf).mutate(write("pods", pod()))
    assert await accounts(shelf).mutate(write("pods", once)) == once


@pytest.mark.parametrize("account,spec", [({"automountServiceAccountToken": False}, {}), ({}, {"automountServiceAccountToken": False})])
async def test_no_token_is_mounted_where_account_or_pod_say_so(account: Any, spec: Any, shelf: Any, write: Any) -> None:
    shelf.put("serviceaccounts", {"metadata": {"name": "default", "namespace": "ns"}, **account})
    assert "volumes" not in (await accounts(shelf).mutate(write("pods", pod(**spec))))["spec"]  # type: ignore[index]


async def test_an_account_that_is_not_there_is_named(shelf: Any, write: Any) -> None:
    with pytest.raises(StatusError) as refused:
        await accounts(shelf).mutate(write("pods", pod(serviceAccountName="robot")))
    assert refused.value.message == (
        'pods "p" is forbidden: error looking up service account ns/robot: serviceaccount "robot" not found'
    )  # fmt: skip


# -- limits --------------------------------------------------------------------------------------------------------------


def limit_range(shelf: Any, *items: dict[str, Any], name: str = "l") -> LimitRanger:
    shelf.put("limitranges", {"metadata": {"name": name, "namespace": "ns"}, "spec": {"limits": list(items)}})
    return LimitRanger(shelf)


async def test_defaults_fill_what_containers_leave_out_and_say_so(shelf: Any, write: Any) -> None:
    plugin = limit_range(shelf, {"type": "Container", "default": {"cpu": "500m", "memory": "1Gi"}, "defaultRequest": {"cpu": "100m"}})
    asked = named("p", spec={"containers": [resources(limits={"memory": "2Gi"})], "initContainers": [{"name": "init"}]})
    found: Any = await plugin.mutate(write("pods", asked))
    assert found["spec"]["containers"][0]["resources"] == {"limits": {"memory": "2Gi", "cpu": "500m"}, "requests": {"cpu": "100m"}}
    assert found["metadata"]["annotations"]["kubernetes.io/limit-ranger"] == (
        "LimitRanger plugin set: cpu request for container main; cpu limit for container main; "
        "cpu request for init container init; cpu, memory limit for init container init"
    )


LIMIT_CASES = [
    ({"max": {"cpu": "2"}}, resources(limits={"cpu": "3"}), "maximum cpu usage per Container is 2, but limit is 3"),
    ({"max": {"cpu": "2"}}, resources(requests={"cpu": "1"}), "maximum cpu usage per Container is 2.  No limit is specified"),
    ({"max": {"cpu": "2"}}, resources({"cpu": "3"}, {"cpu": "2"}), "maximum cpu usage per Container is 2, but request is 3"),
    ({"min": {"cpu": "10m"}}, resources({"cpu": "1m"}), "minimum cpu usage per Container is 10m, but request is 1m"),
    ({"min": {"memory": "1Gi"}}, resources(), "minimum memory usage per Container is 1Gi.  No request is specified"),
    ({"min": {"cpu": "1"}}, resources({"cpu": "1"}, {"cpu": "500m"}), "minimum cpu usage per Container is 1, but limit is 500m"),
    (
        {"maxLimitRequestRatio": {"memory": "2"}},
        resources({"memory": "10Mi"}, {"memory": "100Mi"}),
        "memory max limit to request ratio per Container is 2, but provided ratio is 10.000000",
    ),
    (
        {"maxLimitRequestRatio": {"cpu": "1500m"}},
        resources({"cpu": "1"}),
        "cpu max limit to request ratio per Container is 1500m, but no limit is specified or limit is 0",
    ),
]


@pytest.mark.parametrize("bounds,container,cause", LIMIT_CASES)
async def test_what_breaks_a_limit_is_refused_in_the_real_words(bounds: Any, container: Any, cause: str, shelf: Any, write: Any) -> None:
    plugin = limit_range(shelf, {"type": "Container", **bounds})
    with pytest.raises(StatusError) as refused:
        await plugin.validate(write("pods", named("p", spec={"containers": [container]})))
    assert refused.value.message == f'pods "p" is forbidden: {cause}'


async def test_pod_limits_add_containers_up_and_the_same_problem_is_told_once(shelf: Any, write: Any) -> None:
    plugin = limit_range(shelf, {"type": "Container", "maxLimitRequestRatio": {"memory": "2"}}, {"type": "Pod", "max": {"cpu": "1"}})
    both = [resources({"cpu": "700m"}, {"cpu": "700m"}, name) for name in "ab"]
    with pytest.raises(StatusError) as refused:
        await plugin.validate(write("pods", named("p", spec={"containers": both})))
    assert refused.value.message == (
        'pods "p" is forbidden: [memory max limit to request ratio per Container is 2, but no request is specified or request is 0, '
        "maximum cpu usage per Pod is 1, but limit is 1400m]"
    )


async def test_claims_are_limited_by_their_request(shelf: Any, write: Any) -> None:
    plugin = limit_range(shelf, {"type": "PersistentVolumeClaim", "max": {"storage": "2Gi"}})
    claim = named("c", spec={"resources": {"requests": {"storage": "5Gi"}}})
    with pytest.raises(StatusError, match="maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 5Gi"):
        await plugin.validate(write("persistentvolumeclaims", claim))


# -- priorities ----------------------------------------------------------------------------------------------------------

CLASSES = "priorityclasses.scheduling.k8s.io"


async def test_a_pod_gets_the_value_of_its_class_or_of_the_default_or_zero(shelf: Any, write: Any) -> None:
    async def priority(**spec: Any) -> tuple[Any, ...]:
        found: Any = await Priority(shelf).mutate(write("pods", pod(**spec)))
        return tuple(found["spec"].get(key) for key in ("priorityClassName", "priority", "preemptionPolicy"))

    assert await priority() == (None, 0, "PreemptLowerPriority")
    shelf.put(CLASSES, named("high", value=9, preemptionPolicy="Never"))
    shelf.put(CLASSES, named("usual", value=5, globalDefault=True))
    assert await priority(priorityClassName="high") == ("high", 9, "Never")
    assert await priority() == ("usual", 5, "PreemptLowerPriority")
    with pytest.raises(StatusError, match="no PriorityClass with name nosuch was found"):
        await priority(priorityClassName="nosuch")
    with pytest.raises(StatusError, match=r"the integer value of priority \(7\) must not be provided"):
        await priority(priority=7)


async def test_there_is_one_default_class_and_it_may_be_changed(shelf: Any, write: Any) -> None:
    default = named("usual", value=5, globalDefault=True)
    shelf.put(CLASSES, default)
    with pytest.raises(StatusError, match="PriorityClass usual is already marked as default"):
        await Priority(shelf).validate(write(CLASSES, named("other", value=6, globalDefault=True)))
    assert await Priority(shelf).validate(write(CLASSES, default, old=default)) == ()


async def test_the_classes_of_the_system_stay(shelf: Any, write: Any) -> None:
    with pytest.raises(StatusError, match="this is a system priority class and cannot be deleted"):
        await Priority(shelf).mutate(write(CLASSES, None, old=named("system-node-critical")))


# -- nodes, storage, runtimes, ingresses -----------------------------------------------------------------------------------


async def test_a_pod_bears_unreachable_nodes_for_five_minutes_unless_it_says_otherwise(write: Any) -> None:
    own = {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 10}
    found: Any = await DefaultTolerationSeconds().mutate(write("pods", pod(tolerations=[own])))
    assert [(each["key"], each["tolerationSeconds"]) for each in found["spec"]["tolerations"]] == [
        ("node.kubernetes.io/not-ready", 10),
        ("node.kubernetes.io/unreachable", 300),
    ]
    everything = [{"operator": "Exists"}]
    assert (await DefaultTolerationSeconds().mutate(write("pods", pod(tolerations=everything))))["spec"]["tolerations"] == everything  # type: ignore[index]


async def test_a_new_node_is_tainted_unless_it_is_one_of_ours(write: Any) -> None:
    tainted: Any = await TaintNodesByCondition().mutate(write("nodes", named("n", spec={})))
    assert tainted["spec"]["taints"] == [{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]
    ours = write("nodes", named("n", spec={}), user=component("kubelet"))
    assert await TaintNodesByCondition().mutate(ours) == named("n", spec={})


async def test_a_claim_without_a_class_gets_the_newest_default(shelf: Any, write: Any) -> None:
    marked = {"storageclass.kubernetes.io/is-default-class": "true"}
    for name, created in (("old", "2026-01-01T00:00:00Z"), ("new", "2026-02-01T00:00:00Z")):
        shelf.put("storageclasses.storage.k8s.io", {"metadata": {"name": name, "creationTimestamp": created, "annotations": marked}})
    plugin = DefaultStorageClass(shelf)
    found: Any = await plugin.mutate(write("persistentvolumeclaims", named("c", spec={})))
    assert found["spec"] == {"storageClassName": "new"}
    none = named("c", spec={"storageClassName": ""})
    assert await plugin.mutate(write("persistentvolumeclaims", none)) == none


async def test_claims_and_volumes_are_held_once(write: Any) -> None:
    once: Any = await StorageObjectInUseProtection().mutate(write("persistentvolumeclaims", named("c")))
    assert once["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]
    assert await StorageObjectInUseProtection().mutate(write("persistentvolumeclaims", once)) == once


async def test_a_claim_grows_only_when_bound_and_its_class_lets_it(shelf: Any, write: Any) -> None:
    def claim(size: str, phase: str) -> dict[str, Any]:
        return named("c", spec={"storageClassName": "s", "resources": {"requests": {"storage": size}}}, status={"phase": phase})

    async def resize(phase: str) -> None:
        await ClaimResize(shelf).validate(write("persistentvolumeclaims", claim("2Gi", phase), old=claim("1Gi", phase)))

    with pytest.raises(StatusError, match="Only bound persistent volume claims can be expanded"):
        await resize("Pending")
    with pytest.raises(StatusError, match="only dynamically provisioned pvc can be resized"):
        await resize("Bound")
    shelf.put("storageclasses.storage.k8s.io", named("s", allowVolumeExpansion=True))
    await resize("Bound")


async def test_a_runtime_class_adds_overhead_and_scheduling_and_must_be_there(shelf: Any, write: Any) -> None:
    asked = write("pods", pod(runtimeClassName="vm", nodeSelector={"a": "b"}))
    with pytest.raises(StatusError, match='pod rejected: RuntimeClass "vm" not found'):
        await RuntimeClasses(shelf).mutate(asked)
    rules = {"nodeSelector": {"kvm": "yes"}, "tolerations": [{"key": "kvm"}]}
    shelf.put("runtimeclasses.node.k8s.io", named("vm", overhead={"podFixed": {"cpu": "100m"}}, scheduling=rules))
    spec = (await RuntimeClasses(shelf).mutate(asked))["spec"]  # type: ignore[index]
    assert (spec["overhead"], spec["nodeSelector"], spec["tolerations"]) == ({"cpu": "100m"}, {"a": "b", "kvm": "yes"}, [{"key": "kvm"}])
    with pytest.raises(StatusError, match="conflict: runtimeClass"):
        await RuntimeClasses(shelf).mutate(write("pods", pod(runtimeClassName="vm", nodeSelector={"kvm": "no"})))


async def test_an_ingress_without_a_class_gets_the_default(shelf: Any, write: Any) -> None:
    ingress = "ingresses.networking.k8s.io"
    assert await DefaultIngressClass(shelf).mutate(write(ingress, named("i", spec={}))) == named("i", spec={})
    marked = {"name": "nginx", "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}}
    shelf.put("ingressclasses.networking.k8s.io", {"metadata": marked})
    found: Any = await DefaultIngressClass(shelf).mutate(write(ingress, named("i", spec={})))
    assert found["spec"]["ingressClassName"] == "nginx"
