"""A checked expression as values.

Source: https://github.com/google/cel-spec proto/cel/expr/checked.proto and syntax.proto.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_MOST_DEEP = 250


@dataclass(frozen=True, slots=True)
class Const:
    id: int
    value: Any


@dataclass(frozen=True, slots=True)
class Ident:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Select:
    """A field; `test` when it is only asked for by `has`."""

    id: int
    operand: "Node"
    field: str
    test: bool


@dataclass(frozen=True, slots=True)
class Call:
    """Shape: `arguments` has the target of a member call first."""

    id: int
    function: str
    arguments: tuple["Node", ...]
    member: bool


@dataclass(frozen=True, slots=True)
class MakeList:
    """Shape: `optional` are the indexes of items with a question mark."""

    id: int
    items: tuple["Node", ...]
    optional: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class MakeMap:
    """Shape: `optional` are the indexes of entries with a question mark."""

    id: int
    entries: tuple[tuple["Node", "Node"], ...]
    optional: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Fold:
    """What the macros `all`, `exists`, `map`, `filter` and `transformMap` stand for.

    Shape: `second` is empty where only the items of a list or the keys of a map are named; else they are the second variable's of a list,
    and the first one's of a map.
    """

    id: int
    variable: str
    source: "Node"
    accumulator: str
    start: "Node"
    condition: "Node"
    step: "Node"
    result: "Node"
    second: str = ""


Node = Const | Ident | Select | Call | MakeList | MakeMap | Fold


@dataclass(frozen=True, slots=True)
class Tree:
    """Shape: `positions` gives the offset in the text by node id; `optionals` are the ids of nodes whose value is an optional."""

    root: Node
    positions: dict[int, int]
    optionals: frozenset[int] = frozenset()


def decode(data: bytes) -> Tree:
    """A serialized google.protobuf.Any of a CheckedExpr. Raises ValueError."""
    root, positions, optionals = None, {}, set[int]()
    checked = next((value for number, value in _fields(data) if number == 2), b"")
    for number, value in _fields(checked):
        if number == 3:
            optionals |= _optional(value)
        elif number == 4:
            root = _node(value, 0)
        elif number == 5:
            positions = _positions(value)
    if root is None:
        raise ValueError("the expression is empty")
    return Tree(root, positions, frozenset(optionals))


def idents(node: Node) -> set[str]:
    """Every name that is used."""
    found: set[str] = set()
    waiting: list[Node] = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Ident):
            found.add(each.name)
        waiting.extend(children(each))
    return found


def children(node: Node) -> tuple[Node, ...]:
    match node:
        case Select():
            return (node.operand,)
        case Call():
            return node.arguments
        case MakeList():
            return node.items
        case MakeMap():
            return tuple(part for entry in node.entries for part in entry)
        case Fold():
            return node.source, node.start, node.condition, node.step, node.result
        case Const() | Ident():
            return ()


def _node(data: bytes, depth: int) -> Node:
    if depth > _MOST_DEEP:
        raise ValueError("the expression is nested too deeply")
    id = 0
    found: Node | None = None
    for number, value in _fields(data):
        match number:
            case 2:
                id = value
            case 3:
                found = Const(id, _constant(value))
            case 4:
                found = Ident(id, _text(value, 1))
            case 5:
                found = _select(id, value, depth)
            case 6:
                found = _call(id, value, depth)
            case 7:
                found = _list(id, value, depth)
            case 8:
                entries = [item for number, item in _fields(value) if number == 2]
                optional = frozenset(index for index, item in enumerate(entries) if dict(_fields(item)).get(5))
                found = MakeMap(id, tuple(_entry(item, depth) for item in entries), optional)
            case 9:
                found = _fold(id, value, depth)
            case _:
                pass
    return found or Const(id, None)


def _select(id: int, data: bytes, depth: int) -> Select:
    parts = dict(_fields(data))
    return Select(id, _node(parts[1], depth + 1), parts.get(2, b"").decode(), bool(parts.get(3)))


def _call(id: int, data: bytes, depth: int) -> Call:
    target, name, arguments = None, "", []
    for number, value in _fields(data):
        if number == 1:
            target = _node(value, depth + 1)
        elif number == 2:
            name = value.decode()
        elif number == 3:
            arguments.append(_node(value, depth + 1))
    return Call(id, name, (*([] if target is None else [target]), *arguments), target is not None)


def _list(id: int, data: bytes, depth: int) -> MakeList:
    items, optional = [], set[int]()
    for number, value in _fields(data):
        if number == 1:
            items.append(_node(value, depth + 1))
        else:
            optional |= _packed(value) if isinstance(value, bytes) else {value}
    return MakeList(id, tuple(items), frozenset(optional))


def _packed(data: bytes) -> set[int]:
    found, at = set[int](), 0
    while at < len(data):
        value, at = _varint(data, at)
        found.add(value)
    return found


def _entry(data: bytes, depth: int) -> tuple[Node, Node]:
    parts = dict(_fields(data))
    key: Node = _node(parts[3], depth + 1) if 3 in parts else Const(0, parts.get(2, b"").decode())
    return key, _node(parts.get(4, b""), depth + 1)


def _fold(id: int, data: bytes, depth: int) -> Fold:
    parts = dict(_fields(data))
    source, start, condition, step, result = (_node(parts.get(number, b""), depth + 1) for number in (2, 4, 5, 6, 7))
    variable, accumulator, second = (parts.get(number, b"").decode() for number in (1, 3, 8))
    return Fold(id, variable, source, accumulator, start, condition, step, result, second)


def _constant(data: bytes) -> Any:
    for number, value in _fields(data):
        match number:
            case 2:
                return bool(value)
            case 3:
                return value - (1 << 64) if value >= 1 << 63 else value
            case 6:
                return value.decode(errors="replace")
            case 5:
                return float("nan")
            case 1:
                return None
            case _:
                return value
    return None


def _positions(data: bytes) -> dict[int, int]:
    found = {}
    for number, value in _fields(data):
        if number == 4:
            pair = dict(_fields(value))
            found[pair.get(1, 0)] = pair.get(2, 0)
    return found


def _optional(data: bytes) -> set[int]:
    """The node of an entry of the map of types, when that type is `optional_type`."""
    entry = dict(_fields(data))
    abstract = dict(_fields(entry.get(2, b""))).get(14, b"")
    return {entry.get(1, 0)} if _text(abstract, 1) == "optional_type" else set()


def _text(data: bytes, wanted: int) -> str:
    return next((value.decode() for number, value in _fields(data) if number == wanted), "")


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """The wire format of protocol buffers: numbers as int, everything with a length as bytes."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        match key & 7:
            case 0:
                value, at = _varint(data, at)
                yield key >> 3, value
            case 2:
                size, at = _varint(data, at)
                yield key >> 3, data[at : at + size]
                at += size
            case 1:
                yield key >> 3, data[at : at + 8]
                at += 8
            case 5:
                yield key >> 3, data[at : at + 4]
                at += 4
            case wire:
                raise ValueError(f"wire type {wire} is not known")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    shift = value = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if not byte & 0x80:
            return value, at
        shift += 7
