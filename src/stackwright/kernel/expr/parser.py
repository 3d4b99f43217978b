"""From tokens to a tree: operators by precedence.

Source: the language definition of expr-lang (github.com/expr-lang/expr, docs/language-definition.md).
"""

from stackwright.kernel.expr import nodes
from stackwright.kernel.expr.errors import ExprError
from stackwright.kernel.expr.lexer import Token, tokens
from stackwright.kernel.expr.nodes import Node

MAX_DEPTH = 64
PREDICATED = frozenset(
    (
        *("all", "any", "one", "none", "filter", "map", "count", "sum", "groupBy", "sortBy", "reduce"),
        *("find", "findIndex", "findLast", "findLastIndex"),
    )
)
"""Functions whose second argument looks at each element."""
_BINARY = {
    "|": 0,
    "or": 10,
    "||": 10,
    "and": 15,
    "&&": 15,
    **dict.fromkeys(("==", "!=", "<", ">", "<=", ">=", "in", "matches", "contains", "startsWith", "endsWith"), 20),
    "..": 25,
    **dict.fromkeys(("+", "-"), 30),
    **dict.fromkeys(("*", "/", "%"), 60),
    **dict.fromkeys(("**", "^"), 100),
    "??": 500,
}
_UNARY = {"not": 50, "!": 50, "-": 90, "+": 90}
_LITERALS = {"true": True, "false": False, "nil": None}
_SYNONYMS = {"||": "or", "&&": "and", "!": "not", "^": "**"}


