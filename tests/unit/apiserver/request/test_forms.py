"""In which form answers come: JSON, YAML, protobuf, tables, metadata."""

from typing import Any

import pytest
from request_rig import CONFIG_MAPS, PODS, config_map

from stackwright.apiserver import protobuf
from stackwright.kernel import json, yaml

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
PARTIALS = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"


async def test_a_table_has_a_row_for_each_object_and_a_cell_for_each_column(rig: Any) -> None:
    await rig.send("POST", CONFIG_MAPS, config_map("a", k="1", z="2"))
    table = await rig.json("GET", CONFIG_MAPS, accept=TABLE)
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Data", "Age"]
    assert [row["cells"] for row in table["rows"]] == [["a", 2, "0s"]]
    assert table["rows"][0]["object"]["kind"] == "PartialObjectMetadata"


@pytest.mark.parametrize(("include", "kind"), [("Object", "ConfigMap"), ("Metadata", "PartialObjectMetadata"), ("None", None)])
async def test_rows_include_as_much_of_the_object_as_asked(rig: Any, include: str, kind: str | None) -> None:
    await rig.send("POST", CONFIG_MAPS, config_map("a"))
    [row] = (await rig.json("GET", f"{CONFIG_MAPS}?includeObject={include}", accept=TABLE))["rows"]
    assert (row["object"] or {}).get("kind") == kind


async def test_metadata_of_an_object_is_no_list_and_the_other_way_round(rig: Any) -> None:
    await rig.send("POST", CONFIG_MAPS, config_map("a"))
    one = await rig.json("GET", f"{CONFIG_MAPS}/a", accept=PARTIAL)
    assert one.keys() == {"kind", "apiVersion", "metadata"}
    many = await rig.json("GET", CONFIG_MAPS, accept=PARTIALS)
    assert many["items"] == [one]
    assert (await rig.send("GET", f"{CONFIG_MAPS}/a", accept=PARTIALS)).status == 406
    assert (await rig.send("GET", CONFIG_MAPS, accept=PARTIAL)).status == 406


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/yaml", "application/yaml"),
        ("application/json;q=0.1,application/yaml", "application/yaml"),
        ("application/vnd.kubernetes.protobuf,application/json", "application/json"),
        ("application/vnd.kubernetes.protobuf", "application/vnd.kubernetes.protobuf"),
        ("application/json;as=Table;v=v9;g=meta.k8s.io,application/yaml", "application/yaml"),
    ],
)
async def test_the_first_form_that_is_wanted_and_there_is_taken(rig: Any, accept: str, content_type: str) -> None:
    await rig.send("POST", CONFIG_MAPS, config_map("a"))
    answer = await rig.send("GET", f"{CONFIG_MAPS}/a", accept=accept)
    assert (answer.status, answer.headers["content-type"]) == (200, content_type)
    read = {"application/yaml": yaml.load, "application/json": json.loads, "application/vnd.kubernetes.protobuf": protobuf.decoded}
    assert read[content_type](answer.body)["metadata"]["name"] == "a"


@pytest.mark.parametrize("accept", ["text/html", "application/cbor", "application/json;as=Table;v=v9;g=meta.k8s.io"])
async def test_what_nobody_speaks_is_refused_in_json(rig: Any, accept: str) -> None:
    answer = await rig.send("GET", CONFIG_MAPS, accept=accept)
    assert (answer.status, json.loads(answer.body)["reason"]) == (406, "NotAcceptable")


async def test_an_error_comes_in_the_wanted_format_but_never_as_a_table(rig: Any) -> None:
    assert yaml.load((await rig.send("GET", f"{CONFIG_MAPS}/none", accept="application/yaml")).body)["code"] == 404
    assert (await rig.json("GET", f"{CONFIG_MAPS}/none", accept=TABLE))["kind"] == "Status"


async def test_writes_answer_in_the_wanted_form(rig: Any) -> None:
    made = await rig.json("POST", CONFIG_MAPS, config_map("a", k="1"), accept=TABLE)
    assert made["rows"][0]["cells"][:2] == ["a", 1]


async def test_custom_objects_keep_their_type_in_lists(rig: Any) -> None:
    widgets = "/apis/example.com/v1/namespaces/default/widgets"
    await rig.send("POST", widgets, {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}})
    listed = await rig.json("GET", widgets)
    assert (listed["kind"], listed["metadata"]["continue"], listed["items"][0]["kind"]) == ("WidgetList", "", "Widget")


async def test_a_watch_of_tables_tells_the_columns_once(rig: Any) -> None:
    answer = await rig.send("GET", f"{CONFIG_MAPS}?watch=true", accept=TABLE)
    await rig.send("POST", CONFIG_MAPS, config_map("a"))
    first = json.loads(await anext(answer.stream))
    await rig.send("PATCH", f"{CONFIG_MAPS}/a", {"data": {"k": "1"}}, content_type="application/merge-patch+json")
    second = json.loads(await anext(answer.stream))
    await answer.stream.aclose()
    assert first["object"]["columnDefinitions"] and second["object"]["columnDefinitions"] is None
    assert second["object"]["rows"][0]["cells"] == ["a", 1, "0s"]


async def test_a_watch_that_nobody_reads_leaves_nothing_behind(rig: Any) -> None:
    await rig.send("GET", f"{PODS}?watch=true")
    assert not rig.store._log._watches.get("pods")


async def test_pretty_is_for_people(rig: Any) -> None:
    await rig.send("POST", CONFIG_MAPS, config_map("a"))
    for path, agent in ((f"{CONFIG_MAPS}/a?pretty=true", "x"), (f"{CONFIG_MAPS}/a", "curl/8")):
        assert b'\n  "' in (await rig.send("GET", path, user_agent=agent)).body
    assert b"\n" not in (await rig.send("GET", f"{CONFIG_MAPS}/a", user_agent="kubectl")).body
