# ruff: noqa: E501  (tables have a row for each case)
"""What is said of values that do not fit their schema."""

from typing import Any

import pytest

from stackwright.apiserver.custom.metadata import embedded_errors, finalizer_warnings, metadata_errors
from stackwright.apiserver.custom.structural import read
from stackwright.apiserver.custom.validation import errors_of

CASES: dict[str, tuple[dict[str, Any], Any, list[str]]] = {
    "another type": ({"type": "integer"}, "x", ['a: Invalid value: "string": a in body must be of type integer: "string"']),
    "an integer with a fraction of nothing": ({"type": "integer"}, 3.0, []),
    "null where it may not be": ({"type": "string"}, None, ['a: Invalid value: "null": a in body must be of type string: "null"']),
    "null where it may be": ({"type": "string", "nullable": True}, None, []),
    "none of the choices": ({"type": "string", "enum": ["x", "y"]}, "z", ['a: Unsupported value: "z": supported values: "x", "y"']),
    "another pattern": ({"type": "string", "pattern": "^x"}, "z", ["a: Invalid value: \"z\": a in body should match '^x'"]),
    "no host name": ({"type": "string", "format": "hostname"}, "a b", ['a: Invalid value: "a b": a in body must be of type hostname: "a b"']),
    "too small": ({"type": "integer", "minimum": 2}, 1, ["a: Invalid value: 1: a in body should be greater than or equal to 2"]),
    "neither text nor integer": ({"x-kubernetes-int-or-string": True}, 1.5, ['a: Invalid value: "number": a in body must be of type integer,string: "number"']),
    "twice in a set, told after the rest": (
        {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string", "maxLength": 1}},
        ["xx", "y", "y"],
        ["a[0]: Too long: may not be more than 1 bytes", 'a[2]: Duplicate value: "y"'],
    ),
    "one of two, and neither is there": (
        {"type": "object", "properties": {"b": {"type": "string"}}, "oneOf": [{"required": ["b"]}, {"required": ["c"]}]},
        {},
        ['<nil>: Invalid value: "": "a" must validate one and only one schema (oneOf). Found none valid', "a.b: Required value"],
    ),
    "any of two, and neither holds": (
        {"type": "string", "anyOf": [{"maxLength": 1}, {"pattern": "^x"}]},
        "yy",
        ['<nil>: Invalid value: "": "a" must validate at least one schema (anyOf)', "a: Too long: may not be more than 1 bytes"],
    ),
    "what must not be": ({"type": "integer", "not": {"minimum": 5}}, 6, ['<nil>: Invalid value: "": "a" must not validate the schema (not)']),
}  # fmt: skip


@pytest.mark.parametrize(("node", "value", "expected"), CASES.values(), ids=CASES.keys())
def test_a_value_that_does_not_fit_is_told_at_its_place(node: dict[str, Any], value: Any, expected: list[str]) -> None:
    schema = read({"type": "object", "properties": {"a": node}})
    assert [str(error) for error in errors_of({"a": value}, schema)] == expected
    assert errors_of({"a": value}, schema, {"a": value}) == []


def test_a_whole_object_within_an_object_says_what_it_is() -> None:
    schema = read({"type": "object", "properties": {"a": {"type": "object", "x-kubernetes-embedded-resource": True}}})
    told = [str(error) for error in embedded_errors({"a": {"kind": 3, "metadata": {"labels": {"x y": "z"}}}}, schema)]
    assert told[:2] == ["a.apiVersion: Required value: must not be empty", "a.kind: Invalid value: 3: must be a string"]
    assert told[2].startswith('a.metadata.labels: Invalid value: "x y": name part must consist of')


def test_owners_are_named_in_full() -> None:
    meta = {"name": "a", "ownerReferences": [{"kind": "x"}]}
    assert [error.field for error in metadata_errors({"metadata": meta})] == [
        "metadata.ownerReferences.apiVersion",
        "metadata.ownerReferences.name",
        "metadata.ownerReferences.uid",
    ]


def test_a_finalizer_without_a_path_is_warned_of_once() -> None:
    new = {"metadata": {"finalizers": ["resources-finalizer.example.com", "example.com/hold", "orphan"]}}
    assert [text.partition(": prefer")[0] for text in finalizer_warnings(new, None)] == [
        'metadata.finalizers: "resources-finalizer.example.com"'
    ]
    assert finalizer_warnings(new, new) == []
