"""Refuses policies and webhooks whose expressions nobody could evaluate.

Source: k8s.io/kubernetes pkg/apis/admissionregistration/validation.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from stackwright.api.meta import Object
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.admission.policies.constructs import plain
from stackwright.apiserver.kind import FieldError
from stackwright.apiserver.refusals import invalid
from stackwright.kernel import json

_GROUP = "admissionregistration.k8s.io"
Result = Literal["bool", "string", "any"]


class Checker(Protocol):
    def problem(self, expression: str, result: Result) -> str:
        """Why the expression cannot be used; empty when it can."""
        ...


@dataclass(frozen=True, slots=True)
class ExpressionChecks:
    """A Validator."""

    checker: Checker

    async def validate(self, attributes: Attributes) -> Sequence[str]:
        """Raises StatusError 422."""
        obj, resource = attributes.object, attributes.resource
        if obj is None or resource.group != _GROUP or attributes.subresource or obj == attributes.old:
            return ()
        before = {expression for _, expression, _ in expressions_of(attributes.old or {})}
        errors = [
            FieldError("FieldValueInvalid", field, f"Invalid value: {json.dumps(expression).decode()}: {problem}")
            for field, expression, result in expressions_of(obj)
            if expression not in before and (problem := self.checker.problem(plain(expression), result))
        ]
        if errors:
            raise invalid(resource, attributes.name, errors)
        return ()


def expressions_of(obj: Object) -> Iterator[tuple[str, str, Result]]:
    """Every expression of a policy or webhook configuration: its field, its text, what it must give."""
    spec: Mapping[str, Any] = obj.get("spec") or {}
    yield from _listed("spec.variables", spec.get("variables"), expression="any")
    yield from _listed("spec.matchConditions", spec.get("matchConditions"), expression="bool")
    yield from _listed("spec.validations", spec.get("validations"), expression="bool", messageExpression="string")
    yield from _listed("spec.auditAnnotations", spec.get("auditAnnotations"), valueExpression="any")
    for index, mutation in enumerate(spec.get("mutations") or ()):
        for kind in ("applyConfiguration", "jsonPatch"):
            expression = (mutation.get(kind) or {}).get("expression")
            if expression:
                yield f"spec.mutations[{index}].{kind}.expression", str(expression), "any"
    for index, hook in enumerate(obj.get("webhooks") or ()):
        yield from _listed(f"webhooks[{index}].matchConditions", hook.get("matchConditions"), expression="bool")


def _listed(field: str, items: Sequence[Mapping[str, Any]] | None, **results: Result) -> Iterator[tuple[str, str, Result]]:
    for index, item in enumerate(items or ()):
        for key, result in results.items():
            if item.get(key):
                yield f"{field}[{index}].{key}", str(item[key]), result
