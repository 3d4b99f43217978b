# ruff: noqa: E501  (tables have a row for each case)
"""Rules of definitions, asked of objects."""

from collections.abc import Mapping
from typing import Any

import pytest

from stackwright.apiserver.custom.rules.evaluation import broken_rules, ruled
from stackwright.apiserver.custom.structural import read

NAMED_PORTS = {
    "type": "array",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["name"],
    "items": {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "port": {"type": "integer", "x-kubernetes-validations": [{"rule": "self >= oldSelf", "message": "ports only grow"}]},
        },
    },
}


def told(node: Mapping[str, Any], new: Any, old: Any = None) -> list[str]:
    place = ruled(read({"type": "object", "properties": {"spec": node}}))
    assert place is not None
    return [str(error) for error in broken_rules(place, {"spec": new}, None if old is None else {"spec": old})]


def spec(*rules: Mapping[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "x-kubernetes-validations": list(rules)}


INTEGER, TEXT, TIME = {"type": "integer"}, {"type": "string"}, {"type": "string", "format": "date-time"}

CASES: dict[str, tuple[Any, Any, list[str]]] = {
    "a rule that holds says nothing": (spec({"rule": "self.a > 1"}, a=INTEGER), {"a": 2}, []),
    "without a message the rule is told": (spec({"rule": "self.a > 1"}, a=INTEGER), {"a": 1}, ["spec: Invalid value: failed rule: self.a > 1"]),
    "a message expression comes first": (
        spec({"rule": "self.a > 1", "message": "no", "messageExpression": "'a is ' + string(self.a)"}, a=INTEGER),
        {"a": 1},
        ["spec: Invalid value: a is 1"],
    ),
    "a message expression that fails leaves the message": (
        spec({"rule": "self.a > 1", "message": "no", "messageExpression": "self.b"}, a=INTEGER, b=TEXT),
        {"a": 1},
        ["spec: Invalid value: no"],
    ),
    "a path and a reason": (
        spec({"rule": "false", "message": "no", "fieldPath": ".a", "reason": "FieldValueForbidden"}, a=INTEGER),
        {"a": 1},
        ["spec.a: Forbidden: no"],
    ),
    "the value of a scalar is shown": (spec(a={**INTEGER, "x-kubernetes-validations": [{"rule": "self > 1", "message": "low"}]}), {"a": 0}, ["spec.a: Invalid value: 0: low"]),
    "a field that is not there": (spec({"rule": "self.a > 1"}, a=INTEGER), {}, ["spec: Invalid value: no such key: a evaluating rule: self.a > 1"]),
    "names that expressions cannot spell": (spec({"rule": "self.my__dash__name == 'x' && self.__namespace__ == 'y'"}, **{"my-name": TEXT, "namespace": TEXT}), {"my-name": "x", "namespace": "y"}, []),
    "points in time are compared": (spec({"rule": "self.from < self.until && self.until > timestamp('2020-01-01T00:00:00Z')"}, **{"from": TIME, "until": TIME}), {"from": "2021-01-01T00:00:00Z", "until": "2021-01-01T00:00:01Z"}, []),
    "two variables": (spec({"rule": "self.m.all(k, v, v.n > 0)", "message": "low"}, m={"type": "object", "additionalProperties": {"type": "object", "properties": {"n": INTEGER}}}), {"m": {"a": {"n": 0}}}, ["spec: Invalid value: low"]),
    "times under two variables": (spec({"rule": "self.l.all(i, t, t > timestamp('2020-01-01T00:00:00Z'))", "message": "old"}, l={"type": "array", "items": TIME}), {"l": ["2019-01-01T00:00:00Z"]}, ["spec: Invalid value: old"]),
    "named formats": (spec({"rule": "!format.dns1123Label().validate(self.a).hasValue()", "messageExpression": "format.dns1035Label().validate('A').value()[0].substring(0, 16)"}, a=TEXT), {"a": "-"}, ["spec: Invalid value: a DNS-1035 label"]),
    "numbers without a fraction are numbers": (spec({"rule": "self.a / 2.0 == 0.5"}, a={"type": "number"}), {"a": 1}, []),
    "items of lists": (spec(l={"type": "array", "items": {"type": "string", "x-kubernetes-validations": [{"rule": "self != 'x'", "message": "no x"}]}}), {"l": ["a", "x"]}, ['spec.l[1]: Invalid value: "x": no x']),
}  # fmt: skip


@pytest.mark.parametrize(("node", "value", "expected"), CASES.values(), ids=CASES.keys())
def test_a_broken_rule_is_told_at_its_place(node: Any, value: Any, expected: list[str]) -> None:
    assert told(node, value) == expected


def test_a_rule_about_change_is_only_asked_of_what_was_there() -> None:
    node = spec(a={**INTEGER, "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "fixed"}]})
    assert told(node, {"a": 1}) == []
    assert told(node, {"a": 1}, {}) == []
    assert told(node, {"a": 2}, {"a": 1}) == ["spec.a: Invalid value: 2: fixed"]


def test_an_optional_old_value_is_asked_for_from_the_start() -> None:
    rule = {"rule": "!oldSelf.hasValue() || self.a >= oldSelf.value().a", "message": "shrank", "optionalOldSelf": True}
    assert told(spec(rule, a=INTEGER), {"a": 1}) == []
    assert told(spec(rule, a=INTEGER), {"a": 1}, {"a": 2}) == ["spec: Invalid value: shrank"]


def test_items_of_a_list_that_is_a_map_are_known_by_their_keys() -> None:
    old = {"ports": [{"name": "a", "port": 5}, {"name": "b", "port": 1}]}
    new = {"ports": [{"name": "b", "port": 2}, {"name": "a", "port": 4}, {"name": "c", "port": 0}]}
    assert told(spec(ports=NAMED_PORTS), new, old) == ["spec.ports[1].port: Invalid value: 4: ports only grow"]


def test_what_stays_as_it_was_is_not_judged_again() -> None:
    node = spec(a={**INTEGER, "x-kubernetes-validations": [{"rule": "self > 10"}]}, b=INTEGER)
    assert told(node, {"a": 1, "b": 2}, {"a": 1, "b": 1}) == []
    assert told(node, {"a": 2, "b": 1}, {"a": 1, "b": 1}) == ["spec.a: Invalid value: 2: failed rule: self > 10"]


def test_no_rule_is_asked_after_one_that_took_too_much() -> None:
    loop = {"rule": "self.l.all(a, self.l.all(b, self.l.all(c, a + b + c >= 0)))"}
    found = told(spec(loop, {"rule": "false"}, l={"type": "array", "items": INTEGER}), {"l": list(range(200))})
    assert len(found) == 1
    assert "no further validation rules will be run" in found[0]
