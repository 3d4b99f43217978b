"""Runs a tree over values: data and functions that it was given, and nothing else.

Source: the language definition of expr-lang (github.com/expr-lang/expr, docs/language-definition.md).
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol, runtime_checkable

from stackwright.kernel.expr import nodes
from stackwright.kernel.expr.errors import ExprError
from stackwright.kernel.expr.functions import LOOKING, MAX_ITEMS, PLAIN, is_true, listed, named, shown, texted
from stackwright.kernel.expr.nodes import Node
from stackwright.kernel.expr.times import Moment, Span

MAX_STEPS = 100_000
MAX_PATTERN, MAX_MATCHED = 500, 10_000
_NOTHING = object()
_NESTED = re.compile(r"[*+}]\s*\)\s*[*+{]")
"""A repeated group of repetitions, which may take for ever."""


@runtime_checkable
class Host(Protocol):
    """A value with members of its own."""

    def member(self, name: str) -> Any:
        """Raises ExprError."""
        ...


class Run:
    """One evaluation."""

    def __init__(self, environment: Mapping[str, Any]) -> None:
        self._environment = environment
        self._elements: list[Any] = []
        self._steps = 0

    def value(self, node: Node) -> Any:
        """Raises ExprError."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise ExprError(f"the expression takes more than {MAX_STEPS} steps")
        match node:
            case nodes.Literal(value):
                return value
            case nodes.Name(name):
                return self._named(name)
            case nodes.Element():
                return self._element()
            case nodes.Member():
                return self._member(node)
            case nodes.Slice():
                return self._slice(node)
            case nodes.Call():
                return self._called(node)
            case nodes.Unary(operator, operand):
                return _unary(operator, self.value(operand))
            case nodes.Binary():
                return self._binary(node)
            case nodes.Choice(condition, yes, no):
                return self.value(yes if is_true(self.value(condition)) else no)
            case nodes.Array(items):
                return [self.value(item) for item in items]
            case nodes.Map(items):
                return {shown(self.value(key)): self.value(item) for key, item in items}
            case nodes.Predicate():
                raise ExprError("a predicate stands where a value should")

    # -- names and members -----------------------------------------------------------------------------------------

    def _named(self, name: str) -> Any:
        if name not in self._environment:
            raise ExprError(f"unknown name {name}")
        return self._environment[name]

    def _element(self) -> Any:
        if not self._elements:
            raise ExprError("# stands outside of a predicate")
        return self._elements[-1]

    def _member(self, node: nodes.Member) -> Any:
        """A chain that met `?.` on nothing gives nothing as a whole."""
        found = self._reached(node)
        return None if found is _NOTHING else found

    def _reached(self, node: Node) -> Any:
        if not isinstance(node, nodes.Member):
            return self.value(node)
        of = self._reached(node.of)
        if of is _NOTHING or (of is None and node.optional):
            return _NOTHING
        return member(of, self.value(node.key))

    def _slice(self, node: nodes.Slice) -> Any:
        of = self.value(node.of)
        bounds = [None if bound is None else self.value(bound) for bound in (node.start, node.end)]
        if not isinstance(of, str | list | tuple) or not all(bound is None or _is_whole(bound) for bound in bounds):
            raise ExprError(f"cannot slice {named(of)}")
        return of[bounds[0] : bounds[1]]

    # -- calls -----------------------------------------------------------------------------------------------------

    def _called(self, node: nodes.Call) -> Any:
        name = node.callee.name if isinstance(node.callee, nodes.Name) else ""
        if name in LOOKING and name not in self._environment:
            return self._looked(name, node.arguments)
        callee = PLAIN[name] if name in PLAIN and name not in self._environment else self._callee(node.callee)
        if callee is _NOTHING:
            return None
        if not callable(callee):
            raise ExprError(f"{named(callee)} cannot be called")
        arguments = [self.value(argument) for argument in node.arguments]
        try:
            return callee(*arguments)
        except TypeError as error:
            raise ExprError(f"{name or 'a function'} cannot be called with {len(arguments)} such arguments") from error

    def _callee(self, node: Node) -> Any:
        return self._reached(node)

    def _looked(self, name: str, arguments: tuple[Node, ...]) -> Any:
        if len(arguments) != 2 or not isinstance(arguments[1], nodes.Predicate):
            raise ExprError(f"{name} takes a list and a predicate")
        body = arguments[1].body
        items = listed(self.value(arguments[0]))

        def test(item: Any) -> Any:
            self._elements.append(item)
            try:
                return self.value(body)
            finally:
                self._elements.pop()

        return LOOKING[name](items, test)

    # -- operators -------------------------------------------------------------------------------------------------

    def _binary(self, node: nodes.Binary) -> Any:
        match node.operator:
            case "and":
                return is_true(self.value(node.left)) and is_true(self.value(node.right))
            case "or":
                return is_true(self.value(node.left)) or is_true(self.value(node.right))
            case "??":
                left = self.value(node.left)
                return self.value(node.right) if left is None else left
            case operator:
                return _OPERATORS[operator](self.value(node.left), self.value(node.right))


