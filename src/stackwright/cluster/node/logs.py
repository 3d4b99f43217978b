"""`kubectl logs`: of a simulated pod what it would have written, of a builtin one what our service did write.

Source: k8s.io/kubernetes pkg/kubelet (validateContainerLogStatus) and pkg/kubelet/kuberuntime/logs.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from stackwright.api.meta import Object, name_of, namespace_of, uid_of
from stackwright.api.status import bad_request
from stackwright.cluster.context import spec_of, status_of
from stackwright.cluster.node.behaviour import behaviour_of, printed_by_command
from stackwright.cluster.node.drivers import BUILTIN_NODE, Drivers
from stackwright.cluster.node.service_logs import Line, ServiceLogs
from stackwright.kernel.clock import Clock, parse_rfc3339, rfc3339_micro

_LOOK_SECONDS = 0.25
_MOST_LINES = 10_000
_KINDS = (("containers", "containerStatuses"), ("initContainers", "initContainerStatuses"))


class Wanted(Protocol):
    """The options of pods/log."""

    @property
    def container(self) -> str: ...
    @property
    def follow(self) -> bool: ...
    @property
    def previous(self) -> bool: ...
    @property
    def timestamps(self) -> bool: ...
    @property
    def tail_lines(self) -> int | None: ...
    @property
    def limit_bytes(self) -> int | None: ...
    @property
    def since(self) -> datetime | None: ...


Find = Callable[[str, str], Object | None]
"""(namespace, name) → the pod as it is now."""


class NodeLogs:
    """Serves the logs of the pods of both our nodes."""

    def __init__(self, find: Find, clock: Clock, services: ServiceLogs, drivers: Drivers) -> None:
        self._find = find
        self._clock = clock
        self._services = services
        self._drivers = drivers

    async def read(self, pod: Object, options: Wanted) -> AsyncIterator[bytes]:
        """Follows as long as the container runs. Raises StatusError 400 for one that has not started."""
        check_started(pod, options.container, options.previous)
        chosen = _chosen(self._lines(pod, options), options)
        left = options.limit_bytes
        number = -1
        while True:
            for line in chosen:
                number = line.number
                data = _render(line, timestamps=options.timestamps)
                if left is not None:
                    data, left = data[:left], left - len(data)
                yield data
                if left is not None and left <= 0:
                    return
            if not options.follow or options.previous:
                return
            live = self._find(namespace_of(pod), name_of(pod))
            if live is None or uid_of(live) != uid_of(pod):
                return
            chosen = [line for line in self._lines(live, options) if line.number > number]
            if not chosen and not _runs(live, options.container):
                return
            await asyncio.sleep(0 if chosen else _LOOK_SECONDS)

    def _lines(self, pod: Object, options: Wanted) -> list[Line]:
        container = _container(pod, options.container)
        service = self._drivers.service_of(str(container.get("image")))
        if spec_of(pod).get("nodeName") == BUILTIN_NODE and service is not None:
            return self._services.lines(service)
        return simulated(pod, options.container, self._clock.now(), previous=options.previous)


def _container(pod: Object, name: str) -> Mapping[str, Any]:
    spec = spec_of(pod)
    everything = (each for kind, _ in _KINDS for each in spec.get(kind) or ())
    return next((each for each in everything if each.get("name") == name), {})


def _state(pod: Object, name: str) -> Mapping[str, Any]:
    statuses = (each for _, kind in _KINDS for each in status_of(pod).get(kind) or ())
    return next((each for each in statuses if each.get("name") == name), {})


def _runs(pod: Object, name: str) -> bool:
    return "running" in (_state(pod, name).get("state") or {})


def check_started(pod: Object, name: str, previous: bool) -> None:
    """Raises StatusError 400 in the kubelet's words."""
    status = _state(pod, name)
    state, last = status.get("state") or {}, status.get("lastState") or {}
    if previous:
        if "terminated" not in last:
            raise bad_request(f'previous terminated container "{name}" in pod "{name_of(pod)}" not found')
        return
    waiting = state.get("waiting")
    if not state or (waiting is not None and "terminated" not in last):
        reason = str((waiting or {}).get("reason") or "ContainerCreating")
        cause = "trying and failing to pull image" if reason in ("ErrImagePull", "ImagePullBackOff") else reason
        raise bad_request(f'container "{name}" in pod "{name_of(pod)}" is waiting to start: {cause}')


def simulated(pod: Object, name: str, now: datetime, *, previous: bool = False) -> list[Line]:
    """What the container has written by now. Pure. The first line says that nothing runs."""
    status = _state(pod, name)
    period = _period(status, previous)
    if period is None:
        return []
    began, ended = period
    container = _container(pod, name)
    said = f"Nothing runs here: the simulated driver plays container {name} of image {container.get('image')}"
    texts = [(began, said), *_written(pod, container, began, ended or now)]
    return [Line(number, at, text) for number, (at, text) in enumerate(texts)]


def _period(status: Mapping[str, Any], previous: bool) -> tuple[datetime, datetime | None] | None:
    state, last = status.get("state") or {}, status.get("lastState") or {}
    found = last if previous or "waiting" in state else state
    if "running" in found:
        return parse_rfc3339(str(found["running"]["startedAt"])), None
    if "terminated" not in found:
        return None
    ended = found["terminated"]
    return parse_rfc3339(str(ended["startedAt"])), parse_rfc3339(str(ended["finishedAt"]))


def _written(pod: Object, container: Mapping[str, Any], began: datetime, until: datetime) -> Iterator[tuple[datetime, str]]:
    init = container in (spec_of(pod).get("initContainers") or ())
    behaviour = behaviour_of(pod, container, init=init)
    for text in printed_by_command(container):
        yield began, text
    if not behaviour.log_interval or not behaviour.logs:
        for text in behaviour.logs:
            yield began, text
        return
    count = min(_MOST_LINES, int((until - began).total_seconds() / behaviour.log_interval))
    for number in range(count):
        yield began + timedelta(seconds=(number + 1) * behaviour.log_interval), behaviour.logs[number % len(behaviour.logs)]


def _chosen(lines: list[Line], options: Wanted) -> list[Line]:
    since = options.since
    recent = [line for line in lines if since is None or line.at >= since]
    return recent if options.tail_lines is None else recent[max(0, len(recent) - options.tail_lines) :]


def _render(line: Line, *, timestamps: bool) -> bytes:
    return f"{rfc3339_micro(line.at)} {line.text}\n".encode() if timestamps else f"{line.text}\n".encode()
