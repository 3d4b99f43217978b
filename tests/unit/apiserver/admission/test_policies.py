"""Admission policies: validating and mutating, with conditions, variables and parameters."""

from typing import Any

import pytest

from stackwright.api.meta import Object
from stackwright.api.status import StatusError
from stackwright.api.user import MASTERS, User
from stackwright.apiserver.admission.conditions import ConditionFailed
from stackwright.apiserver.admission.policies.cel import CelConditions, CelExpressions
from stackwright.apiserver.admission.policies.checking import ExpressionChecks
from stackwright.apiserver.admission.policies.constructs import plain
from stackwright.apiserver.admission.policies.mutating import MutatingPolicies
from stackwright.apiserver.admission.policies.validating import ValidatingPolicies
from stackwright.apiserver.auth.rbac import Rbac
from stackwright.apiserver.builtin import builtin_kinds
from stackwright.apiserver.registry import Registry
from stackwright.kernel import json

GROUP = "admissionregistration.k8s.io"
RULE = {"operations": ["CREATE", "UPDATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"]}


class Nothing:
    """A store without roles: nobody but masters may do anything."""

    def get(self, bucket: str, namespace: str, name: str) -> None:
        return None

    def list(self, bucket: str, namespace: str | None = None) -> list[Object]:
        return []


@pytest.fixture(scope="module")
def registry() -> Registry:
    found = Registry()
    for kind in builtin_kinds():
        if kind.resource.qualified == "configmaps":
            found.add(kind)
    return found


@pytest.fixture(scope="module")
def expressions() -> CelExpressions:
    return CelExpressions(Rbac(Nothing()))


