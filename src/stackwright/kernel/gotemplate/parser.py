"""From tokens to a tree.

Source: Go's text/template/parse (parse.go).
"""

import ast
import re
from collections.abc import Collection, Sequence

from stackwright.kernel.gotemplate.errors import TemplateError
from stackwright.kernel.gotemplate.lexer import Kind, Token, line_of, tokens
from stackwright.kernel.gotemplate.nodes import (
    Action,
    Branch,
    Command,
    Dot,
    Field,
    Function,
    Include,
    Jump,
    Literal,
    Operand,
    Pipe,
    Statement,
    Text,
    Variable,
)

MAX_DEPTH = 100
Templates = dict[str, tuple[Statement, ...]]
_CONSTANTS = {"true": True, "false": False, "nil": None}
_END = Token("close", "", -1)


def parse(source: str, name: str, functions: Collection[str]) -> Templates:
    """The bodies of the template and of all that it defines, by name. Raises TemplateError."""
    parser = _Parser(source, name, functions)
    body, stop = parser.body(0, ())
    assert stop == "", "a body at the top ends only with the text"
    return {**parser.defined, name: body}


class _Parser:
    def __init__(self, source: str, name: str, functions: Collection[str]) -> None:
        self._source = source
        self._name = name
        self._functions = functions
        self._tokens = list(tokens(source, name))
        self._next = 0
        self._loops = 0
        self._variables = ["$"]
        self.defined: Templates = {}

    # -- tokens ----------------------------------------------------------------------------------------------------

    def _peek(self) -> Token:
        return self._tokens[self._next] if self._next < len(self._tokens) else _END

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
        if token.kind != kind or token is _END:
            raise self._error(f"unexpected {_shown(token)} in {context}", token)
        return self._take()

    def _error(self, problem: str, token: Token) -> TemplateError:
        place = len(self._source) if token.place < 0 else token.place
        return TemplateError(f"template: {self._name}:{line_of(self._source, place)}: {problem}")

    # -- statements ------------------------------------------------------------------------------------------------

    def body(self, depth: int, stops: Sequence[str]) -> tuple[tuple[Statement, ...], str]:
        """Statements up to one of the words, which is left to be read; the empty word is the end of the text."""
        if depth > MAX_DEPTH:
            raise self._error("nested too deeply", self._peek())
        found: list[Statement] = []
        while self._next < len(self._tokens):
            token = self._take()
            if token.kind == "text":
                found.append(Text(token.place, token.text, token.text))
                continue
            word = self._skip()
            if word.kind == "word" and word.text in ("end", "else"):
                if word.text not in stops:
                    raise self._error(f"unexpected {{{{{word.text}}}}}", word)
                return tuple(found), word.text
            if word.kind == "word" and word.text == "define":
                self._define(depth)
            else:
                found.append(self._statement(word, depth))
        if stops:
            raise self._error("unexpected EOF", _END)
        return tuple(found), ""

    def _statement(self, word: Token, depth: int) -> Statement:
        match word.text if word.kind == "word" else "":
            case "if" | "with" | "range":
                return self._branch(depth)
            case "block":
                return self._block(depth)
            case "template":
                return self._include()
            case "break" | "continue" if word.text not in self._functions:
                return self._jump()
            case _:
                pipe = self._pipe("command", ("close",))
                self._take()
                return Action(pipe.place, pipe.source, pipe)

    def _branch(self, depth: int) -> Branch:
        word = self._take()
        outer = len(self._variables)
        pipe = self._pipe(word.text, ("close",))
        self._take()
        self._loops += word.text == "range"
        body, stop = self.body(depth + 1, ("end", "else"))
        self._loops -= word.text == "range"
        otherwise: tuple[Statement, ...] = ()
        if stop == "else":
            otherwise = self._otherwise(word, depth)
        else:
            self._end()
        del self._variables[outer:]
        return Branch(word.place, pipe.source, word.text, pipe, body, otherwise)

    def _otherwise(self, word: Token, depth: int) -> tuple[Statement, ...]:
        self._take()
        again = self._skip()
        if again.kind == "word" and again.text == word.text and word.text in ("if", "with"):
            return (self._branch(depth + 1),)
        self._expect("close", "else")
        found, _ = self.body(depth + 1, ("end",))
        self._end()
        return found

    def _end(self) -> None:
        self._take()
        self._expect("close", "end")

    def _define(self, depth: int) -> None:
        word = self._take()
        if depth:
            raise self._error("unexpected {{define}}", word)
        name = self._text("define clause")
        self._expect("close", "define clause")
        variables, self._variables = self._variables, ["$"]
        self.defined[name], _ = self.body(depth + 1, ("end",))
        self._variables = variables
        self._end()

    def _block(self, depth: int) -> Include:
        word = self._take()
        name = self._text("block clause")
        pipe = self._pipe("block clause", ("close",))
        self._take()
        variables, self._variables = self._variables, ["$"]
        self.defined[name], _ = self.body(depth + 1, ("end",))
        self._variables = variables
        self._end()
        return Include(word.place, name, name, pipe)

    def _include(self) -> Include:
        word = self._take()
        name = self._text("template clause")
        pipe = None if self._skip().kind == "close" else self._pipe("template clause", ("close",))
        self._expect("close", "template clause")
        return Include(word.place, name, name, pipe)

    def _jump(self) -> Jump:
        word = self._take()
        if not self._loops:
            raise self._error(f"{{{{{word.text}}}}} outside {{{{range}}}}", word)
        self._expect("close", word.text)
        return Jump(word.place, word.text, word.text)

    def _text(self, context: str) -> str:
        return str(_unquoted(self._expect("string", context).text))

    # -- expressions -----------------------------------------------------------------------------------------------

    def _pipe(self, context: str, stops: Sequence[Kind], depth: int = 0) -> Pipe:
        if depth > MAX_DEPTH:
            raise self._error("nested too deeply", self._peek())
        start = self._skip().place
        variables, assigns = self._declared(context)
        commands: list[Command] = []
        while True:
            token = self._skip()
            if token.kind in stops and token is not _END:
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
        end = max(self._peek().place, start)
        return Pipe(start, self._source[start:end].strip(), tuple(commands), variables, assigns)

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
                raise self._error(f"undefined variable {name!r}", token)

    def _command(self, context: str, depth: int) -> Command:
        start = self._skip().place
        operands: list[Operand] = []
        while True:
            token = self._skip()
            if token.kind in ("close", "right", "pipe"):
                break
            if operands and self._tokens[self._next - 1].kind != "space":
                raise self._error(f"unexpected {_shown(token)} in operand", token)
            operands.append(self._operand(context, depth))
        if not operands:
            raise self._error("empty command", token)
        return Command(start, self._source[start : self._peek().place].strip(), tuple(operands))

    def _operand(self, context: str, depth: int) -> Operand:
        token = self._peek()
        term = self._term(context, depth)
        names: list[str] = []
        while self._peek().kind == "field":
            names.append(self._take().text[1:])
        if not names:
            return term
        if isinstance(term, Literal):
            raise self._error(f"unexpected . after term {token.text!r}", token)
        end = self._tokens[self._next - 1]
        source = self._source[token.place : end.place + len(end.text)]
        if isinstance(term, Field) and term.of is None:
            return Field(token.place, source, (*term.names, *names))
        return Field(token.place, source, tuple(names), term)

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
                    raise self._error(f"undefined variable {text!r}", token)
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
                raise self._error(f"unexpected {_shown(token)} in {context}", token)

    def _constant(self, token: Token) -> object:
        try:
            return _unquoted(token.text) if token.kind == "string" else _number(token.text)
        except (ValueError, SyntaxError) as error:
            raise self._error(f"bad constant: {token.text}", token) from error


def _shown(token: Token) -> str:
    return "EOF" if token is _END else f"<{token.text}>"


def _number(text: str) -> int | float:
    plain = text.replace("_", "")
    if re.search(r"[.]|(?<!0x)[eE]", plain) and not plain.lower().lstrip("+-").startswith("0x"):
        return float(plain)
    if re.fullmatch(r"[+-]?0[0-7]+", plain):
        return int(plain, 8)
    return int(plain, 0)


def _unquoted(text: str) -> str | int:
    """A text; a character is its number. Raises ValueError or SyntaxError for an escape that Go does not know."""
    if text[0] == "`":
        return text[1:-1].replace("\r", "")
    if re.search(r"(?<!\\)(?:\\\\)*\\[^abfnrtv\\'\"0-7xuU]", text):
        raise ValueError(text)
    found = ast.literal_eval(text)
    if not isinstance(found, str):
        raise ValueError(text)  # noqa: TRY004 -- a constant that cannot be read, whatever it is
    return ord(found) if text[0] == "'" else found
