"""What happens to the fields of a custom resource before it is stored."""

from copy import deepcopy
from typing import Any

import pytest

from stackwright.apiserver.custom.defaulting import defaulted
from stackwright.apiserver.custom.pruning import pruned
from stackwright.apiserver.custom.structural import read

SCHEMA = read(
    {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "properties": {
                    "size": {"type": "integer", "default": 3},
                    "note": {"type": "string", "nullable": True, "default": "none"},
                    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                    "whole": {"type": "object", "x-kubernetes-embedded-resource": True, "properties": {"spec": {"type": "object"}}},
                    "parts": {"type": "array", "items": {"type": "object", "properties": {"port": {"type": "integer", "default": 80}}}},
                    "limits": {"type": "object", "additionalProperties": {"type": "string"}},
                },
            }
        },
    }
)

PRUNED = {
    "an undeclared field goes": ({"spec": {"size": 1, "x": 2}}, {"spec": {"size": 1}}),
    "metadata of the object stays": ({"metadata": {"name": "a"}, "y": 1}, {"metadata": {"name": "a"}}),
    "preserved fields stay": ({"spec": {"free": {"a": {"b": 1}}}}, {"spec": {"free": {"a": {"b": 1}}}}),
    "an embedded object keeps its type": ({"spec": {"whole": {"kind": "A", "z": 1}}}, {"spec": {"whole": {"kind": "A"}}}),
    "list items are pruned": ({"spec": {"parts": [{"port": 1, "z": 1}]}}, {"spec": {"parts": [{"port": 1}]}}),
    "null goes where it may not be": ({"spec": {"limits": None, "note": None, "size": None}}, {"spec": {"note": None, "size": None}}),
    "map keys stay": ({"spec": {"limits": {"cpu": "1"}}}, {"spec": {"limits": {"cpu": "1"}}}),
}

DEFAULTED = {
    "an absent parent stays absent": ({}, {}),
    "absent fields are filled": ({"spec": {}}, {"spec": {"size": 3, "note": "none"}}),
    "null is absent unless nullable": ({"spec": {"size": None, "note": None}}, {"spec": {"size": 3, "note": None}}),
    "list items are filled": ({"spec": {"parts": [{}]}}, {"spec": {"parts": [{"port": 80}], "size": 3, "note": "none"}}),
}


@pytest.mark.parametrize(("given", "expected"), PRUNED.values(), ids=PRUNED.keys())
def test_pruning_keeps_exactly_the_declared_fields(given: Any, expected: Any) -> None:
    before = deepcopy(given)
    assert pruned(given, SCHEMA) == expected
    assert pruned(expected, SCHEMA) == expected
    assert given == before


@pytest.mark.parametrize(("given", "expected"), DEFAULTED.values(), ids=DEFAULTED.keys())
def test_defaulting_fills_what_is_absent_and_once(given: Any, expected: Any) -> None:
    before = deepcopy(given)
    assert defaulted(given, SCHEMA) == expected
    assert defaulted(expected, SCHEMA) == expected
    assert given == before