def config(name: str = "c", **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


class Policies:
    def __init__(self, shelf: Any, registry: Registry, expressions: CelExpressions) -> None:
        self.shelf = shelf
        self.validating = ValidatingPolicies(shelf, registry, expressions)
        self.mutating = MutatingPolicies(shelf, registry, expressions)

    def declare(self, kind: str, spec: dict[str, Any], binding: dict[str, Any] | None = None, name: str = "p") -> None:
        matching = {"matchConstraints": {"resourceRules": [RULE]}}
        self.shelf.put(f"{kind}admissionpolicies.{GROUP}", {"metadata": {"name": name}, "spec": {**matching, **spec}})
        bound = {"policyName": name, "validationActions": ["Deny"], **(binding or {})}
        self.shelf.put(f"{kind}admissionpolicybindings.{GROUP}", {"metadata": {"name": f"{name}-b"}, "spec": bound})


@pytest.fixture
def policies(shelf: Any, registry: Registry, expressions: CelExpressions) -> Policies:
    return Policies(shelf, registry, expressions)


async def test_a_write_that_breaks_a_rule_is_refused_in_the_real_words(policies: Policies, write: Any) -> None:
    policies.declare("validating", {"validations": [{"expression": "object.data.size() <= 1"}]})
    assert await policies.validating.validate(write("configmaps", config(a="1"))) == []
    with pytest.raises(StatusError) as refused:
        await policies.validating.validate(write("configmaps", config(a="1", b="2")))
    told = "ValidatingAdmissionPolicy 'p' with binding 'p-b' denied request: failed expression: object.data.size() <= 1"
    assert refused.value.message == f'configmaps "c" is forbidden: {told}'
    assert (refused.value.http_status, refused.value.reason) == (422, "Invalid")
    assert (refused.value.details or {})["causes"] == [{"message": told}]


MESSAGES = [
    ({"message": " too many "}, "too many"),
    ({"message": "too many", "messageExpression": "'has ' + string(object.data.size())"}, "has 2"),
    ({"message": "too many", "messageExpression": "object.nothing"}, "too many"),
    ({"message": "too many", "messageExpression": "'a\\nb'"}, "too many"),
]


@pytest.mark.parametrize("words,expected", MESSAGES)
async def test_the_message_is_computed_or_given(words: Any, expected: str, policies: Policies, write: Any) -> None:
    policies.declare("validating", {"validations": [{"expression": "object.data.size() <= 1", "reason": "Forbidden", **words}]})
    with pytest.raises(StatusError) as refused:
        await policies.validating.validate(write("configmaps", config(a="1", b="2")))
    assert refused.value.message.endswith(f"denied request: {expected}")
    assert (refused.value.http_status, refused.value.reason) == (403, "Forbidden")


async def test_conditions_variables_and_the_old_object(policies: Policies, write: Any) -> None:
    policies.declare(
        "validating",
        {
            "matchConditions": [{"name": "big", "expression": "object.metadata.name.startsWith('big')"}],
            "variables": [{"name": "n", "expression": "has(object.data) ? object.data.size() : 0"}],
            "validations": [{"expression": "request.operation != 'UPDATE' || variables.n >= oldObject.data.size()"}],
        },
    )
    shrunk = write("configmaps", config("big", a="1"), old=config("big", a="1", b="2"))
    with pytest.raises(StatusError):
        await policies.validating.validate(shrunk)
    assert await policies.validating.validate(write("configmaps", config("small", a="1"), old=config("small", a="1", b="2"))) == []


async def test_an_expression_that_fails_refuses_unless_failures_are_ignored(policies: Policies, write: Any) -> None:
    spec = {"validations": [{"expression": "object.nothing == 1"}]}
    policies.declare("validating", spec)
    with pytest.raises(StatusError, match=r"expression 'object\.nothing == 1' resulted in error: no such key: nothing"):
        await policies.validating.validate(write("configmaps", config()))
    policies.declare("validating", {**spec, "failurePolicy": "Ignore"})
    assert await policies.validating.validate(write("configmaps", config())) == []


async def test_a_binding_may_warn_only_and_name_namespaces(policies: Policies, shelf: Any, write: Any) -> None:
    selector = {"namespaceSelector": {"matchLabels": {"team": "red"}}}
    policies.declare("validating", {"validations": [{"expression": "false"}]}, {"validationActions": ["Warn"], "matchResources": selector})
    assert await policies.validating.validate(write("configmaps", config())) == []
    shelf.put("namespaces", {"metadata": {"name": "ns", "labels": {"team": "red"}}})
    assert await policies.validating.validate(write("configmaps", config())) == [
        "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'p-b': failed expression: false"
    ]


async def test_parameters_come_from_objects_and_must_be_there(policies: Policies, shelf: Any, write: Any) -> None:
    spec = {
        "paramKind": {"apiVersion": "v1", "kind": "ConfigMap"},
        "validations": [{"expression": "object.data.size() <= int(params.data.most)"}],
    }
    policies.declare("validating", spec, {"paramRef": {"name": "limits", "parameterNotFoundAction": "Deny"}})
    with pytest.raises(StatusError, match="failed to configure binding: no params found for policy binding with `Deny`"):
        await policies.validating.validate(write("configmaps", config()))
    policies.declare("validating", spec, {"paramRef": {"name": "limits", "parameterNotFoundAction": "Allow"}})
    assert await policies.validating.validate(write("configmaps", config(a="1", b="2"))) == []
    limits = config("limits", most="1")
    shelf.put("configmaps", {**limits, "metadata": {"name": "limits", "namespace": "ns"}})
    assert await policies.validating.validate(write("configmaps", config(a="1"))) == []
    with pytest.raises(StatusError, match="failed expression"):
        await policies.validating.validate(write("configmaps", config(a="1", b="2")))


async def test_excluded_and_unbound_writes_are_left_alone(policies: Policies, shelf: Any, write: Any) -> None:
    constraints = {"resourceRules": [RULE], "excludeResourceRules": [{**RULE, "resourceNames": ["free"]}]}
    policies.declare("validating", {"matchConstraints": constraints, "validations": [{"expression": "false"}]})
    assert await policies.validating.validate(write("configmaps", config("free"))) == []
    assert await policies.validating.validate(write("secrets", {"metadata": {"name": "s"}})) == []
    with pytest.raises(StatusError):
        await policies.validating.validate(write("configmaps", config("other")))


async def test_a_policy_applies_a_configuration_and_patches(policies: Policies, write: Any) -> None:
    apply = {
        "patchType": "ApplyConfiguration",
        "applyConfiguration": {"expression": 'Object{metadata: Object.metadata{labels: {"added": object.data.k}}}'},
    }
    patch = {
        "patchType": "JSONPatch",
        "jsonPatch": {"expression": '[JSONPatch{op: "add", path: "/data/more", value: object.metadata.labels.added}]'},
    }
    policies.declare("mutating", {"mutations": [apply, patch]})
    found = await policies.mutating.mutate(write("configmaps", config(k="v")))
    assert found is not None
    assert (found["metadata"]["labels"], found["data"]) == ({"added": "v"}, {"k": "v", "more": "v"})


async def test_a_mutation_may_not_rename_and_its_failure_refuses(policies: Policies, write: Any) -> None:
    rename = {
        "patchType": "ApplyConfiguration",
        "applyConfiguration": {"expression": 'Object{metadata: Object.metadata{name: "x"}}'},
    }
    policies.declare("mutating", {"mutations": [rename]})
    with pytest.raises(StatusError) as refused:
        await policies.mutating.mutate(write("configmaps", config()))
    assert refused.value.message.startswith("policy 'p' with binding 'p-b' denied request: metadata.name must not be set")
    policies.declare("mutating", {"mutations": [rename], "failurePolicy": "Ignore"})
    assert await policies.mutating.mutate(write("configmaps", config())) == config()


async def test_a_policy_that_wants_it_sees_later_changes_once(policies: Policies, write: Any) -> None:
    def counting(key: str, **spec: Any) -> dict[str, Any]:
        counted = f"string(has(object.data.{key}) ? int(object.data.{key}) + 1 : 1)"
        expression = f'[JSONPatch{{op: "add", path: "/data/{key}", value: {counted}}}]'
        return {"mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": expression}}], **spec}

    policies.declare("mutating", counting("a", reinvocationPolicy="IfNeeded"), name="a")
    policies.declare("mutating", counting("b", reinvocationPolicy="Never"), name="b")
    found = await policies.mutating.mutate(write("configmaps", config()))
    assert found is not None and found["data"] == {"a": "2", "b": "1"}


