"""The small language of health rules: Python's expressions without its powers.

A missing field is None and has no fields; comparing with None by size is false. A capitalised name is the condition of that type.
Rules are package data: an expression that the language does not have is a defect found when the rules are read.
"""

import ast
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

Evaluate = Callable[["Scope"], Any]


class Scope(Protocol):
    """What the names of an expression mean."""

    def lookup(self, name: str) -> Any: ...


class BadRule(ValueError):
    """The rule is not written in the language."""


class _Bound:
    """A scope with one name more: the variable of a comprehension."""

    def __init__(self, outer: Scope, name: str, value: Any) -> None:
        self._outer, self._name, self._value = outer, name, value

    def lookup(self, name: str) -> Any:
        return self._value if name == self._name else self._outer.lookup(name)


def compile_expression(text: str) -> Evaluate:
    """Raises BadRule."""
    try:
        return _compile(ast.parse(text.strip(), mode="eval").body)
    except SyntaxError as error:
        raise BadRule(f"{text!r}: {error.msg}") from error


def compile_template(text: str) -> Callable[["Scope"], str]:
    """Text with `{expression}` in it; what is missing reads as nothing. Raises BadRule."""
    parts = re.split(r"\{([^{}]*)\}", text)
    pieces: list[str | Evaluate] = [compile_expression(part) if index % 2 else part for index, part in enumerate(parts)]
    return lambda scope: "".join(piece if isinstance(piece, str) else as_text(piece(scope)) for piece in pieces)


