"""Evaluates the expressions of policies and match conditions in CEL as Kubernetes speaks it."""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.admission.conditions import ConditionFailed
from stackwright.apiserver.admission.policies.asking import functions
from stackwright.apiserver.admission.policies.checking import Result
from stackwright.apiserver.admission.policies.judging import conditions_hold
from stackwright.apiserver.admission.policies.ports import ExpressionError, Expressions
from stackwright.apiserver.admission.policies.variables import seen
from stackwright.apiserver.auth.ports import Authorizer
from stackwright.apiserver.expressions import format_functions
from stackwright.kernel.cel import DYN, CompileError, Environment, EvaluationError

_VARIABLES = ("object", "oldObject", "request", "params", "namespaceObject", "variables")
_AUTHORIZER = {"authorizer": "map<string, dyn>"}


class CelExpressions:
    """policies.ports.Expressions and policies.checking.Checker over JSON values."""

    def __init__(self, authorizer: Authorizer) -> None:
        self._environment = Environment(dict.fromkeys(_VARIABLES, DYN) | _AUTHORIZER, [*functions(authorizer), *format_functions()])

    def problem(self, expression: str, result: Result) -> str:
        try:
            given = self._environment.compile(expression).result
        except CompileError as error:
            return f"compilation failed: {error}"
        return "" if result == "any" or given in (result, "dyn") else f"must evaluate to {result}"

    def evaluate(self, expression: str, variables: Mapping[str, Any]) -> Any:
        """Raises ExpressionError."""
        try:
            return self._environment.compile(expression).evaluate(variables)
        except CompileError as error:
            raise ExpressionError(f"compilation failed: {error}") from error
        except EvaluationError as error:
            raise ExpressionError(str(error)) from error


class CelConditions:
    """admission.conditions.Conditions."""

    def __init__(self, expressions: Expressions) -> None:
        self._expressions = expressions

    def hold(self, conditions: Sequence[Mapping[str, str]], attributes: Attributes) -> bool:
        """Raises ConditionFailed."""
        if not conditions:
            return True
        try:
            return conditions_hold(conditions, seen(attributes, attributes, None), self._expressions)
        except ExpressionError as error:
            raise ConditionFailed(str(error)) from error
