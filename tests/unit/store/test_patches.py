"""JSON patch, merge patch and strategic merge patch."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackwright.store import jsonpatch, mergepatch, strategic
from stackwright.store.jsonpatch import PatchDoesNotApply
from stackwright.store.schema import Schema
from stackwright.store.strategic import BadStrategicPatch, CannotMerge

DOCUMENT = {"data": {"k": "v"}, "list": [1, 2, 3], "a/b": {"c~d": 1}}


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "add", "path": "/data/n", "value": 1}, {"data": {"k": "v", "n": 1}}),
        ({"op": "replace", "path": "/data/absent", "value": 1}, {"data": {"k": "v", "absent": 1}}),
        ({"op": "remove", "path": "/data/k"}, {"data": {}}),
        ({"op": "add", "path": "/list/-", "value": 4}, {"list": [1, 2, 3, 4]}),
        ({"op": "add", "path": "/list/1", "value": 9}, {"list": [1, 9, 2, 3]}),
        ({"op": "remove", "path": "/list/-1"}, {"list": [1, 2]}),
        ({"op": "move", "from": "/data/k", "path": "/data/m"}, {"data": {"m": "v"}}),
        ({"op": "copy", "from": "/list/0", "path": "/data/c"}, {"data": {"k": "v", "c": 1}}),
        ({"op": "test", "path": "/a~1b/c~0d", "value": 1}, {}),
        ({"op": "add", "path": "data/k", "value": 1}, {"k": 1}),
    ],
)
def test_json_patch_operations(operation: dict[str, Any], expected: dict[str, Any]) -> None:
    assert jsonpatch.patched(DOCUMENT, [operation]) == DOCUMENT | expected


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/data/absent"},
        {"op": "test", "path": "/data/k", "value": "other"},
        {"op": "test", "path": "/list/0", "value": True},
        {"op": "jump", "path": "/data/k"},
        {"op": "add", "path": "/nope/deep/path", "value": 1},
        {"op": "add", "path": "/list/9", "value": 1},
        {"op": "replace", "path": "/list/-", "value": 1},
        {"op": "move", "from": "/absent", "path": "/data/m"},
        {"op": "add", "path": "", "value": {}},
        {"op": "add"},
    ],
)
def test_a_json_patch_that_does_not_fit_is_refused(operation: dict[str, Any]) -> None:
    with pytest.raises(PatchDoesNotApply):
        jsonpatch.patched(DOCUMENT, [operation])


json_values = st.recursive(
    st.sampled_from([None, True, 1, "x"]),
    lambda below: st.lists(below, max_size=2) | st.dictionaries(st.sampled_from(["a", "b", "c"]), below, max_size=3),
    max_leaves=6,
)
maps = st.dictionaries(st.sampled_from(["a", "b", "c"]), json_values, max_size=3)


@given(maps, maps)
def test_a_merge_patch_applied_twice_is_applied_once(target: dict[str, Any], patch: dict[str, Any]) -> None:
    once = mergepatch.patched(target, patch)
    assert mergepatch.patched(once, patch) == once


@given(maps)
def test_an_empty_merge_patch_changes_nothing(target: dict[str, Any]) -> None:
    assert mergepatch.patched(target, {}) == target


TEXT = Schema("string")
POD = Schema(
    "object",
    properties={
        "containers": Schema(
            "array",
            items=Schema(
                "object",
                properties={
                    "name": TEXT,
                    "image": TEXT,
                    "env": Schema(
                        "array", items=Schema("object", properties={"name": TEXT, "value": TEXT}), merge_key="name", patch_strategy="merge"
                    ),
                },
            ),
            merge_key="name",
            patch_strategy="merge",
        ),
        "finalizers": Schema("array", items=TEXT, patch_strategy="merge"),
        "args": Schema("array", items=TEXT),
        "labels": Schema("object", additional=TEXT),
        "strategy": Schema("object", properties={"type": TEXT, "rolling": Schema("object")}, patch_strategy="retainKeys"),
    },
)
A, B, C = {"name": "a", "image": "1"}, {"name": "b", "image": "1"}, {"name": "c", "image": "1"}


@pytest.mark.parametrize(
    ("live", "patch", "expected"),
    [
        pytest.param(
            {"containers": [A, B]},
            {"containers": [{"name": "b", "image": "2"}]},
            {"containers": [A, {"name": "b", "image": "2"}]},
            id="merged by key",
        ),
        pytest.param({"containers": [A]}, {"containers": [C]}, {"containers": [C, A]}, id="a new item goes first"),
        pytest.param({"containers": [A, B]}, {"containers": [{"name": "a", "$patch": "delete"}]}, {"containers": [B]}, id="delete"),
        pytest.param({"containers": [A, B]}, {"containers": [{"$patch": "replace"}, C]}, {"containers": [C]}, id="replace a list"),
        pytest.param({"labels": {"x": "1"}}, {"labels": {"$patch": "replace", "y": "2"}}, {"labels": {"y": "2"}}, id="replace a map"),
        pytest.param({"labels": {"x": "1"}}, {"labels": {"$patch": "delete"}}, {"labels": {}}, id="delete a map"),
        pytest.param({"labels": {"x": "1"}}, {"labels": {"x": None, "y": "2"}}, {"labels": {"y": "2"}}, id="null removes"),
        pytest.param({"args": ["1", "2"]}, {"args": ["3"]}, {"args": ["3"]}, id="an atomic list is replaced"),
        pytest.param({"finalizers": ["x"]}, {"finalizers": ["y", "x"]}, {"finalizers": ["y", "x"]}, id="primitive lists join"),
        pytest.param(
            {"finalizers": ["x", "y"]}, {"$deleteFromPrimitiveList/finalizers": ["x"]}, {"finalizers": ["y"]}, id="delete from primitives"
        ),
        pytest.param(
            {"strategy": {"type": "Rolling", "rolling": {}}},
            {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}},
            {"strategy": {"type": "Recreate"}},
            id="retainKeys drops the rest",
        ),
        pytest.param(
            {"containers": [A, B]},
            {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}], "containers": [{"name": "a", "image": "2"}]},
            {"containers": [B, {"name": "a", "image": "2"}]},
            id="setElementOrder",
        ),
        pytest.param({"containers": [A]}, {"$setElementOrder/containers": [{"name": "a"}]}, {"containers": [A]}, id="order alone"),
        pytest.param(
            {},
            {"containers": [{"name": "x", "env": [{"name": "A", "$patch": "delete"}]}]},
            {"containers": [{"name": "x", "env": []}]},
            id="directives are not stored",
        ),
        pytest.param(
            {}, {"unknown": {"deep": {"$patch": "replace", "a": 1}}}, {"unknown": {"deep": {"a": 1}}}, id="unknown fields merge as maps"
        ),
    ],
)
def test_strategic_merge(live: dict[str, Any], patch: dict[str, Any], expected: dict[str, Any]) -> None:
    before = repr((live, patch))
    assert strategic.patched(live, patch, POD) == expected
    assert repr((live, patch)) == before


@pytest.mark.parametrize(
    ("live", "patch", "error"),
    [
        ({"containers": [A]}, {"containers": [{"image": "x"}]}, CannotMerge),
        ({"containers": [A]}, {"containers": [{"$patch": "delete"}]}, CannotMerge),
        ({"labels": {}}, {"labels": {"$patch": "jump"}}, BadStrategicPatch),
        ({"strategy": {}}, {"strategy": {"$retainKeys": ["type"], "rolling": {}}}, BadStrategicPatch),
        ({"containers": [A, B]}, {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}], "containers": [A, B]}, BadStrategicPatch),
        ({"finalizers": ["x"]}, {"$deleteFromPrimitiveList/finalizers": "x"}, BadStrategicPatch),
    ],
)
def test_a_malformed_strategic_patch_is_refused(live: dict[str, Any], patch: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        strategic.patched(live, patch, POD)


containers = st.lists(
    st.builds(lambda n, i: {"name": n, "image": i}, st.sampled_from("abcd"), st.sampled_from("123")),
    max_size=4,
    unique_by=lambda c: c["name"],
)


@given(containers, containers)
def test_a_strategic_patch_applied_twice_has_the_items_of_once(live: list[Any], patch: list[Any]) -> None:
    once = strategic.patched({"containers": live}, {"containers": patch}, POD)
    twice = strategic.patched(once, {"containers": patch}, POD)
    assert sorted(once["containers"], key=lambda c: c["name"]) == sorted(twice["containers"], key=lambda c: c["name"])
    assert {c["name"] for c in once["containers"]} == {c["name"] for c in live + patch}


def test_copies_that_double_what_is_there_are_refused_before_they_fill_the_memory() -> None:
    doubling = [{"op": "copy", "from": "/data", "path": f"/data/x{number}"} for number in range(60)]
    with pytest.raises(PatchDoesNotApply, match="exceeding the limit 3145728"):
        jsonpatch.patched({"data": {"k": "v" * 1000}}, doubling)
    assert jsonpatch.patched({"data": {"k": "v"}}, doubling[:1]) == {"data": {"k": "v", "x0": {"k": "v"}}}
