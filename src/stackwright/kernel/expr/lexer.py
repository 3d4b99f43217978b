"""From text to tokens."""

import re
from dataclasses import dataclass
from typing import Literal

from stackwright.kernel.expr.errors import ExprError

MAX_LENGTH = 16_384
Kind = Literal["number", "string", "name", "symbol", "end"]
_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
      |(?P<number>\d[\d_]*\.\d+(?:[eE][+-]?\d+)?|\d[\d_]*[eE][+-]?\d+|0[xX][0-9a-fA-F]+|\d[\d_]*)
      |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
      |(?P<name>[A-Za-z_$][A-Za-z0-9_$]*)
      |(?P<symbol>\?\?|\?\.|\.\.|\*\*|&&|\|\||==|!=|<=|>=|\#(?:acc|index)\b|[-+*/%^<>!?:;=.,()\[\]{}|\#])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    text: str
    position: int


def tokens(source: str) -> list[Token]:
    """Raises ExprError."""
    if len(source) > MAX_LENGTH:
        raise ExprError(f"an expression has at most {MAX_LENGTH} characters")
    found: list[Token] = []
    position = 0
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            raise ExprError(f"unexpected {source[position]!r} at {position + 1}")
        if match.lastgroup != "space":
            found.append(_token(match))
        position = match.end()
    return [*found, Token("end", "", len(source))]


def _token(match: re.Match[str]) -> Token:
    text = match.group()
    match match.lastgroup:
        case "string":
            return Token("string", text[1:-1] if text[0] == "`" else _unescaped(text[1:-1]), match.start())
        case "number":
            return Token("number", text.replace("_", ""), match.start())
        case "name":
            return Token("name", text, match.start())
        case _:
            return Token("symbol", text, match.start())


def _unescaped(text: str) -> str:
    return re.sub(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", _one, text, flags=re.DOTALL)


def _one(match: re.Match[str]) -> str:
    found = match.group(1)
    return chr(int(found[1:], 16)) if len(found) > 1 else _ESCAPES.get(found, found)
