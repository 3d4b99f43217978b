"""One step in the life of a simulated pod: its last status and the time give its next status. Pure.

The status is the whole state, so a restart of the process changes nothing.
Source: k8s.io/kubernetes pkg/kubelet (getPhase, status/generate.go, kuberuntime computePodActions).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from stackwright.api.meta import Object, metadata_of, name_of, namespace_of, uid_of
from stackwright.cluster.context import spec_of, status_of
from stackwright.cluster.node.behaviour import Behaviour, behaviour_of
from stackwright.cluster.node.conditions import conditions_of
from stackwright.cluster.node.containers import Note, Role, Status, Turn, ended, step, waiting
from stackwright.kernel.clock import parse_rfc3339, rfc3339

_BUILTIN, _DOWN = Behaviour(), Behaviour(ready=False)
_PROBES = frozenset({"startupProbe", "readinessProbe", "livenessProbe"})
_DEADLINE = "Pod was active on the node longer than the specified deadline"


@dataclass(frozen=True, slots=True)
class World:
    """What a pod meets on its node. Shape: `mounts` are messages of volumes that cannot be mounted;
    `problems` say by container why it cannot be made; `down` names containers whose service of ours is not up."""

    pod_ip: str
    host_ip: str
    mounts: tuple[str, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)
    builtin: bool = False
    down: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Played:
    """The outcome of a step. Shape: `wake` is when time alone changes something next."""

    status: Mapping[str, Any]
    notes: tuple[Note, ...]
    wake: datetime | None


def play(pod: Object, world: World, now: datetime) -> Played:
    """What becomes of a pod that is not being deleted and has not ended."""
    status = status_of(pod)
    since = parse_rfc3339(str(status["startTime"])) if status.get("startTime") else now
    deadline = _deadline(pod, since)
    if deadline is not None and now >= deadline:
        note = Note("Normal", "DeadlineExceeded", _DEADLINE)
        return Played(stopped(pod, now, "DeadlineExceeded", _DEADLINE), (note,), None)
    held = _held_until(pod, world, since)
    if world.mounts or (held is not None and now < held):
        notes = tuple(Note("Warning", "FailedMount", message) for message in world.mounts)
        creating = _assemble(pod, world, since, [_new(role) for role in _init_roles(pod, world)], _blank(pod, world), now)
        return Played(creating, notes, _soonest([deadline, None if world.mounts else held]))
    return _advance(pod, world, since, now, deadline)


def _advance(pod: Object, world: World, since: datetime, now: datetime, deadline: datetime | None) -> Played:
    init = _initialise(pod, world, now)
    if not init.complete:
        main = _blank(pod, world)
        turns: list[Turn] = []
    else:
        turns = [step(role, _known(pod, "containerStatuses", role), now) for role in _main_roles(pod, world)]
        main = [turn.status for turn in turns]
    guests = [step(role, _known(pod, "ephemeralContainerStatuses", role), now) for role in _guests(pod)] if init.complete else []
    init_statuses, notes = init.statuses, [*init.notes, *(note for turn in (*turns, *guests) for note in turn.notes)]
    status = _assemble(pod, world, since, init_statuses, main, now)
    status |= {"ephemeralContainerStatuses": [turn.status for turn in guests]} if guests else {}
    wake = _soonest([deadline, *init.wakes, *(turn.wake for turn in turns)])
    if status["phase"] in ("Succeeded", "Failed"):
        wake = None
        if init_statuses:
            status["initContainerStatuses"] = [_stopped(each, now, 0) if "running" in each["state"] else each for each in init_statuses]
    return Played(status, tuple(notes), wake)


@dataclass(frozen=True, slots=True)
class _Init:
    """How far the init containers are."""

    statuses: list[Status]
    notes: list[Note]
    wakes: list[datetime | None]
    complete: bool


def _initialise(pod: Object, world: World, now: datetime) -> _Init:
    """One after the other; a sidecar lets the next one start as soon as it has started itself."""
    statuses: list[Status] = []
    notes: list[Note] = []
    wakes: list[datetime | None] = []
    blocked = False
    for role in _init_roles(pod, world):
        known = _known(pod, "initContainerStatuses", role)
        if blocked:
            statuses.append(known or waiting(role, "PodInitializing"))
            continue
        turn = step(role, known, now)
        statuses.append(turn.status)
        notes += turn.notes
        wakes.append(turn.wake)
        state = turn.status["state"]
        if role.container.get("restartPolicy") == "Always":
            blocked = not turn.status.get("started")
        else:
            blocked = (state.get("terminated") or {}).get("exitCode") != 0
    return _Init(statuses, notes, wakes, not blocked)


# -- ends --------------------------------------------------------------------------------------------------------------


def stopped(pod: Object, now: datetime, reason: str = "", message: str = "", exit_code: int = 137) -> dict[str, Any]:
    """The final status of a pod whose containers are ended from outside."""
    status = dict(status_of(pod))
    for kind in ("initContainerStatuses", "containerStatuses"):
        if status.get(kind):
            status[kind] = [_stopped(each, now, exit_code) for each in status[kind]]
    codes = [((each.get("state") or {}).get("terminated") or {}).get("exitCode") for each in status.get("containerStatuses") or ()]
    succeeded = not reason and bool(codes) and all(code == 0 for code in codes)
    status["phase"] = "Succeeded" if succeeded else "Failed"
    status |= {"reason": reason} if reason else {}
    status |= {"message": message} if message else {}
    status["conditions"] = [_unready(each, now) for each in status.get("conditions") or ()]
    return status


def _stopped(status: Status, now: datetime, exit_code: int) -> Status:
    state = status.get("state") or {}
    if "terminated" in state:
        return status
    role = Role({"name": status.get("name"), "image": status.get("image")}, Behaviour(), "Never", "", "")
    return ended(role, status, now, exit_code)


def _unready(condition: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    if condition.get("type") not in ("Ready", "ContainersReady") or condition.get("status") == "False":
        return condition
    return {**condition, "status": "False", "reason": "PodFailed", "lastTransitionTime": rfc3339(now)}


def stop_duration(pod: Object, world: World) -> float:
    """Units: seconds that the pod takes to stop once asked to, at most its grace period."""
    grace = float(metadata_of(pod).get("deletionGracePeriodSeconds") or 0)
    roles = _main_roles(pod, world)
    running = {str(each.get("name")) for each in status_of(pod).get("containerStatuses") or () if "running" in (each.get("state") or {})}
    needed = [role.behaviour.stop + _pre_stop(role.container) for role in roles if role.name in running]
    return min(grace, max(needed, default=0.0))


def _pre_stop(container: Mapping[str, Any]) -> float:
    hook = (container.get("lifecycle") or {}).get("preStop") or {}
    return float((hook.get("sleep") or {}).get("seconds") or 0)


def _deadline(pod: Object, since: datetime) -> datetime | None:
    seconds = spec_of(pod).get("activeDeadlineSeconds")
    return since + timedelta(seconds=int(seconds)) if seconds else None


def _held_until(pod: Object, world: World, since: datetime) -> datetime | None:
    """The longest delay that a container asks for before it starts."""
    delays = [role.behaviour.start_delay for role in (*_init_roles(pod, world), *_main_roles(pod, world))]
    longest = max(delays, default=0.0)
    return since + timedelta(seconds=longest) if longest else None


# -- parts -------------------------------------------------------------------------------------------------------------


def pod_text(pod: Object) -> str:
    """How the kubelet names a pod in messages."""
    return f"{name_of(pod)}_{namespace_of(pod)}({uid_of(pod)})"


def _roles(pod: Object, world: World, kind: str, *, init: bool) -> list[Role]:
    policy: Literal["Always", "OnFailure", "Never"] = spec_of(pod).get("restartPolicy", "Always")
    found = []
    for container in spec_of(pod).get(kind) or ():
        played = not world.builtin or init
        behaviour = behaviour_of(pod, container, init=init) if played else _builtin(world, container)
        container = container if played else {key: value for key, value in container.items() if key not in _PROBES}
        restarts = policy
        if init:
            restarts = "Always" if container.get("restartPolicy") == "Always" else ("Never" if policy == "Never" else "OnFailure")
        name = str(container.get("name"))
        where = f"spec.{kind}{{{name}}}"
        found.append(Role(container, behaviour, restarts, pod_text(pod), where, world.problems.get(name)))
    return found


def _guests(pod: Object) -> list[Role]:
    """Ephemeral containers, as `kubectl debug` adds them: they run until the pod goes."""
    found = spec_of(pod).get("ephemeralContainers") or ()
    return [Role(each, Behaviour(), "Never", pod_text(pod), f"spec.ephemeralContainers{{{each.get('name')}}}") for each in found]


def _builtin(world: World, container: Mapping[str, Any]) -> Behaviour:
    """Services answer for themselves, at once and whatever probes say."""
    return _DOWN if container.get("name") in world.down else _BUILTIN


def _init_roles(pod: Object, world: World) -> list[Role]:
    return _roles(pod, world, "initContainers", init=True)


def _main_roles(pod: Object, world: World) -> list[Role]:
    return _roles(pod, world, "containers", init=False)


def _known(pod: Object, kind: str, role: Role) -> Status | None:
    """The container's last status, when it has been looked at before."""
    found = next((each for each in status_of(pod).get(kind) or () if each.get("name") == role.name), None)
    reason = str((((found or {}).get("state") or {}).get("waiting") or {}).get("reason") or "")
    return None if reason in ("ContainerCreating", "PodInitializing") else found


