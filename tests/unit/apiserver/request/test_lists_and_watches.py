"""Options of lists and watches, and what they show."""

import asyncio
from typing import Any

import pytest
from request_rig import CONFIG_MAPS, config_map

from stackwright.kernel import json


async def made(rig: Any, *names: str, namespace: str = "default") -> None:
    for name in names:
        await rig.send("POST", f"/api/v1/namespaces/{namespace}/configmaps", config_map(name))


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("resourceVersionMatch=Exact", 422, "resourceVersionMatch is forbidden unless resourceVersion is provided"),
        ("resourceVersion=0&resourceVersionMatch=Exact", 422, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
        ("resourceVersion=1&resourceVersionMatch=Odd", 422, 'supported values: "Exact", "NotOlderThan", ""'),
        ("sendInitialEvents=true", 422, "sendInitialEvents is forbidden for list"),
        ("resourceVersion=abc", 400, 'invalid resource version: resourceVersion: Invalid value: "abc"'),
        ("limit=x", 400, 'strconv.ParseInt: parsing "x": invalid syntax'),
        ("resourceVersion=999999", 504, "Too large resource version"),
        ("continue=rubbish!", 400, "continue key is not valid"),
        ("fieldSelector=data.x=1", 400, '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"'),
        ("labelSelector=a b", 400, "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("watch=true&sendInitialEvents=true", 422, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"),
    ],
)
async def test_options_that_make_no_sense_are_refused(rig: Any, query: str, code: int, message: str) -> None:
    told = await rig.json("GET", f"{CONFIG_MAPS}?{query}")
    assert told["code"] == code and message in told["message"]


async def test_lists_come_in_the_order_of_their_paths(rig: Any) -> None:
    await made(rig, "b", "a")
    await made(rig, "z", namespace="default-2")
    listed = await rig.json("GET", "/api/v1/configmaps")
    assert [item["metadata"]["name"] for item in listed["items"]] == ["z", "a", "b"]


async def test_pages_go_on_where_the_last_one_ended_in_the_same_past(rig: Any) -> None:
    await made(rig, "a", "b", "c")
    first = await rig.json("GET", f"{CONFIG_MAPS}?limit=2")
    assert first["metadata"]["remainingItemCount"] == 1
    await made(rig, "d")
    second = await rig.json("GET", f"{CONFIG_MAPS}?limit=2&continue={first['metadata']['continue']}")
    assert [item["metadata"]["name"] for item in second["items"]] == ["c"]


async def test_a_page_of_a_forgotten_past_offers_to_go_on_with_the_present(rig: Any) -> None:
    await made(rig, "a", "b", "c")
    token = (await rig.json("GET", f"{CONFIG_MAPS}?limit=1"))["metadata"]["continue"]
    await made(rig, "d")
    rig.store._log._oldest = rig.store.revision
    gone = await rig.json("GET", f"{CONFIG_MAPS}?continue={token}")
    assert gone["reason"] == "Expired"
    rest = await rig.json("GET", f"{CONFIG_MAPS}?continue={gone['metadata']['continue']}")
    assert [item["metadata"]["name"] for item in rest["items"]] == ["b", "c", "d"]


async def test_an_initial_state_ends_with_a_bookmark_that_says_so(rig: Any) -> None:
    await made(rig, "a")
    query = "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
    answer = await rig.send("GET", f"{CONFIG_MAPS}?{query}")
    added, mark = [json.loads(line) for line in (await anext(answer.stream)).splitlines()]
    await answer.stream.aclose()
    assert (added["type"], mark["type"]) == ("ADDED", "BOOKMARK")
    assert mark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


async def test_a_watch_begun_before_a_write_misses_nothing_however_late_it_is_read(rig: Any) -> None:
    answer = await rig.send("GET", f"{CONFIG_MAPS}?watch=true")
    await made(rig, "a", "b")
    lines = (await anext(answer.stream)).splitlines()
    await answer.stream.aclose()
    assert [json.loads(line)["object"]["metadata"]["name"] for line in lines] == ["a", "b"]


async def test_a_version_too_old_is_told_in_the_stream(rig: Any) -> None:
    await made(rig, "a", "b", "c")
    rig.store._log._oldest = rig.store.revision
    answer = await rig.send("GET", f"{CONFIG_MAPS}?watch=true&resourceVersion=1")
    told = json.loads(await anext(answer.stream))
    assert (told["type"], told["object"]["code"]) == ("ERROR", 410)


async def test_the_old_watch_path_and_the_watch_of_one_object(rig: Any) -> None:
    await made(rig, "a", "b")
    answer = await rig.send("GET", "/api/v1/watch/namespaces/default/configmaps/b")
    assert json.loads(await anext(answer.stream))["object"]["metadata"]["name"] == "b"
    await answer.stream.aclose()
    assert (await rig.json("GET", f"{CONFIG_MAPS}/a?watch=true"))["kind"] == "ConfigMap"


async def test_a_watch_ends_when_its_time_is_over(rig: Any) -> None:
    answer = await rig.send("GET", f"{CONFIG_MAPS}?watch=true&timeoutSeconds=1")

    async def read_all() -> list[bytes]:
        return [piece async for piece in answer.stream]

    assert await asyncio.wait_for(read_all(), 3) == []