CONSTRUCTS = [
    ('Object{metadata: Object.metadata{labels: {"a": b}}}', '{"metadata": {"labels": {"a": b}}}'),
    ("JSONPatch{value: has(b) ? c : d, e: f}", '{"value": has(b) ? c : d, "e": f}'),
    ("object.a ? {x: y} : {z: y}", "object.a ? {x: y} : {z: y}"),
    ('"Object{a: 1}" + s', '"Object{a: 1}" + s'),
    ("Object{a: 1} // Object{b: 2}", '{"a": 1} '),
    ("Object{?a: optional.none()}", '{?"a": optional.none()}'),
    ('"/a/" + jsonpatch.escapeKey(f("x"))', '"/a/" + (f("x")).replace("~", "~0").replace("/", "~1")'),
    ("Object{a__dash__b: [Object.a.b{c: 1}]}", '{"a-b": [{"c": 1}]}'),
]


@pytest.mark.parametrize("expression,expected", CONSTRUCTS)
def test_constructions_of_objects_are_read_as_maps(expression: str, expected: str) -> None:
    assert plain(expression) == expected


def test_a_condition_that_says_no_outweighs_one_that_fails(write: Any, expressions: CelExpressions) -> None:
    conditions = CelConditions(expressions)
    failing = {"name": "f", "expression": "object.nothing == 1"}
    no, yes = {"name": "n", "expression": "false"}, {"name": "y", "expression": "request.userInfo.username == 'ann'"}
    attributes = write("configmaps", config())
    assert conditions.hold([yes], attributes)
    assert not conditions.hold([failing, no], attributes)
    with pytest.raises(ConditionFailed, match="no such key: nothing"):
        conditions.hold([yes, failing], attributes)