def _new(role: Role) -> Status:
    return waiting(role, "PodInitializing")


def _blank(pod: Object, world: World) -> list[Status]:
    """The main containers while they are not started for the first time; what they were before stays."""
    reason = "PodInitializing" if spec_of(pod).get("initContainers") else "ContainerCreating"
    return [_known(pod, "containerStatuses", role) or waiting(role, reason) for role in _main_roles(pod, world)]


def _assemble(pod: Object, world: World, since: datetime, init: Sequence[Status], main: Sequence[Status], now: datetime) -> dict[str, Any]:
    old = status_of(pod)
    phase = phase_of(pod, init, main)
    kept = {key: value for key, value in old.items() if key not in ("initContainerStatuses", "containerStatuses", "conditions")}
    status: dict[str, Any] = kept | {
        "phase": phase,
        "observedGeneration": int(metadata_of(pod).get("generation") or 1),
        "conditions": conditions_of(pod, phase, init, main, now),
        "hostIP": world.host_ip,
        "hostIPs": [{"ip": world.host_ip}],
        "startTime": rfc3339(since),
        "containerStatuses": list(main),
    }
    creating = bool(world.mounts)
    if not creating:
        ip = old.get("podIP") or (world.host_ip if spec_of(pod).get("hostNetwork") else world.pod_ip)
        status |= {"podIP": ip, "podIPs": [{"ip": ip}]}
    return status | ({"initContainerStatuses": list(init)} if init else {})


def phase_of(pod: Object, init: Sequence[Status], main: Sequence[Status]) -> str:
    """Pending until all has started once; then by what runs and how it ended."""
    policy = spec_of(pod).get("restartPolicy", "Always")
    sidecars = {str(each.get("name")) for each in spec_of(pod).get("initContainers") or () if each.get("restartPolicy") == "Always"}
    for status in init:
        code = ((status.get("state") or {}).get("terminated") or {}).get("exitCode")
        if status.get("name") in sidecars:
            continue
        if code not in (None, 0) and policy == "Never":
            return "Failed"
        if code != 0:
            return "Pending"
    states = [status.get("state") or {} for status in main]
    if any("waiting" in state and not (status.get("lastState") or {}).get("terminated") for state, status in zip(states, main)):
        return "Pending"
    if any("terminated" not in state for state in states) or policy == "Always":
        return "Running"
    if all(int(state["terminated"].get("exitCode") or 0) == 0 for state in states):
        return "Succeeded"
    return "Failed" if policy == "Never" else "Running"


def _soonest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
