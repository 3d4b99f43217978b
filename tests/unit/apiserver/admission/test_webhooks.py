"""Webhooks: which are asked, what they are sent, what their answers do."""

import base64
from typing import Any

import pytest

from stackwright.api.meta import Object, Resource
from stackwright.api.status import StatusError
from stackwright.api.user import User
from stackwright.apiserver.admission.matching import namespace_matches, object_matches, rule_matches
from stackwright.apiserver.admission.policies.cel import CelConditions, CelExpressions
from stackwright.apiserver.admission.webhooks.asking import Asking
from stackwright.apiserver.admission.webhooks.plugins import MutatingWebhooks, ValidatingWebhooks
from stackwright.apiserver.auth.rbac import Rbac
from stackwright.apiserver.registry import Registry
from stackwright.kernel import json
from stackwright.kernel.calls import Call, CallFailed

GROUP = "admissionregistration.k8s.io"


class Nothing:
    """A store without roles: nobody but masters may do anything."""

    def get(self, bucket: str, namespace: str, name: str) -> None:
        return None

    def list(self, bucket: str, namespace: str | None = None) -> list[Object]:
        return []


CONDITIONS = CelConditions(CelExpressions(Rbac(Nothing())))
RULE = {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"]}


class Hooks:
    """A Caller. Answers by URL: a function of the request, or an exception."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.calls: list[Call] = []

    async def post(self, call: Call) -> bytes:
        self.calls.append(call)
        answer = self.answers[call.url.split("?")[0].rpartition("/")[2]]
        if isinstance(answer, Exception):
            raise answer
        request = json.loads(call.body)["request"]
        response = {"uid": request["uid"], "allowed": True, **(answer(request) if callable(answer) else answer)}
        return json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response})


def hook(name: str, **rest: Any) -> dict[str, Any]:
    client = {"url": f"https://hooks.example/{name}"}
    fixed = {"name": f"{name}.example.com", "clientConfig": client, "sideEffects": "None", "admissionReviewVersions": ["v1"]}
    return {**fixed, "rules": [RULE], **rest}


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"patchType": "JSONPatch", "patch": base64.b64encode(json.dumps(list(operations))).decode()}


def label(key: str) -> dict[str, Any]:
    return patch({"op": "add", "path": f"/metadata/labels/{key}", "value": "yes"})


def config(**meta: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "labels": {}, **meta}}


@pytest.fixture
def plugins(shelf: Any) -> Any:
    def build(caller: Hooks, *hooks: dict[str, Any], again: Any = ()) -> tuple[MutatingWebhooks, ValidatingWebhooks]:
        for kind in ("mutating", "validating"):
            shelf.put(f"{kind}webhookconfigurations.{GROUP}", {"metadata": {"name": "w"}, "webhooks": list(hooks)})
        asking = Asking(shelf, Registry(), caller, CONDITIONS, uid=lambda: "u-1")
        return MutatingWebhooks(asking, again), ValidatingWebhooks(asking)

    return build


async def test_a_hook_is_sent_the_write_and_by_whom(plugins: Any, write: Any) -> None:
    caller = Hooks(a={})
    _, validating = plugins(caller, hook("a", timeoutSeconds=3))
    await validating.validate(write("configmaps", config()))
    (call,) = caller.calls
    assert (call.url, call.timeout_seconds) == ("https://hooks.example/a?timeout=3s", 3)
    request = json.loads(call.body)["request"]
    assert (request["operation"], request["name"], request["namespace"]) == ("CREATE", "c", "ns")
    assert request["resource"] == request["requestResource"] == {"group": "", "version": "v1", "resource": "configmaps"}
    assert request["userInfo"]["username"] == "ann"
    assert request["object"] == config() and request["oldObject"] is None and request["dryRun"] is False


async def test_a_refusal_is_told_in_the_hooks_words(plugins: Any, write: Any) -> None:
    cases = [
        ({"status": {"message": "no", "code": 418, "reason": "Teapot"}}, 418, 'admission webhook "a.example.com" denied the request: no'),
        ({"status": {"reason": "Forbidden"}}, 400, 'admission webhook "a.example.com" denied the request: Forbidden'),
        ({}, 400, 'admission webhook "a.example.com" denied the request without explanation'),
    ]
    for answer, code, message in cases:
        _, validating = plugins(Hooks(a={"allowed": False, **answer}), hook("a"))
        with pytest.raises(StatusError) as refused:
            await validating.validate(write("configmaps", config()))
        assert (refused.value.http_status, refused.value.message) == (code, message)


async def test_warnings_of_hooks_reach_the_client_and_their_annotations_the_audit_log(plugins: Any, write: Any) -> None:
    mutating, validating = plugins(Hooks(a={"warnings": ["careful"], "auditAnnotations": {"k": "v"}}), hook("a"))
    attributes = write("configmaps", config())
    await mutating.mutate(attributes)
    await validating.validate(attributes)
    assert attributes.warnings == ["careful", "careful"]
    assert attributes.annotations == {"a.example.com/k": "v"}


async def test_a_hook_that_cannot_be_reached_fails_or_is_left_out(plugins: Any, write: Any) -> None:
    lost = Hooks(a=CallFailed('Post "https://hooks.example/a?timeout=10s": context deadline exceeded'))
    _, validating = plugins(lost, hook("a"))
    with pytest.raises(StatusError) as failed:
        await validating.validate(write("configmaps", config()))
    assert failed.value.http_status == 500
    assert failed.value.message == (
        'Internal error occurred: failed calling webhook "a.example.com": failed to call webhook: '
        'Post "https://hooks.example/a?timeout=10s": context deadline exceeded'
    )
    mutating, validating = plugins(lost, hook("a", failurePolicy="Ignore"))
    assert await mutating.mutate(write("configmaps", config())) == config()
    assert await validating.validate(write("configmaps", config())) == ()


async def test_an_answer_to_another_question_is_no_answer(plugins: Any, write: Any) -> None:
    _, validating = plugins(Hooks(a={"uid": "u-2"}), hook("a"))
    with pytest.raises(StatusError, match='got "u-2"'):
        await validating.validate(write("configmaps", config()))


async def test_patches_add_up_in_order(plugins: Any, write: Any) -> None:
    caller = Hooks(a=label("a"), b=label("b"))
    mutating, _ = plugins(caller, hook("a"), hook("b"))
    found = await mutating.mutate(write("configmaps", config()))
    assert found["metadata"]["labels"] == {"a": "yes", "b": "yes"}
    assert json.loads(caller.calls[1].body)["request"]["object"]["metadata"]["labels"] == {"a": "yes"}


async def test_a_hook_that_wants_it_sees_later_changes_once(plugins: Any, write: Any) -> None:
    caller = Hooks(a={}, b=label("b"), c={})
    mutating, _ = plugins(caller, hook("a", reinvocationPolicy="IfNeeded"), hook("b"), hook("c", reinvocationPolicy="IfNeeded"))
    await mutating.mutate(write("configmaps", config()))
    assert [call.url.split("?")[0][-1] for call in caller.calls] == ["a", "b", "c", "a"]


async def test_a_patch_that_does_not_apply_is_an_error(plugins: Any, write: Any) -> None:
    mutating, _ = plugins(Hooks(a=patch({"op": "remove", "path": "/data/x"})), hook("a"))
    with pytest.raises(StatusError) as failed:
        await mutating.mutate(write("configmaps", config()))
    assert failed.value.http_status == 500


async def test_on_a_dry_run_only_hooks_without_side_effects_are_asked(plugins: Any, write: Any) -> None:
    caller = Hooks(a={})
    _, validating = plugins(caller, hook("a", sideEffects="Some"))
    with pytest.raises(StatusError, match="does not support dry run"):
        await validating.validate(write("configmaps", config(), dry_run=True))
    assert caller.calls == []


async def test_a_hook_is_asked_where_its_conditions_hold(plugins: Any, write: Any) -> None:
    conditions = [{"name": "not-nodes", "expression": "!('system:nodes' in request.userInfo.groups)"}]
    caller = Hooks(a={})
    _, validating = plugins(caller, hook("a", matchConditions=conditions))
    await validating.validate(write("configmaps", config()))
    assert len(caller.calls) == 1
    await validating.validate(write("configmaps", config(), user=User("kubelet", ("system:nodes",))))
    assert len(caller.calls) == 1
    _, validating = plugins(caller, hook("a", matchConditions=[{"name": "odd", "expression": "object.nothing == 1"}]))
    with pytest.raises(StatusError, match="no such key: nothing"):
        await validating.validate(write("configmaps", config()))


async def test_what_configures_admission_is_never_asked_about(plugins: Any, write: Any) -> None:
    everything = {"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*/*"]}
    caller = Hooks(a={"allowed": False})
    _, validating = plugins(caller, hook("a", rules=[everything]))
    await validating.validate(write(f"validatingwebhookconfigurations.{GROUP}", {"metadata": {"name": "w"}}))
    assert caller.calls == []


async def test_a_service_is_asked_where_it_is_served_and_left_out_where_it_is_only_played(plugins: Any, shelf: Any, write: Any) -> None:
    target = {"service": {"name": "s", "namespace": "ns", "path": "/a"}}
    caller = Hooks(a={})
    _, validating = plugins(caller, hook("a", clientConfig=target))

    async def ask() -> list[str]:
        attributes = write("configmaps", config())
        await validating.validate(attributes)
        return list(attributes.warnings)

    with pytest.raises(StatusError, match=r'Post "https://s\.ns\.svc:443/a\?timeout=10s": service "s" not found'):
        await ask()
    shelf.put("services", {"metadata": {"name": "s", "namespace": "ns"}, "spec": {"ports": [{"port": 443}]}})
    with pytest.raises(StatusError, match='no endpoints available for service "s"'):
        await ask()
    address = {"ip": "127.0.0.1", "targetRef": {"kind": "Pod", "name": "p"}}
    subsets = [{"addresses": [address], "ports": [{"port": 9443}]}]
    shelf.put("endpoints", {"metadata": {"name": "s", "namespace": "ns"}, "subsets": subsets})
    shelf.put("pods", {"metadata": {"name": "p", "namespace": "ns"}, "spec": {"nodeName": "n"}})
    shelf.put("nodes", {"metadata": {"name": "n", "labels": {"stackwright.dev/driver": "simulated"}}})
    assert await ask() == ['webhook "a.example.com" was not asked: its Service is served by simulated pods only']
    assert caller.calls == []
    shelf.put("nodes", {"metadata": {"name": "n", "labels": {"stackwright.dev/driver": "process"}}})
    assert await ask() == []
    assert (caller.calls[0].url, caller.calls[0].connect_to) == ("https://s.ns.svc:443/a?timeout=10s", ("127.0.0.1", 9443))


RULES = [
    ({}, "", True),
    ({"operations": ["UPDATE"]}, "", False),
    ({"operations": ["*"]}, "", True),
    ({"apiGroups": ["apps"]}, "", False),
    ({"apiVersions": ["v2"]}, "", False),
    ({"resources": ["*"]}, "", True),
    ({"resources": ["*"]}, "status", False),
    ({"resources": ["configmaps"]}, "status", False),
    ({"resources": ["configmaps/*"]}, "status", True),
    ({"resources": ["*/status"]}, "status", True),
    ({"resources": ["*/*"]}, "", True),
    ({"scope": "Cluster"}, "", False),
    ({"scope": "Namespaced"}, "", True),
    ({"resourceNames": ["d"]}, "", False),
]


@pytest.mark.parametrize("change,subresource,expected", RULES)
def test_a_rule_names_writes(change: Any, subresource: str, expected: bool, write: Any) -> None:
    attributes = write("configmaps", config(), subresource=subresource, operation="CREATE")
    assert rule_matches({**RULE, **change}, attributes) is expected


def test_selectors_look_at_the_namespace_and_at_both_objects(shelf: Any, write: Any) -> None:
    selector = {"matchLabels": {"team": "red"}}
    attributes = write("configmaps", config(), old=config(labels={"team": "red"}))
    assert object_matches(selector, attributes)
    assert not object_matches(selector, write("configmaps", config()))
    assert not namespace_matches(selector, attributes, shelf)
    shelf.put("namespaces", {"metadata": {"name": "ns", "labels": {"team": "red"}}})
    assert namespace_matches(selector, attributes, shelf)
    assert namespace_matches(selector, write("nodes", {"metadata": {"name": "n"}}), shelf)
    assert not namespace_matches(selector, write("namespaces", {"metadata": {"name": "n"}}), shelf)


async def test_the_same_objects_in_another_version_match_unless_the_hook_is_exact(shelf: Any, write: Any) -> None:
    class Kind:
        def __init__(self, version: str) -> None:
            self.resource = Resource("", version, "configmaps", "ConfigMap", True)

    registry = Registry()
    for version in ("v1", "v2"):
        registry.add(Kind(version))  # type: ignore[arg-type]
    caller = Hooks(a={})
    rules = [{**RULE, "apiVersions": ["v2"]}]
    for policy, asked in (("Equivalent", 1), ("Exact", 0)):
        caller.calls.clear()
        declared = {"metadata": {"name": "w"}, "webhooks": [hook("a", rules=rules, matchPolicy=policy)]}
        shelf.put(f"validatingwebhookconfigurations.{GROUP}", declared)
        await ValidatingWebhooks(Asking(shelf, registry, caller, CONDITIONS)).validate(write("configmaps", config()))
        assert len(caller.calls) == asked
        for call in caller.calls:
            request = json.loads(call.body)["request"]
            assert (request["resource"]["version"], request["requestResource"]["version"]) == ("v2", "v1")
            assert request["object"]["apiVersion"] == "v2"
