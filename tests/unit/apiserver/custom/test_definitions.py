# ruff: noqa: E501  (tables have a row for each case)
"""What is asked of definitions, and which names they get."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from stackwright.apiserver.custom.accepting import taken_names, with_names
from stackwright.apiserver.custom.definition.checking import errors_of, update_errors_of
from stackwright.apiserver.custom.definition.defaults import defaulted, first_status
from stackwright.runtime.conditions import find

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def definition(schema: Any = None, /, **spec: Any) -> dict[str, Any]:
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema or {"type": "object"}}}
    asked = {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "kind": "Widget"},
        "versions": [version],
    } | spec
    found = defaulted({"metadata": {"name": f"{asked['names']['plural']}.{asked['group']}"}, "spec": asked})
    return {**found, "status": first_status(found)}


def field(**node: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": node}}


AT = "spec.validation.openAPIV3Schema"
SCHEMAS: dict[str, tuple[Any, list[str]]] = {
    "a plain one": (field(type="string"), []),
    "no type": (field(), [f"{AT}.properties[a].type: Required value: must not be empty for specified object fields"]),
    "no type of items": (field(type="array", items={}), [f"{AT}.properties[a].items.type: Required value: must not be empty for specified array items"]),
    "the root is no object": ({"type": "string"}, [f'{AT}.type: Invalid value: "string": must be object at the root']),
    "int or string with a type": (field(type="string", **{"x-kubernetes-int-or-string": True}), [f'{AT}.properties[a].type: Invalid value: "string": must be empty if x-kubernetes-int-or-string is true']),
    "a default of another type": (field(type="integer", default="x"), [f'{AT}.properties[a].default: Invalid value: "string":  in body must be of type integer: "string"']),
    "a default with unknown fields": (field(type="object", properties={"b": {"type": "string"}}, default={"c": 1}), [f'{AT}.properties[a].default: Invalid value: {{"c":1}}: must not have unknown fields']),
    "fields and additional ones": (field(type="object", properties={"b": {"type": "string"}}, additionalProperties={"type": "string"}), [f"{AT}.properties[a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive"]),
    "a key that is no field": (
        field(type="array", items={"type": "object", "properties": {"n": {"type": "string"}}}, **{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["m"]}),
        [f'{AT}.properties[a].x-kubernetes-list-map-keys: Invalid value: ["m"]: entries must all be names of item properties'],
    ),
    "a key that may be absent": (
        field(type="array", items={"type": "object", "properties": {"n": {"type": "string"}}}, **{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["n"]}),
        [f"{AT}.properties[a].items.properties[n].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"],
    ),
    "junctors that shape": ({**field(type="string"), "anyOf": [{"type": "object"}]}, [f"{AT}.anyOf[0].type: Forbidden: must be empty to be structural"]),
    "a rule about no field": (
        {"type": "object", "x-kubernetes-validations": [{"rule": "self.b > 1"}]},
        [
            f'{AT}.x-kubernetes-validations[0].rule: Invalid value: {{"Rule":"self.b \\u003e 1","Message":"","MessageExpression":"","Reason":null,'
            '"FieldPath":"","OptionalOldSelf":null}: compilation failed: ERROR: <input>:1:5: undefined field \'b\'\n | self.b > 1\n | ....^'
        ],
    ),
    "a rule about the name": ({"type": "object", "x-kubernetes-validations": [{"rule": "self.metadata.name.size() < 9"}]}, []),
    "a rule over bounded lists": (field(type="array", maxItems=5, items={"type": "string", "maxLength": 5}, **{"x-kubernetes-validations": [{"rule": "self.all(x, self.exists(y, x == y))"}]}), []),
}  # fmt: skip


@pytest.mark.parametrize(("schema", "expected"), SCHEMAS.values(), ids=SCHEMAS.keys())
def test_a_schema_is_refused_with_all_its_problems(schema: Any, expected: list[str]) -> None:
    assert [str(error) for error in errors_of(definition(schema))] == expected


def test_a_rule_over_unbounded_lists_costs_too_much() -> None:
    rules = {"x-kubernetes-validations": [{"rule": "self.all(x, self.exists(y, x == y))"}]}
    errors = errors_of(definition(field(type="array", items={"type": "string"}, **rules)))
    assert [error.reason for error in errors] == ["FieldValueForbidden"] * 3
    assert "by factor of more than 100x" in errors[0].message


def test_the_name_is_made_of_plural_and_group() -> None:
    asked = definition()
    asked["metadata"]["name"] = "other"
    assert [error.field for error in errors_of(asked)] == ["metadata.name"]


def test_problems_of_versions_that_differ_are_told_of_each() -> None:
    versions = [
        {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": field()}},
        {"name": "v2", "served": True, "storage": False, "schema": {"openAPIV3Schema": {"type": "object"}}},
    ]
    assert [error.field for error in errors_of(definition(versions=versions))] == [
        "spec.versions[0].schema.openAPIV3Schema.properties[a].type"
    ]


def test_what_was_wrong_before_stays_allowed_and_the_scope_stays() -> None:
    old = with_names(definition(field()), taken_names(definition(), []), NOW)
    new = deepcopy(old)
    assert update_errors_of(new, old) == []
    new["spec"]["scope"] = "Cluster"
    assert [str(error) for error in update_errors_of(new, old)] == ['spec.scope: Invalid value: "Cluster": field is immutable']


def test_names_that_others_have_are_not_accepted() -> None:
    first = with_names(definition(), taken_names(definition(), []), NOW)
    assert first["status"]["acceptedNames"] == {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"}
    second = definition(names={"plural": "others", "kind": "Widget", "listKind": "OtherList"})
    told = with_names(second, taken_names(second, [first]), NOW)["status"]
    refused, established = find(told["conditions"], "NamesAccepted"), find(told["conditions"], "Established")
    assert refused is not None
    assert (refused["reason"], refused["message"]) == ("KindConflict", '"Widget" is already in use')
    assert established is not None
    assert established["status"] == "False"
    assert told["acceptedNames"]["plural"] == "others"


def test_the_webhook_of_a_service_listens_at_443() -> None:
    webhook = {
        "strategy": "Webhook",
        "webhook": {"clientConfig": {"service": {"name": "a", "namespace": "b"}}, "conversionReviewVersions": ["v1"]},
    }
    asked = definition(conversion=webhook)
    assert asked["spec"]["conversion"]["webhook"]["clientConfig"]["service"]["port"] == 443
    assert errors_of(asked) == []