def member(of: Any, key: Any) -> Any:
    """Raises ExprError. What a map does not have is nothing."""
    match of:
        case Mapping():
            return of.get(key)
        case list() | tuple() | str() if _is_whole(key):
            if not -len(of) <= key < len(of):
                raise ExprError(f"index out of range: {key} (array length is {len(of)})")
            return of[key]
        case Host() if isinstance(key, str):
            return of.member(key)
        case _:
            raise ExprError(f"cannot fetch {key} from {'<nil>' if of is None else named(of)}")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unary(operator: str, value: Any) -> Any:
    if operator == "not":
        return not is_true(value)
    if not _is_number(value):
        raise ExprError(f"invalid operation: {operator} {named(value)}")
    return -value if operator == "-" else value


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return bool(left == right)


def _compared(operator: str, holds: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(left: Any, right: Any) -> bool:
        alike = any(isinstance(left, kind) and isinstance(right, kind) for kind in (str, Moment, Span))
        if not alike and not (_is_number(left) and _is_number(right)):
            raise ExprError(f"invalid operation: {named(left)} {operator} {named(right)}")
        return holds(left, right)

    return compare


def _plus(left: Any, right: Any) -> Any:
    match left, right:
        case str(), str():
            return left + right
        case Span(), Span():
            return Span(left.seconds + right.seconds)
        case (Moment(), Span()) | (Span(), Moment()):
            moment, span = (left, right) if isinstance(left, Moment) else (right, left)
            return moment.member("Add")(span)
        case _:
            return _calculated("+", left, right)


def _minus(left: Any, right: Any) -> Any:
    match left, right:
        case Span(), Span():
            return Span(left.seconds - right.seconds)
        case Moment(), Moment():
            return left.member("Sub")(right)
        case Moment(), Span():
            return left.member("Add")(Span(-right.seconds))
        case _:
            return _calculated("-", left, right)


def _times(left: Any, right: Any) -> Any:
    if isinstance(left, Span) and _is_number(right):
        return Span(left.seconds * right)
    if isinstance(right, Span) and _is_number(left):
        return Span(right.seconds * left)
    return _calculated("*", left, right)


def _calculated(operator: str, left: Any, right: Any) -> Any:
    if not (_is_number(left) and _is_number(right)):
        raise ExprError(f"invalid operation: {named(left)} {operator} {named(right)}")
    try:
        match operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "/":
                return left / right
            case "%":
                return left % right
            case _:
                return float(left) ** float(right)
    except (ArithmeticError, ValueError) as error:
        raise ExprError(f"{operator}: {error}") from error


def _within(left: Any, right: Any) -> bool:
    match right:
        case None:
            return False
        case Mapping():
            return left in right
        case list() | tuple():
            return any(_equal(left, item) for item in right)
        case _:
            raise ExprError(f"operator in not defined on {named(right)}")


def _matches(text: Any, pattern: Any) -> bool:
    """Patterns that may take for ever are refused."""
    checked = texted(pattern)
    if len(checked) > MAX_PATTERN or len(texted(text)) > MAX_MATCHED or _NESTED.search(checked):
        raise ExprError("matches: the pattern or the text is too complex")
    try:
        return re.search(checked, text) is not None
    except re.error as error:
        raise ExprError(f"matches: {error}") from error


def _ranged(start: Any, end: Any) -> list[int]:
    if not (_is_whole(start) and _is_whole(end)) or end - start > MAX_ITEMS:
        raise ExprError(f"a range has whole bounds and at most {MAX_ITEMS} numbers")
    return list(range(start, end + 1))


_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": _compared("<", lambda left, right: left < right),
    ">": _compared(">", lambda left, right: left > right),
    "<=": _compared("<=", lambda left, right: left <= right),
    ">=": _compared(">=", lambda left, right: left >= right),
    "in": _within,
    "matches": _matches,
    "contains": lambda left, right: texted(right) in texted(left),
    "startsWith": lambda left, right: texted(left).startswith(texted(right)),
    "endsWith": lambda left, right: texted(left).endswith(texted(right)),
    "..": _ranged,
    "+": _plus,
    "-": _minus,
    "*": _times,
    **{operator: partial(_calculated, operator) for operator in ("/", "%", "**")},
}
