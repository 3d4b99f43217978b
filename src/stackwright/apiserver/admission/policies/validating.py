"""Refuses, warns of, or records what a ValidatingAdmissionPolicy does not like.

Source: k8s.io/apiserver pkg/admission/plugin/policy/validating (dispatcher.go).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, name_of
from stackwright.api.status import StatusError
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.admission.matching import namespace_of
from stackwright.apiserver.admission.policies.judging import Denial, audit_annotations, conditions_hold, denials
from stackwright.apiserver.admission.policies.matching import Concerned, concerned
from stackwright.apiserver.admission.policies.params import BadBinding, parameters
from stackwright.apiserver.admission.policies.ports import ExpressionError, Expressions
from stackwright.apiserver.admission.policies.variables import composed, seen
from stackwright.apiserver.auth.rbac import Objects
from stackwright.apiserver.registry import Registry
from stackwright.kernel import json

_GROUP = "admissionregistration.k8s.io"
_POLICIES, _BINDINGS = f"validatingadmissionpolicies.{_GROUP}", f"validatingadmissionpolicybindings.{_GROUP}"
_FAILURES = "validation.policy.admission.k8s.io/validation_failure"
_CODES = {"Forbidden": 403, "Unauthorized": 401, "RequestEntityTooLarge": 413, "Invalid": 422}


@dataclass(frozen=True, slots=True)
class ValidatingPolicies:
    """A Validator."""

    objects: Objects
    registry: Registry
    expressions: Expressions

    async def validate(self, attributes: Attributes) -> Sequence[str]:
        """Raises StatusError with the first denial."""
        warnings: list[str] = []
        failures: list[dict[str, Any]] = []
        first: StatusError | None = None
        for each in concerned(_POLICIES, _BINDINGS, attributes, self.objects, self.registry):
            actions = (each.binding.get("spec") or {}).get("validationActions") or ()
            for denial, certain in self._denials(each, attributes):
                if certain or "Deny" in actions:
                    first = first or denied(each, denial, attributes)
                if not certain and "Warn" in actions:
                    warnings.append(f"Validation failed for {_named(each)}: {denial.message}")
                if not certain and "Audit" in actions:
                    failures.append({"message": denial.message, **_names(each), "validationActions": list(actions)})
        if failures:
            attributes.annotations[_FAILURES] = json.dumps(failures).decode()
        if first is not None:
            attributes.warnings.extend(warnings)
            raise first
        return warnings

    def _denials(self, each: Concerned, attributes: Attributes) -> Iterator[tuple[Denial, bool]]:
        """Shape: with True those that no choice of actions softens."""
        try:
            found = parameters(each.spec, each.binding.get("spec") or {}, attributes, self.objects, self.registry)
        except BadBinding as error:
            if each.fails:
                yield Denial(f"failed to configure binding: {error}"), True
            return
        for params in found:
            yield from ((denial, False) for denial in self._judged(each, attributes, params))

    def _judged(self, each: Concerned, attributes: Attributes, params: Object | None) -> Iterator[Denial]:
        base = {**seen(attributes, each.asked, namespace_of(attributes, self.objects)), "params": params}
        variables = composed(each.spec.get("variables") or (), base, self.expressions)
        try:
            if not conditions_hold(each.spec.get("matchConditions") or (), variables, self.expressions):
                return
        except ExpressionError as error:
            if each.fails:
                yield Denial(str(error))
            return
        yield from denials(each.spec, variables, self.expressions, fails=each.fails)
        for key, value in audit_annotations(each.spec, variables, self.expressions):
            attributes.annotations[f"{name_of(each.policy)}/{key}"] = value


def _named(each: Concerned) -> str:
    return f"ValidatingAdmissionPolicy '{name_of(each.policy)}' with binding '{name_of(each.binding)}'"


def _names(each: Concerned) -> dict[str, str]:
    return {"policy": name_of(each.policy), "binding": name_of(each.binding)}


def denied(each: Concerned, denial: Denial, attributes: Attributes) -> StatusError:
    message = f"{_named(each)} denied request: {denial.message}"
    refused = attributes.refused(message)
    details = {**(refused.details or {}), "causes": [{"message": message}]}
    return StatusError(_CODES.get(denial.reason, 422), denial.reason, refused.message, details)
