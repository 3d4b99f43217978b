"""Role-based access control over the objects of the cluster.

Source: k8s.io/kubernetes plugin/pkg/auth/authorizer/rbac and pkg/registry/rbac/validation/rule.go.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from stackwright.api.meta import Object, labels_of, name_of, namespace_of
from stackwright.api.selectors import from_object
from stackwright.api.user import MASTERS, User
from stackwright.apiserver.auth.ports import Access, Decision
from stackwright.apiserver.auth.rules import Rule, allows

GROUP = "rbac.authorization.k8s.io"
ROLES, ROLE_BINDINGS = f"roles.{GROUP}", f"rolebindings.{GROUP}"
CLUSTER_ROLES, CLUSTER_ROLE_BINDINGS = f"clusterroles.{GROUP}", f"clusterrolebindings.{GROUP}"


class Objects(Protocol):
    """The part of an ObjectStore that deciding needs."""

    def get(self, bucket: str, namespace: str, name: str) -> Object | None: ...

    def list(self, bucket: str, namespace: str | None = None) -> list[Object]: ...


@dataclass(frozen=True, slots=True)
class Grant:
    """One binding that applies to a user. Shape: `rules` is None when the role is missing."""

    binding: Object
    subject: Mapping[str, Any]
    rules: Sequence[Rule] | None

    @property
    def reason(self) -> str:
        namespace, kind = namespace_of(self.binding), self.binding.get("kind")
        name = f"{name_of(self.binding)}/{namespace}" if namespace else name_of(self.binding)
        role = self.binding["roleRef"]
        who = self.subject.get("name", "")
        if self.subject.get("kind") == "ServiceAccount":
            who = f"{who}/{self.subject.get('namespace', '')}"
        return f'RBAC: allowed by {kind} "{name}" of {role["kind"]} "{role["name"]}" to {self.subject.get("kind")} "{who}"'

    @property
    def fault(self) -> str:
        role = self.binding["roleRef"]
        return f'{str(role["kind"]).lower()}.{GROUP} "{role["name"]}" not found'


class Rbac:
    """An Authorizer. `system:masters` may do everything, whatever the bindings say."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def authorize(self, user: User, access: Access) -> Decision:
        if MASTERS in user.groups:
            return Decision(True)
        faults: list[str] = []
        for grant in self.grants(user, access.namespace):
            if grant.rules is None:
                faults.append(grant.fault)
            elif any(allows(rule, access) for rule in grant.rules):
                return Decision(True, grant.reason)
        if len(faults) > 1:
            return Decision(False, f"RBAC: [{', '.join(faults)}]")
        return Decision(False, f"RBAC: {faults[0]}" if faults else "")

    def grants(self, user: User, namespace: str) -> Iterator[Grant]:
        """All that the user holds in a namespace, or at cluster scope where it is empty."""
        for binding in self._objects.list(CLUSTER_ROLE_BINDINGS):
            if (subject := subject_of(binding, user)) is not None:
                yield Grant(binding, subject, self.rules_of(binding.get("roleRef") or {}, ""))
        for binding in self._objects.list(ROLE_BINDINGS, namespace) if namespace else ():
            if (subject := subject_of(binding, user)) is not None:
                yield Grant(binding, subject, self.rules_of(binding.get("roleRef") or {}, namespace))

    def rules(self, user: User, namespace: str) -> tuple[list[Rule], list[str]]:
        """What the user holds, and which bindings point at nothing."""
        found: list[Rule] = []
        faults: list[str] = []
        for grant in self.grants(user, namespace):
            if grant.rules is None:
                faults.append(grant.fault)
            else:
                found += grant.rules
        return found, faults

    def rules_of(self, role: Mapping[str, Any], namespace: str) -> Sequence[Rule] | None:
        """None when the role is not there."""
        bucket, place = (ROLES, namespace) if role.get("kind") == "Role" else (CLUSTER_ROLES, "")
        found = self._objects.get(bucket, place, str(role.get("name") or ""))
        return None if found is None else found.get("rules") or ()


def subject_of(binding: Object, user: User) -> Mapping[str, Any] | None:
    """The subject of the binding that the user is."""
    subjects: Sequence[Mapping[str, Any]] = binding.get("subjects") or ()
    for subject in subjects:
        name = subject.get("name")
        match subject.get("kind"):
            case "User" if name == user.name:
                return subject
            case "Group" if name in user.groups:
                return subject
            case "ServiceAccount":
                namespace = subject.get("namespace") or namespace_of(binding)
                if namespace and user.name == f"system:serviceaccount:{namespace}:{name}":
                    return subject
    return None


def aggregated_rules(role: Object, roles: Sequence[Object]) -> list[Rule] | None:
    """The rules that a role with an aggregationRule should have; None for a role without one."""
    selectors = (role.get("aggregationRule") or {}).get("clusterRoleSelectors")
    if not selectors:
        return None
    found: list[Rule] = []
    for selector in selectors:
        matching = from_object(selector)
        for other in roles:
            if name_of(other) != name_of(role) and matching is not None and matching.matches(labels_of(other)):
                found += [rule for rule in other.get("rules") or () if rule not in found]
    return found
