"""What an expression says, as a tree."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Literal:
    value: Any


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Element:
    """`#`, the element that a predicate looks at. Shape: `which` is `#index` for its place and `#acc` for what `reduce` has so far."""

    which: str = "#"


@dataclass(frozen=True, slots=True)
class Let:
    """`let name = value; body`."""

    name: str
    value: "Node"
    body: "Node"


@dataclass(frozen=True, slots=True)
class Member:
    """`of.name` and `of[key]`. Shape: `optional` gives nil for nothing instead of failing."""

    of: "Node"
    key: "Node"
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Slice:
    of: "Node"
    start: "Node | None"
    end: "Node | None"


@dataclass(frozen=True, slots=True)
class Call:
    callee: "Node"
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Predicate:
    """`{ … }` given to a function of lists."""

    body: "Node"


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Choice:
    condition: "Node"
    yes: "Node"
    no: "Node"


@dataclass(frozen=True, slots=True)
class Array:
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Map:
    items: tuple[tuple["Node", "Node"], ...]


Node = Literal | Name | Element | Let | Member | Slice | Call | Predicate | Unary | Binary | Choice | Array | Map
