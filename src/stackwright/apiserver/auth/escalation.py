"""Nobody grants what they do not hold: checks on roles and bindings, in the form of an admission plug-in.

Source: k8s.io/kubernetes pkg/registry/rbac (policybased storage, escalation_check.go).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from stackwright.api.meta import Object
from stackwright.api.status import StatusError, forbidden, not_found
from stackwright.api.user import MASTERS, User
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.auth.ports import Access
from stackwright.apiserver.auth.rbac import GROUP, Rbac
from stackwright.apiserver.auth.rules import Rule, quoted, shown, uncovered

_ROLES = ("roles", "clusterroles")
_BINDINGS = ("rolebindings", "clusterrolebindings")


@dataclass(frozen=True, slots=True)
class Escalation:
    """A Validator."""

    rbac: Rbac

    async def validate(self, attributes: Attributes) -> Sequence[str]:
        """Raises StatusError 403, and 404 for a binding to a role that is not there."""
        obj, resource = attributes.object, attributes.resource
        if obj is None or resource.group != GROUP or MASTERS in attributes.user.groups:
            return ()
        if resource.plural in _ROLES and not self._unchanged(attributes, "rules", "aggregationRule"):
            self._check_role(attributes, obj)
        if resource.plural in _BINDINGS and not self._unchanged(attributes, "roleRef", "subjects"):
            self._check_binding(attributes, obj)
        return ()

    @staticmethod
    def _unchanged(attributes: Attributes, *fields: str) -> bool:
        old, new = attributes.old, attributes.object or {}
        return old is not None and all((old.get(field) or None) == (new.get(field) or None) for field in fields)

    def _allowed(self, attributes: Attributes, verb: str, resource: str, name: str) -> bool:
        access = Access(verb, GROUP, "v1", resource, "", attributes.namespace, name)
        return self.rbac.authorize(attributes.user, access).allowed

    def _check_role(self, attributes: Attributes, role: Object) -> None:
        if self._allowed(attributes, "escalate", attributes.resource.plural, attributes.name):
            return
        wanted: list[Rule] = list(role.get("rules") or ())
        if role.get("aggregationRule"):
            wanted += [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}, {"nonResourceURLs": ["*"], "verbs": ["*"]}]
        self._check_held(attributes, wanted)

    def _check_binding(self, attributes: Attributes, binding: Object) -> None:
        role = binding.get("roleRef") or {}
        name = str(role.get("name") or "")
        if self._allowed(attributes, "bind", "roles" if role.get("kind") == "Role" else "clusterroles", name):
            return
        rules = self.rbac.rules_of(role, attributes.namespace)
        if rules is None:
            raise not_found(GROUP, attributes.resource.plural, name)
        self._check_held(attributes, rules)

    def _check_held(self, attributes: Attributes, wanted: Sequence[Rule]) -> None:
        held, faults = self.rbac.rules(attributes.user, attributes.namespace)
        missing = uncovered(held, wanted)
        if missing:
            raise _refusal(attributes, attributes.user, missing, faults)


def _refusal(attributes: Attributes, user: User, missing: Sequence[Rule], faults: Sequence[str]) -> StatusError:
    lines = "\n".join(shown(rule) for rule in missing)
    cause = f'user "{user.name}" (groups={quoted(user.groups)}) is attempting to grant RBAC permissions not currently held:\n{lines}'
    if faults:
        cause += f"; resolution errors: [{', '.join(faults)}]"
    return forbidden(GROUP, attributes.resource.plural, attributes.name, cause)
