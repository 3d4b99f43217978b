"""Whatever is sent, definitions and objects are judged without failing."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stackwright.apiserver.custom.defaulting import defaulted
from stackwright.apiserver.custom.kind import kinds_of
from stackwright.apiserver.custom.numbers import with_plain_numbers
from stackwright.apiserver.custom.pruning import pruned
from stackwright.apiserver.custom.structural import read
from stackwright.apiserver.custom.validation import errors_of

SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**64) | st.floats(allow_nan=False) | st.text(max_size=5)
FIELDS = st.sampled_from(["spec", "a", "b", "list", "map", "x", "whole", "kind", "metadata"])
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4), max_leaves=12)
OBJECTS = st.dictionaries(FIELDS, JSON, max_size=4)

RULED: dict[str, Any] = {
    "type": "object",
    "x-kubernetes-validations": [{"rule": "self.spec.a > 1", "messageExpression": "string(self.spec.b)"}],
    "properties": {
        "spec": {
            "type": "object",
            "required": ["a"],
            "x-kubernetes-validations": [{"rule": "self.list.all(i, i.a >= self.a) && self == oldSelf"}],
            "properties": {
                "a": {"type": "integer", "minimum": 1, "default": 3, "multipleOf": 2},
                "b": {"x-kubernetes-int-or-string": True, "pattern": "^a"},
                "list": {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["a"],
                    "items": {"type": "object", "properties": {"a": {"type": "string", "format": "date-time", "enum": ["x"]}}},
                },
                "whole": {"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True},
                "map": {"type": "object", "additionalProperties": {"type": "number", "maximum": 3}, "maxProperties": 2},
                "x": {"x-kubernetes-preserve-unknown-fields": True, "anyOf": [{"required": ["a"]}, {"not": {"minimum": 2}}]},
            },
        }
    },
}


def definition(schema: Any) -> dict[str, Any]:
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": "widgets", "kind": "Widget"}
    return {"metadata": {"name": "widgets.example.com"}, "spec": {"group": "example.com", "names": names, "versions": [version]}}


KIND = kinds_of(definition(RULED))[0]
SCHEMA = read(RULED)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(OBJECTS)
def test_any_object_is_pruned_defaulted_and_judged(obj: dict[str, Any]) -> None:
    kept = pruned(obj, SCHEMA)
    assert pruned(kept, SCHEMA) == kept
    filled = defaulted(kept, SCHEMA)
    assert defaulted(filled, SCHEMA) == filled
    assert all(error.message for error in errors_of(filled, SCHEMA))
    assert with_plain_numbers(with_plain_numbers(obj)) == obj


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(OBJECTS, OBJECTS)
def test_any_change_is_judged(new: dict[str, Any], old: dict[str, Any]) -> None:
    meta = {"metadata": {"name": "a", "generation": 1}}
    before, after = KIND.defaulted(old | meta), KIND.defaulted(new | meta)
    assert errors_of(before, SCHEMA, before) == []
    assert all(error.message for error in (*KIND.check_create(after), *KIND.check_update(after, before, "")))
