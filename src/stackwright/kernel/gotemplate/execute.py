"""Running a template.

Source: Go's text/template (exec.go).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from stackwright.kernel.gotemplate import nodes
from stackwright.kernel.gotemplate.errors import CallError, TemplateError
from stackwright.kernel.gotemplate.functions import LAZY, Functions
from stackwright.kernel.gotemplate.nodes import Command, Field, Function, Operand, Pipe, Statement, Variable
from stackwright.kernel.gotemplate.parser import Templates
from stackwright.kernel.gotemplate.values import is_true, text_of, type_name

Missing = Literal["default", "zero", "error"]
MAX_STEPS = 500_000
MAX_OUTPUT = 8_000_000
MAX_DEPTH = 60
_NOTHING: Any = object()


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
        return TemplateError(f'template: {place}: executing "{self._name}" at <{node.source}>: {problem}')

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
        if not value:
            self._body(branch.otherwise, dot)
        for key, item in self._items(branch, value):
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

    def _items(self, branch: nodes.Branch, value: Any) -> Iterable[tuple[Any, Any]]:
        match value:
            case None:
                return ()
            case bool():
                raise self._error(branch, f"range can't iterate over {text_of(value)}")
            case Mapping():
                return [(key, value[key]) for key in sorted(value)]
            case list():
                return enumerate(value)
            case int():
                return ((number, number) for number in range(value))
            case _:
                raise self._error(branch, f"range can't iterate over {text_of(value)}")

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
        value: Any = _NOTHING
        for command in pipe.commands:
            value = self._command(command, dot, value)
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
        if isinstance(first, Function):
            return self._call(command, first, rest, dot, last)
        if rest or last is not _NOTHING:
            raise self._error(first, f"can't give argument to non-function {first.source}")
        return self._value(first, dot)

    def _call(self, command: Command, function: Function, operands: Sequence[Operand], dot: Any, last: Any) -> Any:
        if function.name in LAZY:
            return self._lazy(command, function.name, operands, dot, last)
        given = [self._value(operand, dot) for operand in operands]
        if last is not _NOTHING:
            given.append(last)
        try:
            return self._functions[function.name](*given)
        except (CallError, ValueError, TypeError, OverflowError, ArithmeticError, RecursionError, LookupError) as error:
            raise self._error(command, f"error calling {function.name}: {error}") from error

    def _lazy(self, command: Command, name: str, operands: Sequence[Operand], dot: Any, last: Any) -> Any:
        """`and` and `or` end with the first argument that decides."""
        value: Any = _NOTHING
        for operand in operands:
            value = self._value(operand, dot)
            if is_true(value) == (name == "or"):
                return value
        value = value if last is _NOTHING else last
        if value is _NOTHING:
            raise self._error(command, f"wrong number of args for {name}: want at least 1 got 0")
        return value

    def _value(self, operand: Operand, dot: Any) -> Any:
        match operand:
            case nodes.Literal(value=value):
                return value
            case nodes.Dot():
                return dot
            case Variable(name=name):
                return next(value for known, value in reversed(self._variables) if known == name)
            case Field(of=None):
                return self._fields(operand, dot)
            case Field(of=of):
                assert of is not None
                return self._fields(operand, self._value(of, dot))
            case Function():
                return self._call(Command(operand.place, operand.source, (operand,)), operand, (), dot, _NOTHING)
            case Pipe():
                return self._pipe(operand, dot)

    def _fields(self, field: Field, value: Any) -> Any:
        for name in field.names:
            value = self._member(field, value, name)
        return value

    def _member(self, field: Field, value: Any, name: str) -> Any:
        match value:
            case None if self._missing == "error":
                raise self._error(field, f'nil data; no entry for key "{name}"')
            case None:
                return None
            case Mapping() if name in value:
                return value[name]
            case Mapping() if self._missing == "error":
                raise self._error(field, f'map has no entry for key "{name}"')
            case Mapping():
                return None
            case list():
                raise self._error(field, f"can't evaluate field {name} in type {type_name(value)}")
            case _:
                raise self._error(field, f"can't evaluate field {name} in type interface {{}}")
