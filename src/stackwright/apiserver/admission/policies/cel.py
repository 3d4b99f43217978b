"""Evaluates the expressions of policies and match conditions.

Source: https://github.com/google/cel-spec; errors as github.com/google/cel-go words them.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_bindings, ext_encoders, ext_math, ext_optional, ext_strings

from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.admission.conditions import ConditionFailed
from stackwright.apiserver.admission.policies.checking import Result
from stackwright.apiserver.admission.policies.judging import conditions_hold
from stackwright.apiserver.admission.policies.ports import ExpressionError, Expressions
from stackwright.apiserver.admission.policies.variables import seen
from stackwright.kernel.clock import rfc3339

_VARIABLES = ("object", "oldObject", "request", "params", "namespaceObject", "variables")
_LIBRARY = re.compile(
    r"\b(authorizer|quantity|isQuantity|url|isURL|ip|isIP|cidr|isCIDR|semver|isSemver|format|find|findAll|isSorted|sum|jsonpatch)\b"
)
"""Names of Kubernetes' own functions, which not every evaluator has."""
_UNDECLARED = re.compile(
    r"(?P<line><input>:\d+:)(?P<column>\d+): undeclared reference to '(?P<path>\w+(?:\.\w+)+)'(?P<rest>[^\n]*\n \| [^\n]*\n \| )\.*\^"
)
_NO_KEY = re.compile(r'Key not found in map : "?(.*?)"?\Z')


class CelExpressions:
    """Expressions over JSON values. Programs are remembered."""

    def __init__(self) -> None:
        extensions = [
            ext_strings.ExtStrings(),
            ext_optional.ExtOptional(),
            ext_bindings.ExtBindings(),
            ext_encoders.ExtEncoders(),
            ext_math.ExtMath(),
        ]
        self._environment = cel.NewEnv(variables=dict.fromkeys(_VARIABLES, cel.Type.DYN), extensions=extensions)
        self._compiled = lru_cache(maxsize=2000)(self._compile)

    def _compile(self, expression: str) -> Any:
        try:
            return self._environment.compile(expression)
        except RuntimeError as error:
            raise ExpressionError(f"compilation failed: {_issues(str(error))}") from error

    def problem(self, expression: str, result: Result) -> str:
        """policies.checking.Checker."""
        try:
            given = self._compiled(expression).return_type()
        except ExpressionError as error:
            return "" if _LIBRARY.search(expression) else str(error)
        wanted = {"bool": cel.Type.BOOL, "string": cel.Type.STRING, "any": given}[result]
        return "" if given in (wanted, cel.Type.DYN) else f"must evaluate to {result}"

    def evaluate(self, expression: str, variables: Mapping[str, Any]) -> Any:
        """Raises ExpressionError."""
        found = self._compiled(expression).eval(data={name: variables.get(name) for name in _VARIABLES})
        if found.type() == cel.Type.ERROR:
            raise ExpressionError(_in_go(str(found.value())))
        return _json(found.plain_value())


def _issues(text: str) -> str:
    """cel-go names the first part of a path that leads nowhere, and where that part starts."""
    return _UNDECLARED.sub(_first_part, text.removeprefix("INVALID_ARGUMENT: ").removesuffix(" [INVALID_ARGUMENT]"))


def _first_part(match: re.Match[str]) -> str:
    column = int(match["column"]) - len(match["path"].rpartition(".")[0])
    name = match["path"].partition(".")[0]
    return f"{match['line']}{column}: undeclared reference to '{name}'{match['rest']}{'.' * (column - 1)}^"


def _first_line(text: str) -> str:
    return text.partition("\n")[0].removeprefix("INVALID_ARGUMENT: ")


def _in_go(message: str) -> str:
    if match := _NO_KEY.search(message):
        return f"no such key: {match[1]}"
    if "No matching overload" in message:
        return "no such overload"
    return _first_line(message.partition(": ")[2] or message)


def _json(value: Any) -> Any:
    match value:
        case Mapping():
            return {str(key): _json(item) for key, item in value.items()}
        case list():
            return [_json(item) for item in value]
        case datetime():
            return rfc3339(value)
        case timedelta():
            return f"{value.total_seconds():g}s"
        case bytes():
            return value.decode(errors="replace")
        case _:
            return value


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