def as_text(value: Any) -> str:
    """As a person would write it: `5` for 5.0, `true`, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _sized(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare_known(left: Any, right: Any) -> bool:
        return _is_number(left) and _is_number(right) and compare(left, right)

    return compare_known


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _contains(item: Any, container: Any) -> bool:
    if isinstance(container, str):
        return isinstance(item, str) and item in container
    return isinstance(container, list | tuple | Mapping) and item in container


_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: _sized(operator.lt),
    ast.LtE: _sized(operator.le),
    ast.Gt: _sized(operator.gt),
    ast.GtE: _sized(operator.ge),
    ast.In: _contains,
    ast.NotIn: lambda item, container: not _contains(item, container),
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}


def _has_status(wanted: str) -> Callable[[Any], bool]:
    """Some controllers write a boolean."""
    return lambda condition: as_text(field(condition, "status")).capitalize() == wanted


def _number(text: Any) -> Any:
    """The integer at the beginning of a text, or None."""
    match = re.match(r"\s*-?\d+", text) if isinstance(text, str) else None
    return text if _is_number(text) else int(match[0]) if match else None


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "yes": _has_status("True"),
    "no": _has_status("False"),
    "unsure": _has_status("Unknown"),
    "any": lambda values: any(values or ()),
    "all": lambda values: all(values or ()),
    "len": lambda value: len(value) if value is not None else 0,
    "values": lambda value: list(value.values()) if isinstance(value, Mapping) else [],
    "keys": lambda value: list(value) if isinstance(value, Mapping) else [],
    "items": lambda value: [{"key": k, "value": v} for k, v in value.items()] if isinstance(value, Mapping) else [],
    "first": lambda values: next(iter(values or ()), None),
    "last": lambda values: (list(values) or [None])[-1] if values is not None else None,
    "join": lambda separator, values: separator.join(as_text(value) for value in values or ()),
    "lower": lambda text: as_text(text).lower(),
    "title": lambda text: as_text(text)[:1].upper() + as_text(text)[1:].lower(),
    "cut": lambda text, length: as_text(text)[:length],
    "number": _number,
    "starts": lambda text, prefix: as_text(text).startswith(prefix),
    "ends": lambda text, suffix: as_text(text).endswith(suffix),
    "after": lambda text, separator: as_text(text).partition(separator)[2],
    "enumerated": lambda values: [{"n": n, "of": value} for n, value in enumerate(values or (), 1)],
    "total": lambda values: sum(value for value in values or () if _is_number(value)),
    "earlier": lambda one, other: as_text(one) < as_text(other),
    "is_text": lambda value: isinstance(value, str),
}


def field(value: Any, name: str | int) -> Any:
    """A field of a mapping or an item of a list, or None."""
    if isinstance(value, Mapping):
        return value.get(name)
    if isinstance(value, Sequence) and not isinstance(value, str) and isinstance(name, int):
        return value[name] if -len(value) <= name < len(value) else None
    return None


def _compile(node: ast.expr) -> Evaluate:
    match node:
        case ast.Constant(value=value):
            return lambda scope: value
        case ast.Name(id=name):
            return lambda scope: scope.lookup(name)
        case ast.Attribute(value=inner, attr=attr):
            of = _compile(inner)
            return lambda scope: field(of(scope), attr)
        case ast.Subscript(value=inner, slice=ast.Constant(value=str() | int() as key)):
            of = _compile(inner)
            return lambda scope: field(of(scope), key)
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            of = _compile(inner)
            return lambda scope: not of(scope)
        case ast.BoolOp(op=op, values=values):
            return _logic(op, [_compile(value) for value in values])
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _comparison(op, _compile(left), _compile(right))
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            return _arithmetic(op, _compile(left), _compile(right))
        case ast.IfExp(test=test, body=body, orelse=other):
            asked, then, otherwise = _compile(test), _compile(body), _compile(other)
            return lambda scope: then(scope) if asked(scope) else otherwise(scope)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            members = [_compile(element) for element in elements]
            return lambda scope: [member(scope) for member in members]
        case ast.GeneratorExp() | ast.ListComp():
            return _comprehension(node)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            function, arguments = FUNCTIONS[name], [_compile(arg) for arg in args]
            return _call(function, arguments)
    raise BadRule(f"{ast.unparse(node)!r} is not part of the language")


def _call(function: Callable[..., Any], arguments: list[Evaluate]) -> Evaluate:
    def evaluate(scope: Scope) -> Any:
        values = [argument(scope) for argument in arguments]
        try:
            return function(*values)
        except (TypeError, AttributeError):  # a field holds another shape than its API says: it tells nothing
            return None

    return evaluate


def _logic(op: ast.boolop, terms: list[Evaluate]) -> Evaluate:
    is_or = isinstance(op, ast.Or)

    def evaluate(scope: Scope) -> Any:
        value = None
        for term in terms:
            value = term(scope)
            if bool(value) is is_or:
                return value
        return value

    return evaluate


def _comparison(op: ast.cmpop, left: Evaluate, right: Evaluate) -> Evaluate:
    compare = _COMPARISONS[type(op)]
    return lambda scope: compare(left(scope), right(scope))


def _arithmetic(op: ast.operator, left: Evaluate, right: Evaluate) -> Evaluate:
    combine = operator.add if isinstance(op, ast.Add) else operator.sub

    def evaluate(scope: Scope) -> Any:
        one, other = left(scope), right(scope)
        if _is_number(one) and _is_number(other):
            return combine(one, other)
        if isinstance(op, ast.Add) and isinstance(one, list) and isinstance(other, list):
            return one + other
        return as_text(one) + as_text(other) if isinstance(op, ast.Add) else None

    return evaluate


def _comprehension(node: ast.GeneratorExp | ast.ListComp) -> Evaluate:
    element = _compile(node.elt)
    if len(node.generators) > 2 or any(not isinstance(part.target, ast.Name) for part in node.generators):
        raise BadRule(f"{ast.unparse(node)!r}: at most two loops, over one name each")
    loops = [(part.target.id, _compile(part.iter), [_compile(test) for test in part.ifs]) for part in node.generators]  # type: ignore[attr-defined]

    def scopes(outer: Iterable[Scope], name: str, source: Evaluate, tests: list[Evaluate]) -> Iterable[Scope]:
        for scope in outer:
            found = source(scope)
            for value in found if isinstance(found, list | tuple) else ():
                bound = _Bound(scope, name, value)
                if all(test(bound) for test in tests):
                    yield bound

    def evaluate(scope: Scope) -> Any:
        inner: Iterable[Scope] = (scope,)
        for name, source, tests in loops:
            inner = scopes(inner, name, source, tests)
        return [element(bound) for bound in inner]

    return evaluate
