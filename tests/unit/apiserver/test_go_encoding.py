"""What is kept and what is made of objects whose type is known."""

from stackwright.apiserver.gotypes.encoding import encoded

CONFIG_MAP, POD_SPEC = "k8s.io/api/core/v1.ConfigMap", "k8s.io/api/core/v1.PodSpec"


def test_an_object_that_is_as_it_would_be_written_is_the_same_object() -> None:
    meta = {"name": "a", "labels": {"a": "b"}}
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"a": "b"}, "unheard": 1}
    assert encoded(obj, CONFIG_MAP) is obj


def test_only_what_changes_is_new_and_the_order_stays() -> None:
    kept = {"name": "a"}
    obj = {"data": {}, "metadata": kept, "immutable": None}
    found = encoded(obj, CONFIG_MAP)
    assert dict(found) == {"metadata": {"name": "a"}}
    assert found["metadata"] is kept
    assert obj == {"data": {}, "metadata": kept, "immutable": None}


def test_a_null_in_a_map_of_texts_is_an_empty_text() -> None:
    assert encoded({"metadata": {}, "data": {"a": None, "b": "c"}}, CONFIG_MAP)["data"] == {"a": "", "b": "c"}


def test_amounts_have_one_text_each_and_missing_structs_are_there() -> None:
    container = {"name": "c", "resources": {"limits": {"cpu": "1000m", "memory": "1Gi"}}}
    found = encoded({"containers": [container, {"name": "d"}]}, POD_SPEC)["containers"]
    assert found == [{"name": "c", "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}, {"name": "d", "resources": {}}]
