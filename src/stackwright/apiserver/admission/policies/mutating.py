"""Changes objects as MutatingAdmissionPolicies say.

Source: k8s.io/apiserver pkg/admission/plugin/policy/mutating.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from stackwright.api.meta import Object, name_of
from stackwright.api.status import StatusError
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.admission.matching import converted, namespace_of
from stackwright.apiserver.admission.policies.constructs import plain
from stackwright.apiserver.admission.policies.judging import conditions_hold, evaluated
from stackwright.apiserver.admission.policies.matching import Concerned, concerned
from stackwright.apiserver.admission.policies.params import BadBinding, parameters
from stackwright.apiserver.admission.policies.ports import ExpressionError, Expressions
from stackwright.apiserver.admission.policies.variables import composed, seen
from stackwright.apiserver.auth.rbac import Objects
from stackwright.apiserver.registry import Registry
from stackwright.store import jsonpatch
from stackwright.store.ownership.merge import merged

_GROUP = "admissionregistration.k8s.io"
_POLICIES, _BINDINGS = f"mutatingadmissionpolicies.{_GROUP}", f"mutatingadmissionpolicybindings.{_GROUP}"
_FIXED = ("name", "generateName", "namespace", "uid", "resourceVersion", "creationTimestamp")


class CannotMutate(Exception):
    """The result of a mutation cannot be used. Shape: `str()` says why."""


@dataclass(frozen=True, slots=True)
class MutatingPolicies:
    """A Mutator. Policies that want it see the changes of later ones once; `later_round` asks only these."""

    objects: Objects
    registry: Registry
    expressions: Expressions
    later_round: bool = False

    async def mutate(self, attributes: Attributes) -> Object | None:
        """Raises StatusError."""
        if attributes.object is None:
            return None
        again: list[tuple[str, str, Object | None]] = []
        changed = attributes
        for each in self._concerned(attributes):
            if self.later_round and not _reinvoked(each):
                continue
            changed = replace(changed, object=self._mutated(each, changed))
            if _reinvoked(each):
                again.append((name_of(each.policy), name_of(each.binding), changed.object))
        for policy, binding, left in again:
            if changed.object != left:
                changed = self._once_more(changed, policy, binding)
        return changed.object

    def _concerned(self, attributes: Attributes) -> list[Concerned]:
        return list(concerned(_POLICIES, _BINDINGS, attributes, self.objects, self.registry))

    def _once_more(self, attributes: Attributes, policy: str, binding: str) -> Attributes:
        for each in self._concerned(attributes):
            if (name_of(each.policy), name_of(each.binding)) == (policy, binding):
                attributes = replace(attributes, object=self._mutated(each, attributes))
        return attributes

    def _mutated(self, each: Concerned, attributes: Attributes) -> Object | None:
        try:
            for params in parameters(each.spec, each.binding.get("spec") or {}, attributes, self.objects, self.registry):
                attributes = replace(attributes, object=self._with_params(each, attributes, params))
        except (BadBinding, ExpressionError, CannotMutate, jsonpatch.PatchDoesNotApply) as error:
            if each.fails:
                raise _denied(each, attributes, error) from error
        return attributes.object

    def _with_params(self, each: Concerned, attributes: Attributes, params: Object | None) -> Object | None:
        for number, mutation in enumerate(each.spec.get("mutations") or ()):
            obj = converted(attributes.object, attributes.resource, each.asked.resource, self.registry)
            asked = replace(each.asked, object=obj)
            base = {**seen(attributes, asked, namespace_of(attributes, self.objects)), "params": params}
            variables = composed(each.spec.get("variables") or (), base, self.expressions)
            if number == 0 and not conditions_hold(each.spec.get("matchConditions") or (), variables, self.expressions):
                return attributes.object
            new = self._carried_out(mutation, asked, variables)
            attributes = replace(attributes, object=converted(new, each.asked.resource, attributes.resource, self.registry))
        return attributes.object

    def _carried_out(self, mutation: Mapping[str, Any], asked: Attributes, variables: Mapping[str, Any]) -> Object:
        """Raises ExpressionError, CannotMutate, PatchDoesNotApply."""
        obj: Object = asked.object or {}
        if mutation.get("patchType") == "JSONPatch":
            operations = self._value((mutation.get("jsonPatch") or {}).get("expression", ""), variables)
            if not isinstance(operations, list) or len(operations) > jsonpatch.MAX_OPERATIONS:
                raise CannotMutate("JSONPatch expression must return a list of JSONPatch")
            patched: Object = jsonpatch.patched(obj, operations)
            return patched
        configuration = self._value((mutation.get("applyConfiguration") or {}).get("expression", ""), variables)
        if not isinstance(configuration, Mapping):
            raise CannotMutate("ApplyConfiguration expression must return an object")
        return self._applied(obj, configuration, asked)

    def _value(self, expression: str, variables: Mapping[str, Any]) -> Any:
        return evaluated(plain(expression), variables, self.expressions)

    def _applied(self, obj: Object, configuration: Mapping[str, Any], asked: Attributes) -> Object:
        named = [key for key in ("apiVersion", "kind") if key in configuration]
        named += [f"metadata.{key}" for key in _FIXED if key in (configuration.get("metadata") or {})]
        if named:
            raise CannotMutate(f"{named[0]} must not be set by an ApplyConfiguration")
        resource = asked.resource
        kind = self.registry.find(resource.group, resource.version, resource.plural)
        if kind is None:
            raise CannotMutate(f"{resource.qualified} is not served")
        return merged(obj, configuration, kind.schema)


def _reinvoked(each: Concerned) -> bool:
    return bool(each.spec.get("reinvocationPolicy") == "IfNeeded")


def _denied(each: Concerned, attributes: Attributes, error: Exception) -> StatusError:
    text = f"failed to configure binding: {error}" if isinstance(error, BadBinding) else str(error)
    message = f"policy '{name_of(each.policy)}' with binding '{name_of(each.binding)}' denied request: {text}"
    details = {**(attributes.refused("").details or {}), "causes": [{"message": message}]}
    return StatusError(403, "Forbidden", message, details)
