"""What a policy says of one write: match conditions, validations, their messages. Pure but for evaluating.

Source: k8s.io/apiserver pkg/admission/plugin/policy/validating/validator.go.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.apiserver.admission.policies.ports import ExpressionError, Expressions

_LONGEST_MESSAGE = 5 * 1024
_LONGEST_ANNOTATION = 10 * 1024


@dataclass(frozen=True, slots=True)
class Denial:
    """Shape: `reason` is a StatusReason."""

    message: str
    reason: str = "Invalid"


def evaluated(expression: str, variables: Mapping[str, Any], expressions: Expressions) -> Any:
    """Raises ExpressionError that names the expression."""
    try:
        return expressions.evaluate(expression, variables)
    except ExpressionError as error:
        raise ExpressionError(f"expression '{expression}' resulted in error: {error}") from error


def conditions_hold(conditions: Sequence[Mapping[str, str]], variables: Mapping[str, Any], expressions: Expressions) -> bool:
    """One that says no outweighs any that fails. Raises ExpressionError."""
    problems: list[str] = []
    for condition in conditions:
        try:
            if evaluated(condition["expression"], variables, expressions) is not True:
                return False
        except ExpressionError as error:
            problems.append(str(error))
    if problems:
        raise ExpressionError(problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]")
    return True


def denials(spec: Mapping[str, Any], variables: Mapping[str, Any], expressions: Expressions, *, fails: bool) -> Iterator[Denial]:
    """Of every validation that does not hold; with `fails` also of those that cannot be evaluated."""
    for validation in spec.get("validations") or ():
        try:
            if evaluated(validation["expression"], variables, expressions) is not True:
                yield Denial(_message(validation, variables, expressions), validation.get("reason") or "Invalid")
        except ExpressionError as error:
            if fails:
                yield Denial(str(error))
    for annotation in spec.get("auditAnnotations") or ():
        try:
            evaluated(annotation["valueExpression"], variables, expressions)
        except ExpressionError as error:
            if fails:
                yield Denial(str(error))


def audit_annotations(spec: Mapping[str, Any], variables: Mapping[str, Any], expressions: Expressions) -> Iterator[tuple[str, str]]:
    """What the policy has to say of the write. Those that fail or give no text are left out."""
    for annotation in spec.get("auditAnnotations") or ():
        try:
            found = expressions.evaluate(annotation["valueExpression"], variables)
        except ExpressionError:
            continue
        if isinstance(found, str) and found.strip():
            yield str(annotation.get("key")), found.strip()[:_LONGEST_ANNOTATION]


def _message(validation: Mapping[str, Any], variables: Mapping[str, Any], expressions: Expressions) -> str:
    computed = ""
    if validation.get("messageExpression"):
        try:
            found = expressions.evaluate(validation["messageExpression"], variables)
        except ExpressionError:
            found = ""
        computed = found.strip() if isinstance(found, str) else ""
    if computed and len(computed) <= _LONGEST_MESSAGE and "\n" not in computed:
        return computed
    return str(validation.get("message") or "").strip() or f"failed expression: {validation['expression'].strip()}"
