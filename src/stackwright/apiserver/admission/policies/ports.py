"""What policies need from a CEL implementation."""

from collections.abc import Mapping
from typing import Any, Protocol


class ExpressionError(Exception):
    """The expression cannot be compiled or evaluated. Shape: `str()` as cel-go words it: `no such key: x`."""


class Expressions(Protocol):
    def evaluate(self, expression: str, variables: Mapping[str, Any]) -> Any:
        """The result as JSON value. Raises ExpressionError."""
        ...
