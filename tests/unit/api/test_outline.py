"""Outlines of fields become structural schemas; Argo CD's kinds are whole."""

from collections.abc import Iterator
from typing import Any

import pytest

from stackwright.api.crds import definitions
from stackwright.api.crds.outline import parse, schema_of
from stackwright.kernel.errors import BadInput

OUTLINE = """
# a comment
Pair: object
  name*: string | Its name.

Thing: object | What it is.
  list: []@Pair | Pairs.
  open: object+ | Anything more.
    number: integer
  word: string(a, b)
  either: intorstring
  texts: map
  objects: map[@Pair]
"""


def test_an_outline_becomes_a_schema() -> None:
    pair = {"type": "object", "properties": {"name": {"type": "string", "description": "Its name."}}, "required": ["name"]}
    assert schema_of("Thing", parse(OUTLINE)) == {
        "type": "object",
        "description": "What it is.",
        "properties": {
            "list": {"type": "array", "items": pair, "description": "Pairs."},
            "open": {
                "type": "object",
                "properties": {"number": {"type": "integer", "format": "int64"}},
                "x-kubernetes-preserve-unknown-fields": True,
                "description": "Anything more.",
            },
            "word": {"type": "string", "enum": ["a", "b"]},
            "either": {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]},
            "texts": {"type": "object", "additionalProperties": {"type": "string"}},
            "objects": {"type": "object", "additionalProperties": pair},
        },
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Thing: object\n    deep: string", "line 2"),
        ("Thing: object\n field: string", "line 2"),
        ("Thing object", "line 1"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        parse(text)


@pytest.mark.parametrize("kind", ["strin", "@Nobody", "[]strin"])
def test_a_type_that_nobody_knows_is_named(kind: str) -> None:
    with pytest.raises(BadInput, match="field one: unknown type"):
        schema_of("Thing", parse(f"Thing: object\n  one: {kind}"))


def argo_cd_schemas() -> dict[str, Any]:
    found = [definition["spec"] for definition in definitions() if definition["spec"]["group"] == "argoproj.io"]
    return {spec["names"]["kind"]: spec["versions"][0]["schema"]["openAPIV3Schema"] for spec in found}


def nodes(schema: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, schema
    for name, inner in (schema.get("properties") or {}).items():
        yield from nodes(inner, f"{path}.{name}")
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield from nodes(schema[name], path)


@pytest.mark.parametrize("kind", ["Application", "AppProject", "ApplicationSet"])
def test_specs_are_closed_but_where_anything_goes(kind: str) -> None:
    spec = argo_cd_schemas()[kind]["properties"]["spec"]
    opened = {
        path for path, node in nodes(spec, "spec") if node.get("x-kubernetes-preserve-unknown-fields") and node.get("type") == "object"
    }
    allowed = (".valuesObject", ".drySource", ".template", ".matrix", ".merge")
    assert [path for path in opened if not path.endswith(allowed)] == []


@pytest.mark.parametrize("kind", ["Application", "AppProject", "ApplicationSet"])
def test_every_field_that_a_person_writes_is_described(kind: str) -> None:
    def fields(schema: Any, path: str) -> Iterator[str]:
        for name, inner in (schema.get("properties") or {}).items():
            if "description" not in inner and not name.endswith("template"):
                yield f"{path}.{name}"
            yield from fields(inner, f"{path}.{name}")
        for name in ("items", "additionalProperties"):
            if isinstance(schema.get(name), dict):
                yield from fields(schema[name], path)

    assert list(fields(argo_cd_schemas()[kind]["properties"]["spec"], "spec")) == []
