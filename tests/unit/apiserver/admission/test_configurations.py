"""What webhook configurations and policies must look like."""

from typing import Any

import pytest

from stackwright.api.status import StatusError
from stackwright.apiserver.admission.configurations.plugin import ConfigurationChecks, problems

RULE = {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "scope": "*"}
HOOK = {
    "name": "a.example.com",
    "sideEffects": "None",
    "admissionReviewVersions": ["v1"],
    "clientConfig": {"url": "https://hooks.example/x"},
    "rules": [RULE],
    "timeoutSeconds": 10,
}
POLICY = {"failurePolicy": "Fail", "matchConstraints": {"resourceRules": [RULE]}, "validations": [{"expression": "true"}]}
BINDING = {"policyName": "p", "validationActions": ["Deny"]}
URL_FORM = "; desired format: https://host[/path]"


def of_hook(**change: Any) -> list[str]:
    hook = {key: value for key, value in {**HOOK, **change}.items() if value is not None}
    return [str(error) for error in problems("validatingwebhookconfigurations", {"webhooks": [hook]})]


def of_policy(**change: Any) -> list[str]:
    spec = {key: value for key, value in {**POLICY, **change}.items() if value is not None}
    return [str(error) for error in problems("validatingadmissionpolicies", {"spec": spec})]


def of_binding(**change: Any) -> list[str]:
    return [str(error) for error in problems("validatingadmissionpolicybindings", {"spec": {**BINDING, **change}})]


def test_what_is_right_has_no_problems() -> None:
    assert of_hook() == of_policy() == of_binding() == []


HOOKS = [
    ({"name": "bad"}, 'name: Invalid value: "bad": should be a domain with at least three segments separated by dots'),
    ({"name": ""}, "name: Required value"),
    ({"sideEffects": None}, "sideEffects: Required value: must specify one of None, NoneOnDryRun"),
    ({"sideEffects": "Some"}, 'sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"'),
    ({"timeoutSeconds": 31}, "timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds"),
    ({"clientConfig": {}}, "clientConfig: Required value: exactly one of url or service is required"),
    (
        {"clientConfig": {"url": "http://x"}},
        f"clientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme{URL_FORM}",
    ),
    ({"clientConfig": {"url": "https://x?a=b"}}, 'clientConfig.url: Invalid value: "a=b": query parameters are not permitted in the URL'),
    ({"clientConfig": {"service": {"name": "s"}}}, "clientConfig.service.namespace: Required value: service namespace is required"),
    ({"admissionReviewVersions": []}, "admissionReviewVersions: Required value: must specify one of v1, v1beta1"),
    ({"admissionReviewVersions": ["v3"]}, 'admissionReviewVersions: Invalid value: ["v3"]: must include at least one of v1, v1beta1'),
    ({"failurePolicy": "Maybe"}, 'failurePolicy: Unsupported value: "Maybe": supported values: "Fail", "Ignore"'),
    ({"rules": [{**RULE, "operations": []}]}, "rules[0].operations: Required value"),
    (
        {"rules": [{**RULE, "resources": ["*", "pods"]}]},
        'rules[0].resources: Invalid value: ["*","pods"]: if \'*\' is present, must not specify other resources without subresources',
    ),
    ({"matchConditions": [{"name": "a", "expression": " "}]}, "matchConditions[0].expression: Required value"),
]


@pytest.mark.parametrize("change,expected", HOOKS)
def test_what_is_wrong_with_a_hook_is_told_by_its_field(change: Any, expected: str) -> None:
    assert of_hook(**change) == [f"webhooks[0].{expected}"]


POLICIES = [
    ({"matchConstraints": None}, ["spec.matchConstraints: Required value"]),
    ({"matchConstraints": {}}, ["spec.matchConstraints.resourceRules: Required value"]),
    (
        {"validations": None},
        [
            f"spec.{name}: Required value: validations or auditAnnotations must contain at least one item"
            for name in ("validations", "auditAnnotations")
        ],
    ),
    ({"validations": [{"expression": " "}]}, ["spec.validations[0].expression: Required value: expression is not specified"]),
    ({"paramKind": {"kind": "ConfigMap"}}, ["spec.paramKind.apiVersion: Required value"]),
    (
        {"validations": [{"expression": "a\n|| b"}]},
        ["spec.validations[0].message: Required value: message must be specified if expression contains line breaks"],
    ),
]


@pytest.mark.parametrize("change,expected", POLICIES)
def test_what_is_wrong_with_a_policy_is_told_by_its_field(change: Any, expected: list[str]) -> None:
    assert of_policy(**change) == expected


BINDINGS = [
    ({"policyName": ""}, "spec.policyName: Required value"),
    ({"validationActions": []}, "spec.validationActions: Required value"),
    ({"validationActions": ["Deny", "Deny"]}, 'spec.validationActions[1]: Duplicate value: "Deny"'),
    ({"validationActions": ["Log"]}, 'spec.validationActions[0]: Unsupported value: "Log": supported values: "Audit", "Deny", "Warn"'),
    ({"paramRef": {"name": "a"}}, "spec.paramRef.parameterNotFoundAction: Required value"),
    (
        {"paramRef": {"parameterNotFoundAction": "Deny"}},
        "spec.paramRef: Required value: one of name or selector must be specified",
    ),
]


@pytest.mark.parametrize("change,expected", BINDINGS)
def test_what_is_wrong_with_a_binding_is_told_by_its_field(change: Any, expected: str) -> None:
    assert of_binding(**change) == [expected]


async def test_all_problems_are_told_at_once_and_old_ones_not_again(write: Any) -> None:
    resource = "validatingwebhookconfigurations.admissionregistration.k8s.io"
    bad = {"metadata": {"name": "w"}, "webhooks": [{"name": "bad", "clientConfig": {"url": "http://x"}}]}
    with pytest.raises(StatusError) as refused:
        await ConfigurationChecks().validate(write(resource, bad))
    fields = [cause["field"].partition(".")[2] for cause in (refused.value.details or {})["causes"]]
    assert fields == ["name", "sideEffects", "clientConfig.url", "admissionReviewVersions"]
    labelled = {**bad, "metadata": {"name": "w", "labels": {"a": "b"}}}
    assert await ConfigurationChecks().validate(write(resource, labelled, old=bad)) == ()
