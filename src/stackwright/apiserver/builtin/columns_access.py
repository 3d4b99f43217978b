"""Tables of who may do what: accounts, role bindings, certificates, admission and flow control."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from stackwright.api.meta import Object, name_of
from stackwright.apiserver.builtin.cells import NONE, UNSET, Cells, age_of, condition, selector, spec_of, status_of
from stackwright.apiserver.builtin.elapsed import human

TABLES = """
serviceaccounts
Name | name
Secrets | | 1 | @secrets
Age

rolebindings.rbac.authorization.k8s.io
Name | name
Role | | | RoleRef can reference a Role in the current namespace or a ClusterRole in the global namespace. If the RoleRef cannot be resolved, the Authorizer must return an error.
Age
Users | | 1 | Users in the roleBinding
Groups | | 1 | Groups in the roleBinding
ServiceAccounts | | 1 | ServiceAccounts in the roleBinding

clusterrolebindings.rbac.authorization.k8s.io
Name | name
Role | | | RoleRef can only reference a ClusterRole in the global namespace. If the RoleRef cannot be resolved, the Authorizer must return an error.
Age
Users | | 1 | Users in the clusterRoleBinding
Groups | | 1 | Groups in the clusterRoleBinding
ServiceAccounts | | 1 | ServiceAccounts in the clusterRoleBinding

certificatesigningrequests.certificates.k8s.io
Name | name
Age
SignerName | | | @spec.signerName
Requestor | | | @spec.request
RequestedDuration | | | @spec.expirationSeconds
Condition | | | @status.conditions

mutatingwebhookconfigurations.admissionregistration.k8s.io
Name | name
Webhooks | integer | | Webhooks indicates the number of webhooks registered in this configuration
Age

validatingwebhookconfigurations.admissionregistration.k8s.io
Name | name
Webhooks | integer | | Webhooks indicates the number of webhooks registered in this configuration
Age

validatingadmissionpolicies.admissionregistration.k8s.io
Name | name
Validations | integer | | Validations indicates the number of validation rules defined in this configuration
ParamKind | | | ParamKind specifies the kind of resources used to parameterize this policy
Age

validatingadmissionpolicybindings.admissionregistration.k8s.io
Name | name
PolicyName | | | PolicyName indicates the policy definition which the policy binding binds to
ParamRef | | | ParamRef indicates the param resource which sets the configration param
Age

mutatingadmissionpolicies.admissionregistration.k8s.io
Name | name
Mutations | integer | | Mutation indicates the number of mutations rules defined in this configuration
ParamKind | | | ParamKind specifies the kind of resources used to parameterize this policy
Age

mutatingadmissionpolicybindings.admissionregistration.k8s.io
Name | name
PolicyName | | | PolicyName indicates the policy definition which the policy binding binds to
ParamRef | | | ParamRef indicates the param resource which sets the configration param
Age

flowschemas.flowcontrol.apiserver.k8s.io
Name | name
PriorityLevel | | | @spec.priorityLevelConfiguration
MatchingPrecedence | | | @spec.matchingPrecedence
DistinguisherMethod | | | @spec.distinguisherMethod
Age
MissingPL | | | references a broken or non-existent PriorityLevelConfiguration

