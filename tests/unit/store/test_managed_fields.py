"""Who owns which field, through applies, updates and conflicts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackwright.api.meta import Object
from stackwright.api.status import StatusError
from stackwright.store.managed import Rules, Writer, after_update, apply
from stackwright.store.ownership.applied import field_set
from stackwright.store.ownership.fieldset import Node, difference, intersection, paths, render, union, without_trees
from stackwright.store.schema import ANY, Schema

TEXT = Schema("string")
SCHEMA = Schema(
    "object",
    properties={
        "spec": Schema(
            "object",
            properties={
                "size": Schema("integer"),
                "labels": Schema("object", additional=TEXT),
                "frozen": Schema("object", additional=TEXT, map_type="atomic"),
                "ports": Schema(
                    "array",
                    items=Schema("object", properties={"name": TEXT, "port": Schema("integer")}),
                    list_type="map",
                    list_map_keys=("name",),
                ),
                "tags": Schema("array", items=TEXT, list_type="set"),
                "args": Schema("array", items=TEXT),
                "free": ANY,
            },
        ),
        "status": Schema("object", properties={"phase": TEXT}),
    },
)
RULES = Rules(SCHEMA, "example.com/v1", "Thing", {"": {"f:status": {}}, "status": {"f:spec": {}}})
EARLY, LATE = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


def thing(**spec: Any) -> Object:
    return {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": spec}


def applied(live: Object, manager: str, *, force: bool = False, time: str = EARLY, **spec: Any) -> Object:
    return apply(live, thing(**spec), RULES, Writer(manager, time, force=force))


def owned(obj: Object) -> dict[str, Node]:
    return {entry["manager"]: entry["fieldsV1"] for entry in obj["metadata"].get("managedFields", ())}


def refusal(*args: Any, **kwargs: Any) -> StatusError:
    with pytest.raises(StatusError) as caught:
        applied(*args, **kwargs)
    return caught.value


def test_applied_fields_belong_to_their_manager() -> None:
    live = applied({}, "one", size=1, labels={"a": "b"}, ports=[{"name": "web", "port": 80}], tags=["x"], args=["1"])
    assert owned(live)["one"] == {
        "f:spec": {
            "f:size": {},
            "f:labels": {"f:a": {}},
            "f:ports": {'k:{"name":"web"}': {".": {}, "f:name": {}, "f:port": {}}},
            "f:tags": {'v:"x"': {}},
            "f:args": {},
        }
    }


def test_another_value_for_an_owned_field_is_a_conflict_that_names_owner_and_field() -> None:
    live = applied({}, "one", size=1, ports=[{"name": "web", "port": 80}])
    error = refusal(live, "two", size=2, ports=[{"name": "web", "port": 81}])
    assert (error.http_status, error.reason) == (409, "Conflict")
    assert error.message == 'Apply failed with 2 conflicts: conflicts with "one":\n- .spec.size\n- .spec.ports[name="web"].port'


def test_the_same_value_is_shared() -> None:
    live = applied(applied({}, "one", size=1), "two", size=1)
    assert set(owned(live)) == {"one", "two"}


def test_force_takes_the_field_over() -> None:
    live = applied(applied({}, "one", size=1, args=["x"]), "two", force=True, size=2)
    assert live["spec"] == {"size": 2, "args": ["x"]}
    assert owned(live) == {"one": {"f:spec": {"f:args": {}}}, "two": {"f:spec": {"f:size": {}}}}


def test_a_field_goes_when_its_last_owner_drops_it() -> None:
    shared = applied(applied({}, "one", size=1, args=["x"]), "two", size=1)
    after_one = applied(shared, "one", args=["x"])
    assert after_one["spec"] == {"size": 1, "args": ["x"]}
    assert applied(after_one, "two", args=["x"])["spec"] == {"args": ["x"]}


def test_dropping_a_list_item_leaves_the_items_of_others() -> None:
    live = applied(applied({}, "one", ports=[{"name": "a", "port": 1}], tags=["x"]), "two", ports=[{"name": "b", "port": 2}], tags=["y"])
    assert applied(live, "one", tags=["x"])["spec"] == {"ports": [{"name": "b", "port": 2}], "tags": ["x", "y"]}


def test_an_unowned_field_below_a_dropped_item_goes_with_it() -> None:
    live = applied({}, "one", ports=[{"name": "a", "port": 1}])
    defaulted = {**live, "spec": {"ports": [{"name": "a", "port": 1, "protocol": "TCP"}]}}
    assert applied(defaulted, "one", size=1)["spec"] == {"size": 1}


def test_applying_again_changes_nothing_but_keeps_the_time() -> None:
    live = applied({}, "one", size=1, tags=["x"])
    assert applied(live, "one", time=LATE, size=1, tags=["x"]) == live


def test_ownership_gained_without_a_change_has_no_time() -> None:
    live = applied(applied({}, "one", size=1), "two", size=1, time=LATE)
    assert "time" not in next(entry for entry in live["metadata"]["managedFields"] if entry["manager"] == "two")


def test_an_update_takes_what_it_changed_from_everybody() -> None:
    live = applied(applied({}, "one", size=1, tags=["x"]), "two", size=1)
    updated = after_update({**live, "spec": {**live["spec"], "size": 5}}, live, RULES, Writer("editor", LATE))
    assert owned(updated) == {"one": {"f:spec": {"f:tags": {'v:"x"': {}}}}, "editor": {"f:spec": {"f:size": {}}}}


def test_a_conflict_with_an_update_tells_the_version() -> None:
    live = after_update(thing(size=1), None, RULES, Writer("editor", EARLY))
    assert refusal(live, "one", size=2).message == 'Apply failed with 1 conflict: conflict with "editor" using example.com/v1: .spec.size'


def test_a_removed_field_is_owned_by_nobody() -> None:
    live = applied({}, "one", size=1, args=["x"])
    updated = after_update({**live, "spec": {"size": 1}}, live, RULES, Writer("editor", LATE))
    assert owned(updated) == {"one": {"f:spec": {"f:size": {}}}}


def test_an_update_that_leaves_managed_fields_out_keeps_them() -> None:
    live = applied({}, "one", size=1)
    bare = {**live, "metadata": {"name": "a"}}
    assert after_update(bare, live, RULES, Writer("editor", LATE))["metadata"] == live["metadata"]


def test_one_empty_entry_forgets_all_owners() -> None:
    live = applied({}, "one", size=1)
    live = {**live, "metadata": {**live["metadata"], "uid": "u"}}
    reset = after_update({**live, "metadata": {"name": "a", "uid": "u", "managedFields": [{}]}}, live, RULES, Writer("editor", LATE))
    assert "managedFields" not in reset["metadata"]


def test_the_first_apply_to_an_object_without_owners_meets_its_fields() -> None:
    live = thing(size=1, args=["x"])
    assert refusal(live, "one", size=2).message == (
        'Apply failed with 1 conflict: conflict with "before-first-apply" using example.com/v1: .spec.size'
    )


def test_status_is_owned_through_its_subresource_only() -> None:
    live = after_update({**thing(size=1), "status": {"phase": "x"}}, None, RULES, Writer("editor", EARLY))
    assert owned(live) == {"editor": {"f:spec": {".": {}, "f:size": {}}}}
    through = after_update({**live, "status": {"phase": "y"}}, live, RULES, Writer("kubelet", LATE, "status"))
    entry = through["metadata"]["managedFields"][1]
    assert (entry["manager"], entry["subresource"], entry["fieldsV1"]) == ("kubelet", "status", {"f:status": {"f:phase": {}}})


def test_metadata_of_the_system_is_never_owned() -> None:
    live = after_update({**thing(size=1), "metadata": {"name": "a", "uid": "u", "generation": 1}}, None, RULES, Writer("editor", EARLY))
    assert "f:metadata" not in owned(live)["editor"]


def test_only_the_newest_updaters_are_told_apart() -> None:
    live: Object = {}
    for number in range(14):
        labels = {**(live.get("spec") or {}).get("labels", {}), f"l{number:02}": "x"}
        live = after_update(
            {**thing(labels=labels), "metadata": live.get("metadata", {"name": "a"})}, live or None, RULES, Writer(f"m{number:02}", EARLY)
        )
    managers = [entry["manager"] for entry in live["metadata"]["managedFields"]]
    assert len(managers) == 10
    assert "ancient-changes" in managers


def test_a_field_that_the_schema_does_not_know_is_refused() -> None:
    error = refusal({}, "one", unknown=1)
    assert (error.http_status, error.message) == (
        500, "failed to create typed patch object (/a; example.com/v1, Kind=Thing): .spec.unknown: field not declared in schema",
    )  # fmt: skip


def test_two_items_with_one_key_are_refused() -> None:
    assert refusal({}, "one", ports=[{"name": "a"}, {"name": "a"}]).message.endswith('.spec.ports: duplicate entries for key [name="a"]')


def test_managed_fields_cannot_be_applied() -> None:
    with pytest.raises(StatusError, match=r"metadata\.managedFields must be nil"):
        apply({}, {**thing(), "metadata": {"name": "a", "managedFields": [{"manager": "x"}]}}, RULES, Writer("one", EARLY))


LAST = "kubectl.kubernetes.io/last-applied-configuration"


def client_applied(configuration: str, **spec: Any) -> Object:
    new = {**thing(**spec), "metadata": {"name": "a", "annotations": {LAST: configuration}}}
    return after_update(new, None, RULES, Writer("kubectl-client-side-apply", EARLY))


def test_kubectl_takes_over_what_it_applied_client_side() -> None:
    live = client_applied('{"spec":{"size":1}}', size=1, args=["x"])
    new = applied(live, "kubectl", size=2)
    assert new["spec"] == {"size": 2, "args": ["x"]}
    assert (
        new["metadata"]["annotations"][LAST] == '{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"a"},"spec":{"size":2}}\n'
    )


def test_kubectl_does_not_take_over_what_changed_since() -> None:
    live = client_applied('{"spec":{"size":1}}', size=7)
    assert refusal(live, "kubectl", size=2).message.endswith(": .spec.size")


elements = st.sampled_from(["f:a", "f:b", "f:c", 'v:"x"'])
nodes: st.SearchStrategy[Any] = st.recursive(
    st.just({}), lambda below: st.dictionaries(st.sampled_from([".", "f:a", "f:b", "f:c"]), below, max_size=4), max_leaves=12
)


def normal(node: dict[str, Any]) -> dict[str, Any]:
    """As sets are written: `.` is empty and stands beside children only."""
    children = {key: normal(value) for key, value in node.items() if key != "."}
    return {".": {}, **children} if "." in node and children else children


roots = st.dictionaries(elements, nodes.map(normal), max_size=4)


def members(root: Node) -> set[str]:
    return {render(path) for path in paths(root)}


@given(roots, roots)
def test_set_operations_agree_with_sets_of_paths(a: Node, b: Node) -> None:
    assert members(union(a, b)) == members(a) | members(b)
    assert members(intersection(a, b)) == members(a) & members(b)
    assert members(difference(a, b)) == members(a) - members(b)
    assert members(without_trees(a, b)) <= members(difference(a, b))


names = st.sampled_from(["a", "b", "c"])
specs = st.fixed_dictionaries(
    {},
    optional={
        "size": st.integers(0, 3),
        "labels": st.dictionaries(names, names, min_size=1, max_size=3),
        "frozen": st.dictionaries(names, names, min_size=1, max_size=2),
        "ports": st.lists(
            st.builds(lambda n, p: {"name": n, "port": p}, names, st.integers(1, 3)), min_size=1, unique_by=lambda p: p["name"]
        ),
        "tags": st.lists(names, min_size=1, unique=True),
        "args": st.lists(names, min_size=1, max_size=2),
        "free": st.dictionaries(names, st.dictionaries(names, names, min_size=1, max_size=2), min_size=1, max_size=2),
    },
)


def bare(obj: Object) -> Object:
    return {**obj, "metadata": {key: value for key, value in obj["metadata"].items() if key != "managedFields"}}


@given(specs)
def test_applying_to_nothing_gives_the_configuration(spec: dict[str, Any]) -> None:
    assert bare(applied({}, "one", **spec)) == thing(**spec)


@given(specs, specs)
def test_a_lone_manager_gets_exactly_what_it_last_applied(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert {k: v for k, v in applied(applied({}, "one", **first), "one", **second)["spec"].items() if k not in ("tags", "ports")} == {
        k: v for k, v in second.items() if k not in ("tags", "ports")
    }


@given(specs, specs)
def test_a_forced_apply_is_stable_and_ends_conflicts(first: dict[str, Any], second: dict[str, Any]) -> None:
    live = applied(applied({}, "one", **first), "two", force=True, **second)
    assert applied(live, "two", time=LATE, **second) == live


@given(specs, specs)
def test_arguments_stay_as_they_are(first: dict[str, Any], second: dict[str, Any]) -> None:
    live = applied({}, "one", **first)
    before = repr((live, second))
    applied(live, "two", force=True, **second)
    assert repr((live, second)) == before


@given(specs, specs)
def test_what_one_manager_owns_survives_what_another_drops(first: dict[str, Any], second: dict[str, Any]) -> None:
    live = applied(applied({}, "one", **first), "two", force=True, **second)
    dropped = applied(live, "two")
    assert members(owned(dropped).get("one", {})) == members(owned(live).get("one", {}))
    assert members(owned(dropped).get("one", {})) <= members(field_set(dropped, SCHEMA))


@given(specs, specs)
def test_after_an_update_no_two_managers_own_a_changed_field(first: dict[str, Any], second: dict[str, Any]) -> None:
    live = applied({}, "one", **first)
    updated = after_update({**live, "spec": second}, live, RULES, Writer("editor", LATE))
    sets = owned(updated)
    assert not members(intersection(sets.get("one", {}), sets.get("editor", {})))


@pytest.mark.parametrize("metadata", [["a"], "a", 1, True])
def test_an_applied_object_whose_metadata_is_no_map_is_refused(metadata: Any) -> None:
    rules = Rules(ANY, "v1", "ConfigMap")
    patch = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    with pytest.raises(StatusError, match=r"failed to create typed patch object .*\.metadata: expected map"):
        apply({}, patch, rules, Writer("m", "2026-01-01T00:00:00Z"))
