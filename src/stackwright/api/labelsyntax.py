"""The text form of label selectors, read as the API server reads it, errors in its words.

Source: k8s.io/apimachinery pkg/labels (Lexer, Parser, NewRequirement).
"""

import re
from dataclasses import dataclass
from typing import Literal

from stackwright.kernel.errors import BadInput

Operator = Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]
Term = tuple[str, Operator, tuple[str, ...]]
"""Key, operator and sorted values."""

_SYMBOLS = frozenset("=!(),><")
_TOKENS = frozenset({"=", "==", "!=", "!", "(", ")", ",", ">", "<"})
_OPERATORS: dict[str, Operator] = {
    "in": "In", "notin": "NotIn", "=": "In", "==": "In", "!=": "NotIn", ">": "Gt", "<": "Lt",
}  # fmt: skip
_LISTED = "in, notin, =, ==, !=, gt, lt"
_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\Z")
_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?\Z")
_DOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z")
_WHOLE = re.compile(r"[+-]?[0-9]+\Z")
_MOST_DIGITS = 63
"""Of a label's value."""
_ALLOWED = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
_NAME_RULE = (
    f"{_ALLOWED} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_VALUE_RULE = (
    f"a valid label must be an empty string or {_ALLOWED.removeprefix('must ')} (e.g. 'MyValue',  or 'my_value',  or '12345', "
    "regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_DOMAIN_RULE = (
    "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end "
    "with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_QUALIFIED_RULE = (
    f"a qualified name {_ALLOWED} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
)


class SelectorError(BadInput):
    """The selector cannot be read."""

    code = "bad-selector"


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    symbol: bool = False


_END = _Token("", symbol=True)


def parse(text: str) -> list[Term]:
    """By key. Raises SelectorError."""
    reader = _Reader(_tokens(text))
    found = []
    while not reader.ended():
        if reader.next.symbol and reader.next.text != "!":
            raise SelectorError(f"found '{reader.next.text}', expected: !, identifier, or 'end of string'")
        found.append(_requirement(reader))
        if reader.ended():
            break
        comma = reader.take()
        if comma != _Token(",", symbol=True):
            raise SelectorError(f"found '{comma.text}', expected: ',' or 'end of string'")
        if reader.ended() or (reader.next.symbol and reader.next.text != "!"):
            raise SelectorError(f"found '{reader.next.text}', expected: identifier after ','")
    return sorted(found, key=lambda term: term[0])


def _tokens(text: str) -> list[_Token]:
    found, position = [], 0
    while position < len(text):
        start = position
        if text[start] in " \t\r\n":
            position += 1
            continue
        if text[start] in _SYMBOLS:
            position += 2 if text[start : start + 2] in _TOKENS else 1
            found.append(_Token(text[start:position], symbol=True))
            continue
        while position < len(text) and text[position] not in _SYMBOLS and text[position] not in " \t\r\n":
            position += 1
        found.append(_Token(text[start:position]))
    return found


class _Reader:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._position = 0

    def ended(self) -> bool:
        return self._position >= len(self._tokens)

    @property
    def next(self) -> _Token:
        return _END if self.ended() else self._tokens[self._position]

    def take(self) -> _Token:
        found = self.next
        self._position += 1
        return found

    def sees(self, *symbols: str) -> bool:
        return self.next.symbol and self.next.text in symbols


def _requirement(reader: _Reader) -> Term:
    try:
        return _term(reader)
    except SelectorError as error:
        raise SelectorError(f"unable to parse requirement: {error.message}") from error


def _term(reader: _Reader) -> Term:
    absent = reader.sees("!")
    if absent:
        reader.take()
    key = reader.take()
    if key.symbol:
        raise SelectorError(f"found '{key.text}', expected: identifier")
    _check_key(key.text)
    if absent or reader.ended() or reader.sees(","):
        return key.text, "DoesNotExist" if absent else "Exists", ()
    operator = reader.take()
    if operator.text not in _OPERATORS:
        raise SelectorError(f"found '{operator.text}', expected: {_LISTED}")
    values = _listed(reader) if operator.text in ("in", "notin") else _single(reader)
    kind = _OPERATORS[operator.text]
    _check_values(key.text, kind, sorted(values))
    return key.text, kind, tuple(sorted(values))


def _single(reader: _Reader) -> set[str]:
    if reader.ended() or reader.sees(","):
        return {""}
    value = reader.take()
    if value.symbol:
        raise SelectorError(f"found '{value.text}', expected: identifier")
    return {value.text}


def _listed(reader: _Reader) -> set[str]:
    opening = reader.take()
    if opening.text != "(":
        raise SelectorError(f"found '{opening.text}' expected: '('")
    if reader.next.symbol and not reader.sees(",", ")"):
        raise SelectorError(f"found '{reader.next.text}', expected: ',', ')' or identifier")
    found: set[str] = set()
    while True:
        if reader.sees(",", ")"):
            found.add("")
        elif reader.next.symbol:
            raise SelectorError(f"found '{reader.next.text}', expected: ',', or identifier")
        else:
            found.add(reader.take().text)
        separator = reader.take()
        if separator == _Token(")", symbol=True):
            return found
        if separator != _Token(",", symbol=True):
            raise SelectorError(f"found '{separator.text}', expected: ',' or ')'")


def _check_key(key: str) -> None:
    problems = key_problems(key)
    if problems:
        raise SelectorError(f'<nil>: Invalid value: "{key}": {"; ".join(problems)}')


def key_problems(key: str) -> list[str]:
    """Why no label can have this key; empty when one can."""
    if key.count("/") > 1:
        return [_QUALIFIED_RULE]
    prefix, slash, name = key.rpartition("/")
    found = []
    if slash:
        found += _prefix_problems(prefix)
    if not name:
        found.append("name part must be non-empty")
    elif len(name) > 63:
        found.append("name part must be no more than 63 bytes")
    if not _NAME.match(name):
        found.append(f"name part {_NAME_RULE}")
    return found


def _prefix_problems(prefix: str) -> list[str]:
    if not prefix:
        return ["prefix part must be non-empty"]
    found = [] if len(prefix) <= 253 else ["prefix part must be no more than 253 bytes"]
    return found if _DOMAIN.match(prefix) else [*found, _DOMAIN_RULE]


def value_problems(value: str) -> list[str]:
    """Why no label can have this value; empty when one can."""
    found = [] if len(value) <= 63 else ["must be no more than 63 bytes"]
    return found if _VALUE.match(value) else [*found, _VALUE_RULE]


def _check_values(key: str, operator: Operator, values: list[str]) -> None:
    for index, value in enumerate(values):
        if operator in ("Gt", "Lt") and whole_number(value) is None:
            rule = "for 'Gt', 'Lt' operators, the value must be an integer"
            raise SelectorError(f'values[{index}]: Invalid value: "{value}": {rule}')
        problems = value_problems(value)
        if problems:
            raise SelectorError(f'values[{index}][{key}]: Invalid value: "{value}": {"; ".join(problems)}')


def whole_number(text: str) -> int | None:
    """As Go's ParseInt reads a number of 64 bits; None for anything else."""
    if len(text) > _MOST_DIGITS or not _WHOLE.match(text):
        return None
    number = int(text)
    return number if -(2**63) <= number < 2**63 else None