def parse(source: str) -> Node:
    """Raises ExprError."""
    parser = _Parser(tokens(source))
    found = parser.expression()
    parser.expect_end()
    return found


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0
        self._depth = 0

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _is(self, *texts: str) -> bool:
        return self._now.kind in ("symbol", "name") and self._now.text in texts

    def _take(self) -> Token:
        token = self._now
        self._at += 1 if token.kind != "end" else 0
        return token

    def _accept(self, text: str) -> bool:
        if self._now.kind == "symbol" and self._now.text == text:
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise self._unexpected(f"expected {text!r}")

    def _unexpected(self, wanted: str = "") -> ExprError:
        token = self._now
        what = "end of expression" if token.kind == "end" else repr(token.text)
        return ExprError(f"unexpected {what} at {token.position + 1}" + (f", {wanted}" if wanted else ""))

    def expect_end(self) -> None:
        if self._now.kind != "end":
            raise self._unexpected()

    # -- operators -------------------------------------------------------------------------------------------------

    def expression(self, lowest: int = 0) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExprError(f"expressions nest at most {MAX_DEPTH} deep")
        found = self._declared() if lowest == 0 and self._is("let") else self._operated(lowest)
        self._depth -= 1
        return found

    def _declared(self) -> Node:
        """`let name = value; body`."""
        self._take()
        name = self._take()
        if name.kind != "name":
            self._at -= 1 if name.kind != "end" else 0
            raise self._unexpected("expected a name")
        self._expect("=")
        value = self.expression()
        self._expect(";")
        return nodes.Let(name.text, value, self.expression())

    def _branched(self) -> Node:
        """`if condition { yes } else { no }`, where the last may be another `if`."""
        self._take()
        condition = self.expression()
        yes = self._block()
        if not self._is("else"):
            raise self._unexpected("expected 'else'")
        self._take()
        return nodes.Choice(condition, yes, self.expression() if self._is("if") else self._block())

    def _block(self) -> Node:
        self._expect("{")
        body = self.expression()
        self._expect("}")
        return body

    def _operated(self, lowest: int) -> Node:
        left = self._branched() if lowest == 0 and self._is("if") else self._unary()
        while True:
            negated = self._is("not") and self._tokens[self._at + 1].text in ("in", "matches", "contains", "startsWith", "endsWith")
            operator = self._tokens[self._at + (1 if negated else 0)].text if self._is("not", *_BINARY) else ""
            precedence = _BINARY.get(operator, -1)
            if precedence < lowest:
                break
            self._at += 2 if negated else 1
            left = self._joined(operator, left, precedence)
            left = nodes.Unary("not", left) if negated else left
        return self._chosen(left) if lowest == 0 else left

    def _joined(self, operator: str, left: Node, precedence: int) -> Node:
        if operator == "|":
            return self._piped(left)
        right = self.expression(precedence if operator in ("**", "^") else precedence + 1)
        return nodes.Binary(_SYNONYMS.get(operator, operator), left, right)

    def _piped(self, left: Node) -> Node:
        """`list | filter(…)` is `filter(list, …)`."""
        name = self._take()
        if name.kind != "name" or not self._is("("):
            raise self._unexpected("expected a function")
        return self._postfix(nodes.Call(nodes.Name(name.text), (left, *self._arguments(name.text, piped=True))))

    def _chosen(self, condition: Node) -> Node:
        if not self._accept("?"):
            return condition
        if self._accept(":"):
            return nodes.Choice(condition, condition, self.expression())
        yes = self.expression()
        self._expect(":")
        return nodes.Choice(condition, yes, self.expression())

    def _unary(self) -> Node:
        if self._is("not", "!", "-", "+"):
            operator = self._take().text
            operand = self.expression(_UNARY[operator])
            return self._postfix(nodes.Unary(_SYNONYMS.get(operator, operator), operand))
        return self._postfix(self._primary())

    # -- operands --------------------------------------------------------------------------------------------------

    def _primary(self) -> Node:
        token = self._take()
        match token.kind, token.text:
            case "number", text:
                return nodes.Literal(_number(text))
            case "string", text:
                return nodes.Literal(text)
            case "name", text if text in _LITERALS:
                return nodes.Literal(_LITERALS[text])
            case "name", text:
                return nodes.Call(nodes.Name(text), self._arguments(text)) if self._is("(") else nodes.Name(text)
            case "symbol", "(":
                inner = self.expression()
                self._expect(")")
                return inner
            case "symbol", "[":
                return nodes.Array(self._listed("]"))
            case "symbol", "{":
                return self._map()
            case "symbol", "#" | "#index" | "#acc":
                return nodes.Element(token.text)
            case "symbol", "." if self._now.kind == "name":
                return nodes.Member(nodes.Element(), nodes.Literal(self._take().text))
            case _:
                self._at -= 1 if token.kind != "end" else 0
                raise self._unexpected()

    def _postfix(self, node: Node) -> Node:
        while True:
            if self._is(".", "?."):
                node = self._member(node, optional=self._take().text == "?.")
            elif self._is("["):
                self._take()
                node = self._indexed(node, optional=False)
            elif self._is("("):
                node = nodes.Call(node, self._arguments(""))
            else:
                return node

    def _member(self, node: Node, *, optional: bool) -> Node:
        if optional and self._accept("["):
            return self._indexed(node, optional=True)
        token = self._take()
        if token.kind != "name":
            self._at -= 1 if token.kind != "end" else 0
            raise self._unexpected("expected a name")
        return nodes.Member(node, nodes.Literal(token.text), optional)

    def _indexed(self, node: Node, *, optional: bool) -> Node:
        start = None if self._is(":") else self.expression()
        if not self._accept(":"):
            self._expect("]")
            assert start is not None
            return nodes.Member(node, start, optional)
        end = None if self._is("]") else self.expression()
        self._expect("]")
        return nodes.Slice(node, start, end)

    def _arguments(self, function: str, *, piped: bool = False) -> tuple[Node, ...]:
        self._expect("(")
        found: list[Node] = []
        while not self._accept(")"):
            if found:
                self._expect(",")
            looks = function in PREDICATED and len(found) + piped == 1
            found.append(self._predicate() if looks else self.expression())
        return tuple(found)

    def _predicate(self) -> Node:
        return nodes.Predicate(self._block() if self._is("{") else self.expression())

    def _listed(self, end: str) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self._accept(end):
            found.append(self.expression())
            if not self._accept(","):
                self._expect(end)
                break
        return tuple(found)

    def _map(self) -> Node:
        found: list[tuple[Node, Node]] = []
        while not self._accept("}"):
            token = self._take()
            if token.kind == "symbol" and token.text == "(":
                key = self.expression()
                self._expect(")")
            elif token.kind in ("name", "string", "number"):
                key = nodes.Literal(token.text)
            else:
                raise self._unexpected("expected a key")
            self._expect(":")
            found.append((key, self.expression()))
            if not self._accept(","):
                self._expect("}")
                break
        return nodes.Map(tuple(found))


def _number(text: str) -> int | float:
    try:
        return int(text, 0) if text[:2].lower() == "0x" else int(text)
    except ValueError:
        return float(text)
