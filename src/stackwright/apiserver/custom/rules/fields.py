"""Whether the fields that a rule speaks of are there, and hold what it takes them for.

The evaluator knows objects as `dyn`; this follows the schema through the expression, and finds what compilers of typed objects would.

Source: github.com/google/cel-go checker; k8s.io/apiserver pkg/cel/common/typeprovider.go.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from stackwright.apiserver.custom.rules.names import escaped
from stackwright.apiserver.custom.rules.types import TIMES, type_of
from stackwright.kernel.cel.tree import Call, Const, Fold, Ident, MakeList, MakeMap, Node, Select, Tree, children
from stackwright.store.schema import Schema

_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\Z")
_TEXT = Schema("string")
_NAMES = Schema("object", properties={"name": _TEXT, "generateName": _TEXT})
_OF_OBJECTS = {"apiVersion": _TEXT, "kind": _TEXT, "metadata": _NAMES}
_SCALARS = frozenset({"string", "int", "double", "bool", "timestamp", "duration", "bytes"})
_RELATIONS = frozenset({"_<_", "_<=_", "_>_", "_>=_"})
_EQUAL = frozenset({"_==_", "_!=_"})
_NUMBERS = frozenset({"int", "double", "uint"})

Type = Schema | str
"""A schema, or the name of a type; empty when nothing is known."""


@dataclass(slots=True)
class _Reading:
    text: str
    tree: Tree
    found: list[str] = field(default_factory=list)
    times: dict[tuple[int, int], str] = field(default_factory=dict)

    def read_time(self, node: Ident | Select, type: str) -> None:
        """Notes where the text of a point in time or a span stands in the expression."""
        end = self.tree.positions.get(node.id, 0) + (len(node.name) if isinstance(node, Ident) else len(node.field) + 1)
        first: Node = node
        while isinstance(first, Select):
            first = first.operand
        start = self.tree.positions.get(first.id, -1)
        if isinstance(first, Ident) and _PATH.match(self.text[max(start, 0) : end]):
            self.times[start, end] = type

    def tell(self, node: Node, problem: str) -> None:
        offset = self.tree.positions.get(node.id, 0)
        before = self.text[:offset]
        line, column = before.count("\n") + 1, offset - (before.rfind("\n") + 1)
        shown = self.text.split("\n")[line - 1]
        self.found.append(f"ERROR: <input>:{line}:{column + 1}: {problem}\n | {shown}\n | {'.' * column}^")


def problems_of(text: str, tree: Tree, schema: Schema, *, whole: bool = False) -> tuple[str, str]:
    """What does not fit, as a compiler would tell it, and the name of the result's type; each empty when nothing is known."""
    start = _with_metadata(schema) if whole or schema.embedded else schema
    reading = _Reading(text, tree)
    result = _type(tree.root, {"self": start, "oldSelf": start}, reading)
    return "\n".join(reading.found), name_of(result)


def with_times(text: str, tree: Tree, schema: Schema) -> str:
    """The expression, with `timestamp()` and `duration()` around the fields that hold them as texts."""
    reading = _Reading(text, tree)
    _type(tree.root, {"self": schema, "oldSelf": schema}, reading)
    for (start, end), type in sorted(reading.times.items(), reverse=True):
        text = f"{text[:start]}{type}({text[start:end]}){text[end:]}"
    return text


def name_of(type: Type) -> str:
    if isinstance(type, str):
        return type
    return "object" if type.type == "object" and type.additional is None else type_of(type)


def _with_metadata(schema: Schema) -> Schema:
    kept = {name: child for name, child in schema.properties.items() if name not in _OF_OBJECTS}
    return Schema("object", properties={**kept, **_OF_OBJECTS}, additional=schema.additional, raw=schema.raw)


def _type(node: Node, scope: Mapping[str, Type], reading: _Reading) -> Type:
    match node:
        case Const():
            return _constant(node)
        case Ident() | Select():
            found = scope.get(node.name, "") if isinstance(node, Ident) else _selected(node, scope, reading)
            if isinstance(found, Schema) and type_of(found) in TIMES:
                reading.read_time(node, type_of(found))
            return found
        case Call():
            return _called(node, scope, reading)
        case Fold():
            return _folded(node, scope, reading)
        case MakeList() | MakeMap():
            for child in children(node):
                _type(child, scope, reading)
            return ""


def _constant(node: Const) -> str:
    return {bool: "bool", int: "int", str: "string"}.get(type(node.value), "")


def _selected(node: Select, scope: Mapping[str, Type], reading: _Reading) -> Type:
    operand = _type(node.operand, scope, reading)
    if isinstance(operand, str) or operand.int_or_string or type_of(operand) in _SCALARS:
        if name_of(operand) in _SCALARS:
            reading.tell(node, f"type '{name_of(operand)}' does not support field selection")
        return "bool" if node.test else ""
    if operand.type != "object":
        return "bool" if node.test else ""
    found = next((child for name, child in operand.properties.items() if escaped(name) == node.field), operand.additional)
    if found is None:
        reading.tell(node, f"undefined field '{node.field}'")
        return ""
    return "bool" if node.test else found


def _called(node: Call, scope: Mapping[str, Type], reading: _Reading) -> Type:
    types = [_type(argument, scope, reading) for argument in node.arguments]
    names = [name_of(type) for type in types]
    match node.function:
        case "_[_]" if isinstance(types[0], Schema):
            return types[0].items if types[0].type == "array" else types[0].additional or ""
        case "_?_:_":
            return types[1] if names[1] == names[2] else ""
        case "_&&_" | "_||_" | "!_" | "@in":
            return "bool"
        case function if function in _RELATIONS | _EQUAL:
            _compare(node, names, reading)
            return "bool"
        case "size":
            return "int"
        case _:
            return ""


def _compare(node: Call, names: list[str], reading: _Reading) -> None:
    one, other = names
    alike = one == other or (node.function in _RELATIONS and one in _NUMBERS and other in _NUMBERS)
    if not alike and one in _SCALARS and other in _SCALARS:
        reading.tell(node, f"found no matching overload for '{node.function}' applied to '({one}, {other})'")


def _folded(node: Fold, scope: Mapping[str, Type], reading: _Reading) -> Type:
    source = _type(node.source, scope, reading)
    inner = {**scope, node.accumulator: _type(node.start, scope, reading), **_variables(node, source)}
    for part in (node.condition, node.step):
        _type(part, inner, reading)
    return _type(node.result, inner, reading)


def _variables(node: Fold, source: Type) -> Mapping[str, Type]:
    """One variable is an item or a key; two are an index and its item, or a key and its value."""
    if not isinstance(source, Schema):
        return {node.variable: "", node.second: ""}
    if source.type == "array":
        return {node.variable: "int", node.second: source.items} if node.second else {node.variable: source.items}
    return {node.variable: "string", node.second: source.additional or ""}
