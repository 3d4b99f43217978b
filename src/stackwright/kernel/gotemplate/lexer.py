"""From text to tokens: what stands between actions, and the words inside them.

Source: Go's text/template/parse (lex.go).
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from stackwright.kernel.gotemplate.errors import TemplateError

Kind = Literal[
    "text", "open", "close", "space", "string", "number", "declare", "assign", "pipe", "comma", "left", "right", "variable", "field",
    "dot", "word",
]  # fmt: skip

MAX_LENGTH = 1_000_000
_WORDS = re.compile(
    r"""(?P<space>\s+)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)+')
    |(?P<number>[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?)(?!\w))
    |(?P<declare>:=)|(?P<assign>=)|(?P<pipe>\|)|(?P<comma>,)|(?P<left>\()|(?P<right>\))
    |(?P<variable>\$\w*)|(?P<field>\.[^\W\d]\w*)|(?P<dot>\.)|(?P<word>[^\W\d]\w*)""",
    re.VERBOSE,
)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


class Token(NamedTuple):
    kind: Kind
    text: str
    place: int


def tokens(source: str, name: str) -> Iterator[Token]:
    """Raises TemplateError."""
    if len(source) > MAX_LENGTH:
        raise TemplateError(f"template: {name}: longer than {MAX_LENGTH} characters")
    position, trim = 0, False
    while position < len(source):
        start = source.find("{{", position)
        end = len(source) if start < 0 else start
        text = source[position:end]
        text = text.lstrip() if trim else text
        if start < 0:
            if text:
                yield Token("text", text, position)
            return
        inside = start + 2
        if source.startswith("-", inside) and source[inside + 1 : inside + 2].isspace():
            text, inside = text.rstrip(), inside + 2
        if text:
            yield Token("text", text, position)
        position, trim, found = _action(source, inside, name)
        yield from found


def _action(source: str, position: int, name: str) -> tuple[int, bool, list[Token]]:
    """Where the text goes on, whether it is trimmed there, and the tokens of one action: none for a comment."""
    found = [Token("open", "{{", position)]
    comment = _COMMENT.match(source, position)
    if comment is not None:
        close = _closed(source, comment.end())
        if close is None:
            raise TemplateError(f"template: {name}:{line_of(source, position)}: comment ends before closing delimiter")
        return close[0], close[1], []
    while True:
        close = _closed(source, position)
        if close is not None:
            return close[0], close[1], [*found, Token("close", "}}", position)]
        match = _WORDS.match(source, position)
        if match is None:
            raise TemplateError(f"template: {name}:{line_of(source, position)}: {_problem(source, position)}")
        kind: Kind = match.lastgroup  # type: ignore[assignment]
        found.append(Token(kind, match[0], position))
        position = match.end()


def _closed(source: str, position: int) -> tuple[int, bool] | None:
    """Behind the closing braces, if they are here; and whether they trim."""
    if source.startswith("}}", position):
        return position + 2, False
    match = re.compile(r"\s+-}}").match(source, position)
    return (match.end(), True) if match is not None else None


def _problem(source: str, position: int) -> str:
    if position >= len(source):
        return "unclosed action"
    char = source[position]
    if char in "\"'`":
        return "unterminated quoted string"
    return f"unexpected {char!r} in command" if char in "+-*/{}[]" or char.isdigit() else f"unrecognized character in action: {char!r}"


def line_of(source: str, position: int) -> int:
    return source.count("\n", 0, position) + 1
