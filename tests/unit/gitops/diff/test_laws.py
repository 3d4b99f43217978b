"""What holds for every object."""

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stackwright.apiserver.builtin.schemas import schema_of
from stackwright.gitops.diff import compare
from stackwright.gitops.diff.masks import hidden
from stackwright.gitops.diff.threeway import changes, predicted
from stackwright.store.mergepatch import patched as merge_patched

POD = schema_of("", "v1", "Pod")
KEYS = st.sampled_from(["a", "b", "c"])
SCALARS = st.one_of(st.integers(0, 2), st.sampled_from(["x", "y"]), st.booleans())
TREES = st.recursive(SCALARS, lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(KEYS, below, max_size=3)), max_leaves=8)
MAPS = st.dictionaries(KEYS, TREES, max_size=3)
ENV = st.lists(st.fixed_dictionaries({"name": KEYS, "value": st.sampled_from(["1", "2"])}), max_size=3, unique_by=lambda one: one["name"])
CONTAINERS = st.lists(
    st.fixed_dictionaries({"name": KEYS, "image": st.sampled_from(["i", "j"]), "env": ENV}), max_size=3, unique_by=lambda one: one["name"]
)
PODS = st.fixed_dictionaries({"labels": st.dictionaries(KEYS, st.sampled_from(["1", "2"])), "containers": CONTAINERS})


def thing(spec: Any) -> dict[str, Any]:
    return {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": spec}


def pod(parts: Any) -> dict[str, Any]:
    metadata = {"name": "a", "labels": parts["labels"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": parts["containers"]}}


def covered(wanted: Any, found: Any) -> bool:
    """Whether all that is wanted is there, list items by their name."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(key in found and covered(value, found[key]) for key, value in wanted.items())
    if isinstance(wanted, list) and all(isinstance(item, dict) and "name" in item for item in wanted):
        named = {item["name"]: item for item in found}
        return all(item["name"] in named and covered(item, named[item["name"]]) for item in wanted)
    return bool(wanted == found)


@given(MAPS, MAPS, MAPS)
@settings(max_examples=150, deadline=None)
def test_after_an_apply_all_is_as_wanted_and_a_second_one_changes_nothing(last: Any, wanted: Any, live: Any) -> None:
    before = copy.deepcopy([last, wanted, live])
    after = predicted(thing(last), thing(wanted), thing(live))
    assert covered(wanted, after["spec"])
    assert predicted(thing(wanted), thing(wanted), after) == after
    assert not compare(thing(wanted), after).modified
    assert [last, wanted, live] == before


@given(PODS, PODS, PODS)
@settings(max_examples=150, deadline=None)
def test_lists_with_keys_are_merged_item_by_item(last: Any, wanted: Any, live: Any) -> None:
    after = predicted(pod(last), pod(wanted), pod(live), POD)
    assert covered(pod(wanted), after)
    assert predicted(pod(wanted), pod(wanted), after, POD) == after
    names = [item["name"] for item in after["spec"]["containers"]]
    gone = {item["name"] for item in last["containers"]} - {item["name"] for item in wanted["containers"]}
    assert len(set(names)) == len(names)
    assert not gone & set(names)


@given(MAPS, MAPS)
@settings(max_examples=150, deadline=None)
def test_the_patch_between_two_objects_leads_from_one_to_the_other(before: Any, after: Any) -> None:
    assert merge_patched(before, changes(before, after)) == after


@given(st.dictionaries(KEYS, st.sampled_from(["eA==", "eQ=="])), st.dictionaries(KEYS, st.sampled_from(["eA==", "eQ=="])))
def test_masks_tell_exactly_whether_values_are_equal(wanted: Any, live: Any) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
    shown = hidden({**secret, "data": wanted}, {**secret, "data": live})
    assert shown[0] is not None
    assert shown[1] is not None
    for key in wanted.keys() & live.keys():
        assert (shown[0]["data"][key] == shown[1]["data"][key]) == (wanted[key] == live[key])
    assert not {"eA==", "eQ=="} & {*shown[0]["data"].values(), *shown[1]["data"].values()}
