"""The built-in kinds: what is served, how it is shaped, and what is filled in."""

from datetime import UTC, datetime
from typing import Any

from stackwright.apiserver.builtin import BuiltinKind, builtin_kinds

_KINDS = {(kind.resource.qualified, kind.resource.version): kind for kind in builtin_kinds()}


def _kind(qualified: str) -> BuiltinKind:
    return _KINDS[qualified, "v1"]


def test_every_kind_has_a_schema_with_metadata() -> None:
    missing = [key for key, kind in _KINDS.items() if "metadata" not in kind.schema.properties]
    assert missing == []


def test_lists_are_merged_by_the_keys_that_the_api_declares() -> None:
    containers = _kind("pods").schema.properties["spec"].properties["containers"]
    assert (containers.list_type, containers.list_map_keys, containers.merge_key) == ("map", ("name",), "name")
    assert containers.items.properties["resources"].properties["limits"].additional is not None


def test_verbs_and_names_are_those_of_discovery() -> None:
    namespaces = _kind("namespaces").resource
    assert "deletecollection" not in namespaces.verbs
    assert (namespaces.short_names, namespaces.subresources) == (("ns",), ("finalize", "status"))
    assert _kind("deployments.apps").resource.categories == ("all",)


def test_an_image_without_a_tag_is_always_pulled() -> None:
    def policy(image: str) -> Any:
        pod = _kind("pods").defaulted({"spec": {"containers": [{"name": "a", "image": image}]}})
        return pod["spec"]["containers"][0]["imagePullPolicy"]

    assert [policy(i) for i in ("host:5000/a", "a:latest", "a:1", "a@sha256:0")] == ["Always", "Always", "IfNotPresent", "IfNotPresent"]


def test_generation_counts_changes_of_the_spec_only() -> None:
    kind = _kind("deployments.apps")
    old = kind.for_create({"metadata": {"name": "a"}, "spec": {"replicas": 1}, "status": {"replicas": 9}})
    assert old["metadata"]["generation"] == 1 and "status" not in old
    labelled = kind.for_update({**old, "metadata": {"name": "a", "labels": {"a": "b"}}}, old, "")
    assert labelled["metadata"]["generation"] == 1
    assert kind.for_update({**old, "spec": {"replicas": 2}}, old, "")["metadata"]["generation"] == 2
    status = kind.for_update({**old, "spec": {"replicas": 5}, "status": {"replicas": 1}}, old, "status")
    assert (status["spec"], status["status"]) == ({"replicas": 1}, {"replicas": 1})


def test_ages_are_told_in_the_units_that_matter() -> None:
    obj = {"metadata": {"name": "a", "creationTimestamp": "2026-01-01T00:00:00Z"}}
    ages = [_kind("configmaps").cells(obj, datetime(2026, 1, *at, tzinfo=UTC))[2] for at in ((1, 0, 1), (1, 0, 5, 3), (1, 5, 30), (4, 2))]
    assert ages == ["60s", "5m3s", "5h30m", "3d2h"]
