"""Laws of patches, for whatever objects."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stackwright.kernel import json
from stackwright.store import jsonpatch, managed, mergepatch
from stackwright.store.schema import ANY

LEAVES = st.booleans() | st.integers(0, 9) | st.text("ab", max_size=2)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=8
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)
PATCHES = st.dictionaries(st.sampled_from("abc"), VALUES | st.none(), max_size=3)
RULES = managed.Rules(ANY, "example.com/v1", "Thing")
ME, YOU = managed.Writer("me", "2026-01-01T00:00:00Z", force=True), managed.Writer("you", "2026-01-01T00:00:01Z", force=True)


def thing(fields: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "x"}, "spec": fields}


@given(OBJECTS, PATCHES)
@settings(deadline=None)
def test_a_merge_patch_changes_no_argument_and_nothing_the_second_time(obj: dict[str, Any], patch: dict[str, Any]) -> None:
    before = json.canonical(obj)
    once = mergepatch.patched(obj, patch)
    assert json.canonical(obj) == before
    assert mergepatch.patched(once, patch) == once


@given(OBJECTS, st.sampled_from("abc"), VALUES)
@settings(deadline=None)
def test_what_a_json_patch_adds_it_can_test_and_remove(obj: dict[str, Any], key: str, value: Any) -> None:
    before = json.canonical(obj)
    added = jsonpatch.patched(obj, [{"op": "add", "path": f"/{key}", "value": value}, {"op": "test", "path": f"/{key}", "value": value}])
    assert added[key] == value and json.canonical(obj) == before
    assert jsonpatch.patched(added, [{"op": "remove", "path": f"/{key}"}]) == {name: item for name, item in obj.items() if name != key}


@given(OBJECTS)
@settings(deadline=None)
def test_applying_the_same_again_changes_nothing(fields: dict[str, Any]) -> None:
    once = managed.apply({}, thing(fields), RULES, ME)
    assert managed.apply(once, thing(fields), RULES, ME) == once


@given(OBJECTS, OBJECTS)
@settings(deadline=None)
def test_who_applies_last_with_force_has_what_they_asked_for(mine: dict[str, Any], yours: dict[str, Any]) -> None:
    live = managed.apply(managed.apply({}, thing(mine), RULES, ME), thing(yours), RULES, YOU)
    for key, value in yours.items():
        if not isinstance(value, dict):
            assert live["spec"][key] == value


@given(OBJECTS)
@settings(deadline=None)
def test_what_its_only_owner_no_longer_applies_goes(fields: dict[str, Any]) -> None:
    live = managed.apply({}, thing(fields), RULES, ME)
    assert not (managed.apply(live, thing({}), RULES, ME).get("spec") or {})
