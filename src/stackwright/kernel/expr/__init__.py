"""Expressions of the language that Argo CD's notifications are triggered by.

- `compile(source)` reads one; `Expression.value(environment)` evaluates it over data and functions.
- `time_functions(now)` is what stands under the name `time`.

Bounded in length, depth, steps and sizes; reaches nothing but what it is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stackwright.kernel.expr.errors import ExprError
from stackwright.kernel.expr.evaluate import Run
from stackwright.kernel.expr.nodes import Node
from stackwright.kernel.expr.parser import parse
from stackwright.kernel.expr.times import time_functions
from stackwright.kernel.gotime import Moment, Span

__all__ = ["ExprError", "Expression", "Moment", "Span", "compile", "time_functions"]


@dataclass(frozen=True, slots=True)
class Expression:
    source: str
    tree: Node

    def value(self, environment: Mapping[str, Any]) -> Any:
        """Raises ExprError."""
        return Run(environment).value(self.tree)


def compile(source: str) -> Expression:
    """Raises ExprError."""
    return Expression(source, parse(source))
