"""The inside of an action: pipes, commands and their operands.

Source: Go's text/template/parse (parse.go).
"""

import re
from collections.abc import Collection, Sequence

from stackwright.kernel.gotemplate.errors import TemplateError
from stackwright.kernel.gotemplate.lexer import Kind, Token, line_of, tokens
from stackwright.kernel.gotemplate.nodes import Command, Dot, Field, Function, Literal, Operand, Pipe, Variable, shown_pipe
from stackwright.kernel.gotemplate.nodes import shown as shown_node
from stackwright.kernel.gotemplate.quoting import unquoted

MAX_DEPTH = 100
END = Token("close", "", -1)
"""Behind the last token."""

_CONSTANTS = {"true": True, "false": False, "nil": None}


class ExpressionParser:
    """Reads tokens one by one. Raises TemplateError."""

    def __init__(self, source: str, name: str, functions: Collection[str]) -> None:
        self._source = source
        self._name = name
        self._functions = functions
        self._tokens = list(tokens(source, name))
        self._next = 0
        self._variables = ["$"]

    # -- tokens ----------------------------------------------------------------------------------------------------

    def _peek(self) -> Token:
        return self._tokens[self._next] if self._next < len(self._tokens) else END

    def _take(self) -> Token:
        token = self._peek()
        self._next += 1
        return token

    def _skip(self) -> Token:
        """The next token that is no space, not taken."""
        while self._peek().kind == "space":
            self._next += 1
        return self._peek()

    def _expect(self, kind: Kind, context: str) -> Token:
        token = self._skip()
        if token.kind != kind or token is END:
            raise self._error(f"unexpected {shown(token)} in {context}", token)
        return self._take()

    def _error(self, problem: str, token: Token) -> TemplateError:
        place = len(self._source) if token.place < 0 else token.place
        return TemplateError(f"template: {self._name}:{line_of(self._source, place)}: {problem}")

    # -- expressions -----------------------------------------------------------------------------------------------

    def _pipe(self, context: str, stops: Sequence[Kind], depth: int = 0) -> Pipe:
        if depth > MAX_DEPTH:
            raise self._error("nested too deeply", self._peek())
        start = self._skip().place
        variables, assigns = self._declared(context)
        commands: list[Command] = []
        while True:
            token = self._skip()
            if token.kind in stops and token is not END:
                if not commands:
                    raise self._error(f"missing value for {context}", token)
                break
            if commands:
                self._expect("pipe", context)
            commands.append(self._command(context, depth))
        if not assigns:
            self._variables += variables
        for command in commands[1:]:
            if not isinstance(command.operands[0], Function | Field | Variable):
                raise self._error(f"non executable command in pipeline stage {commands.index(command) + 1}", token)
        found = tuple(commands)
        return Pipe(start, shown_pipe(found, variables, assigns=assigns), found, variables, assigns)

    def _declared(self, context: str) -> tuple[tuple[str, ...], bool]:
        """The variables that a pipe starts with, if any."""
        mark = self._next
        names: list[str] = []
        while self._skip().kind == "variable":
            names.append(self._take().text)
            token = self._skip()
            if token.kind in ("declare", "assign"):
                self._take()
                self._check_assigned(names, token)
                return tuple(names), token.kind == "assign"
            if token.kind != "comma" or context != "range" or len(names) > 1:
                break
            self._take()
        self._next = mark
        return (), False

    def _check_assigned(self, names: Sequence[str], token: Token) -> None:
        for name in names:
            if token.kind == "assign" and name not in self._variables:
                raise self._error(f'undefined variable "{name}"', token)

    def _command(self, context: str, depth: int) -> Command:
        start = self._skip().place
        operands: list[Operand] = []
        while True:
            token = self._skip()
            if token.kind in ("close", "right", "pipe"):
                break
            if operands and self._tokens[self._next - 1].kind != "space":
                raise self._error(f"unexpected {shown(token)} in operand", token)
            operands.append(self._operand(context, depth))
        if not operands:
            raise self._error("empty command", token)
        return Command(start, " ".join(shown_node(operand) for operand in operands), tuple(operands))

    def _operand(self, context: str, depth: int) -> Operand:
        term = self._term(context, depth)
        place = self._peek().place
        names: list[str] = []
        while self._peek().kind == "field":
            names.append(self._take().text[1:])
        if not names:
            return term
        if isinstance(term, Literal):
            raise self._error(f"unexpected . after term {term.source!r}", self._peek())
        fields = tuple(names)
        if isinstance(term, Field) and term.of is None:
            return Field(place, term.source + "".join(f".{name}" for name in names), (*term.names, *fields))
        return Field(place, shown_node(term) + "".join(f".{name}" for name in names), fields, term)

    def _term(self, context: str, depth: int) -> Operand:
        token = self._take()
        text, place = token.text, token.place
        match token.kind:
            case "dot":
                return Dot(place, text)
            case "field":
                return Field(place, text, (text[1:],))
            case "variable":
                if text not in self._variables:
                    raise self._error(f'undefined variable "{text}"', token)
                return Variable(place, text, text)
            case "string":
                return Literal(place, text, self._constant(token))
            case "number":
                return Literal(place, text, self._constant(token))
            case "left":
                pipe = self._pipe("parenthesized pipeline", ("right",), depth + 1)
                self._take()
                return pipe
            case "word" if text in _CONSTANTS:
                return Literal(place, text, _CONSTANTS[text])
            case "word":
                if text not in self._functions:
                    raise self._error(f"function {text!r} not defined".replace("'", '"'), token)
                return Function(place, text, text)
            case _:
                raise self._error(f"unexpected {shown(token)} in {context}", token)

    def _constant(self, token: Token) -> object:
        try:
            return unquoted(token.text) if token.kind == "string" else _number(token.text)
        except OverflowError as error:
            raise self._error(f"integer overflow: {token.text}", token) from error
        except ValueError as error:
            raise self._error(f"bad constant: {token.text}", token) from error


def shown(token: Token) -> str:
    return "EOF" if token is END else f"<{token.text}>"


def _number(text: str) -> int | float:
    plain = text.replace("_", "")
    if re.search(r"[.]|(?<!0x)[eE]", plain) and not plain.lower().lstrip("+-").startswith("0x"):
        return float(plain)
    if re.fullmatch(r"[+-]?0[0-7]+", plain):
        return int(plain, 8)
    return int(plain, 0)