BROKEN = [
    ({"validations": [{"expression": "object.x +"}]}, "validations[0].expression", "compilation failed: ERROR: <input>:1:11: Syntax error"),
    (
        {"validations": [{"expression": "true || nosuch.x.y"}]},
        "validations[0].expression",
        "<input>:1:9: undeclared reference to 'nosuch' (in container '')\n | true || nosuch.x.y\n | ........^",
    ),
    ({"validations": [{"expression": "'a'"}]}, "validations[0].expression", "must evaluate to bool"),
    ({"validations": [{"expression": "true", "messageExpression": "1"}]}, "validations[0].messageExpression", "must evaluate to string"),
    ({"matchConditions": [{"name": "n", "expression": "1"}]}, "matchConditions[0].expression", "must evaluate to bool"),
    ({"variables": [{"name": "n", "expression": ")"}]}, "variables[0].expression", "Syntax error"),
]


@pytest.mark.parametrize("spec,field,problem", BROKEN)
async def test_an_expression_nobody_can_evaluate_is_refused(
    spec: Any, field: str, problem: str, write: Any, expressions: CelExpressions
) -> None:
    policy = {"metadata": {"name": "p"}, "spec": spec}
    with pytest.raises(StatusError) as refused:
        await ExpressionChecks(expressions).validate(write(f"validatingadmissionpolicies.{GROUP}", policy))
    (cause,) = (refused.value.details or {})["causes"]
    assert (refused.value.http_status, cause["field"]) == (422, f"spec.{field}")
    assert problem in cause["message"]


async def test_expressions_that_were_there_before_are_not_asked_about_again(write: Any, expressions: CelExpressions) -> None:
    policy = {"metadata": {"name": "p"}, "spec": {"validations": [{"expression": "nosuch.x"}]}}
    changed = {**policy, "metadata": {"name": "p", "labels": {"a": "b"}}}
    assert await ExpressionChecks(expressions).validate(write(f"validatingadmissionpolicies.{GROUP}", changed, old=policy)) == ()


async def test_a_policy_may_ask_what_the_user_may(policies: Policies, write: Any) -> None:
    asked = "authorizer.group('').resource('configmaps').namespace('ns').name(object.metadata.name).check('approve').allowed()"
    policies.declare("validating", {"validations": [{"expression": f"{asked} || authorizer.requestResource.check('own').allowed()"}]})
    with pytest.raises(StatusError):
        await policies.validating.validate(write("configmaps", config()))
    assert await policies.validating.validate(write("configmaps", config(), user=User("root", (MASTERS,)))) == []


async def test_kubernetes_own_functions_are_there(policies: Policies, write: Any) -> None:
    expression = "quantity(object.data.size).isLessThan(quantity('1Gi')) && object.data.link.find('[a-z]+') == 'https'"
    policies.declare("validating", {"validations": [{"expression": expression}]})
    assert await policies.validating.validate(write("configmaps", config(size="500Mi", link="https://x"))) == []
    with pytest.raises(StatusError):
        await policies.validating.validate(write("configmaps", config(size="2Gi", link="https://x")))


async def test_what_is_to_be_audited_is_told_to_the_audit_log(policies: Policies, write: Any) -> None:
    annotation = {"key": "size", "valueExpression": "'size ' + string(object.data.size())"}
    spec = {"validations": [{"expression": "false", "message": "no"}], "auditAnnotations": [annotation]}
    policies.declare("validating", spec, {"validationActions": ["Audit"]})
    attributes = write("configmaps", config(a="1"))
    assert await policies.validating.validate(attributes) == []
    assert attributes.annotations["p/size"] == "size 1"
    (failure,) = json.loads(attributes.annotations["validation.policy.admission.k8s.io/validation_failure"])
    assert failure == {"message": "no", "policy": "p", "binding": "p-b", "validationActions": ["Audit"]}
