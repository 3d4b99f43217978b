"""What requests for certificates and the rules of flow control are refused for, in the words of the API."""

import base64
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from kind_bench import changed, kind_of, made, problems

from stackwright.api.meta import Object

_CERTIFICATES, _FLOWS = "certificates.k8s.io/v1", "flowcontrol.apiserver.k8s.io/v1"


def _pem() -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dev")])
    signed = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return base64.b64encode(signed.public_bytes(serialization.Encoding.PEM)).decode()


_SPEC = {"request": _pem(), "usages": ["client auth"], "signerName": "a.example/b"}


@pytest.mark.parametrize(
    ("reason", "spec", "wanted"),
    [
        ("a good one", {}, []),
        ("no usage", {"usages": []}, ["spec.usages: Required value"]),
        ("a usage twice", {"usages": ["any", "any"]}, ['spec.usages[1]: Duplicate value: "any"']),
        (
            "no signer of a domain",
            {"signerName": "x"},
            ["spec.signerName: Invalid value: \"x\": must be a fully qualified domain and path of the form 'example.com/signer-name'"],
        ),
        (
            "a short life",
            {"expirationSeconds": 1},
            ["spec.expirationSeconds: Invalid value: 1: may not specify a duration less than 600 seconds (10 minutes)"],
        ),
        ("no request", {"request": "eA=="}, ['spec.request: Invalid value: "eA==": PEM block type must be CERTIFICATE REQUEST']),
    ],
)
def test_requests_for_certificates_have_rules(reason: str, spec: dict[str, Any], wanted: list[str]) -> None:
    assert problems(_CERTIFICATES, "CertificateSigningRequest", spec={**_SPEC, **spec}) == wanted, reason


def _decided(*kinds: str) -> Object:
    conditions = [{"type": each, "status": "True", "reason": "r"} for each in kinds]
    return {**made(_CERTIFICATES, "CertificateSigningRequest", spec=_SPEC), "status": {"conditions": conditions}}


def test_a_request_is_decided_once_and_by_approval_alone() -> None:
    status = _decided("Approved")["status"]
    own = kind_of(_CERTIFICATES, "CertificateSigningRequest")
    assert own.for_update(_decided("Approved"), _decided(), "approval")["status"] == status
    assert changed(_decided(), "approval", status=status) == []
    assert changed(_decided("Approved"), "approval", status={"conditions": []}) == [
        'status.conditions: Forbidden: updates may not remove a condition of type "Approved"'
    ]
    assert changed(_decided(), "approval", status=_decided("Approved", "Denied")["status"]) == [
        'status.conditions[1].type: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive'
    ]
    assert changed(_decided(), "status", status=status) == [
        'status.conditions: Forbidden: updates may not add a condition of type "Approved"'
    ]


def test_what_a_certificate_was_asked_for_stays() -> None:
    own, old = kind_of(_CERTIFICATES, "CertificateSigningRequest"), _decided()
    assert own.for_update({**old, "spec": {**_SPEC, "usages": ["any"]}}, old, "")["spec"] == old["spec"]


_RULE = {
    "subjects": [{"kind": "User", "user": {"name": "a"}}],
    "resourceRules": [{"verbs": ["get"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"]}],
}


@pytest.mark.parametrize(
    ("reason", "spec", "wanted"),
    [
        ("a good one", {}, []),
        ("too late", {"matchingPrecedence": 10001}, ["spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000"]),
        (
            "no level",
            {"priorityLevelConfiguration": {"name": ""}},
            ["spec.priorityLevelConfiguration.name: Required value: must reference a priority level"],
        ),
        (
            "no subject and nothing asked for",
            {"rules": [{}]},
            [
                "spec.rules[0].subjects: Required value: subjects must contain at least one value",
                "spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty",
            ],
        ),
        (
            "a subject of another kind",
            {"rules": [{**_RULE, "subjects": [{"kind": "Group", "user": {"name": "a"}}]}]},
            [
                "spec.rules[0].subjects[0].group: Required value: group is required when subject kind is 'Group'",
                "spec.rules[0].subjects[0].user: Forbidden: user is forbidden when subject kind is not 'User'",
            ],
        ),
    ],
)
def test_flow_schemas_have_rules(reason: str, spec: dict[str, Any], wanted: list[str]) -> None:
    good = {"priorityLevelConfiguration": {"name": "a"}, "matchingPrecedence": 10, "rules": [_RULE]}
    assert problems(_FLOWS, "FlowSchema", spec={**good, **spec}) == wanted, reason


@pytest.mark.parametrize(
    ("reason", "spec", "wanted"),
    [
        ("a good one", {"type": "Limited", "limited": {"limitResponse": {"type": "Reject"}}}, []),
        (
            "exempt by another name",
            {"type": "Exempt"},
            ["spec.type: Invalid value: \"Exempt\": type must be 'Exempt' if and only if name is 'exempt'"],
        ),
        ("no limits", {"type": "Limited"}, ["spec.limited: Required value: must not be empty when type is Limited"]),
        (
            "more hands than queues",
            {
                "type": "Limited",
                "limited": {"limitResponse": {"type": "Queue", "queuing": {"queues": 2, "handSize": 3, "queueLengthLimit": 1}}},
            },
            ["spec.limited.limitResponse.queuing.handSize: Invalid value: 3: should not be greater than queues (2)"],
        ),
    ],
)
def test_priority_levels_have_rules(reason: str, spec: dict[str, Any], wanted: list[str]) -> None:
    assert problems(_FLOWS, "PriorityLevelConfiguration", spec=spec) == wanted, reason
