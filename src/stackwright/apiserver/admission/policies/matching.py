"""Which writes a policy and its bindings are about.

Source: k8s.io/apiserver pkg/admission/plugin/policy/matching.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, name_of
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.admission.matching import is_exempt, matched_as, namespace_matches, object_matches, rule_matches
from stackwright.apiserver.auth.rbac import Objects
from stackwright.apiserver.registry import Registry

Constraints = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Concerned:
    """A policy with one of its bindings, and the write as the policy's rules name it."""

    policy: Object
    binding: Object
    asked: Attributes

    @property
    def spec(self) -> Mapping[str, Any]:
        return self.policy.get("spec") or {}

    @property
    def fails(self) -> bool:
        """Errors refuse the write."""
        return bool(self.spec.get("failurePolicy") != "Ignore")


def concerned(policies: str, bindings: str, attributes: Attributes, objects: Objects, registry: Registry) -> Iterator[Concerned]:
    """Shape: `policies` and `bindings` are buckets. By the names of policies, then of bindings."""
    if is_exempt(attributes.resource):
        return
    bound = objects.list(bindings)
    for policy in objects.list(policies) if bound else ():
        spec = policy.get("spec") or {}
        asked = _matched(spec.get("matchConstraints") or {}, attributes, objects, registry)
        for binding in bound if asked is not None else ():
            named = (binding.get("spec") or {}).get("policyName") == name_of(policy)
            if named and _binding_matches((binding.get("spec") or {}).get("matchResources"), attributes, objects, registry):
                assert asked is not None
                yield Concerned(policy, binding, asked)


def _binding_matches(constraints: Constraints | None, attributes: Attributes, objects: Objects, registry: Registry) -> bool:
    """A binding without rules of its own takes all that the policy takes."""
    if constraints is None:
        return True
    if constraints.get("resourceRules"):
        return _matched(constraints, attributes, objects, registry) is not None
    return _selected(constraints, attributes, objects) and not _excluded(constraints, attributes)


def _matched(constraints: Constraints, attributes: Attributes, objects: Objects, registry: Registry) -> Attributes | None:
    if not _selected(constraints, attributes, objects) or _excluded(constraints, attributes):
        return None
    policy = constraints.get("matchPolicy") or "Equivalent"
    return matched_as(constraints.get("resourceRules") or (), policy, attributes, registry)


def _selected(constraints: Constraints, attributes: Attributes, objects: Objects) -> bool:
    return object_matches(constraints.get("objectSelector"), attributes) and namespace_matches(
        constraints.get("namespaceSelector"), attributes, objects
    )


def _excluded(constraints: Constraints, attributes: Attributes) -> bool:
    return any(rule_matches(rule, attributes) for rule in constraints.get("excludeResourceRules") or ())
