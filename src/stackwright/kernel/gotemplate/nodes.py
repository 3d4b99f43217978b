"""The parts of a template."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Node:
    """Shape: `place` counts characters from the start of the template; `source` is the text of the node."""

    place: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A constant: text, number, true, false or nil."""

    value: object = None


@dataclass(frozen=True, slots=True)
class Dot(Node):
    """`.`"""


@dataclass(frozen=True, slots=True)
class Field(Node):
    """`.a.b`: fields of dot. Also of what a parenthesis or a variable gives, when `of` is there.

    Shape: like Go, its place is that of the first field that follows another or what it is a field of.
    """

    names: tuple[str, ...] = ()
    of: "Operand | None" = None


@dataclass(frozen=True, slots=True)
class Variable(Node):
    """`$x`"""

    name: str = "$"


@dataclass(frozen=True, slots=True)
class Function(Node):
    """A name that is called."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class Command(Node):
    """An operand, or a function and its arguments."""

    operands: "tuple[Operand, ...]" = ()


@dataclass(frozen=True, slots=True)
class Pipe(Node):
    """Commands, each given the former's value as its last argument. Shape: `variables` are declared or, with `assigns`, set."""

    commands: tuple[Command, ...] = ()
    variables: tuple[str, ...] = ()
    assigns: bool = False


Operand = Literal | Dot | Field | Variable | Function | Pipe


@dataclass(frozen=True, slots=True)
class Text(Node):
    text: str = ""


@dataclass(frozen=True, slots=True)
class Action(Node):
    """`{{ pipe }}`"""

    pipe: Pipe = field(default_factory=Pipe)


@dataclass(frozen=True, slots=True)
class Branch(Node):
    """`if`, `with` or `range`, by `keyword`."""

    keyword: str = "if"
    pipe: Pipe = field(default_factory=Pipe)
    body: "tuple[Statement, ...]" = ()
    otherwise: "tuple[Statement, ...]" = ()


@dataclass(frozen=True, slots=True)
class Include(Node):
    """`{{ template "name" pipe }}`"""

    name: str = ""
    pipe: Pipe | None = None


@dataclass(frozen=True, slots=True)
class Jump(Node):
    """`break` or `continue`."""

    keyword: str = "break"


def shown(node: Operand | Command) -> str:
    """A node as Go writes it: one space between operands, whatever stands in the template."""
    match node:
        case Command(operands=operands):
            return " ".join(shown(operand) for operand in operands)
        case Pipe():
            return f"({node.source})"
        case Field(names=names, of=None):
            return "".join(f".{name}" for name in names)
        case Field(names=names, of=of):
            assert of is not None
            return shown(of) + "".join(f".{name}" for name in names)
        case _:
            return node.source


def shown_pipe(commands: tuple[Command, ...], variables: tuple[str, ...], *, assigns: bool) -> str:
    piped = " | ".join(shown(command) for command in commands)
    return f"{', '.join(variables)} {'=' if assigns else ':='} {piped}" if variables else piped


Statement = Text | Action | Branch | Include | Jump
