"""What `kubectl logs` shows."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stackwright.api.status import StatusError
from stackwright.apiserver.ports import LogOptions, PodLogs
from stackwright.cluster.node.drivers import BUILTIN_NODE, Drivers
from stackwright.cluster.node.logs import NodeLogs, simulated
from stackwright.cluster.node.service_logs import ServiceLogs
from stackwright.kernel.clock import ManualClock, rfc3339

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def pod(state: Mapping[str, Any], annotations: dict[str, str] | None = None, node: str = "simulated", image: str = "example/app:1") -> Any:
    container = {"name": "main", "image": image}
    meta = {"name": "web", "namespace": "default", "uid": "u1", "annotations": annotations or {}}
    return {
        "metadata": meta,
        "spec": {"nodeName": node, "containers": [container]},
        "status": {"containerStatuses": [{"name": "main", **state}]},
    }


RUNNING = {"state": {"running": {"startedAt": rfc3339(START)}}}
ENDED = {"terminated": {"startedAt": rfc3339(START), "finishedAt": rfc3339(START + timedelta(seconds=9)), "exitCode": 1}}


async def text(logs: NodeLogs, obj: Any, **options: Any) -> str:
    port: PodLogs = logs
    return b"".join([piece async for piece in port.read(obj, LogOptions("main", **options))]).decode()


def node_logs(now: datetime = START, services: ServiceLogs | None = None, found: Any = None) -> NodeLogs:
    return NodeLogs(lambda namespace, name: found, ManualClock(now), services or ServiceLogs(), Drivers(frozenset({"forge"})))


async def test_a_simulated_pod_says_that_nothing_runs() -> None:
    said = await text(node_logs(), pod(RUNNING))
    assert said == "Nothing runs here: the simulated driver plays container main of image example/app:1\n"


def test_lines_come_one_in_each_interval_over_and_over() -> None:
    notes = {"simulate.stackwright.dev/logs": "a\nb", "simulate.stackwright.dev/log-interval": "10s"}
    lines = simulated(pod(RUNNING, notes), "main", START + timedelta(seconds=35))
    assert [line.text for line in lines[1:]] == ["a", "b", "a"]
    assert [line.number for line in lines] == [0, 1, 2, 3]


async def test_tail_since_limit_and_timestamps() -> None:
    obj, logs = pod(RUNNING, {"simulate.stackwright.dev/logs": "a\nb"}), node_logs()
    assert await text(logs, obj, tail_lines=1) == "b\n"
    assert await text(logs, obj, tail_lines=1, timestamps=True) == "2026-01-02T03:04:05.000000Z b\n"
    assert await text(logs, obj, since=START + timedelta(seconds=1)) == ""
    assert len(await text(logs, obj, limit_bytes=7)) == 7


async def test_a_container_that_waits_has_no_log_yet() -> None:
    with pytest.raises(StatusError, match='container "main" in pod "web" is waiting to start: ContainerCreating'):
        await text(node_logs(), pod({"state": {"waiting": {"reason": "ContainerCreating"}}}))
    with pytest.raises(StatusError, match="trying and failing to pull image"):
        await text(node_logs(), pod({"state": {"waiting": {"reason": "ImagePullBackOff"}}}))


async def test_the_previous_log_is_that_of_the_last_run() -> None:
    crashed = pod({"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": ENDED})
    assert "Nothing runs here" in await text(node_logs(), crashed, previous=True)
    assert "Nothing runs here" in await text(node_logs(), crashed)
    with pytest.raises(StatusError, match='previous terminated container "main" in pod "web" not found'):
        await text(node_logs(), pod(RUNNING), previous=True)


async def test_a_builtin_pod_shows_the_log_of_the_service_that_answers_for_it() -> None:
    services = ServiceLogs()
    services.write("forge", "push accepted", START)
    obj = pod(RUNNING, node=BUILTIN_NODE, image="codeberg.org/forgejo/forgejo:13")
    assert await text(node_logs(services=services), obj) == "push accepted\n"


async def test_following_ends_with_the_container() -> None:
    ended = pod({"state": ENDED}, {"simulate.stackwright.dev/logs": "a"})
    assert (await text(node_logs(found=ended), pod(RUNNING), follow=True)).endswith("\na\n")


def test_a_service_log_keeps_the_last_lines_and_their_numbers() -> None:
    logs = ServiceLogs()
    for number in range(2_500):
        logs.write("forge", f"line {number}")
    assert logs.lines("forge")[0].text == "line 500"
    assert [line.text for line in logs.lines("forge", 2_498)] == ["line 2498", "line 2499"]
