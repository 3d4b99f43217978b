"""Runs a tree over values: data and functions that it was given, and nothing else.

Source: the language definition of expr-lang (github.com/expr-lang/expr, docs/language-definition.md).
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from stackwright.kernel.expr import nodes
from stackwright.kernel.expr.errors import ExprError
from stackwright.kernel.expr.functions import MAX_ITEMS, PLAIN, is_true, listed, named, shown, texted
from stackwright.kernel.expr.looking import ALONE, LOOKING, Looked
from stackwright.kernel.expr.nodes import Node
from stackwright.kernel.goobject import GoObject, UnknownMember
from stackwright.kernel.gotime import Moment, Span, TimeError
from stackwright.kernel.regex import MAX_SUBJECT, RegexError, compiled

MAX_STEPS = 100_000
_NOTHING = object()


class Run:
    """One evaluation."""

    def __init__(self, environment: Mapping[str, Any]) -> None:
        self._environment = environment
        self._looked_at: list[Looked] = []
        self._variables: dict[str, Any] = {}
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
            case nodes.Element(which):
                return self._element(which)
            case nodes.Let():
                return self._let(node)
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
        if name in self._variables:
            return self._variables[name]
        if name == "$env":
            return self._environment
        if name not in self._environment:
            raise ExprError(f"unknown name {name}")
        return self._environment[name]

    def _let(self, node: nodes.Let) -> Any:
        if node.name in self._environment or node.name in self._variables or node.name in PLAIN or node.name in LOOKING:
            raise ExprError(f"cannot redeclare {node.name}")
        value = self.value(node.value)
        self._variables[node.name] = value
        try:
            return self.value(node.body)
        finally:
            del self._variables[node.name]

    def _element(self, which: str) -> Any:
        if not self._looked_at:
            raise ExprError(f"{which} stands outside of a predicate")
        looked = self._looked_at[-1]
        match which:
            case "#index":
                return looked.place
            case "#acc":
                return looked.accumulated
            case _:
                return looked.item

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
        given = name in self._environment or name in self._variables
        if name in LOOKING and not given:
            return self._looked(name, node.arguments)
        callee = PLAIN[name] if name in PLAIN and not given else self._reached(node.callee)
        if callee is _NOTHING:
            return None
        if not callable(callee):
            raise ExprError(f"{named(callee)} cannot be called")
        arguments = [self.value(argument) for argument in node.arguments]
        try:
            return callee(*arguments)
        except TimeError as error:
            raise ExprError(str(error)) from error
        except TypeError as error:
            raise ExprError(f"{name or 'a function'} cannot be called with {len(arguments)} such arguments") from error

    def _looked(self, name: str, arguments: tuple[Node, ...]) -> Any:
        if len(arguments) == 1 and name in ALONE:
            return ALONE[name](listed(self.value(arguments[0])))
        if len(arguments) < 2 or not isinstance(arguments[1], nodes.Predicate):
            raise ExprError(f"{name} takes a list and a predicate")
        body = arguments[1].body
        items = listed(self.value(arguments[0]))
        further = [self.value(argument) for argument in arguments[2:]]

        def test(looked: Looked) -> Any:
            self._looked_at.append(looked)
            try:
                return self.value(body)
            finally:
                self._looked_at.pop()

        try:
            return LOOKING[name](items, test, *further)
        except TypeError as error:
            raise ExprError(f"{name} cannot be called with {len(arguments)} such arguments") from error

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
        case GoObject() if isinstance(key, str):
            try:
                return of.member(key)
            except UnknownMember as error:
                raise ExprError(f"cannot fetch {key} from {named(of)}") from error
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
            return _moved(moment, span)
        case _:
            return _calculated("+", left, right)


def _moved(moment: Moment, span: Span) -> Moment:
    try:
        return moment.moved(span)
    except TimeError as error:
        raise ExprError(str(error)) from error


def _minus(left: Any, right: Any) -> Any:
    match left, right:
        case Span(), Span():
            return Span(left.seconds - right.seconds)
        case Moment(), Moment():
            return left.member("Sub")(right)
        case Moment(), Span():
            return _moved(left, Span(-right.seconds))
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
    if len(texted(text)) > MAX_SUBJECT:
        raise ExprError(f"matches: a text has at most {MAX_SUBJECT} characters")
    try:
        return compiled(texted(pattern)).search(text) is not None
    except RegexError as error:
        raise ExprError(f"matches: {error.message}") from error


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
