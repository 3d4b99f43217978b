"""Running a template.

Source: Go's text/template (exec.go).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from stackwright.kernel.goobject import GoObject, UnknownMember
from stackwright.kernel.gotemplate import nodes
from stackwright.kernel.gotemplate.errors import CallError, TemplateError
from stackwright.kernel.gotemplate.functions import LAZY, NAMES, Functions, checked
from stackwright.kernel.gotemplate.nodes import Command, Field, Function, Operand, Pipe, Statement, Variable
from stackwright.kernel.gotemplate.parser import Templates
from stackwright.kernel.gotemplate.values import is_true, text_of, type_name
from stackwright.kernel.gotime import TimeError

Missing = Literal["default", "zero", "error"]
MAX_STEPS = 500_000
MAX_OUTPUT = 8_000_000
MAX_DEPTH = 60
MAX_COSTLY = 8
_NOTHING: Any = object()
"""No argument came through a pipe."""
_MISSING: Any = object()
"""What a key gives that is not there: not even a null."""
_REFUSALS = (
    CallError, TimeError, ValueError, TypeError, OverflowError, ArithmeticError, RecursionError, LookupError, AttributeError,
)  # fmt: skip


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


class Run:
    """One execution. Raises TemplateError."""

    def __init__(self, name: str, source: str, templates: Templates, functions: Functions, missing: Missing) -> None:
        self._name = name
        self._source = source
        self._templates = templates
        self._functions = functions
        self._missing = missing
        self._steps = 0
        self._costly = 0
        self._at: nodes.Node = nodes.Node()
        self._size = 0
        self._depth = 0
        self._output: list[str] = []
        self._variables: list[tuple[str, Any]] = []

    def execute(self, value: Any) -> str:
        self._variables = [("$", value)]
        self._body(self._templates[self._name], value)
        return "".join(self._output)

    def _error(self, node: nodes.Node, problem: str) -> TemplateError:
        before = self._source[: node.place]
        line, column = before.count("\n") + 1, node.place - (before.rfind("\n") + 1)
        place = f"{self._name}:{line}:{column}"
        source = nodes.shown(node) if isinstance(node, Field | Command) else node.source
        return TemplateError(f'template: {place}: executing "{self._name}" at <{source}>: {problem}')

    def _failed(self, problem: str) -> TemplateError:
        """At what was looked at last."""
        return self._error(self._at, problem)

    def _write(self, node: nodes.Node, text: str) -> None:
        self._size += len(text)
        if self._size > MAX_OUTPUT:
            raise self._error(node, f"the output exceeds {MAX_OUTPUT} characters")
        self._output.append(text)

    def _step(self, node: nodes.Node) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise self._error(node, f"the template takes more than {MAX_STEPS} steps")

    # -- statements ------------------------------------------------------------------------------------------------

    def _body(self, body: Sequence[Statement], dot: Any) -> None:
        mark = len(self._variables)
        for statement in body:
            self._step(statement)
            self._statement(statement, dot)
        del self._variables[mark:]

    def _statement(self, statement: Statement, dot: Any) -> None:
        match statement:
            case nodes.Text(text=text):
                self._write(statement, text)
            case nodes.Action(pipe=pipe):
                value = self._pipe(pipe, dot)
                if not pipe.variables:
                    self._write(statement, text_of(value))
            case nodes.Branch(keyword="range"):
                self._range(statement, dot)
            case nodes.Branch():
                self._branch(statement, dot)
            case nodes.Include():
                self._include(statement, dot)
            case nodes.Jump(keyword=keyword):
                raise _Break if keyword == "break" else _Continue

    def _branch(self, branch: nodes.Branch, dot: Any) -> None:
        mark = len(self._variables)
        value = self._pipe(branch.pipe, dot)
        if is_true(value):
            self._body(branch.body, value if branch.keyword == "with" else dot)
        else:
            self._body(branch.otherwise, dot)
        del self._variables[mark:]

    def _range(self, branch: nodes.Branch, dot: Any) -> None:
        mark = len(self._variables)
        value = self._pipe(Pipe(branch.pipe.place, branch.pipe.source, branch.pipe.commands), dot)
        if not is_true(value):
            self._body(branch.otherwise, dot)
        for key, item in self._items(value):
            self._step(branch)
            self._declare_items(branch, key, item)
            try:
                self._body(branch.body, item)
            except _Continue:
                pass
            except _Break:
                break
            finally:
                del self._variables[mark:]

    def _declare_items(self, branch: nodes.Branch, key: Any, item: Any) -> None:
        names = branch.pipe.variables
        values = (item,) if len(names) == 1 else (key, item)
        for name, value in zip(names, values):
            if branch.pipe.assigns:
                self._assign(name, value)
            else:
                self._variables.append((name, value))

    def _items(self, value: Any) -> Iterable[tuple[Any, Any]]:
        match value:
            case None:
                return ()
            case bool():
                raise self._failed(f"range can't iterate over {text_of(value)}")
            case Mapping():
                return [(key, value[key]) for key in sorted(value)]
            case list():
                return enumerate(value)
            case int():
                return ((number, number) for number in range(value))
            case _:
                raise self._failed(f"range can't iterate over {text_of(value)}")

    def _include(self, include: nodes.Include, dot: Any) -> None:
        body = self._templates.get(include.name)
        if body is None:
            raise self._error(include, f'template "{include.name}" not defined')
        value = None if include.pipe is None else self._pipe(include.pipe, dot)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(include, "exceeded maximum template depth")
        variables, self._variables = self._variables, [("$", value)]
        self._body(body, value)
        self._variables = variables
        self._depth -= 1

    # -- expressions -----------------------------------------------------------------------------------------------

    def _pipe(self, pipe: Pipe, dot: Any) -> Any:
        self._at = pipe
        value: Any = _NOTHING
        for command in pipe.commands:
            value = self._command(command, dot, value)
            value = None if value is _MISSING else value
        for name in pipe.variables:
            if pipe.assigns:
                self._assign(name, value)
            else:
                self._variables.append((name, value))
        return value

    def _assign(self, name: str, value: Any) -> None:
        for place in reversed(range(len(self._variables))):
            if self._variables[place][0] == name:
                self._variables[place] = (name, value)
                return

    def _command(self, command: Command, dot: Any, last: Any) -> Any:
        self._step(command)
        first, *rest = command.operands
        match first:
            case Field():
                return self._field(first, dot, rest, last)
            case Function():
                return self._call(command, first, rest, dot, last)
            case Pipe():
                self._refuse_arguments(first, rest, last)
                return self._pipe(first, dot)
        self._at = first
        self._refuse_arguments(first, rest, last)
        if isinstance(first, nodes.Literal) and first.value is None:
            raise self._failed("nil is not a command")
        return self._value(first, dot)

    def _refuse_arguments(self, first: Operand, rest: Sequence[Operand], last: Any) -> None:
        if rest or last is not _NOTHING:
            raise self._failed(f"can't give argument to non-function {nodes.shown(first)}")

    def _call(self, command: Command | Function, function: Function, operands: Sequence[Operand], dot: Any, last: Any) -> Any:
        self._at = function
        count = len(operands) + (last is not _NOTHING)
        if function.name in LAZY:
            if not count:
                raise self._failed(f"wrong number of args for {function.name}: want at least 1 got 0")
            return self._lazy(function.name, operands, dot, last)
        callee = self._functions[function.name]
        if problem := callee.count_problem(count):
            raise self._failed(f"wrong number of args for {function.name}: {problem}")
        if callee.costs:
            self._pay()
        given = [self._argument(callee.kind(place), operand, dot) for place, operand in enumerate(operands)]
        if last is not _NOTHING:
            given.append(self._checked(callee.kind(len(given)), last))
        return self._called(command, function.name, callee.call, given)

    def _pay(self) -> None:
        self._costly += 1
        if self._costly > MAX_COSTLY:
            raise self._failed(f"more than {MAX_COSTLY} calls of functions that compute for a while")

    def _called(self, node: nodes.Node, name: str, call: Callable[..., Any], given: Sequence[Any]) -> Any:
        try:
            return call(*given)
        except _REFUSALS as error:
            self._at = node
            raise self._failed(f"error calling {name}: {error}") from error

    def _lazy(self, name: str, operands: Sequence[Operand], dot: Any, last: Any) -> Any:
        """`and` and `or` end with the first argument that decides."""
        value: Any = None
        for operand in operands:
            value = self._argument("a", operand, dot)
            if is_true(value) == (name == "or"):
                return value
        return value if last is _NOTHING else last

    # -- arguments -------------------------------------------------------------------------------------------------

    def _argument(self, kind: str, operand: Operand, dot: Any) -> Any:
        """Constants are read as what is wanted; anything else has to be it."""
        self._at = operand
        if isinstance(operand, nodes.Literal):
            return self._constant(kind, operand)
        return self._checked(kind, self._value(operand, dot))

    def _checked(self, kind: str, value: Any) -> Any:
        try:
            return checked(kind, None if value is _MISSING else value, missing=value is _MISSING)
        except CallError as error:
            raise self._failed(str(error)) from error

    def _constant(self, kind: str, literal: nodes.Literal) -> Any:
        value = literal.value
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
        match kind:
            case _ if value is None and kind in "aml":
                return {} if kind == "m" else [] if kind == "l" else None
            case _ if value is None:
                raise self._failed(f"cannot assign nil to {NAMES[kind]}")
            case "a":
                return self._whole(literal) if isinstance(value, int) else value
            case "s" if isinstance(value, str):
                return value
            case "b" if isinstance(value, bool):
                return value
            case "i" if number is not None and number == int(number):
                return int(number)
            case "f" if number is not None:
                return float(number)
            case "s" | "b" | "i" | "f":
                wanted = {"s": "string", "b": "bool", "i": "integer", "f": "float"}[kind]
                raise self._failed(f"expected {wanted}; found {literal.source}")
            case _:
                raise self._failed(f"can't handle {literal.source} for arg of type {NAMES[kind]}")

    def _whole(self, literal: nodes.Literal) -> Any:
        if isinstance(literal.value, int) and not -(1 << 63) <= literal.value < 1 << 63:
            raise self._failed(f"{literal.source} overflows int")
        return literal.value

    def _value(self, operand: Operand, dot: Any) -> Any:
        match operand:
            case nodes.Literal():
                return self._whole(operand)
            case nodes.Dot():
                return dot
            case Variable(name=name):
                return next(value for known, value in reversed(self._variables) if known == name)
            case Field():
                return self._field(operand, dot, (), _NOTHING)
            case Function():
                return self._call(operand, operand, (), dot, _NOTHING)
            case Pipe():
                return self._pipe(operand, dot)

    # -- fields and methods ----------------------------------------------------------------------------------------

    def _field(self, field: Field, dot: Any, operands: Sequence[Operand], last: Any) -> Any:
        """A method at the end is given the arguments."""
        self._at = field
        value = dot if field.of is None else self._value(field.of, dot)
        for place, name in enumerate(field.names):
            final = place == len(field.names) - 1
            static = "interface {}" if place or field.of is None else type_name(value)
            value = self._member(field, value, name, static, dot, operands if final else (), last if final else _NOTHING)
        return value

    def _member(self, field: Field, value: Any, name: str, static: str, dot: Any, operands: Sequence[Operand], last: Any) -> Any:
        if value is _MISSING:
            if self._missing == "error":
                raise self._failed(f'nil data; no entry for key "{name}"')
            return _MISSING
        if value is None:
            raise self._failed(f"nil pointer evaluating {'interface {}' if static == '<nil>' else static}.{name}")
        if isinstance(value, GoObject):
            return self._of_object(field, value, name, dot, operands, last)
        if not isinstance(value, Mapping):
            raise self._failed(f"can't evaluate field {name} in type {static}")
        if operands or last is not _NOTHING:
            raise self._failed(f"{name} is not a method but has arguments")
        if name in value:
            return value[name]
        if self._missing == "error":
            raise self._failed(f'map has no entry for key "{name}"')
        return "" if type_name(value) == "map[string]string" else None if self._missing == "zero" else _MISSING

    def _of_object(self, field: Field, value: GoObject, name: str, dot: Any, operands: Sequence[Operand], last: Any) -> Any:
        try:
            found = value.member(name)
        except UnknownMember as error:
            raise self._failed(f"can't evaluate field {name} in type {value.type_name}") from error
        if not callable(found):
            if operands or last is not _NOTHING:
                raise self._failed(f"{name} has arguments but cannot be invoked as function")
            return found
        given = [self._argument("a", operand, dot) for operand in operands]
        return self._called(field, name, found, given if last is _NOTHING else [*given, last])
