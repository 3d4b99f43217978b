"""Reads an outline of fields and makes structural schemas of it.

Shape of a line: `name: type | description`, indented by two spaces for each level; a field that must be there is `name*`. A name without
indentation is a shape, which others use as `@Name`. Types:

    string, integer, boolean, date    a scalar; `string(a, b)` only these values
    intorstring, any                  a number or a text; anything
    map, map[T]                       texts by name; T by name
    []T                               a list
    object, object+                   with the fields that follow; `+` keeps further ones too
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stackwright.kernel.errors import BadInput

Schema = Mapping[str, Any]
_UNKNOWN = "x-kubernetes-preserve-unknown-fields"
_SCALARS: Mapping[str, Schema] = {
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer", "format": "int64"},
    "date": {"type": "string", "format": "date-time"},
    "intorstring": {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]},
    "any": {_UNKNOWN: True},
    "map": {"type": "object", "additionalProperties": {"type": "string"}},
}


@dataclass(slots=True)
class Field:
    """One line of an outline with the lines below it."""

    name: str
    type: str
    description: str = ""
    required: bool = False
    fields: list["Field"] = field(default_factory=list)


def parse(text: str) -> dict[str, Field]:
    """The shapes by name. Raises BadInput naming the line."""
    shapes: dict[str, Field] = {}
    above: list[Field] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        depth, rest = divmod(len(line) - len(line.lstrip()), 2)
        head, colon, tail = line.strip().partition(": ")
        if rest or depth > len(above) or not colon:
            raise BadInput(f"outline, line {number}: {line.strip()!r}: expected `name: type`, two spaces deeper than what it belongs to")
        kind, _, description = tail.partition(" | ")
        found = Field(head.removesuffix("*"), kind.strip(), description.strip(), head.endswith("*"))
        if depth:
            above[depth - 1].fields.append(found)
        else:
            shapes[found.name] = found
        above = [*above[:depth], found]
    return shapes


def schema_of(name: str, shapes: Mapping[str, Field]) -> Schema:
    """The whole schema of a shape. Raises BadInput for a type that nobody knows."""
    return _schema(shapes[name].type, shapes[name], shapes) | _told(shapes[name])


def _schema(kind: str, of: Field, shapes: Mapping[str, Field]) -> dict[str, Any]:
    """Of one type; `of` is the line that it stands on."""
    if kind in _SCALARS:
        return dict(_SCALARS[kind])
    if kind in ("object", "object+"):
        return _object(of.fields, shapes, open=kind.endswith("+"))
    if kind.startswith("[]"):
        return {"type": "array", "items": _schema(kind[2:], of, shapes)}
    if kind.startswith("map[") and kind.endswith("]"):
        return {"type": "object", "additionalProperties": _schema(kind[4:-1], of, shapes)}
    if kind.startswith("string(") and kind.endswith(")"):
        return {"type": "string", "enum": [value.strip() for value in kind[7:-1].split(",")]}
    if kind.startswith("@") and kind[1:] in shapes:
        shape = shapes[kind[1:]]
        return _schema(shape.type, shape, shapes) | _told(shape)
    raise BadInput(f"outline, field {of.name}: unknown type {kind!r}")


def _object(fields: Sequence[Field], shapes: Mapping[str, Field], *, open: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "object"}
    if fields:
        found["properties"] = {one.name: _schema(one.type, one, shapes) | _told(one) for one in fields}
    if required := sorted(_required(fields)):
        found["required"] = required
    return found | ({_UNKNOWN: True} if open else {})


def _required(fields: Sequence[Field]) -> Iterator[str]:
    return (one.name for one in fields if one.required)


def _told(of: Field) -> dict[str, Any]:
    return {"description": of.description} if of.description else {}
