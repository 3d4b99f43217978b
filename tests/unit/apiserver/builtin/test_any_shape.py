"""Whatever fits the schema of a kind is judged, never stumbled over."""

import random
from typing import Any

import pytest

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.kinds import BuiltinKind, builtin_kinds
from stackwright.apiserver.decoding import settled_kind
from stackwright.store.schema import Schema

_TEXTS = (
    "",
    "a",
    "A_b",
    "x" * 70,
    "1.2.3.4",
    "::1",
    "10.0.0.0/8",
    "In",
    "RollingUpdate",
    "ClientIP",
    "None",
    "50%",
    "* * * * *",
    "1Gi",
    "TCP",
)
_NUMBERS = (0, 1, -1, 70000, 2**31)
_DEEPEST = 9


def _any(schema: Schema, dice: random.Random, depth: int = 0) -> Any:
    if schema.int_or_string:
        return dice.choice((*_NUMBERS, "5%", "x"))
    if schema.properties:
        kept = 0.9 if depth < 2 else 0.45 if depth < _DEEPEST else 0.0
        return {key: _any(child, dice, depth + 1) for key, child in schema.properties.items() if dice.random() < kept}
    if schema.additional is not None:
        return {dice.choice(_TEXTS): _any(schema.additional, dice, depth + 1) for _ in range(dice.randint(0, 2))}
    if schema.type == "array":
        return [_any(schema.items, dice, depth + 1) for _ in range(dice.randint(0, 2))]
    if schema.type in ("integer", "number"):
        return dice.choice(_NUMBERS)
    return dice.random() < 0.5 if schema.type == "boolean" else dice.choice(_TEXTS)


def _object(kind: BuiltinKind, dice: random.Random) -> Object:
    found = {**_any(kind.schema, dice), "apiVersion": kind.resource.api_version, "kind": kind.resource.kind}
    return settled_kind(kind, {**found, "metadata": {**(found.get("metadata") or {}), "name": "x", "uid": "u"}})


@pytest.mark.parametrize("seed", range(3))
def test_rules_hold_for_objects_of_every_shape(seed: int) -> None:
    dice = random.Random(seed)
    judged = 0
    for kind in builtin_kinds():
        old = settled_kind(kind, kind.for_create(kind.defaulted(_object(kind, dice))))
        told = [*kind.check_create(old)]
        for subresource in ("", "status", "ephemeralcontainers"):
            new = settled_kind(kind, kind.for_update(kind.defaulted(_object(kind, dice)), old, subresource))
            told += kind.check_update(new, old, subresource)
        assert all(each.message and not each.field.startswith(".") for each in told)
        judged += bool(told)
    assert judged > 50
