"""From tokens to a tree: texts, actions and blocks.

Source: Go's text/template/parse (parse.go).
"""

from collections.abc import Collection, Sequence

from stackwright.kernel.gotemplate.expressions import END, MAX_DEPTH, ExpressionParser
from stackwright.kernel.gotemplate.lexer import Token
from stackwright.kernel.gotemplate.nodes import Action, Branch, Include, Jump, Statement, Text

Templates = dict[str, tuple[Statement, ...]]


def parse(source: str, name: str, functions: Collection[str]) -> Templates:
    """The bodies of the template and of all that it defines, by name. Raises TemplateError."""
    parser = _Parser(source, name, functions)
    body, stop = parser.body(0, ())
    assert stop == "", "a body at the top ends only with the text"
    return {**parser.defined, name: body}


class _Parser(ExpressionParser):
    def __init__(self, source: str, name: str, functions: Collection[str]) -> None:
        super().__init__(source, name, functions)
        self._loops = 0
        self.defined: Templates = {}

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
            raise self._error("unexpected EOF", END)
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
        self._take()
        place = self._skip().place
        name = self._text("template clause")
        pipe = None if self._skip().kind == "close" else self._pipe("template clause", ("close",))
        self._expect("close", "template clause")
        shown = f'{{{{template "{name}"{" " + pipe.source if pipe else ""}}}}}'
        return Include(place, shown, name, pipe)

    def _jump(self) -> Jump:
        word = self._take()
        if not self._loops:
            raise self._error(f"{{{{{word.text}}}}} outside {{{{range}}}}", word)
        self._expect("close", word.text)
        return Jump(word.place, word.text, word.text)

    def _text(self, context: str) -> str:
        return str(self._constant(self._expect("string", context)))