prioritylevelconfigurations.flowcontrol.apiserver.k8s.io
Name | name
Type | | | @spec.type
NominalConcurrencyShares | | | @spec.limited.nominalConcurrencyShares
Queues | | | @spec.limited.limitResponse.queuing.queues
HandSize | | | @spec.limited.limitResponse.queuing.handSize
QueueLengthLimit | | | @spec.limited.limitResponse.queuing.queueLengthLimit
Age
"""  # noqa: E501 the texts are those of the API


def _account(obj: Object, now: datetime) -> Sequence[Any]:
    return name_of(obj), len(obj.get("secrets") or ()), age_of(obj, now)


def _binding(obj: Object, now: datetime) -> Sequence[Any]:
    role = obj.get("roleRef") or {}
    shown = f"{role.get('kind', '')}/{role.get('name', '')}"
    return name_of(obj), shown, age_of(obj, now), *(", ".join(_subjects(obj, kind)) for kind in ("User", "Group", "ServiceAccount"))


def _subjects(obj: Object, kind: str) -> list[str]:
    found = [each for each in obj.get("subjects") or () if each.get("kind") == kind]
    names = [str(each.get("name") or "") for each in found]
    if kind != "ServiceAccount":
        return names
    return [f"{each['namespace']}/{name}" if each.get("namespace") else name for each, name in zip(found, names)]


def _signing_request(obj: Object, now: datetime) -> Sequence[Any]:
    spec = spec_of(obj)
    seconds = spec.get("expirationSeconds")
    duration = NONE if seconds is None else human(int(seconds))
    return name_of(obj), age_of(obj, now), spec.get("signerName") or NONE, spec.get("username") or "", duration, _approval(obj)


def _approval(obj: Object) -> str:
    types = {each.get("type") for each in status_of(obj).get("conditions") or ()}
    found = ["Denied" if "Denied" in types else "Approved" if "Approved" in types else "Pending"]
    found += ["Failed"] if "Failed" in types else []
    found += ["Issued"] if status_of(obj).get("certificate") else []
    return ",".join(found)


def _webhooks(obj: Object, now: datetime) -> Sequence[Any]:
    return name_of(obj), len(obj.get("webhooks") or ()), age_of(obj, now)


def _policy(obj: Object, now: datetime) -> Sequence[Any]:
    spec = spec_of(obj)
    rules = spec.get("mutations" if obj.get("kind") == "MutatingAdmissionPolicy" else "validations") or ()
    kind = spec.get("paramKind")
    return name_of(obj), len(rules), f"{kind.get('apiVersion', '')}/{kind.get('kind', '')}" if kind else UNSET, age_of(obj, now)


def _policy_binding(obj: Object, now: datetime) -> Sequence[Any]:
    spec = spec_of(obj)
    return name_of(obj), spec.get("policyName") or "", _parameters(spec.get("paramRef")), age_of(obj, now)


def _parameters(reference: Mapping[str, Any] | None) -> str:
    if not reference:
        return UNSET
    if reference.get("name"):
        return f"{reference['namespace']}/{reference['name']}" if reference.get("namespace") else str(reference["name"])
    return selector(reference.get("selector"))


def _flow_schema(obj: Object, now: datetime) -> Sequence[Any]:
    spec = spec_of(obj)
    level = (spec.get("priorityLevelConfiguration") or {}).get("name") or NONE
    method = (spec.get("distinguisherMethod") or {}).get("type") or NONE
    dangling = condition(obj, "Dangling")
    missing = "?" if dangling is None else str(dangling.get("status") or "")
    return name_of(obj), level, spec.get("matchingPrecedence", 0), method, age_of(obj, now), missing


def _priority_level(obj: Object, now: datetime) -> Sequence[Any]:
    spec = spec_of(obj)
    limited: Mapping[str, Any] = spec.get("limited") or {}
    queuing: Mapping[str, Any] = (limited.get("limitResponse") or {}).get("queuing") or {}
    queues = [queuing.get(field, NONE) for field in ("queues", "handSize", "queueLengthLimit")]
    return name_of(obj), spec.get("type") or "", limited.get("nominalConcurrencyShares", NONE), *queues, age_of(obj, now)


CELLS: Mapping[str, Cells] = {
    "serviceaccounts": _account,
    "rolebindings.rbac.authorization.k8s.io": _binding,
    "clusterrolebindings.rbac.authorization.k8s.io": _binding,
    "certificatesigningrequests.certificates.k8s.io": _signing_request,
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": _webhooks,
    "validatingwebhookconfigurations.admissionregistration.k8s.io": _webhooks,
    "validatingadmissionpolicies.admissionregistration.k8s.io": _policy,
    "validatingadmissionpolicybindings.admissionregistration.k8s.io": _policy_binding,
    "mutatingadmissionpolicies.admissionregistration.k8s.io": _policy,
    "mutatingadmissionpolicybindings.admissionregistration.k8s.io": _policy_binding,
    "flowschemas.flowcontrol.apiserver.k8s.io": _flow_schema,
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": _priority_level,
}
